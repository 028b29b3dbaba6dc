//! The protocol of the Functions host, the management API, the page for people, the calls of HR systems.
//!
//! What the host sends becomes a call, and what comes back an answer that the host takes for what it is.
//!
//! This room must not know what a run does, a connector or a store by name, or the environment. It is an edge: it asks
//! the clock.

pub mod answer;
pub mod api;
pub mod dashboard;
pub mod deadline;
pub mod envelope;
pub mod functions;
pub mod intake;
pub mod jobs;
pub mod problem;
pub mod public;
pub mod router;
pub mod serve;
mod set_up;
mod standing;
pub mod stop;
pub mod table;
