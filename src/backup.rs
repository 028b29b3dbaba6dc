//! Everything that one storage holds, in another one: how a backup is made, and how it is brought back.
//!
//! The queue stays behind: a message is a promise to whoever may take it, and a copy of it would be a second one.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};

use super::{
    partition::whole_partition,
    ports::{StoreError, Stores, Table, Version},
};

/// How many blobs are copied at the same time.
const AT_ONCE: usize = 16;

/// How often everything is looked at for what was written meanwhile.
const MOST_ROUNDS: usize = 8;

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rows of tables.
    pub rows: usize,
    /// Blobs.
    pub blobs: usize,
}

/// A table, a partition in it, and a row of that.
type Place = (&'static str, String, String);

/// A row that is copied last. Until then another value stands in its place, which keeps everybody from working with what
/// is there in part.
#[derive(Debug, Clone, Copy)]
pub struct Barrier {
    /// Its table.
    pub table: Table,
    /// Its partition.
    pub partition: &'static str,
    /// Its key.
    pub row: &'static str,
    /// What stands there meanwhile.
    pub value: &'static str,
}

impl Barrier {
    fn is_at(&self, (table, partition, row): (Table, &str, &str)) -> bool {
        (self.table, self.partition, self.row) == (table, partition, row)
    }

    async fn value_in(&self, stores: &Stores) -> Result<Option<String>, StoreError> {
        let found = stores.records.get(self.table, self.partition, self.row);
        Ok(found.await?.map(|record| record.value))
    }
}

/// Whether nobody works with a storage yet: it holds neither definitions nor runs, or only what a copy left that was cut
/// off.
pub async fn is_unused(stores: &Stores, barrier: Barrier) -> Result<bool, StoreError> {
    if barrier.value_in(stores).await?.as_deref() == Some(barrier.value) {
        return Ok(true);
    }
    for table in [Table::Definitions, Table::History] {
        if stores.records.next_partition(table, None).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes an unused storage hold every row and blob of another one, and nothing else.
///
/// Others may write meanwhile: what changed is copied again until a look finds nothing new, so that rows and the blobs
/// they name belong together. `StoreError::Other` when that never comes. One that was cut off is begun anew.
pub async fn copy(from: &Stores, to: &Stores, barrier: Barrier) -> Result<Copied, StoreError> {
    clear(to, barrier).await?;
    let mut rows: BTreeMap<Place, Version> = BTreeMap::new();
    let mut blobs: BTreeSet<String> = BTreeSet::new();
    for round in 0..MOST_ROUNDS {
        let changed = copy_rows((from, to, barrier), &mut rows).await?;
        if round > 0 && changed.is_empty() {
            // Holds change all the time. They end by themselves, but the numbers they were given must not come back.
            copy_table((from, to, barrier), Table::Leases, &mut rows).await?;
            let last = lift(from, to, barrier).await?;
            return Ok(Copied {
                rows: rows.len() + last,
                blobs: blobs.len(),
            });
        }
        copy_blobs(from, to, &changed, &mut blobs).await?;
    }
    Err(StoreError::Other {
        place: "the copy".to_owned(),
        problem: "lists were written all the while\nstop the app, and copy again".to_owned(),
    })
}

/// What a storage holds that nobody worked with yet: marks of the program. They would speak of what is not there any
/// more.
async fn clear(to: &Stores, barrier: Barrier) -> Result<(), StoreError> {
    if !is_unused(to, barrier).await? {
        return Err(StoreError::Other {
            place: "the copy".to_owned(),
            problem: "what is copied to holds definitions or runs already".to_owned(),
        });
    }
    let Barrier {
        table,
        partition,
        row,
        value,
    } = barrier;
    put(to, table, partition, row, value).await?;
    for table in Table::ALL {
        let mut after: Option<String> = None;
        while let Some(partition) = to.records.next_partition(table, after.as_deref()).await? {
            for found in whole_partition(to, table, &partition).await? {
                if !barrier.is_at((table, &partition, &found.row)) {
                    to.records
                        .delete(table, &partition, &found.row, &found.version)
                        .await?;
                }
            }
            after = Some(partition);
        }
    }
    for name in to.blobs.list("").await? {
        to.blobs.delete(&name).await?;
    }
    Ok(())
}

/// Puts there what belongs in the place of the barrier; says how many rows that is.
async fn lift(from: &Stores, to: &Stores, barrier: Barrier) -> Result<usize, StoreError> {
    let Barrier {
        table,
        partition,
        row,
        ..
    } = barrier;
    if let Some(value) = barrier.value_in(from).await? {
        put(to, table, partition, row, &value).await?;
        return Ok(1);
    }
    if let Some(found) = to.records.get(table, partition, row).await? {
        let version = &found.version;
        to.records.delete(table, partition, row, version).await?;
    }
    Ok(0)
}

/// From where to where, and what is left to the end.
type Way<'a> = (&'a Stores, &'a Stores, Barrier);

/// Copies the rows that are not in the other storage as they are here. Gives the partitions that changed.
async fn copy_rows(
    way: Way<'_>,
    rows: &mut BTreeMap<Place, Version>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut changed = BTreeSet::new();
    for table in Table::ALL {
        if table != Table::Leases {
            changed.extend(copy_table(way, table, rows).await?);
        }
    }
    Ok(changed)
}

async fn copy_table(
    (from, to, barrier): Way<'_>,
    table: Table,
    rows: &mut BTreeMap<Place, Version>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut changed = BTreeSet::new();
    let mut gone: BTreeSet<Place> = rows
        .keys()
        .filter(|place| place.0 == table.name())
        .cloned()
        .collect();
    let mut after: Option<String> = None;
    while let Some(partition) = from.records.next_partition(table, after.as_deref()).await? {
        for record in whole_partition(from, table, &partition).await? {
            let place = (table.name(), partition.clone(), record.row.clone());
            gone.remove(&place);
            if barrier.is_at((table, &partition, &record.row)) {
                continue;
            }
            if rows.get(&place) != Some(&record.version) {
                put(to, table, &partition, &record.row, &record.value).await?;
                rows.insert(place, record.version);
                changed.insert(partition.clone());
            }
        }
        after = Some(partition);
    }
    for place in gone {
        let (_, partition, row) = &place;
        if let Some(found) = to.records.get(table, partition, row).await? {
            to.records
                .delete(table, partition, row, &found.version)
                .await?;
        }
        changed.insert(partition.clone());
        rows.remove(&place);
    }
    Ok(changed)
}

async fn put(
    to: &Stores,
    table: Table,
    partition: &str,
    row: &str,
    value: &str,
) -> Result<(), StoreError> {
    let records = &to.records;
    match records.get(table, partition, row).await? {
        Some(found) if found.value == value => Ok(()),
        Some(found) => records
            .replace(table, partition, row, value, &found.version)
            .await
            .map(drop),
        None => records.insert(table, partition, row, value).await.map(drop),
    }
}

/// Copies the blobs that are new, and those in folders that are named after a partition that changed: what a row says
/// is true of the blobs beside it.
async fn copy_blobs(
    from: &Stores,
    to: &Stores,
    changed: &BTreeSet<String>,
    copied: &mut BTreeSet<String>,
) -> Result<(), StoreError> {
    let names = from.blobs.list("").await?;
    let there: BTreeSet<&String> = names.iter().collect();
    for name in copied.iter().filter(|name| !there.contains(name)) {
        to.blobs.delete(name).await?;
    }
    copied.retain(|name| there.contains(name));
    let wanted = names.iter().filter(|name| {
        !copied.contains(*name) || name.split('/').any(|folder| changed.contains(folder))
    });
    let done: Vec<Option<String>> = stream::iter(wanted)
        .map(|name| async move {
            // Deleted since it was listed: the next look finds the row that says so.
            let Some(bytes) = from.blobs.get(name).await? else {
                return Ok::<_, StoreError>(None);
            };
            to.blobs.put(name, bytes).await?;
            Ok(Some(name.clone()))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    copied.extend(done.into_iter().flatten());
    Ok(())
}
