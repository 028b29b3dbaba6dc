//! The newest full load of each connection: a pointer that only ever moves forward, and the load it points to.
//!
//! The load lies at `feeds/{connection}/{receipt}`, apart from the deliveries as they came, because it is needed for as
//! long as it is the newest, however old it gets. The pointer moves after the new load is there, and the load before it
//! goes after that: whoever reads finds a whole load at every moment.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::delivery::Delivery;
use crate::store::{
    keys::key_of,
    partition::whole_partition,
    ports::{Record, StoreError, Stores, Table, Version},
    versions::refuse_newer,
};

/// The version of a pointer, and the newest this program reads.
const POINTER_VERSION: u32 = 1;

/// The partition of the pointers.
const LOADS: &str = "loads";

/// How often somebody looks again when others move the pointer.
const TRIES: usize = 16;

/// Which load is the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pointer {
    /// The version of this form.
    version: u32,
    /// The delivery that brought it.
    receipt: String,
    /// When it was sent.
    sent: Timestamp,
    /// When it came in.
    received: Timestamp,
}

impl Pointer {
    /// What says which of two loads is newer: the sender's time first, because loads can overtake each other.
    fn age(&self) -> (Timestamp, Timestamp, &str) {
        (self.sent, self.received, &self.receipt)
    }
}

/// A full load.
pub struct Latest {
    /// The CSV text, as it came.
    pub bytes: Vec<u8>,
    /// When it came in.
    pub received: Timestamp,
}

/// The newest full load of a connection; `None` as long as there is none.
pub async fn latest(stores: &Stores, connection: &str) -> Result<Option<Latest>, StoreError> {
    let mut seen: Option<Pointer> = None;
    loop {
        let Some((pointer, _)) = pointer(stores, connection).await? else {
            return Ok(None);
        };
        let place = blob(connection, &pointer.receipt);
        if let Some(bytes) = stores.blobs.get(&place).await? {
            let received = pointer.received;
            return Ok(Some(Latest { bytes, received }));
        }
        // The pointer may have moved on in between. It moves forward only, so this ends.
        if seen.as_ref() == Some(&pointer) {
            return Err(StoreError::Corrupt {
                place: format!("the last load of `{connection}`"),
                problem: "it is gone; have the HR system send everybody again".to_owned(),
            });
        }
        seen = Some(pointer);
    }
}

/// Where the newest load of every connection lies, of those that were ever taken in.
pub async fn newest(stores: &Stores) -> Result<BTreeSet<String>, StoreError> {
    let rows = whole_partition(stores, Table::Deliveries, LOADS).await?;
    let mut newest = BTreeSet::new();
    for row in rows {
        let pointer = read(&row.row, &row)?;
        newest.insert(format!("feeds/{}/{}", row.row, pointer.receipt));
    }
    Ok(newest)
}

/// Makes a load the newest, unless a newer one is there.
pub(super) async fn advance(
    stores: &Stores,
    connection: &str,
    delivery: &Delivery,
    body: &[u8],
) -> Result<(), StoreError> {
    let new = Pointer {
        version: POINTER_VERSION,
        receipt: delivery.receipt.clone(),
        sent: delivery.sent,
        received: delivery.received,
    };
    let place = blob(connection, &new.receipt);
    let value = serde_json::to_string(&new).map_err(|error| StoreError::Other {
        place: place.clone(),
        problem: error.to_string(),
    })?;
    let (records, row) = (&stores.records, key_of(connection));
    for _ in 0..TRIES {
        let found = pointer(stores, connection).await?;
        if let Some((old, _)) = &found {
            if old.receipt == new.receipt {
                return Ok(());
            }
            if old.age() > new.age() {
                // A call that was cut off may have left it here.
                return stores.blobs.delete(&place).await;
            }
        }
        stores.blobs.put(&place, body.to_vec()).await?;
        let moved = match &found {
            None => records.insert(Table::Deliveries, LOADS, &row, &value).await,
            Some((_, version)) => {
                records
                    .replace(Table::Deliveries, LOADS, &row, &value, version)
                    .await
            }
        };
        match (moved, found) {
            (Ok(_), Some((old, _))) => {
                forget(stores, connection, &old).await;
                return Ok(());
            }
            (Ok(_), None) => return Ok(()),
            (Err(StoreError::Conflict(_)), _) => {}
            (Err(error), _) => return Err(error),
        }
    }
    Err(StoreError::Conflict(row))
}

/// The pointer never goes back, so nobody needs the load any more. That it stays when this fails does no harm.
async fn forget(stores: &Stores, connection: &str, old: &Pointer) {
    let place = blob(connection, &old.receipt);
    if let Err(error) = stores.blobs.delete(&place).await {
        tracing::warn!(connection, "the load before the newest stays: {error}");
    }
}

async fn pointer(
    stores: &Stores,
    connection: &str,
) -> Result<Option<(Pointer, Version)>, StoreError> {
    let row = key_of(connection);
    let found = stores.records.get(Table::Deliveries, LOADS, &row).await?;
    let Some(record) = found else {
        return Ok(None);
    };
    let pointer = read(connection, &record)?;
    Ok(Some((pointer, record.version)))
}

fn read(connection: &str, record: &Record) -> Result<Pointer, StoreError> {
    let corrupt = |problem: String| StoreError::Corrupt {
        place: format!("the last load of `{connection}`"),
        problem,
    };
    let pointer: Pointer =
        serde_json::from_str(&record.value).map_err(|error| corrupt(error.to_string()))?;
    refuse_newer(pointer.version, POINTER_VERSION, || {
        format!("the last load of `{connection}`")
    })?;
    Ok(pointer)
}

fn blob(connection: &str, receipt: &str) -> String {
    format!("feeds/{}/{receipt}", key_of(connection))
}
