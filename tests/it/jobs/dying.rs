//! A store whose user dies at a chosen write: that write happens or does not, and nothing after it does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use rollcall::store::ports::{
    Blobs, Queue, QueueMessage, Record, Records, StoreError, Stores, Table, Version,
};

/// The same store for somebody who dies at write number `at` (from 0), `after` it took effect or before.
pub(super) fn dying(stores: &Stores, at: i64, after: bool) -> Stores {
    let dying = Arc::new(Dying {
        stores: stores.clone(),
        left: AtomicI64::new(at),
        after,
    });
    Stores {
        records: dying.clone(),
        blobs: dying.clone(),
        queue: dying,
    }
}

/// How many writes a healthy user makes.
pub(super) struct Counted(Arc<Dying>);

impl Counted {
    pub(super) fn new(stores: &Stores) -> (Stores, Self) {
        let counting = Arc::new(Dying {
            stores: stores.clone(),
            left: AtomicI64::new(i64::MAX),
            after: false,
        });
        let wrapped = Stores {
            records: counting.clone(),
            blobs: counting.clone(),
            queue: counting.clone(),
        };
        (wrapped, Self(counting))
    }

    pub(super) fn writes(&self) -> i64 {
        i64::MAX - self.0.left.load(Ordering::SeqCst)
    }
}

struct Dying {
    stores: Stores,
    left: AtomicI64,
    after: bool,
}

fn dead() -> StoreError {
    StoreError::Other {
        place: "here".to_owned(),
        problem: "the process died".to_owned(),
    }
}

impl Dying {
    async fn write<T>(
        &self,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            1.. => doing.await,
            0 if self.after => {
                let _ = doing.await;
                Err(dead())
            }
            _ => Err(dead()),
        }
    }

    fn is_alive(&self) -> Result<(), StoreError> {
        if self.left.load(Ordering::SeqCst) < 0 {
            Err(dead())
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Records for Dying {
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError> {
        self.is_alive()?;
        self.stores.records.get(table, partition, row).await
    }

    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError> {
        self.write(self.stores.records.insert(table, partition, row, value))
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
        self.write(records.replace(table, partition, row, value, version))
            .await
    }

    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        self.write(self.stores.records.delete(table, partition, row, version))
            .await
    }

    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.is_alive()?;
        let records = &self.stores.records;
        records.list(table, partition, after, limit).await
    }
}

#[async_trait]
impl Blobs for Dying {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.write(self.stores.blobs.put(name, bytes)).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.is_alive()?;
        self.stores.blobs.get(name).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.write(self.stores.blobs.delete(name)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.is_alive()?;
        self.stores.blobs.list(prefix).await
    }
}

#[async_trait]
impl Queue for Dying {
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
