//! Everything that is stored and may be about a person, one thing after the other.
//!
//! Leases, jobs on the queue, rows that point to blobs and the rows of deliveries tell of no member of a list and are
//! passed over.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};

use super::redact::Form;
use crate::{
    agenda,
    catalog::{self, Shelf},
    history::{self, Named},
    intake,
    model::list::{ListRef, Sides},
    store::{
        partition::whole_partition,
        ports::{Record, StoreError, Stores, Table, Version},
    },
};

/// How many blobs or partitions are read at the same time.
const AT_ONCE: usize = 16;

/// Where a stored thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A blob, by its name.
    Blob(String),
    /// A record.
    Row {
        table: Table,
        partition: String,
        row: String,
    },
}

/// A stored thing.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) place: Place,
    pub(super) form: Form,
    pub(super) bytes: Vec<u8>,
    /// Of a record.
    pub(super) version: Option<Version>,
}

/// What there is to go through, as it stood at the beginning.
pub(super) struct Index {
    /// The partitions of syncs, and their names as far as they are known.
    pub(super) syncs: BTreeMap<String, String>,
    /// The baselines that rows name, by their blobs.
    pub(super) baselines: BTreeMap<String, Named>,
    /// The partitions with a row that may name one and cannot be read.
    unclear: BTreeSet<String>,
    newest_loads: BTreeSet<String>,
    blobs: Vec<String>,
}

impl Place {
    /// The partition of the sync whose runs write here; `None` for what no run writes.
    pub(super) fn partition(&self) -> Option<&str> {
        match self {
            Self::Blob(name) => {
                let (folder, rest) = name.split_once('/')?;
                let is_a_runs = ["baselines", "runs", "snapshots", "packages"].contains(&folder);
                rest.split('/').next().filter(|_| is_a_runs)
            }
            Self::Row {
                table: Table::History,
                partition,
                ..
            } => Some(partition),
            Self::Row { .. } => None,
        }
    }

    /// For messages: without what people are called by.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Blob(name) => name.clone(),
            Self::Row {
                table,
                partition,
                row,
            } => format!("{}/{partition}/{row}", table.name()),
        }
    }
}

impl Index {
    /// Looks what there is.
    pub(super) async fn of(stores: &Stores) -> Result<Self, StoreError> {
        let blobs = stores.blobs.list("").await?;
        let mut syncs = history::partitions(stores).await?;
        for blob in &blobs {
            if let Some(partition) = Place::Blob(blob.clone()).partition() {
                let name = || partition.to_owned();
                syncs.entry(partition.to_owned()).or_insert_with(name);
            }
        }
        let (mut baselines, mut unclear) = (BTreeMap::new(), BTreeSet::new());
        each_record(
            stores,
            Table::State,
            syncs.keys().cloned().collect(),
            |partition, record| match history::named_baseline(&record) {
                Some(Ok((blob, named))) => drop(baselines.insert(blob, named)),
                Some(Err(_)) => drop(unclear.insert(partition.to_owned())),
                None => {}
            },
        )
        .await?;
        Ok(Self {
            baselines,
            unclear,
            newest_loads: intake::feed::newest(stores).await?,
            blobs,
            syncs,
        })
    }

    /// Everything there is, to `see` one after the other.
    pub(super) async fn each(
        &self,
        stores: &Stores,
        mut see: impl FnMut(Thing) + Send,
    ) -> Result<(), StoreError> {
        for (table, partitions) in self.tables() {
            each_record(stores, table, partitions, |partition, record| {
                if let Some(form) = form_of_row(table, partition, &record.row) {
                    see(Thing::of(table, partition.to_owned(), record, form));
                }
            })
            .await?;
        }
        let names = self
            .blobs
            .iter()
            .filter_map(|name| Some((name.clone(), self.form_of(name)?)));
        let wanted: Vec<(String, Form)> = names.collect();
        let blobs = stores.blobs.clone();
        let mut read = stream::iter(wanted)
            .map(move |(name, form)| {
                let blobs = blobs.clone();
                async move {
                    let bytes = blobs.get(&name).await;
                    (name, form, bytes)
                }
            })
            .buffered(AT_ONCE);
        while let Some((name, form, bytes)) = read.next().await {
            if let Some(bytes) = bytes? {
                see(Thing {
                    place: Place::Blob(name),
                    form,
                    bytes,
                    version: None,
                });
            }
        }
        Ok(())
    }

    /// Tables with their partitions.
    fn tables(&self) -> Vec<(Table, Vec<String>)> {
        let (syncs, shelves) = (self.syncs.keys(), [Shelf::Syncs, Shelf::Connections]);
        let mut state: Vec<String> = syncs.clone().cloned().collect();
        state.extend(
            syncs
                .clone()
                .map(|partition| history::lifts_beside(partition)),
        );
        vec![
            (Table::State, state),
            (Table::History, syncs.cloned().collect()),
            (Table::Runs, history::WITH_WORDS.map(str::to_owned).to_vec()),
            (Table::Lists, vec![agenda::ALL.to_owned()]),
            (
                Table::Definitions,
                shelves.map(catalog::partition).map(str::to_owned).to_vec(),
            ),
        ]
    }

    fn form_of(&self, name: &str) -> Option<Form> {
        Some(match name.split_once('/')?.0 {
            "baselines" if self.is_left_over(name) => Form::LeftOver,
            "baselines" => Form::Baseline(Box::new(self.lists_of(name))),
            "runs" => Form::Run,
            "snapshots" => Form::Snapshot,
            "packages" if name.ends_with("/summary.json") => Form::Package,
            "scopes" => Form::Definition,
            "deliveries" => Form::Delivery,
            "feeds" if self.newest_loads.contains(name) => Form::Load,
            "feeds" => Form::Delivery,
            _ => return None,
        })
    }

    /// Whether no row names a baseline. Where one cannot be read, nobody knows.
    pub(super) fn is_left_over(&self, blob: &str) -> bool {
        let partition = blob.split('/').nth(1).unwrap_or_default();
        !self.baselines.contains_key(blob) && !self.unclear.contains(partition)
    }

    /// Whether something still stands as it was found: what nothing named, or nothing read any more, is named now where
    /// somebody went on writing meanwhile.
    pub(super) async fn is_still_unused(
        stores: &Stores,
        thing: &Thing,
    ) -> Result<bool, StoreError> {
        let Place::Blob(name) = &thing.place else {
            return Ok(true);
        };
        Ok(match (&thing.form, name.split_once('/')) {
            (Form::LeftOver, _) => {
                // A worker that only seems dead may still be about to put it into force.
                history::has_ended(stores, run_of(name)).await?
                    && Self::of(stores).await?.is_left_over(name)
            }
            (Form::Delivery, Some(("feeds", _))) => {
                !intake::feed::newest(stores).await?.contains(name)
            }
            _ => true,
        })
    }

    /// The lists of a baseline. Of one that was left over, the ids mean nothing elsewhere.
    fn lists_of(&self, blob: &str) -> Sides<ListRef> {
        let named = self.baselines.get(blob);
        let lists = named.and_then(|named| named.lists.clone());
        let unknown = |side: &str| ListRef {
            connection: blob.to_owned(),
            list: side.to_owned(),
        };
        lists.unwrap_or_else(|| Sides {
            source: unknown("source"),
            target: unknown("target"),
        })
    }

    /// The same thing as it is stored now.
    pub(super) async fn again(
        &self,
        stores: &Stores,
        thing: &Thing,
    ) -> Result<Option<Thing>, StoreError> {
        match &thing.place {
            Place::Blob(name) => {
                let bytes = stores.blobs.get(name).await?;
                Ok(bytes.map(|bytes| Thing {
                    bytes,
                    ..thing.clone()
                }))
            }
            Place::Row {
                table,
                partition,
                row,
            } => {
                let found = stores.records.get(*table, partition, row).await?;
                Ok(found
                    .map(|record| Thing::of(*table, partition.clone(), record, thing.form.clone())))
            }
        }
    }
}

impl Thing {
    fn of(table: Table, partition: String, record: Record, form: Form) -> Self {
        Self {
            place: Place::Row {
                table,
                partition,
                row: record.row,
            },
            form,
            bytes: record.value.into_bytes(),
            version: Some(record.version),
        }
    }
}

/// The key of the run that wrote a baseline: `baselines/…/KEY~7.json`.
fn run_of(blob: &str) -> &str {
    let name = blob.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('~').map_or(name, |(run, _)| run)
}

/// What the records of a partition are; `None` for those that name nobody.
fn form_of_row(table: Table, partition: &str, row: &str) -> Option<Form> {
    match table {
        Table::History => Some(Form::Summary),
        Table::Runs | Table::Lists => Some(Form::Remark),
        Table::Definitions => Some(Form::Definition),
        Table::State if history::is_of_lifts(partition) => Some(Form::Lift),
        Table::State if history::is_of_a_decision(row) => Some(Form::Remark),
        Table::State | Table::Leases | Table::Deliveries => None,
    }
}

/// The records of some partitions, in their order, one after the other.
async fn each_record(
    stores: &Stores,
    table: Table,
    partitions: Vec<String>,
    mut see: impl FnMut(&str, Record) + Send,
) -> Result<(), StoreError> {
    let stores = stores.clone();
    let mut read = stream::iter(partitions)
        .map(move |partition| {
            let stores = stores.clone();
            async move {
                let records = whole_partition(&stores, table, &partition).await;
                (partition, records)
            }
        })
        .buffered(AT_ONCE);
    while let Some((partition, records)) = read.next().await {
        for record in records? {
            see(&partition, record);
        }
    }
    Ok(())
}
