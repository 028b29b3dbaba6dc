//! Contract checks: the published slice of Microsoft Graph against its own examples, the sandbox, and the product; and
//! what platforms published and recorded, against our connectors and stand-ins.
//!
//! `ROLLCALL_CONTRACTS=<folder that holds graph/ and the platforms> cargo test --test contract`

mod beside;
mod client;
mod examples;
mod judge;
mod mailroute;
mod messagemedia;
mod office;
mod path;
mod people;
mod politemail;
mod reading;
mod refusals;
mod sandbox;
mod swagger;
mod tenant;
mod walker;
mod writing;
