//! The agenda: how each list stands between its runs, when it is due, and why it is paused.
//!
//! Two reads matter: all entries at once (the scheduler, every minute) and the entries of one state (a person who looks
//! what needs attention). All entries stand in one partition; beside it each state has a partition that names the lists
//! that stand so. This room must not know how a run goes.

mod entry;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::{
    keys::key_of,
    partition::whole_partition,
    ports::{Record, StoreError, Stores, Table, Version},
    versions::{first, refuse_newer},
};

pub use entry::{
    ENTRY_VERSION, Entry, LastRun, ListKey, Mark, Paused, Pending, State, schedule_text,
};

/// The version of a row of the index, and the newest this program reads.
const IN_STATE_VERSION: u32 = 1;

/// The partition of all entries.
pub const ALL: &str = "all";

/// How many rows are read at a time: the most an Azure table gives.
const PAGE: usize = 1000;

/// How often a change looks again when others change the same entry.
const TRIES: usize = 16;

/// A row of the index: which list stands so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InState {
    /// The version of this form.
    #[serde(default = "first")]
    version: u32,
    /// Which list.
    #[serde(flatten)]
    pub key: ListKey,
    /// Since when.
    pub since: Timestamp,
}

/// Every entry, in the order of their keys. One that cannot be read hides no other.
pub async fn all(stores: &Stores) -> Result<Vec<Result<(Entry, Version), StoreError>>, StoreError> {
    let records = whole_partition(stores, Table::Lists, ALL).await?;
    Ok(records.into_iter().map(read).collect())
}

/// The entry of one list.
pub async fn get(stores: &Stores, key: &ListKey) -> Result<Option<(Entry, Version)>, StoreError> {
    let record = stores.records.get(Table::Lists, ALL, &row_of(key)).await?;
    record.map(read).transpose()
}

/// Why a list does not run at `now`: it is paused itself, or its whole sync is.
pub async fn pause_of(
    stores: &Stores,
    key: &ListKey,
    now: Timestamp,
) -> Result<Option<Paused>, StoreError> {
    let whole = ListKey {
        list: None,
        ..key.clone()
    };
    for key in [&whole, key] {
        let entry = get(stores, key).await?;
        let paused = entry.filter(|(entry, _)| entry.is_paused(now));
        if let Some(paused) = paused.and_then(|(entry, _)| entry.paused) {
            return Ok(Some(paused));
        }
    }
    Ok(None)
}

/// The lists that a sync routed people to so far.
pub async fn lists_of(stores: &Stores, sync: &str) -> Result<Vec<String>, StoreError> {
    let entries = entries_of(stores, sync).await?;
    Ok(entries
        .into_iter()
        .filter_map(|(entry, _)| entry.key.list)
        .collect())
}

/// The entries of the lists that a sync routed people to so far: one query, of them alone.
pub async fn entries_of(stores: &Stores, sync: &str) -> Result<Vec<(Entry, Version)>, StoreError> {
    // The rows of a sync's lists begin with its own, and `~` comes after everything else a key may hold.
    let first = format!("{}~~", key_of(sync));
    let mut entries = Vec::new();
    let mut after = first.clone();
    loop {
        let page = stores
            .records
            .list(Table::Lists, ALL, Some(&after), PAGE)
            .await?;
        let is_last = page.len() < PAGE;
        for record in page {
            if !record.row.starts_with(&first) {
                return Ok(entries);
            }
            after.clone_from(&record.row);
            entries.push(read(record)?);
        }
        if is_last {
            return Ok(entries);
        }
    }
}

/// The lists that stand so: one query of one partition.
pub async fn in_state(stores: &Stores, state: State) -> Result<Vec<InState>, StoreError> {
    let records = whole_partition(stores, Table::Lists, &partition_of(state)).await?;
    let parsed = records.iter().map(|record| {
        let found: InState =
            serde_json::from_str(&record.value).map_err(|error| corrupt(record, &error))?;
        refuse_newer(found.version, IN_STATE_VERSION, || place(&record.row))?;
        Ok(found)
    });
    parsed.collect()
}

/// Changes the entry of a list, which is made when it is not there, and keeps the index right. `change` may be called
/// several times: when somebody else was faster, it sees what they left.
pub async fn change(
    stores: &Stores,
    key: &ListKey,
    now: Timestamp,
    mut change: impl FnMut(&mut Entry),
) -> Result<Entry, StoreError> {
    for _ in 0..TRIES {
        let found = get(stores, key).await?;
        let (mut entry, version) = match found {
            Some((entry, version)) => (entry, Some(version)),
            None => (Entry::new(key.clone(), now), None),
        };
        change(&mut entry);
        match put(stores, entry, version.as_ref(), now).await {
            Err(StoreError::Conflict(_)) => {}
            done => return done,
        }
    }
    Err(StoreError::Conflict(row_of(key)))
}

/// Writes an entry that still has `version` (`None`: that is not there yet); `StoreError::Conflict` otherwise.
///
/// The entry first, then the index. A crash in between leaves index rows that the next write of the entry puts right:
/// the entry remembers how it stood before.
pub async fn put(
    stores: &Stores,
    mut entry: Entry,
    version: Option<&Version>,
    now: Timestamp,
) -> Result<Entry, StoreError> {
    let state = entry.judged(now);
    if state != entry.state {
        entry.previous = Some(entry.state);
        entry.state = state;
        entry.since = now;
    }
    write(stores, &entry, version).await?;
    let row = row_of(&entry.key);
    let index = InState {
        version: IN_STATE_VERSION,
        key: entry.key.clone(),
        since: entry.since,
    };
    set(stores, &partition_of(state), &row, &render(&index, &row)?).await?;
    if let Some(previous) = entry.previous.filter(|previous| *previous != state) {
        unset(stores, &partition_of(previous), &row).await?;
    }
    Ok(entry)
}

/// Writes an entry whose state is as it was, like [`put`] but without a look at the index. Gives its new version.
pub async fn write(
    stores: &Stores,
    entry: &Entry,
    version: Option<&Version>,
) -> Result<Version, StoreError> {
    let (row, records) = (row_of(&entry.key), &stores.records);
    let value = render(entry, &row)?;
    match version {
        Some(version) => {
            records
                .replace(Table::Lists, ALL, &row, &value, version)
                .await
        }
        None => records.insert(Table::Lists, ALL, &row, &value).await,
    }
}

/// Forgets a list: its sync is gone.
pub async fn forget(stores: &Stores, key: &ListKey) -> Result<(), StoreError> {
    let row = row_of(key);
    for state in State::ALL {
        unset(stores, &partition_of(state), &row).await?;
    }
    unset(stores, ALL, &row).await
}

/// Writes an index row, unless it says so already.
async fn set(stores: &Stores, partition: &str, row: &str, value: &str) -> Result<(), StoreError> {
    let records = &stores.records;
    let written = match records.get(Table::Lists, partition, row).await? {
        Some(found) if found.value == value => return Ok(()),
        Some(found) => {
            let version = &found.version;
            records
                .replace(Table::Lists, partition, row, value, version)
                .await
        }
        None => records.insert(Table::Lists, partition, row, value).await,
    };
    // Whoever was faster wrote the same list into the same state.
    match written {
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn unset(stores: &Stores, partition: &str, row: &str) -> Result<(), StoreError> {
    let records = &stores.records;
    let Some(found) = records.get(Table::Lists, partition, row).await? else {
        return Ok(());
    };
    match records
        .delete(Table::Lists, partition, row, &found.version)
        .await
    {
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn partition_of(state: State) -> String {
    format!("state:{}", state.name())
}

fn row_of(key: &ListKey) -> String {
    match &key.list {
        None => key_of(&key.sync),
        // No key holds `~~`, so this cannot be another pair's row.
        Some(list) => format!("{}~~{}", key_of(&key.sync), key_of(&list.to_lowercase())),
    }
}

fn read(record: Record) -> Result<(Entry, Version), StoreError> {
    let entry: Entry =
        serde_json::from_str(&record.value).map_err(|error| corrupt(&record, &error))?;
    refuse_newer(entry.version, ENTRY_VERSION, || place(&record.row))?;
    Ok((entry, record.version))
}

fn render<T: Serialize>(value: &T, row: &str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other {
        place: place(row),
        problem: error.to_string(),
    })
}

fn corrupt(record: &Record, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt {
        place: place(&record.row),
        problem: error.to_string(),
    }
}

fn place(row: &str) -> String {
    format!("the agenda, `{row}`")
}
