//! The nouns: addresses, people, lists, and one side of a sync as it was read.
//!
//! Pure, and at the bottom: this room must not know any other room, nor a clock, the environment, logging or I/O.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

pub mod address;
pub mod attributes;
pub mod baseline;
pub mod capabilities;
pub mod cell;
pub mod forgotten;
pub mod known_by;
pub mod ledger;
pub mod left_out;
pub mod list;
pub mod member;
pub mod phone;
pub mod reading;
pub mod snapshot;
pub mod traffic;
