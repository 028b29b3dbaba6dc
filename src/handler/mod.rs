//! The Azure Functions custom-handler protocol, and the life of a process under its host.
//!
//! What the host sends becomes a call, and what comes back an answer that the host takes for what it is.
//!
//! This room must not know what a run does, a connector, a store, or the environment. It is an edge: it asks the clock.

pub mod answer;
pub mod deadline;
pub mod envelope;
pub mod functions;
pub mod intake;
pub mod jobs;
pub mod router;
pub mod serve;
mod set_up;
mod stop;
pub mod table;
