//! What needs a storage emulator: the queue trigger, and the whole program on real queues and tables.

#[path = "../../azurite/accounts.rs"]
#[expect(dead_code, reason = "not every user of it needs the key alone")]
mod accounts;
mod app;
mod deliveries;
mod end_to_end;
mod instances;
mod kills;
mod pump;
mod upgrade;
mod wire;
mod world;
