//! What a connection can do with one list, as data that the pure rooms may read.

use serde::{Deserialize, Serialize};

/// What a list's connection can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// How a member is named when it is added.
    pub adds_by: AddsBy,
    /// The fields of a member that can be changed in place; empty where the connection changes none.
    pub updatable: Updatable,
    /// Why nothing may be written here, in words with what to do instead; `None` when it may.
    pub read_only: Option<String>,
    /// Whether a person without a directory object can be invited.
    pub invites: bool,
    /// How many changes are handed over at a time; between two hand-overs the run can stop cleanly.
    pub chunk: usize,
}

/// How a member is named when it is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddsBy {
    /// The address (or phone) is enough.
    Address,
    /// The person must have an object in the connection's directory; its id is what is added.
    DirectoryObject,
}

/// Which fields can be changed in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Updatable {
    /// None: attributes of members are owned elsewhere.
    Nothing,
    /// Any field.
    Everything,
    /// These.
    Fields(Vec<String>),
}

impl Updatable {
    /// Whether `field` can be changed.
    pub fn allows(&self, field: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Fields(fields) => fields.iter().any(|known| known == field),
        }
    }
}
