//! The record that says which form everything has.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OWN;
use crate::store::ports::{StoreError, Stores, Table, Version};

/// Where it lies. No sync has this partition.
pub(super) const PLACE: (Table, &str, &str) = (Table::State, "~format", "format");

/// What is read of it. Every version of the program has to understand this much of what any later one writes, so it may
/// gain fields and never loses or changes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    /// The form.
    pub(super) version: u32,
    /// The version of the program that brought it there.
    pub(super) written_by: String,
    /// Since when.
    pub(super) since: Timestamp,
    /// The form it is being brought to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Next>,
}

/// The form that everything is being brought to. Written before anything else is, so that older programs begin nothing
/// any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Next {
    /// The form.
    pub(super) version: u32,
    /// The version of the program that does so.
    pub(super) written_by: String,
}

impl Found {
    /// That everything has this form.
    pub(super) fn new(version: u32, now: Timestamp) -> Self {
        Self {
            version,
            written_by: OWN.to_owned(),
            since: now,
            next: None,
        }
    }

    /// The newest form that anything may have.
    pub(super) fn format(&self) -> u32 {
        let next = self.next.as_ref().map_or(0, |next| next.version);
        self.version.max(next)
    }

    /// The version of the program that wrote the newest form.
    pub(super) fn by(&self) -> &str {
        match &self.next {
            Some(next) if next.version > self.version => &next.written_by,
            _ => &self.written_by,
        }
    }
}

/// The record; `None` where nobody has written it yet.
pub(super) async fn read(stores: &Stores) -> Result<Option<(Found, Version)>, StoreError> {
    let (table, partition, row) = PLACE;
    let Some(record) = stores.records.get(table, partition, row).await? else {
        return Ok(None);
    };
    let found = serde_json::from_str(&record.value).map_err(|error| unusable(&error))?;
    Ok(Some((found, record.version)))
}

/// Writes it, if it still has `version` (`None`: if it is not there yet); `StoreError::Conflict` otherwise.
pub(super) async fn write(
    stores: &Stores,
    found: &Found,
    version: Option<&Version>,
) -> Result<Version, StoreError> {
    let (table, partition, row) = PLACE;
    let value = serde_json::to_string(found).map_err(|error| unusable(&error))?;
    let records = &stores.records;
    match version {
        Some(version) => {
            let replaced = records.replace(table, partition, row, &value, version);
            replaced.await
        }
        None => records.insert(table, partition, row, &value).await,
    }
}

fn unusable(error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt {
        place: "the format of what is stored".to_owned(),
        problem: error.to_string(),
    }
}
