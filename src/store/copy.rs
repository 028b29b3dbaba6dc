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

/// Whether nobody works with a storage yet: it holds neither definitions nor runs.
pub async fn is_unused(stores: &Stores) -> Result<bool, StoreError> {
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
/// they name belong together. `StoreError::Other` when that never comes.
pub async fn copy(from: &Stores, to: &Stores) -> Result<Copied, StoreError> {
    clear(to).await?;
    let mut rows: BTreeMap<Place, Version> = BTreeMap::new();
    let mut blobs: BTreeSet<String> = BTreeSet::new();
    for round in 0..MOST_ROUNDS {
        let changed = copy_rows(from, to, &mut rows).await?;
        if round > 0 && changed.is_empty() {
            // Holds change all the time. They end by themselves, but the numbers they were given must not come back.
            copy_table(from, to, Table::Leases, &mut rows).await?;
            return Ok(Copied {
                rows: rows.len(),
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
async fn clear(to: &Stores) -> Result<(), StoreError> {
    if !is_unused(to).await? {
        return Err(StoreError::Other {
            place: "the copy".to_owned(),
            problem: "what is copied to holds definitions or runs already".to_owned(),
        });
    }
    for table in Table::ALL {
        while let Some(partition) = to.records.next_partition(table, None).await? {
            for found in whole_partition(to, table, &partition).await? {
                to.records
                    .delete(table, &partition, &found.row, &found.version)
                    .await?;
            }
        }
    }
    Ok(())
}

/// Copies the rows that are not in the other storage as they are here. Gives the partitions that changed.
async fn copy_rows(
    from: &Stores,
    to: &Stores,
    rows: &mut BTreeMap<Place, Version>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut changed = BTreeSet::new();
    for table in Table::ALL {
        if table != Table::Leases {
            changed.extend(copy_table(from, to, table, rows).await?);
        }
    }
    Ok(changed)
}

async fn copy_table(
    from: &Stores,
    to: &Stores,
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
