//! Who may write to a list at the moment: a record with a holder, an expiry and a fencing token.
//!
//! Works over any `Records`. This module must not know what is guarded.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    keys::key_of,
    ports::{Record, Records, StoreError, Table, Version},
    versions::refuse_newer,
};

/// All leases stand in one partition.
const PARTITION: &str = "lease";

/// The version of a row, and the newest this program reads.
const ROW_VERSION: u32 = 1;

/// How many rows are read at a time: the most an Azure table gives.
const PAGE: usize = 1000;

/// How often `acquire` looks again when others keep changing the row between its look and its write.
const TRIES: usize = 8;

/// What came of trying to get a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquisition {
    /// It is ours.
    Acquired(Lease),
    /// Someone else has it.
    Busy {
        /// Who.
        holder: String,
        /// Until when, unless it is renewed or released.
        until: Timestamp,
    },
}

/// A lease that is ours, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Who we are.
    pub holder: String,
    /// Grows by one with every acquisition of this name and is never used again, so that a write by an earlier holder
    /// can be told from ours.
    pub token: u64,
    /// When it ends unless renewed.
    pub until: Timestamp,
    version: Version,
}

/// The row. It stays when the lease is released: the token must not start again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    /// The version of this form.
    v: u32,
    /// The token of the last acquisition.
    token: u64,
    /// Who holds it; absent when it was released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<Held>,
}

/// Who holds a lease.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    /// Who.
    holder: String,
    /// Until when.
    until: Timestamp,
}

/// Gets the lease `name` for `holder`, when it is free or its holder let it expire. A holder that asks again while it
/// holds the lease finds it busy as well: two deliveries of one job must not both work.
pub async fn acquire(
    records: &dyn Records,
    name: &str,
    holder: &str,
    now: Timestamp,
    duration: Duration,
) -> Result<Acquisition, StoreError> {
    let row = key_of(name);
    for _ in 0..TRIES {
        let found = records.get(Table::Leases, PARTITION, &row).await?;
        let last = found
            .as_ref()
            .map(|record| parse(name, record))
            .transpose()?;
        let token = last.as_ref().map_or(0, |last| last.token).saturating_add(1);
        if let Some(held) = last.and_then(|last| last.held)
            && now < held.until
        {
            return Ok(Acquisition::Busy {
                holder: held.holder,
                until: held.until,
            });
        }
        let until = later(now, duration);
        let value = render(name, token, Some((holder, until)))?;
        let written = match &found {
            None => records.insert(Table::Leases, PARTITION, &row, &value).await,
            Some(found) => {
                let version = &found.version;
                records
                    .replace(Table::Leases, PARTITION, &row, &value, version)
                    .await
            }
        };
        match written {
            Ok(version) => {
                return Ok(Acquisition::Acquired(Lease {
                    name: name.to_owned(),
                    holder: holder.to_owned(),
                    token,
                    until,
                    version,
                }));
            }
            // Somebody was faster: look who.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict(name.to_owned()))
}

/// Who holds the lease `name` now, and until when unless they renew or release it.
pub async fn holder(
    records: &dyn Records,
    name: &str,
    now: Timestamp,
) -> Result<Option<(String, Timestamp)>, StoreError> {
    let found = records.get(Table::Leases, PARTITION, &key_of(name)).await?;
    let last = found.map(|record| parse(name, &record)).transpose()?;
    let held = last.and_then(|last| last.held);
    Ok(held
        .filter(|held| now < held.until)
        .map(|held| (held.holder, held.until)))
}

/// Who holds any lease at all now.
pub async fn all_held(records: &dyn Records, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let mut holders = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = records
            .list(Table::Leases, PARTITION, after.as_deref(), PAGE)
            .await?;
        for record in &page {
            let held = parse(&record.row, record)?.held;
            holders.extend(held.filter(|held| now < held.until).map(|held| held.holder));
        }
        if page.len() < PAGE {
            return Ok(holders);
        }
        after = page.last().map(|record| record.row.clone());
    }
}

impl Lease {
    /// Holds it until `duration` from `now`; `StoreError::Conflict` when someone else has it by now. A lease that
    /// expired and that nobody took meanwhile is still ours.
    pub async fn renew(
        &mut self,
        records: &dyn Records,
        now: Timestamp,
        duration: Duration,
    ) -> Result<(), StoreError> {
        let until = later(now, duration);
        let value = render(&self.name, self.token, Some((&self.holder, until)))?;
        self.write(records, &value).await?;
        self.until = until;
        Ok(())
    }

    /// Lets others have it at once; `StoreError::Conflict` when someone else has it by now.
    pub async fn release(mut self, records: &dyn Records) -> Result<(), StoreError> {
        let value = render(&self.name, self.token, None)?;
        self.write(records, &value).await
    }

    async fn write(&mut self, records: &dyn Records, value: &str) -> Result<(), StoreError> {
        let row = key_of(&self.name);
        let replaced = records
            .replace(Table::Leases, PARTITION, &row, value, &self.version)
            .await;
        self.version = match replaced {
            // The version also differs when an earlier answer to ourselves was lost. The token tells that apart.
            Err(StoreError::Conflict(_)) => {
                let version = self.version_if_ours(records, &row).await?;
                records
                    .replace(Table::Leases, PARTITION, &row, value, &version)
                    .await?
            }
            other => other?,
        };
        Ok(())
    }

    async fn version_if_ours(
        &self,
        records: &dyn Records,
        row: &str,
    ) -> Result<Version, StoreError> {
        let lost = || StoreError::Conflict(self.name.clone());
        let found = records.get(Table::Leases, PARTITION, row).await?;
        let found = found.ok_or_else(lost)?;
        let last = parse(&self.name, &found)?;
        let ours =
            last.token == self.token && last.held.is_some_and(|held| held.holder == self.holder);
        if ours { Ok(found.version) } else { Err(lost()) }
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}

fn render(name: &str, token: u64, held: Option<(&str, Timestamp)>) -> Result<String, StoreError> {
    let row = Row {
        v: ROW_VERSION,
        token,
        held: held.map(|(holder, until)| Held {
            holder: holder.to_owned(),
            until,
        }),
    };
    serde_json::to_string(&row).map_err(|problem| StoreError::Other {
        place: format!("lease {name}"),
        problem: problem.to_string(),
    })
}

fn parse(name: &str, record: &Record) -> Result<Row, StoreError> {
    let place = || format!("lease {name}");
    let row: Row = serde_json::from_str(&record.value).map_err(|problem| StoreError::Corrupt {
        place: place(),
        problem: problem.to_string(),
    })?;
    refuse_newer(row.v, ROW_VERSION, place)?;
    Ok(row)
}

#[cfg(test)]
mod tests;
