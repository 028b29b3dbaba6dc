//! One row as it is written and read, where it is, and the condition of a write.

use azure_core_021::Etag;
use azure_data_tables::IfMatchCondition;
use serde::{Deserialize, Serialize};

use super::super::problems::Trouble;
use crate::store::{
    keys::check_key,
    ports::{Record, StoreError, Table, Version},
};

/// The longest value, in bytes: half of what a table takes, because Azure counts UTF-16.
const LONGEST_VALUE: usize = 32 * 1024;

/// What the names of our tables begin with.
pub(super) const PREFIX: &str = "rollcall";

/// A row as it is written.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    #[serde(rename = "PartitionKey")]
    partition: &'a str,
    #[serde(rename = "RowKey")]
    row: &'a str,
    value: &'a str,
    /// Different for each write, so that a writer knows its own.
    mark: &'a str,
}

impl<'a> Written<'a> {
    /// `value` for `place`; refuses one that is too long for a row.
    pub(super) fn new(
        place: &Place<'a>,
        value: &'a str,
        mark: &'a str,
    ) -> Result<Self, StoreError> {
        if value.len() > LONGEST_VALUE {
            return Err(StoreError::Other {
                place: place.row.to_owned(),
                problem: format!(
                    "the value is {} bytes long and may have {LONGEST_VALUE}; store it as a blob",
                    value.len()
                ),
            });
        }
        Ok(Self {
            partition: place.partition,
            row: place.row,
            value,
            mark,
        })
    }
}

/// A row as it is read.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    #[serde(rename = "PartitionKey")]
    pub(super) partition: String,
    #[serde(rename = "RowKey")]
    row: String,
    #[serde(rename = "odata.etag")]
    pub(super) etag: String,
    value: String,
    #[serde(default)]
    pub(super) mark: String,
}

impl From<Found> for Record {
    fn from(found: Found) -> Self {
        Self {
            row: found.row,
            value: found.value,
            version: Version(found.etag),
        }
    }
}

/// Where one row is.
pub(super) struct Place<'a> {
    pub(super) table: Table,
    pub(super) partition: &'a str,
    pub(super) row: &'a str,
}

impl<'a> Place<'a> {
    /// Refuses keys that not every storage takes.
    pub(super) fn new(table: Table, partition: &'a str, row: &'a str) -> Result<Self, StoreError> {
        check_key(partition)?;
        check_key(row)?;
        Ok(Self {
            table,
            partition,
            row,
        })
    }

    /// Somebody else was faster.
    pub(super) fn conflict(&self) -> StoreError {
        StoreError::Conflict(format!("{}/{}", self.partition, self.row))
    }

    /// Any other trouble with it.
    pub(super) fn trouble(&self, trouble: Trouble) -> StoreError {
        trouble.explain(&format!(
            "table {}, row {}/{}",
            table_name(self.table),
            self.partition,
            self.row
        ))
    }
}

/// The condition that a row still has this version. What cannot be a version of ours fits no row; above all `*` would
/// fit any.
pub(super) fn only(version: &Version) -> Option<IfMatchCondition> {
    let text = version.0.as_str();
    let fits = text.trim_start_matches("W/").starts_with('"')
        && text.ends_with('"')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| IfMatchCondition::Etag(Etag::from(text.to_owned())))
}

/// Whether the row is not as the writer saw it.
pub(super) fn is_somebody_elses(trouble: &Trouble) -> bool {
    trouble.is(412) || trouble.says("EntityAlreadyExists") || trouble.says("ResourceNotFound")
}

/// The name of a table in the account; an account can be shared.
pub(super) fn table_name(table: Table) -> String {
    format!("{PREFIX}{}", table.name())
}
