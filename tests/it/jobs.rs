//! The scheduler and the worker over memory and the embedded store, with crashes at every write.

mod cost;
mod counting;
pub(crate) mod dying;
mod follow_ups;
#[cfg(feature = "sandbox")]
mod no_other_way;
mod redefined;
mod restoring;
mod scheduling;
pub(crate) mod stage;
mod working;
