//! The doors to the outside: what a connection must be able to do for the spine, and the connections themselves.
//!
//! A connector lists, adds, updates, removes, creates and tests; its quirks are data (`Capabilities`). This room must
//! not know definitions, limits, storage or history, and no connector knows another: but for an HR feed, whose loads are
//! CSV.

pub mod csv;
pub mod entra;
pub mod hr;
pub mod http;
pub mod mailroute;
pub mod memory;
pub mod messagemedia;
pub mod politemail;
pub mod ports;
pub mod rest;
mod web;
