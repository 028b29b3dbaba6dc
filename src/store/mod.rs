//! Where rollcall keeps what it must not forget: a queue, records and blobs, behind ports.
//!
//! This room must not know connectors, definitions or any rule of syncing.

pub mod azure;
pub mod embedded;
pub mod keys;
pub mod lease;
pub mod partition;
pub mod ports;
pub mod versions;
