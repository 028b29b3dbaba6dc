//! The catalog: syncs and connections as people put them there, one row each, with versions.
//!
//! What is put has to be valid together with everything that is there already, judged by the same code as a definition
//! file. This room must not know HTTP, nor how a run goes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::places::{about, connection_place};
use crate::{
    definition::{
        connection::ConnectionKind,
        fault::Fault,
        sync::{Definition, Sync},
        validate::load,
    },
    store::{
        keys::key_of,
        lease::{self, Acquisition},
        ports::{Record, StoreError, Stores, Table, Version},
    },
};

mod places;
#[cfg(test)]
mod tests;

/// The version of a stored row, and the newest this program reads.
const ROW_VERSION: u32 = 1;

/// How many rows are read at a time.
const PAGE: usize = 1000;

/// The lease that keeps two changes of the catalog apart: each is valid beside what it saw.
const LEASE: &str = "catalog";

/// How long a change may take.
const LEASE_TIME: std::time::Duration = std::time::Duration::from_secs(30);

/// The most bytes of one sync or connection.
pub const LONGEST: usize = 30 * 1024;

/// What is in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Syncs, by their ids.
    Syncs,
    /// Connections, by their names.
    Connections,
}

/// One sync or connection as it was put there.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The sync's id or the connection's name.
    pub name: String,
    /// The JSON as it was given.
    pub value: Value,
    /// When it was last changed.
    pub changed: Timestamp,
    /// Its version; changes with every write.
    pub version: Version,
}

/// What a change expects to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: it is to be new.
    Nothing,
    /// This version.
    Version(Version),
}

/// Why the catalog was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// What would be there has faults.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Faults(Vec<Fault>),
    /// It is not what was expected: somebody changed it, it is there already, or it is gone.
    #[error("`{0}` is not what was expected: it was changed, made or deleted meanwhile")]
    Changed(String),
    /// Syncs use the connection.
    #[error("connection `{name}` is used by {}", .syncs.join(", "))]
    InUse {
        /// The connection.
        name: String,
        /// The syncs.
        syncs: Vec<String>,
    },
    /// It is too big for one row.
    #[error("`{0}` is longer than {LONGEST} bytes")]
    TooLong(String),
    /// Somebody else is changing the catalog.
    #[error("somebody else is changing the definitions")]
    Busy,
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    version: u32,
    name: String,
    changed: Timestamp,
    value: Value,
}

/// Everything on a shelf, by name. One row that cannot be read is an error.
pub async fn list(stores: &Stores, shelf: Shelf) -> Result<Vec<Item>, StoreError> {
    let (items, broken) = readable(stores, shelf).await?;
    match broken.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(items),
    }
}

/// Everything on a shelf that can be read, by name, and what is wrong with the rest.
pub async fn readable(
    stores: &Stores,
    shelf: Shelf,
) -> Result<(Vec<Item>, Vec<StoreError>), StoreError> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let after = records.last().map(|record| record.row.clone());
        let page = stores
            .records
            .list(Table::Definitions, partition(shelf), after.as_deref(), PAGE)
            .await?;
        let is_last = page.len() < PAGE;
        records.extend(page);
        if is_last {
            break;
        }
    }
    let (mut items, mut broken) = (Vec::new(), Vec::new());
    for record in records {
        match read(record) {
            Ok(item) => items.push(item),
            Err(error) => broken.push(error),
        }
    }
    items.sort_by(|left: &Item, right: &Item| left.name.cmp(&right.name));
    Ok((items, broken))
}

/// One sync or connection.
pub async fn get(stores: &Stores, shelf: Shelf, name: &str) -> Result<Option<Item>, StoreError> {
    let record = stores
        .records
        .get(Table::Definitions, partition(shelf), &key_of(name))
        .await?;
    record.map(read).transpose()
}

/// Puts a sync or connection there. Gives its new version.
pub async fn put(
    stores: &Stores,
    kinds: &[ConnectionKind],
    shelf: Shelf,
    name: &str,
    value: Value,
    expected: &Expected,
    now: Timestamp,
) -> Result<Version, CatalogError> {
    let holder = uuid::Uuid::new_v4().to_string();
    let held =
        match lease::acquire(stores.records.as_ref(), LEASE, &holder, now, LEASE_TIME).await? {
            Acquisition::Acquired(lease) => lease,
            Acquisition::Busy { .. } => return Err(CatalogError::Busy),
        };
    let done = put_alone(stores, kinds, shelf, name, value, expected, now).await;
    release(stores, held).await;
    done
}

/// Takes a sync or connection away. A connection that a sync uses stays.
pub async fn delete(
    stores: &Stores,
    shelf: Shelf,
    name: &str,
    version: &Version,
    now: Timestamp,
) -> Result<(), CatalogError> {
    let holder = uuid::Uuid::new_v4().to_string();
    let held =
        match lease::acquire(stores.records.as_ref(), LEASE, &holder, now, LEASE_TIME).await? {
            Acquisition::Acquired(lease) => lease,
            Acquisition::Busy { .. } => return Err(CatalogError::Busy),
        };
    let done = delete_alone(stores, shelf, name, version).await;
    release(stores, held).await;
    done
}

/// Everything in the catalog as one definition; the faults of all of it when it has some.
pub async fn definition(
    stores: &Stores,
    kinds: &[ConnectionKind],
) -> Result<Result<Definition, Vec<Fault>>, StoreError> {
    let connections = list(stores, Shelf::Connections).await?;
    let syncs = list(stores, Shelf::Syncs).await?;
    Ok(load(&document(&connections, &syncs), kinds))
}

/// One sync with all connections that can be read, judged by itself: what is wrong with another does not stop this one. `None` when
/// it is not there.
pub async fn sync(
    stores: &Stores,
    kinds: &[ConnectionKind],
    id: &str,
) -> Result<Option<Result<(Definition, Sync), Vec<Fault>>>, StoreError> {
    let Some(item) = get(stores, Shelf::Syncs, id).await? else {
        return Ok(None);
    };
    let (connections, _) = readable(stores, Shelf::Connections).await?;
    Ok(Some(alone(kinds, &connections, item)))
}

/// The connections alone, with `name` among them where it is a kind that needs no settings. What is wrong with a sync
/// does not matter.
pub async fn connections(
    stores: &Stores,
    kinds: &[ConnectionKind],
    name: &str,
) -> Result<Result<Definition, Vec<Fault>>, StoreError> {
    let mut connections = list(stores, Shelf::Connections).await?;
    let is_listed = connections.iter().any(|item| item.name == name);
    if !is_listed && kinds.iter().any(|kind| kind.implicit && kind.name == name) {
        connections.push(Item {
            name: name.to_owned(),
            value: json!({}),
            changed: Timestamp::UNIX_EPOCH,
            version: Version(String::new()),
        });
    }
    Ok(load(&document(&connections, &[]), kinds))
}

/// One sync of the catalog, judged by itself.
pub fn alone(
    kinds: &[ConnectionKind],
    connections: &[Item],
    item: Item,
) -> Result<(Definition, Sync), Vec<Fault>> {
    let definition = load(&document(connections, &[item]), kinds)?;
    match definition.syncs.first().cloned() {
        Some(sync) => Ok((definition, sync)),
        None => Err(Vec::new()),
    }
}

/// Whether a sync, as it was put there, reads or writes the connection. True to its words even where it has faults.
pub fn uses(sync: &Item, connection: &str) -> bool {
    ["source", "target"].iter().any(|side| {
        let side = sync.value.get(side);
        let named = side.and_then(|side| side.get("connection")).or(side);
        named.and_then(Value::as_str) == Some(connection)
    })
}

async fn put_alone(
    stores: &Stores,
    kinds: &[ConnectionKind],
    shelf: Shelf,
    name: &str,
    value: Value,
    expected: &Expected,
    now: Timestamp,
) -> Result<Version, CatalogError> {
    let mut connections = list(stores, Shelf::Connections).await?;
    let mut syncs = list(stores, Shelf::Syncs).await?;
    let items = match shelf {
        Shelf::Syncs => &mut syncs,
        Shelf::Connections => &mut connections,
    };
    let new = Item {
        name: name.to_owned(),
        value,
        changed: now,
        version: Version(String::new()),
    };
    let place = match items.iter().position(|item| item.name == name) {
        Some(place) => {
            if let Some(item) = items.get_mut(place) {
                *item = new.clone();
            }
            place
        }
        None => {
            items.push(new.clone());
            items.len() - 1
        }
    };
    if let Err(faults) = load(&document(&connections, &syncs), kinds) {
        let faults = match shelf {
            Shelf::Syncs => about(&format!("syncs[{place}]"), &syncs, faults),
            Shelf::Connections => about(&connection_place(name), &syncs, faults),
        };
        return Err(CatalogError::Faults(faults));
    }
    let row = Row {
        version: ROW_VERSION,
        name: new.name,
        changed: now,
        value: new.value,
    };
    let text = serde_json::to_string(&row).map_err(|error| StoreError::Other {
        place: format!("`{name}`"),
        problem: error.to_string(),
    })?;
    if text.len() > LONGEST {
        return Err(CatalogError::TooLong(name.to_owned()));
    }
    let (records, key) = (&stores.records, key_of(name));
    let written = match expected {
        Expected::Nothing => {
            records
                .insert(Table::Definitions, partition(shelf), &key, &text)
                .await
        }
        Expected::Version(version) => {
            records
                .replace(Table::Definitions, partition(shelf), &key, &text, version)
                .await
        }
    };
    written.map_err(|error| changed(error, name))
}

async fn delete_alone(
    stores: &Stores,
    shelf: Shelf,
    name: &str,
    version: &Version,
) -> Result<(), CatalogError> {
    if shelf == Shelf::Connections {
        let syncs = list(stores, Shelf::Syncs).await?;
        let users: Vec<String> = syncs
            .iter()
            .filter(|item| uses(item, name))
            .map(|item| format!("`{}`", item.name))
            .collect();
        if !users.is_empty() {
            return Err(CatalogError::InUse {
                name: name.to_owned(),
                syncs: users,
            });
        }
    }
    stores
        .records
        .delete(Table::Definitions, partition(shelf), &key_of(name), version)
        .await
        .map_err(|error| changed(error, name))
}

fn document(connections: &[Item], syncs: &[Item]) -> String {
    let connections: serde_json::Map<String, Value> = connections
        .iter()
        .map(|item| (item.name.clone(), item.value.clone()))
        .collect();
    let syncs: Vec<Value> = syncs
        .iter()
        .map(|item| {
            let mut value = item.value.clone();
            if let Value::Object(fields) = &mut value {
                fields.insert("id".to_owned(), json!(item.name));
            }
            value
        })
        .collect();
    json!({ "connections": connections, "syncs": syncs }).to_string()
}

async fn release(stores: &Stores, held: lease::Lease) {
    if let Err(error) = held.release(stores.records.as_ref()).await {
        tracing::warn!("the hold on the definitions was not released and ends by itself: {error}");
    }
}

fn changed(error: StoreError, name: &str) -> CatalogError {
    match error {
        StoreError::Conflict(_) => CatalogError::Changed(name.to_owned()),
        error => error.into(),
    }
}

fn partition(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Syncs => "syncs",
        Shelf::Connections => "connections",
    }
}

fn read(record: Record) -> Result<Item, StoreError> {
    let corrupt = |problem: String| StoreError::Corrupt {
        place: format!("the definition `{}`", record.row),
        problem,
    };
    let row: Row =
        serde_json::from_str(&record.value).map_err(|error| corrupt(error.to_string()))?;
    if row.version > ROW_VERSION {
        return Err(corrupt(format!(
            "a newer rollcall wrote it (version {})",
            row.version
        )));
    }
    Ok(Item {
        name: row.name,
        value: row.value,
        changed: row.changed,
        version: record.version,
    })
}
