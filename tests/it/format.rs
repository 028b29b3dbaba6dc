//! The form of what is stored: a recorded store of an earlier one comes forward whole, and nobody writes into a newer one.

mod killed;
mod kinds;
mod recorded;
mod refused;
mod side_by_side;
mod upgraded;

pub(crate) use upgraded::{brought_forward, kept_for_a_newer_program};
