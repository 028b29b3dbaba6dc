//! Every connector against its stand-in, held to the same laws.

#[macro_use]
mod laws;
mod subject;

mod csv;
mod entra;
mod mailroute;
mod memory;
mod messagemedia;
pub(crate) mod noticeboard;
mod politemail;
mod rest;
