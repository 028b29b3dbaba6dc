//! The spine from end to end: real runs over connections in memory and the embedded store, each one repeated.

mod crashes;
mod creating;
mod failing;
mod hooks;
mod joining;
mod law;
mod limits;
mod platforms;
mod previews;
mod restoring;
mod restoring_faults;
mod restoring_refused;
mod stage;
mod storage;
mod taken_over;
