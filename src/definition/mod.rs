//! What people ask for: the definition file, from raw JSON to validated syncs.
//!
//! Pure. This room must not know how a connection is reached, which connections exist beyond what they declare, nor the
//! environment or the clock.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

pub mod validate;

pub mod connection;
pub mod fault;
pub mod filter;
pub mod mapping;
pub mod pattern;
pub mod schedule;
pub mod schema;
pub mod scope;
pub mod sync;

mod cuts;
mod path;
mod raw;
mod read;
mod words;

pub use read::strict_json;
pub(crate) use words::did_you_mean;
