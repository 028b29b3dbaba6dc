//! What a run would do, as one value that is printed, limited, stored, approved and applied.
//!
//! Pure. This room must not know platforms, connectors, storage, the clock or logging.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

pub mod aliases;
pub mod breaches;
pub mod change;
pub mod codes;
pub mod difference;
pub mod digest;
pub mod handed;
pub mod lapsed;
pub mod limits;
pub mod outcome;
pub mod put_back;
pub mod review;
#[cfg(test)]
mod tests;
pub mod text;
pub mod value;
pub mod words;
