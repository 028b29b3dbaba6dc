//! A store that counts its writes, and can fail at one of them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use rollcall::store::ports::{
    Blobs, Queue, QueueMessage, Record, Records, StoreError, Stores, Table, Version,
};

/// Whether what fails was done all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    /// It was not done.
    Undone,
    /// It was done, and the answer was lost.
    Done,
    /// It was done, the answer was lost, and the storage's client wrote it again, which met the first. Everything after
    /// it works.
    DoneTwice,
}

pub(super) struct Watched {
    stores: Stores,
    writes: AtomicUsize,
    fails: Mutex<Option<(usize, Failing)>>,
}

impl Watched {
    pub(super) fn new(stores: &Stores) -> Arc<Self> {
        Arc::new(Self {
            stores: stores.clone(),
            writes: AtomicUsize::new(0),
            fails: Mutex::new(None),
        })
    }

    pub(super) fn stores(self: &Arc<Self>) -> Stores {
        Stores {
            records: self.clone(),
            blobs: self.clone(),
            queue: self.clone(),
        }
    }

    /// How many writes there were since the last time this was asked.
    pub(super) fn writes(&self) -> usize {
        self.writes.swap(0, Ordering::SeqCst)
    }

    /// Fails at the write with this number, and at every one after it, counted from now.
    pub(super) fn fail_from(&self, write: usize, failing: Failing) {
        self.writes();
        *self.fails.lock().unwrap() = Some((write, failing));
    }

    /// Works again.
    pub(super) fn recover(&self) {
        *self.fails.lock().unwrap() = None;
    }

    /// A write of a row, which may meet itself.
    async fn write_row(
        &self,
        row: &str,
        work: impl Future<Output = Result<Version, StoreError>>,
    ) -> Result<Version, StoreError> {
        let fault = *self.fails.lock().unwrap();
        let met = fault == Some((self.writes.load(Ordering::SeqCst), Failing::DoneTwice));
        let written = self.write(work).await?;
        if met {
            return Err(StoreError::Conflict(row.to_owned()));
        }
        Ok(written)
    }

    /// Only the write that the fault begins with can have been done: the ones after it are those of a dead process.
    async fn write<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        let fault = *self.fails.lock().unwrap();
        let failed = || StoreError::Other {
            place: "the storage".to_owned(),
            problem: "no answer".to_owned(),
        };
        match fault {
            Some((from, Failing::Done)) if number == from => {
                work.await?;
                Err(failed())
            }
            Some((from, Failing::Undone | Failing::Done)) if number >= from => Err(failed()),
            _ => work.await,
        }
    }
}

#[async_trait]
impl Records for Watched {
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError> {
        self.stores.records.get(table, partition, row).await
    }

    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError> {
        let records = &self.stores.records;
        self.write_row(row, records.insert(table, partition, row, value))
            .await
    }

    async fn replace(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
        version: &Version,
    ) -> Result<Version, StoreError> {
        let records = &self.stores.records;
        self.write_row(row, records.replace(table, partition, row, value, version))
            .await
    }

    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        let records = &self.stores.records;
        self.write(records.delete(table, partition, row, version))
            .await
    }

    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let records = &self.stores.records;
        records.list(table, partition, after, limit).await
    }
}

#[async_trait]
impl Blobs for Watched {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.write(self.stores.blobs.put(name, bytes)).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.stores.blobs.get(name).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.write(self.stores.blobs.delete(name)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.stores.blobs.list(prefix).await
    }
}

#[async_trait]
impl Queue for Watched {
    async fn send(
        &self,
        queue: &str,
        body: &str,
        delay: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(self.stores.queue.send(queue, body, delay, now))
            .await
    }

    async fn receive(
        &self,
        queue: &str,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<Option<QueueMessage>, StoreError> {
        self.stores.queue.receive(queue, visibility, now).await
    }

    async fn extend(
        &self,
        queue: &str,
        message: &QueueMessage,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        self.stores
            .queue
            .extend(queue, message, visibility, now)
            .await
    }

    async fn delete(&self, queue: &str, message: &QueueMessage) -> Result<(), StoreError> {
        self.write(self.stores.queue.delete(queue, message)).await
    }

    async fn count(&self, queue: &str) -> Result<usize, StoreError> {
        self.stores.queue.count(queue).await
    }
}
