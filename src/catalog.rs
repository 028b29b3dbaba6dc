//! The catalog: syncs and connections as people put them there, one row each, with versions.
//!
//! What is put has to be valid together with everything that is there already, judged by the same code as a definition
//! file. This room must not know HTTP, nor how a run goes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    definition::{
        connection::ConnectionKind,
        fault::Fault,
        sync::{Definition, Sync},
        validate::load,
    },
    store::{
        keys::key_of,
        partition::whole_partition,
        ports::{Record, StoreError, Stores, Table, Version},
        versions::refuse_newer,
    },
};

pub use change::{CatalogError, Expected, LONGEST, delete, put};
pub use whole::{Unfit, Whole, whole};

mod change;
mod places;
#[cfg(test)]
mod tests;
mod whole;

/// The version of a stored row, and the newest this program reads.
const ROW_VERSION: u32 = 1;

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
    let records = whole_partition(stores, Table::Definitions, partition(shelf)).await?;
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

/// The partition of a shelf.
pub fn partition(shelf: Shelf) -> &'static str {
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
    refuse_newer(row.version, ROW_VERSION, || {
        format!("the definition `{}`", record.row)
    })?;
    Ok(Item {
        name: row.name,
        value: row.value,
        changed: row.changed,
        version: record.version,
    })
}
