//! Everything that one storage holds, in another one: how a backup is made, and how it is brought back.
//!
//! The queue stays behind: a message is a promise to whoever may take it, and a copy of it would be a second one.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use jiff::Timestamp;

use crate::{
    format::{self, Before, Closed, Refused},
    store::{
        partition::whole_partition,
        ports::{StoreError, Stores, Table, Version},
    },
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

/// Whether nobody works with a storage yet: it holds neither definitions nor runs, or only what a copy left that was cut
/// off.
pub async fn is_unused(stores: &Stores) -> Result<bool, StoreError> {
    Ok(format::is_closed(stores).await? || !is_worked_with(stores).await?)
}

async fn is_worked_with(stores: &Stores) -> Result<bool, StoreError> {
    for table in [Table::Definitions, Table::History] {
        if stores.records.next_partition(table, None).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes an unused storage hold every row and blob of another one, and nothing else. `copier` is told to whoever comes
/// meanwhile.
///
/// Others may write to the first one meanwhile: what changed is copied again until a look finds nothing new, so that rows and
/// the blobs they name belong together. `StoreError::Other` when that never comes. Nobody works with the second one until
/// all of it is there. What was cut off is begun anew; `Refused::NotYet` where another copy is under way.
pub async fn copy(
    from: &Stores,
    to: &Stores,
    copier: &str,
    now: &(dyn Fn() -> Timestamp + Send + Sync),
) -> Result<Copied, Refused> {
    let used = || Err(trouble("what is copied to holds definitions or runs already").into());
    if !is_unused(to).await? {
        return used();
    }
    let (closed, before) = format::close(to, copier, now()).await?;
    // Looked at again now that nobody begins anything: somebody may have begun just before.
    if let Before::Open(form) = before
        && is_worked_with(to).await?
    {
        closed.open(to, form).await?;
        return used();
    }
    let mut copying = Copying {
        from,
        to,
        closed,
        now,
        rows: BTreeMap::new(),
        blobs: BTreeSet::new(),
    };
    copying.clear().await?;
    for round in 0..MOST_ROUNDS {
        // With the look at the rows in between: they have the form that stands here before and after.
        let form = format::as_stored(from).await?;
        let changed = copying.rows().await?;
        if round > 0 && changed.is_empty() && form == format::as_stored(from).await? {
            // Holds change all the time. They end by themselves, but the numbers they were given must not come back.
            copying.table(Table::Leases).await?;
            let copied = Copied {
                rows: copying.rows.len() + usize::from(form.is_some()),
                blobs: copying.blobs.len(),
            };
            copying.closed.open(to, form).await?;
            return Ok(copied);
        }
        copying.blobs(&changed).await?;
    }
    Err(trouble("lists were written all the while\nstop the app, and copy again").into())
}

fn trouble(problem: &str) -> StoreError {
    StoreError::Other {
        place: "the copy".to_owned(),
        problem: problem.to_owned(),
    }
}

/// A copy under way.
struct Copying<'a> {
    from: &'a Stores,
    to: &'a Stores,
    closed: Closed,
    now: &'a (dyn Fn() -> Timestamp + Send + Sync),
    /// What is there by now.
    rows: BTreeMap<Place, Version>,
    blobs: BTreeSet<String>,
}

impl Copying<'_> {
    /// Before anything is written: that nobody else has begun a copy here.
    async fn go_on(&mut self) -> Result<(), Refused> {
        self.closed.renew(self.to, (self.now)()).await
    }

    /// Deletes what a storage holds that nobody worked with yet, or a copy left: it would speak of what is not there.
    async fn clear(&mut self) -> Result<(), Refused> {
        for table in Table::ALL {
            let mut after: Option<String> = None;
            while let Some(partition) = self
                .to
                .records
                .next_partition(table, after.as_deref())
                .await?
            {
                self.go_on().await?;
                for found in whole_partition(self.to, table, &partition).await? {
                    if !format::is_its_row(table, &partition, &found.row) {
                        let (records, version) = (&self.to.records, &found.version);
                        records
                            .delete(table, &partition, &found.row, version)
                            .await?;
                    }
                }
                after = Some(partition);
            }
        }
        for name in self.to.blobs.list("").await? {
            self.go_on().await?;
            self.to.blobs.delete(&name).await?;
        }
        Ok(())
    }

    /// Copies the rows that are not in the other storage as they are here. Gives the partitions that changed.
    async fn rows(&mut self) -> Result<BTreeSet<String>, Refused> {
        let mut changed = BTreeSet::new();
        for table in Table::ALL {
            if table != Table::Leases {
                changed.extend(self.table(table).await?);
            }
        }
        Ok(changed)
    }

    async fn table(&mut self, table: Table) -> Result<BTreeSet<String>, Refused> {
        let mut changed = BTreeSet::new();
        let known = self.rows.keys().filter(|place| place.0 == table.name());
        let mut gone: BTreeSet<Place> = known.cloned().collect();
        let mut after: Option<String> = None;
        while let Some(partition) = self
            .from
            .records
            .next_partition(table, after.as_deref())
            .await?
        {
            self.go_on().await?;
            for record in whole_partition(self.from, table, &partition).await? {
                let place = (table.name(), partition.clone(), record.row.clone());
                gone.remove(&place);
                let is_known = self.rows.get(&place) == Some(&record.version);
                if !is_known && !format::is_its_row(table, &partition, &record.row) {
                    put(self.to, table, &partition, &record.row, &record.value).await?;
                    self.rows.insert(place, record.version);
                    changed.insert(partition.clone());
                }
            }
            after = Some(partition);
        }
        for place in gone {
            self.go_on().await?;
            let (_, partition, row) = &place;
            if let Some(found) = self.to.records.get(table, partition, row).await? {
                let (records, version) = (&self.to.records, &found.version);
                records.delete(table, partition, row, version).await?;
            }
            changed.insert(partition.clone());
            self.rows.remove(&place);
        }
        Ok(changed)
    }

    /// Copies the blobs that are new, and those in folders that are named after a partition that changed: what a row says
    /// is true of the blobs beside it.
    async fn blobs(&mut self, changed: &BTreeSet<String>) -> Result<(), Refused> {
        let names = self.from.blobs.list("").await?;
        let there: BTreeSet<&String> = names.iter().collect();
        let gone = self.blobs.iter().filter(|name| !there.contains(name));
        for name in gone.cloned().collect::<Vec<_>>() {
            self.go_on().await?;
            self.to.blobs.delete(&name).await?;
            self.blobs.remove(&name);
        }
        let mut wanted = names;
        wanted.retain(|name| {
            !self.blobs.contains(name) || name.split('/').any(|folder| changed.contains(folder))
        });
        for some in wanted.chunks(AT_ONCE) {
            self.go_on().await?;
            let (from, to) = (self.from, self.to);
            let copied = some.iter().map(|name| async move {
                // Deleted since it was listed: the next look finds the row that says so.
                let Some(bytes) = from.blobs.get(name).await? else {
                    return Ok::<_, StoreError>(None);
                };
                to.blobs.put(name, bytes).await?;
                Ok(Some(name.clone()))
            });
            let copied = try_join_all(copied).await?;
            self.blobs.extend(copied.into_iter().flatten());
        }
        Ok(())
    }
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
