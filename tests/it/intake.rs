//! The intake from end to end: real calls over the router, the embedded store, and runs of what they ask for.

mod call;
mod crashes;
mod loads;
mod notices;
mod program;
mod refusals;
mod repeats;
mod runs;
mod stage;
mod unusable;
mod watched;
mod wire;
