//! Changes of the catalog: one at a time, and only to what is valid beside everything else.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Item, ROW_VERSION, Row, Shelf, document, list, partition,
    places::{about, connection_place},
    uses,
};
use crate::{
    definition::{connection::ConnectionKind, fault::Fault, validate::load},
    store::{
        keys::key_of,
        lease::{self, Acquisition},
        ports::{StoreError, Stores, Table, Version},
    },
};

/// The lease that keeps two changes of the catalog apart: each is valid beside what it saw.
const LEASE: &str = "catalog";

/// How long a change may take.
const LEASE_TIME: std::time::Duration = std::time::Duration::from_secs(30);

/// The most bytes of one sync or connection.
pub const LONGEST: usize = 30 * 1024;

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
    let held = hold(stores, now).await?;
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
    let held = hold(stores, now).await?;
    let done = delete_alone(stores, shelf, name, version).await;
    release(stores, held).await;
    done
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

/// Keeps other changes out.
async fn hold(stores: &Stores, now: Timestamp) -> Result<lease::Lease, CatalogError> {
    let (records, holder) = (stores.records.as_ref(), uuid::Uuid::new_v4().to_string());
    match lease::acquire(records, LEASE, &holder, now, LEASE_TIME).await? {
        Acquisition::Acquired(lease) => Ok(lease),
        Acquisition::Busy { .. } => Err(CatalogError::Busy),
    }
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
