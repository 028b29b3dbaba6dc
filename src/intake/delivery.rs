//! What is kept of each delivery: its body as it came, and a row that says how far it got.
//!
//! The body lies at `deliveries/{connection}/{receipt}` and is kept for looking at: a rule of the storage may delete it
//! after a month. It is written before the row, so a row means that the body is there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ask::Asked, content::Format, signature::is_same};
use crate::store::{
    keys::key_of,
    ports::{StoreError, Stores, Table, Version},
    versions::refuse_newer,
};

/// The version of a row, and the newest this program reads.
const ROW_VERSION: u32 = 1;

/// The most names in a row: it must not grow with the number of syncs.
const MOST_NAMES: usize = 100;

/// How often a change looks again when others change the same row.
const TRIES: usize = 8;

/// A row of the deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delivery {
    /// The version of this form.
    pub(super) version: u32,
    /// What its status is asked with: its place, and a part that cannot be guessed.
    pub(super) receipt: String,
    /// The SHA-256 of its body.
    pub(super) body: String,
    /// When it was sent first, as far as we can tell; never later than `received`.
    pub(super) sent: Timestamp,
    /// When it came in first.
    pub(super) received: Timestamp,
    /// What it is.
    pub(super) format: Format,
    /// How many people it holds, when it is a full load.
    pub(super) rows: Option<u64>,
    /// What came of it; `None` until every sync was asked.
    pub(super) done: Option<Done>,
}

/// What came of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Done {
    /// The runs that were asked for: the first of them.
    runs: Vec<String>,
    /// How many more there are.
    more_runs: usize,
    /// The syncs that were not asked because they are paused: the first of them.
    paused: Vec<String>,
    /// How many more there are.
    more_paused: usize,
}

/// What a sender is told of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// What its status is asked with.
    pub receipt: String,
    /// When it came in.
    pub received: Timestamp,
    /// How far it got.
    pub status: Standing,
    /// What it is.
    pub format: Format,
    /// How many people it holds, when it is a full load.
    pub rows: Option<u64>,
    /// The runs that were asked for.
    pub runs: Vec<String>,
    /// How many more there are than are named.
    pub more_runs: usize,
    /// The syncs that were not asked for a run because they are paused.
    pub paused: Vec<String>,
    /// How many more there are than are named.
    pub more_paused: usize,
}

/// How far a delivery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It is kept, and no run was asked for: not yet, or because no sync depends on it that may run.
    Stored,
    /// It is kept, and runs are on the queue.
    Enqueued,
}

impl Delivery {
    /// What the sender is told.
    pub(super) fn receipt(&self) -> Receipt {
        let done = self.done.clone().unwrap_or(Done {
            runs: Vec::new(),
            more_runs: 0,
            paused: Vec::new(),
            more_paused: 0,
        });
        Receipt {
            receipt: self.receipt.clone(),
            received: self.received,
            status: if done.runs.is_empty() {
                Standing::Stored
            } else {
                Standing::Enqueued
            },
            format: self.format,
            rows: self.rows,
            runs: done.runs,
            more_runs: done.more_runs,
            paused: done.paused,
            more_paused: done.more_paused,
        }
    }
}

/// A new delivery at a place.
pub(super) fn new(
    place: &str,
    body: String,
    sent: Timestamp,
    received: Timestamp,
    format: Format,
    rows: Option<u64>,
) -> Delivery {
    let unguessable = uuid::Uuid::new_v4().simple();
    Delivery {
        version: ROW_VERSION,
        receipt: format!("{place}-{unguessable}"),
        body,
        sent: sent.min(received),
        received,
        format,
        rows,
        done: None,
    }
}

/// The place of the delivery that its sender knows by `key`; `kind` keeps apart those who may name keys.
pub(super) fn place(kind: &str, key: &str) -> String {
    let mut place = hash(format!("{kind}\n{key}").as_bytes());
    place.truncate(32);
    place
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a sender is told of the delivery with this receipt; `None` for whatever else.
pub async fn status(
    stores: &Stores,
    connection: &str,
    receipt: &str,
) -> Result<Option<Receipt>, StoreError> {
    let is_hex = |part: &str| {
        part.len() == 32 && part.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
    };
    let place = receipt.split_once('-');
    let place = place.filter(|(place, rest)| is_hex(place) && is_hex(rest));
    let Some((place, _)) = place else {
        return Ok(None);
    };
    let found = find(stores, connection, place).await?;
    Ok(found
        .filter(|(delivery, _)| is_same(delivery.receipt.as_bytes(), receipt.as_bytes()))
        .map(|(delivery, _)| delivery.receipt()))
}

/// The delivery at a place.
pub(super) async fn find(
    stores: &Stores,
    connection: &str,
    place: &str,
) -> Result<Option<(Delivery, Version)>, StoreError> {
    let (records, partition) = (&stores.records, partition(connection));
    let found = records.get(Table::Deliveries, &partition, place).await?;
    let Some(record) = found else {
        return Ok(None);
    };
    let corrupt = |problem: String| StoreError::Corrupt {
        place: format!("the delivery `{place}`"),
        problem,
    };
    let delivery: Delivery =
        serde_json::from_str(&record.value).map_err(|error| corrupt(error.to_string()))?;
    refuse_newer(delivery.version, ROW_VERSION, || {
        format!("the delivery `{place}`")
    })?;
    Ok(Some((delivery, record.version)))
}

/// Keeps a new delivery: the body, then the row. When another call with the same place was faster, gives what that one
/// kept.
pub(super) async fn keep(
    stores: &Stores,
    connection: &str,
    place: &str,
    delivery: Delivery,
    body: &[u8],
) -> Result<(Delivery, Version), StoreError> {
    let blob = blob(connection, &delivery.receipt);
    stores.blobs.put(&blob, body.to_vec()).await?;
    let (records, partition) = (&stores.records, partition(connection));
    let value = render(&delivery)?;
    let inserted = records
        .insert(Table::Deliveries, &partition, place, &value)
        .await;
    match inserted {
        Ok(version) => Ok((delivery, version)),
        Err(StoreError::Conflict(row)) => {
            let found = find(stores, connection, place).await?;
            let (kept, version) = found.ok_or(StoreError::Conflict(row))?;
            // It may be our own: the storage's client repeats a write whose answer was lost.
            if kept.receipt != delivery.receipt {
                stores.blobs.delete(&blob).await?;
            }
            Ok((kept, version))
        }
        Err(error) => Err(error),
    }
}

/// Notes what came of a delivery. When another call did so at the same moment, what that one noted stays.
pub(super) async fn finish(
    stores: &Stores,
    connection: &str,
    place: &str,
    found: (Delivery, Version),
    asked: Asked,
) -> Result<Delivery, StoreError> {
    let (mut delivery, mut version) = found;
    let (more_runs, more_paused) = (
        asked.runs.len().saturating_sub(MOST_NAMES),
        asked.paused.len().saturating_sub(MOST_NAMES),
    );
    let done = Done {
        runs: asked.runs.into_iter().take(MOST_NAMES).collect(),
        more_runs,
        paused: asked.paused.into_iter().take(MOST_NAMES).collect(),
        more_paused,
    };
    for _ in 0..TRIES {
        delivery.done = Some(done.clone());
        let (records, partition) = (&stores.records, partition(connection));
        let value = render(&delivery)?;
        let replaced = records
            .replace(Table::Deliveries, &partition, place, &value, &version)
            .await;
        match replaced {
            Ok(_) => return Ok(delivery),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        match find(stores, connection, place).await? {
            Some((other, _)) if other.done.is_some() => return Ok(other),
            Some(changed) => (delivery, version) = changed,
            None => break,
        }
    }
    Err(StoreError::Conflict(place.to_owned()))
}

fn partition(connection: &str) -> String {
    format!("calls:{}", key_of(connection))
}

fn blob(connection: &str, receipt: &str) -> String {
    format!("deliveries/{}/{receipt}", key_of(connection))
}

fn render(delivery: &Delivery) -> Result<String, StoreError> {
    serde_json::to_string(delivery).map_err(|error| StoreError::Other {
        place: "the deliveries".to_owned(),
        problem: error.to_string(),
    })
}
