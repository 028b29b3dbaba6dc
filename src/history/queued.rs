//! Runs that were asked for and have not begun: written down before their message goes to the queue, so that whoever
//! asked can look at once, and asks for the same run when they ask again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{parse, render};
use crate::{
    job::Job,
    store::{
        keys::key_of,
        ports::{StoreError, Stores, Table, Version},
        versions::refuse_newer,
    },
};

/// The partition of `Table::Runs`.
pub(super) const QUEUED: &str = "queued";

/// The version of this form, and the newest this program reads.
const QUEUED_VERSION: u32 = 1;

/// A run that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queued {
    /// The version of this form.
    pub version: u32,
    /// The message.
    pub job: Job,
    /// When it was asked for.
    pub at: Timestamp,
    /// Whether the message went to the queue; while it did not, asking again sends it.
    pub sent: bool,
}

/// What came of writing a request down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenDown {
    /// It is new, with the version of its row.
    New(Version),
    /// There is one for this run already, with the version of its row.
    Before(Box<Queued>, Version),
}

/// Writes down that a run was asked for, unless one with its id was before.
pub async fn write_down(
    stores: &Stores,
    job: &Job,
    at: Timestamp,
) -> Result<WrittenDown, StoreError> {
    let row = key_of(&job.run);
    let queued = Queued {
        version: QUEUED_VERSION,
        job: job.clone(),
        at,
        sent: false,
    };
    let value = render("a request", &queued)?;
    let records = &stores.records;
    match records.insert(Table::Runs, QUEUED, &row, &value).await {
        Ok(version) => Ok(WrittenDown::New(version)),
        Err(StoreError::Conflict(place)) => match find(stores, &job.run).await? {
            Some((earlier, version)) => Ok(WrittenDown::Before(Box::new(earlier), version)),
            None => Err(StoreError::Conflict(place)),
        },
        Err(error) => Err(error),
    }
}

/// Writes down that the message went to the queue. When somebody else wrote it down meanwhile, it is so already.
pub async fn mark_sent(
    stores: &Stores,
    job: &Job,
    at: Timestamp,
    version: &Version,
) -> Result<(), StoreError> {
    let queued = Queued {
        version: QUEUED_VERSION,
        job: job.clone(),
        at,
        sent: true,
    };
    let value = render("a request", &queued)?;
    let row = key_of(&job.run);
    let records = &stores.records;
    match records
        .replace(Table::Runs, QUEUED, &row, &value, version)
        .await
    {
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The request for a run.
pub async fn queued(stores: &Stores, run: &str) -> Result<Option<Queued>, StoreError> {
    Ok(find(stores, run).await?.map(|(queued, _)| queued))
}

async fn find(stores: &Stores, run: &str) -> Result<Option<(Queued, Version)>, StoreError> {
    let found = stores
        .records
        .get(Table::Runs, QUEUED, &key_of(run))
        .await?;
    let Some(found) = found else { return Ok(None) };
    let place = format!("the request for run `{run}`");
    let queued: Queued = parse(&place, &found.value)?;
    refuse_newer(queued.version, QUEUED_VERSION, || place)?;
    Ok(Some((queued, found.version)))
}
