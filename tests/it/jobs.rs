//! The scheduler and the worker over memory and the embedded store, with crashes at every write.

mod dying;
mod follow_ups;
mod restoring;
mod scheduling;
mod stage;
mod working;
