//! A storage that fails, hangs or panics when it is told to.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::store::ports::{
    Blobs, Queue, QueueMessage, Record, Records, StoreError, Stores, Table, Version,
};

/// What the storage does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    /// Every operation fails so.
    Fails(StoreError),
    /// Only the queue fails.
    QueueFails,
    /// Only writes of the state fail: baselines, scopes, what was decided last.
    StateFails,
    /// Nothing ever comes back.
    Hangs,
    /// A defect.
    Panics,
}

pub(super) struct Trouble {
    inner: Stores,
    mood: Mutex<Mood>,
}

impl Trouble {
    pub(super) fn over(inner: Stores) -> Arc<Self> {
        Arc::new(Self {
            inner,
            mood: Mutex::new(Mood::Well),
        })
    }

    pub(super) fn stores(self: &Arc<Self>) -> Stores {
        Stores {
            records: self.clone(),
            blobs: self.clone(),
            queue: self.clone(),
        }
    }

    pub(super) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    async fn feel(&self) -> Result<(), StoreError> {
        let mood = self.mood.lock().unwrap().clone();
        match mood {
            Mood::Well | Mood::QueueFails | Mood::StateFails => Ok(()),
            Mood::Fails(error) => Err(error),
            Mood::Hangs => std::future::pending().await,
            Mood::Panics => panic!("a defect in the storage"),
        }
    }

    async fn feel_write(&self, table: Table) -> Result<(), StoreError> {
        if table == Table::State && *self.mood.lock().unwrap() == Mood::StateFails {
            return Err(away());
        }
        self.feel().await
    }

    async fn feel_queue(&self) -> Result<(), StoreError> {
        if *self.mood.lock().unwrap() == Mood::QueueFails {
            return Err(away());
        }
        self.feel().await
    }
}

/// The storage is away.
pub(super) fn away() -> StoreError {
    StoreError::Other {
        place: "/secret/place/rollcall.db".to_owned(),
        problem: "connection refused".to_owned(),
    }
}

#[async_trait]
impl Records for Trouble {
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError> {
        self.feel().await?;
        self.inner.records.get(table, partition, row).await
    }

    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError> {
        self.feel_write(table).await?;
        self.inner
            .records
            .insert(table, partition, row, value)
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
        self.feel_write(table).await?;
        self.inner
            .records
            .replace(table, partition, row, value, version)
            .await
    }

    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        self.feel().await?;
        self.inner
            .records
            .delete(table, partition, row, version)
            .await
    }

    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.feel().await?;
        self.inner
            .records
            .list(table, partition, after, limit)
            .await
    }

    async fn next_partition(
        &self,
        table: Table,
        after: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        self.feel().await?;
        self.inner.records.next_partition(table, after).await
    }
}

#[async_trait]
impl Blobs for Trouble {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.feel().await?;
        self.inner.blobs.put(name, bytes).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.feel().await?;
        self.inner.blobs.get(name).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.feel().await?;
        self.inner.blobs.delete(name).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.feel().await?;
        self.inner.blobs.list(prefix).await
    }
}

#[async_trait]
impl Queue for Trouble {
    async fn send(
        &self,
        queue: &str,
        body: &str,
        delay: std::time::Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.feel_queue().await?;
        self.inner.queue.send(queue, body, delay, now).await
    }

    async fn receive(
        &self,
        queue: &str,
        visibility: std::time::Duration,
        now: Timestamp,
    ) -> Result<Option<QueueMessage>, StoreError> {
        self.feel_queue().await?;
        self.inner.queue.receive(queue, visibility, now).await
    }

    async fn extend(
        &self,
        queue: &str,
        message: &QueueMessage,
        visibility: std::time::Duration,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        self.feel_queue().await?;
        self.inner
            .queue
            .extend(queue, message, visibility, now)
            .await
    }

    async fn delete(&self, queue: &str, message: &QueueMessage) -> Result<(), StoreError> {
        self.feel_queue().await?;
        self.inner.queue.delete(queue, message).await
    }

    async fn count(&self, queue: &str) -> Result<usize, StoreError> {
        self.feel_queue().await?;
        self.inner.queue.count(queue).await
    }
}
