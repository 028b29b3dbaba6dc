//! Where the records of runs lie, for whoever goes through all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{RUNS, RunPlace, baseline::read_row, find_at, lifts, parse, read_place};
use crate::{
    model::list::{ListRef, Sides},
    store::{
        keys::key_of,
        partition::whole_partition,
        ports::{Record, StoreError, Stores, Table},
    },
};

/// A baseline that a row of the state names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The lists; unknown where an early version wrote it, and no run says so.
    pub lists: Option<Sides<ListRef>>,
    /// The run that wrote it.
    pub run: String,
}

/// The partition of every sync (or list, `sync/list`) that ever ran, with its name. One that cannot be read hides no
/// other.
pub async fn partitions(stores: &Stores) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = whole_partition(stores, Table::Runs, RUNS).await?;
    let places = rows
        .iter()
        .filter_map(|row| parse::<RunPlace>("a run", &row.value).ok());
    let syncs: BTreeSet<String> = places.map(|place| place.sync).collect();
    Ok(syncs
        .into_iter()
        .map(|sync| (key_of(&sync), sync))
        .collect())
}

/// Whether a run has ended, by its key in the history; one that is not there has.
pub async fn has_ended(stores: &Stores, key: &str) -> Result<bool, StoreError> {
    let Some(row) = stores.records.get(Table::Runs, RUNS, key).await? else {
        return Ok(true);
    };
    let place = read_place(key, &row.value)?;
    let summary = find_at(stores, &place, key).await?;
    Ok(summary.is_none_or(|summary| summary.finished.is_some()))
}

/// The partition of the lifted opt-outs of a sync's partition.
pub fn lifts_beside(partition: &str) -> String {
    lifts::beside(partition)
}

/// The partitions of the runs' table that hold words of people: decisions, and runs that were asked for.
pub const WITH_WORDS: [&str; 2] = [super::decision::DECISIONS, super::queued::QUEUED];

/// Whether a partition holds lifted opt-outs.
pub fn is_of_lifts(partition: &str) -> bool {
    partition.starts_with(lifts::PARTITIONS)
}

/// Whether a row beside the baselines of a sync holds a decision.
pub fn is_of_a_decision(row: &str) -> bool {
    row.starts_with(super::decision::ROWS)
}

/// The blob that a row of the state names, where the row is a baseline's.
pub fn named_baseline(record: &Record) -> Option<Result<(String, Named), StoreError>> {
    if !record.row.starts_with(super::carried::ROWS) {
        return None;
    }
    Some(read_row(&record.row, &record.value).map(|row| {
        let is_known = !row.lists.source.connection.is_empty();
        let named = Named {
            lists: is_known.then_some(row.lists),
            run: row.run,
        };
        (row.blob, named)
    }))
}
