//! A store in which something happens at chosen calls: what fault injection has in common.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use rollcall::store::ports::{
    Blobs, Queue, QueueMessage, Record, Records, StoreError, Stores, Table, Version,
};

/// What somebody asks of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// A read of rows.
    ReadRows,
    /// A read of a blob.
    ReadBlob,
    /// A look at the names of blobs.
    ListBlobs,
    /// A write of a row: `History/staff/…`.
    Row(String),
    /// The deletion of a row.
    RowGone(String),
    /// A write of a blob.
    Blob(String),
    /// The deletion of a blob.
    BlobGone(String),
    /// A message is sent.
    Send,
}

impl Call {
    /// Whether nothing changes by it.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self, Self::ReadRows | Self::ReadBlob | Self::ListBlobs)
    }

    /// The row or blob that changes by it.
    pub(crate) fn place(&self) -> Option<&str> {
        match self {
            Self::Row(place) | Self::RowGone(place) => Some(place),
            Self::Blob(name) | Self::BlobGone(name) => Some(name),
            Self::ReadRows | Self::ReadBlob | Self::ListBlobs | Self::Send => None,
        }
    }
}

/// What becomes of it. An error instead means that nothing was done.
pub(crate) enum Fate {
    /// It is done.
    Done,
    /// It is done, and the caller hears this instead.
    DoneButTold(StoreError),
}

/// Decides about calls.
#[async_trait]
pub(crate) trait Hook: Send + Sync + 'static {
    /// What becomes of this call.
    async fn fate(&self, call: Call) -> Result<Fate, StoreError>;
}

/// The same store, with a hook in it.
pub(crate) fn hooked(stores: &Stores, hook: Arc<impl Hook>) -> Stores {
    let hooked = Arc::new(Hooked {
        stores: stores.clone(),
        hook,
    });
    Stores {
        records: hooked.clone(),
        blobs: hooked.clone(),
        queue: hooked,
    }
}

struct Hooked<H> {
    stores: Stores,
    hook: Arc<H>,
}

impl<H: Hook> Hooked<H> {
    async fn unless<T>(
        &self,
        call: Call,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let fate = self.hook.fate(call).await?;
        let done = doing.await?;
        match fate {
            Fate::Done => Ok(done),
            Fate::DoneButTold(error) => Err(error),
        }
    }
}

fn at(table: Table, partition: &str, row: &str) -> String {
    format!("{table:?}/{partition}/{row}")
}

#[async_trait]
impl<H: Hook> Records for Hooked<H> {
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError> {
        let doing = self.stores.records.get(table, partition, row);
        self.unless(Call::ReadRows, doing).await
    }

    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError> {
        let doing = self.stores.records.insert(table, partition, row, value);
        self.unless(Call::Row(at(table, partition, row)), doing)
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
        let doing = records.replace(table, partition, row, value, version);
        self.unless(Call::Row(at(table, partition, row)), doing)
            .await
    }

    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        let doing = self.stores.records.delete(table, partition, row, version);
        self.unless(Call::RowGone(at(table, partition, row)), doing)
            .await
    }

    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let doing = self.stores.records.list(table, partition, after, limit);
        self.unless(Call::ReadRows, doing).await
    }

    async fn next_partition(
        &self,
        table: Table,
        after: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let doing = self.stores.records.next_partition(table, after);
        self.unless(Call::ReadRows, doing).await
    }
}

#[async_trait]
impl<H: Hook> Blobs for Hooked<H> {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let doing = self.stores.blobs.put(name, bytes);
        self.unless(Call::Blob(name.to_owned()), doing).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.unless(Call::ReadBlob, self.stores.blobs.get(name))
            .await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        let doing = self.stores.blobs.delete(name);
        self.unless(Call::BlobGone(name.to_owned()), doing).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.unless(Call::ListBlobs, self.stores.blobs.list(prefix))
            .await
    }
}

/// Only sending can go wrong: what takes messages is the queue's own side.
#[async_trait]
impl<H: Hook> Queue for Hooked<H> {
    async fn send(
        &self,
        queue: &str,
        body: &str,
        delay: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let doing = self.stores.queue.send(queue, body, delay, now);
        self.unless(Call::Send, doing).await
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
