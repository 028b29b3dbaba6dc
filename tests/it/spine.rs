//! The spine from end to end: real runs over connections in memory and the embedded store, each one repeated.

mod crashes;
mod creating;
mod decided;
mod failing;
pub(crate) mod forgetting;
pub(crate) mod handed_over;
mod hooks;
mod joining;
mod late;
mod law;
mod ledger;
mod limits;
mod people;
mod platforms;
mod previews;
mod redefined;
mod restoring;
mod restoring_faults;
mod restoring_refused;
mod shrinking;
mod stage;
mod storage;
mod taken_over;
