//! The record of an erasure: who asked for it, when, why, and what was found. It does not say whose.
//!
//! While an erasure is under way its record holds what the person is known by: what ties their entries together is
//! erased with them, and after a crash nobody could find the rest. The end of the erasure takes that out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{person::Person, tell::Item};
use crate::store::{
    partition::whole_partition,
    ports::{Record, StoreError, Stores, Table},
    versions::refuse_newer,
};

/// The partition of `Table::State`. No sync has it.
const PARTITION: &str = "~forgotten";

/// The version of this form, and the newest this program reads.
const RECORD_VERSION: u32 = 1;

/// How often a record is written again when somebody else writes it too.
const TRIES: usize = 4;

/// The record of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Erasure {
    /// The version of this form.
    pub(super) version: u32,
    /// When it was asked for first.
    pub(super) at: Timestamp,
    /// By whom.
    pub(super) by: String,
    /// Why, in words.
    pub(super) reason: String,
    /// What was found.
    pub(super) found: Vec<Item>,
    /// When it ended; absent while it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) finished: Option<Timestamp>,
    /// How many records the last attempt changed or deleted.
    pub(super) records: usize,
    /// How many blobs.
    pub(super) blobs: usize,
    /// Whom it is about; absent once it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) person: Option<Person>,
}

/// The erasures of a person that were begun and did not end.
pub(super) async fn unfinished(
    stores: &Stores,
    is_theirs: impl Fn(&Person) -> bool,
) -> Result<Vec<Erasure>, StoreError> {
    let found = find(stores, is_theirs).await?;
    Ok(found.into_iter().map(|(erasure, _)| erasure).collect())
}

async fn find(
    stores: &Stores,
    is_theirs: impl Fn(&Person) -> bool,
) -> Result<Vec<(Erasure, Record)>, StoreError> {
    let mut found = Vec::new();
    for record in whole_partition(stores, Table::State, PARTITION).await? {
        let erasure = parse(&record.row, &record.value)?;
        if erasure.person.as_ref().is_some_and(&is_theirs) {
            found.push((erasure, record));
        }
    }
    Ok(found)
}

/// Writes down that an erasure begins.
pub(super) async fn begin(
    stores: &Stores,
    at: Timestamp,
    by: &str,
    reason: &str,
    found: Vec<Item>,
    person: Person,
) -> Result<(), StoreError> {
    let erasure = Erasure {
        version: RECORD_VERSION,
        at,
        by: by.to_owned(),
        reason: reason.to_owned(),
        found,
        finished: None,
        records: 0,
        blobs: 0,
        person: Some(person),
    };
    let row = format!(
        "{}-{}",
        at.strftime("%Y%m%dT%H%M%S"),
        uuid::Uuid::new_v4().simple()
    );
    let value = render(&erasure)?;
    let records = &stores.records;
    records
        .insert(Table::State, PARTITION, &row, &value)
        .await?;
    Ok(())
}

/// Writes down how far the erasures of a person came: how many records and blobs were changed, and when they ended, if
/// they did. Then they do not say whose they are any more.
pub(super) async fn note(
    stores: &Stores,
    person: &Person,
    (records, blobs): (usize, usize),
    ended: Option<Timestamp>,
) -> Result<(), StoreError> {
    let mut conflict = None;
    for _ in 0..TRIES {
        conflict = None;
        for (mut erasure, record) in find(stores, |other| other.is_the_same_as(person)).await? {
            (erasure.records, erasure.blobs) = (records, blobs);
            erasure.finished = ended;
            erasure.person = erasure.person.filter(|_| ended.is_none());
            let (row, value) = (&record.row, render(&erasure)?);
            let written =
                stores
                    .records
                    .replace(Table::State, PARTITION, row, &value, &record.version);
            match written.await {
                Ok(_) => {}
                // Somebody else erases the same person at the same time.
                Err(error @ StoreError::Conflict(_)) => conflict = Some(error),
                Err(error) => return Err(error),
            }
        }
        if conflict.is_none() {
            break;
        }
    }
    conflict.map_or(Ok(()), Err)
}

fn render(erasure: &Erasure) -> Result<String, StoreError> {
    serde_json::to_string(erasure).map_err(|error| StoreError::Other {
        place: "the record of an erasure".to_owned(),
        problem: error.to_string(),
    })
}

fn parse(row: &str, value: &str) -> Result<Erasure, StoreError> {
    let place = format!("the record of the erasure `{row}`");
    let erasure: Erasure = serde_json::from_str(value).map_err(|error| StoreError::Corrupt {
        place: place.clone(),
        problem: error.to_string(),
    })?;
    refuse_newer(erasure.version, RECORD_VERSION, || place.clone())?;
    Ok(erasure)
}
