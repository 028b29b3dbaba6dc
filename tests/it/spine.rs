//! The spine from end to end: real runs over connections in memory and the embedded store, each one repeated.

mod creating;
mod failing;
mod hooks;
mod joining;
mod limits;
mod stage;
mod taken_over;
