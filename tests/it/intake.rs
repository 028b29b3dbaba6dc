//! The intake from end to end: real calls over the router, the embedded store, and runs of what they ask for.

pub(crate) mod call;
mod crashes;
mod loads;
mod notices;
mod program;
mod refusals;
mod repeats;
mod runs;
pub(crate) mod stage;
mod unusable;
pub(crate) mod watched;
mod wire;
