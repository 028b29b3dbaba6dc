//! A storage that a copy is being made in: no program of any version begins anything there until all of it is there.

use jiff::{SignedDuration, Timestamp};

use super::{
    Refused,
    record::{self, Found, Next, PLACE},
};
use crate::store::ports::{StoreError, Stores, Table, Version};

/// A form that no program reads.
const NONE: u32 = u32::MAX;

/// For how long whoever copies may say nothing until somebody else begins anew.
const SILENCE: SignedDuration = SignedDuration::from_mins(10);

/// A storage that is closed to everybody but whoever copies to it.
pub struct Closed {
    mark: Found,
    version: Version,
}

/// How a storage stood before it was closed.
pub enum Before {
    /// Open, with this written down of the form of everything in it.
    Open(Option<String>),
    /// Closed by a copy that was cut off.
    Closed,
}

/// Closes a storage; `Refused::NotYet` where somebody else closed it and is at work.
pub async fn close(
    stores: &Stores,
    copier: &str,
    now: Timestamp,
) -> Result<(Closed, Before), Refused> {
    let found = record::read(stores).await?;
    // Read after it: the write below fails where it has changed since.
    let form = as_stored(stores).await?;
    if let Some((other, _)) = found.as_ref().filter(|(found, _)| is_mark(found)) {
        let until = other.since.checked_add(SILENCE).unwrap_or(other.since);
        if now < until {
            return Err(Refused::NotYet(format!(
                "`{}` is copying here\nif that was cut off, type it again after {}",
                other.by(),
                until.strftime("%H:%M:%S UTC")
            )));
        }
    }
    let mark = Found {
        version: 0,
        written_by: copier.to_owned(),
        since: now,
        next: Some(Next {
            version: NONE,
            written_by: copier.to_owned(),
        }),
    };
    let before = match &found {
        Some((found, _)) if is_mark(found) => Before::Closed,
        _ => Before::Open(form),
    };
    let version = found.map(|(_, version)| version);
    let version = write(stores, &mark, version.as_ref()).await?;
    Ok((Closed { mark, version }, before))
}

impl Closed {
    /// Says that the copy goes on; `Refused::NotYet` where somebody else has begun another one.
    pub async fn renew(&mut self, stores: &Stores, now: Timestamp) -> Result<(), Refused> {
        self.mark.since = now;
        self.version = write(stores, &self.mark, Some(&self.version)).await?;
        Ok(())
    }

    /// Opens it, with the form that everything in it has.
    pub async fn open(self, stores: &Stores, form: Option<String>) -> Result<(), Refused> {
        let (table, partition, row) = PLACE;
        let (records, version) = (&stores.records, &self.version);
        let opened = match form {
            Some(value) => {
                let replaced = records.replace(table, partition, row, &value, version);
                replaced.await.map(drop)
            }
            None => records.delete(table, partition, row, version).await,
        };
        opened.map_err(taken_over)
    }
}

/// Whether a storage is closed.
pub async fn is_closed(stores: &Stores) -> Result<bool, StoreError> {
    Ok(record::read(stores)
        .await?
        .is_some_and(|(found, _)| is_mark(&found)))
}

/// Whether this is what stands in a storage that is closed.
pub(super) fn is_mark(found: &Found) -> bool {
    found.format() == NONE
}

/// Where the form of everything is written down.
pub fn is_its_row(table: Table, partition: &str, row: &str) -> bool {
    (table, partition, row) == PLACE
}

/// What is written there, as it is.
pub async fn as_stored(stores: &Stores) -> Result<Option<String>, StoreError> {
    let (table, partition, row) = PLACE;
    let found = stores.records.get(table, partition, row).await?;
    Ok(found.map(|record| record.value))
}

async fn write(
    stores: &Stores,
    mark: &Found,
    version: Option<&Version>,
) -> Result<Version, Refused> {
    record::write(stores, mark, version)
        .await
        .map_err(taken_over)
}

fn taken_over(error: StoreError) -> Refused {
    match error {
        StoreError::Conflict(_) => Refused::NotYet("another copy was begun here".to_owned()),
        other => other.into(),
    }
}
