//! Whether the storage can be written, read and cleared again: tried with a record and a blob of its own.

use super::{Finding, said};
use crate::{
    job,
    store::ports::{StoreError, Stores, Table},
};

/// The partition of the record that is written, and the folder of the blob.
const OWN: &str = "doctor";

/// Tries the storage out. `unique` tells this try from others at the same time: letters and digits.
pub async fn storage(stores: &Stores, unique: &str) -> Vec<Finding> {
    let tries = [
        ("records", records(stores, unique).await),
        ("blobs", blobs(stores, unique).await),
        ("queue", queue(stores).await),
    ];
    tries.into_iter().map(judged).collect()
}

/// Looks whether the storage can be read, for somebody who may not write to it.
pub async fn storage_to_look(stores: &Stores) -> Vec<Finding> {
    let record = stores.records.get(Table::State, OWN, "probe").await;
    let blobs = stores.blobs.list(&format!("{OWN}/")).await;
    let read = "can be read; writing was not tried";
    [
        ("records", record.map(|_| read.to_owned())),
        ("blobs", blobs.map(|_| read.to_owned())),
        ("queue", queue(stores).await),
    ]
    .into_iter()
    .map(judged)
    .collect()
}

fn judged((what, tried): (&str, Result<String, StoreError>)) -> Finding {
    match tried {
        Ok(found) => Finding::ok(what, found),
        Err(error) => failed(what, &error),
    }
}

/// A failure of the storage as a finding.
pub fn failed(what: &str, error: &StoreError) -> Finding {
    let todo = match error {
        StoreError::Locked(_) => "wait until the other process has ended, and try again",
        StoreError::Full(_) => "make room",
        StoreError::Conflict(_) => "try again",
        StoreError::Corrupt { .. } | StoreError::BadKey(_) => "restore the storage from a copy",
        StoreError::Other { .. } => "see that it is there, and that it may be written",
    };
    let said = said(what, &error.to_string());
    // What the storage advises itself is better than anything said here.
    if said.todo.is_some() {
        said
    } else {
        said.todo(todo)
    }
}

async fn records(stores: &Stores, unique: &str) -> Result<String, StoreError> {
    let (records, table) = (&stores.records, Table::State);
    let row = format!("probe-{unique}");
    let version = records.insert(table, OWN, &row, "{\"probe\":true}").await?;
    let read = records.get(table, OWN, &row).await;
    // Whatever became of reading it: nothing stays behind.
    records.delete(table, OWN, &row, &version).await?;
    let is_same = read?.is_some_and(|record| record.version == version);
    is_same
        .then(|| "a record was written, read and deleted".to_owned())
        .ok_or_else(|| other("records", "what was written was not read again"))
}

async fn blobs(stores: &Stores, unique: &str) -> Result<String, StoreError> {
    let name = format!("{OWN}/probe-{unique}");
    let bytes = unique.as_bytes().to_vec();
    stores.blobs.put(&name, bytes.clone()).await?;
    let read = stores.blobs.get(&name).await;
    stores.blobs.delete(&name).await?;
    (read? == Some(bytes))
        .then(|| "a blob was written, read and deleted".to_owned())
        .ok_or_else(|| other("blobs", "what was written was not read again"))
}

/// A message would be taken for a job: the queue is only counted.
async fn queue(stores: &Stores) -> Result<String, StoreError> {
    let count = stores.queue.count(job::QUEUE).await?;
    let plural = if count == 1 { "" } else { "s" };
    Ok(format!("reachable, with {count} job{plural} on it"))
}

fn other(place: &str, problem: &str) -> StoreError {
    StoreError::Other {
        place: place.to_owned(),
        problem: problem.to_owned(),
    }
}
