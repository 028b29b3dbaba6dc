//! What needs a storage emulator: the queue trigger, and the whole program on real queues and tables.

#[path = "../../azurite/accounts.rs"]
mod accounts;
mod pump;
