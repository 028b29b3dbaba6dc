//! A store that counts what is asked of it, as a storage account charges for it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use rollcall::{
    cost::figures::Operations,
    store::ports::{
        Blobs, Queue, QueueMessage, Record, Records, StoreError, Stores, Table, Version,
    },
};

/// What was asked for so far.
#[derive(Clone, Default)]
pub(super) struct Counter(Arc<Mutex<Operations>>);

impl Counter {
    /// The counts since this was last asked.
    pub(super) fn take(&self) -> Operations {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn note(&self, note: impl FnOnce(&mut Operations)) {
        note(&mut self.0.lock().unwrap());
    }
}

/// The same store, counted.
pub(super) fn counted(stores: &Stores) -> (Stores, Counter) {
    let counter = Counter::default();
    let counted = Arc::new(Counted {
        stores: stores.clone(),
        counter: counter.clone(),
    });
    let stores = Stores {
        records: counted.clone(),
        blobs: counted.clone(),
        queue: counted,
    };
    (stores, counter)
}

struct Counted {
    stores: Stores,
    counter: Counter,
}

#[async_trait]
impl Records for Counted {
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError> {
        self.counter.note(|counts| counts.table_reads += 1);
        self.stores.records.get(table, partition, row).await
    }

    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError> {
        self.counter.note(|counts| counts.table_writes += 1);
        let records = &self.stores.records;
        records.insert(table, partition, row, value).await
    }

    async fn replace(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
        version: &Version,
    ) -> Result<Version, StoreError> {
        self.counter.note(|counts| counts.table_writes += 1);
        let records = &self.stores.records;
        records.replace(table, partition, row, value, version).await
    }

    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        self.counter.note(|counts| counts.table_writes += 1);
        let records = &self.stores.records;
        records.delete(table, partition, row, version).await
    }

    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.counter.note(|counts| counts.table_reads += 1);
        let records = &self.stores.records;
        records.list(table, partition, after, limit).await
    }

    async fn next_partition(
        &self,
        table: Table,
        after: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        self.counter.note(|counts| counts.table_reads += 1);
        self.stores.records.next_partition(table, after).await
    }
}

#[async_trait]
impl Blobs for Counted {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.counter.note(|counts| counts.blob_writes += 1);
        self.stores.blobs.put(name, bytes).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.counter.note(|counts| counts.blob_reads += 1);
        self.stores.blobs.get(name).await
    }

    /// Free of charge.
    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.stores.blobs.delete(name).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.counter.note(|counts| counts.blob_writes += 1);
        self.stores.blobs.list(prefix).await
    }
}

/// What takes messages is the host's, and counted elsewhere.
#[async_trait]
impl Queue for Counted {
    async fn send(
        &self,
        queue: &str,
        body: &str,
        delay: std::time::Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.counter.note(|counts| counts.sent += 1);
        self.stores.queue.send(queue, body, delay, now).await
    }

    async fn receive(
        &self,
        queue: &str,
        visibility: std::time::Duration,
        now: Timestamp,
    ) -> Result<Option<QueueMessage>, StoreError> {
        self.stores.queue.receive(queue, visibility, now).await
    }

    async fn extend(
        &self,
        queue: &str,
        message: &QueueMessage,
        visibility: std::time::Duration,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let stores = &self.stores;
        stores.queue.extend(queue, message, visibility, now).await
    }

    async fn delete(&self, queue: &str, message: &QueueMessage) -> Result<(), StoreError> {
        self.stores.queue.delete(queue, message).await
    }

    async fn count(&self, queue: &str) -> Result<usize, StoreError> {
        self.stores.queue.count(queue).await
    }
}
