//! rollcall keeps messaging lists and Entra ID groups saying the same thing.
//!
//! The rooms below stand in the order data takes through them; read top down, this file is the program's story.
//! Rooms marked *pure* take data and give data: no `async`, no clock, no environment, no logging.

/// The doors to the outside: Entra ID, CSV files, and the ports the spine sees them through.
pub mod connectors;
/// What people ask for: the definition file, from raw JSON to validated syncs. *Pure.*
pub mod definition;
/// The nouns: addresses, members, lists, one side as it was read. *Pure.*
pub mod model;
/// What a run would do, as one value that is printed, limited, stored, approved and applied. *Pure.*
pub mod plan;
/// The stand-in for the outside world: Microsoft Graph over real HTTP, with quotas and faults.
#[cfg(feature = "sandbox")]
pub mod sandbox;
/// What must not be forgotten: queue, records and blobs, behind ports.
pub mod store;
