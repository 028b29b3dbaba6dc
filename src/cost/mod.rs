//! What the functions app uses and costs in a month, computed from how much there is to do.
//!
//! Pure. Usage follows from counts and from figures that a test measures; money follows from usage and from prices that
//! somebody passes in: no price is known here. This room must not know platforms, storage, the clock or the environment.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

mod estimate;
pub mod figures;
mod meter;
mod prices;
mod schedule;
#[cfg(test)]
mod tests;
mod usage;

pub use estimate::{ESTIMATE_VERSION, Estimate, Line, estimate};
pub use meter::Meter;
pub use prices::{Price, Prices};
pub use schedule::runs_in_a_month;
pub use usage::{DAYS, Size, usage};
