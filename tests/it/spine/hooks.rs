//! Doors and stores with something happening in them at a chosen moment.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rollcall::{
    connectors::{
        memory::MemoryConnections,
        ports::{ConnectorError, ListReader, ListWriter, Readers, WantedList, Watch, Writers},
    },
    plan::{change::Change, outcome::Outcome},
    store::ports::{Blobs, Record, Records, StoreError, Stores, Table, Version},
};

/// What happens at the moment.
#[async_trait]
pub(super) trait Happening: Send + Sync {
    /// Before a reader is opened.
    async fn before_reading(&self) {}
    /// After changes were handed over.
    async fn after_writing(&self) {}
}

/// Connections in memory with something happening.
pub(super) struct Hooked<H> {
    pub(super) world: MemoryConnections,
    pub(super) happening: Arc<H>,
}

#[async_trait]
impl<H: Happening> Readers for Hooked<H> {
    async fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        self.happening.before_reading().await;
        self.world.reader(wanted).await
    }
}

#[async_trait]
impl<H: Happening + 'static> Writers for Hooked<H> {
    async fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        let happening = self.happening.clone();
        let writer = self.world.writer(wanted, list_id).await?;
        Ok(Box::new(HookedWriter { writer, happening }))
    }
}

struct HookedWriter<H> {
    writer: Box<dyn ListWriter>,
    happening: Arc<H>,
}

#[async_trait]
impl<H: Happening> ListWriter for HookedWriter<H> {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        self.writer.create_list().await
    }

    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        let outcomes = self.writer.write(changes, watch).await;
        self.happening.after_writing().await;
        outcomes
    }
}

/// What is wrong with a write to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing.
    None,
    /// There is no room for it.
    Full,
    /// It takes this long.
    Slow(Duration),
}

/// What is wrong with the write to a place: `History/staff/…` for a record, its name for a blob.
type At = Box<dyn Fn(&str) -> Trouble + Send + Sync>;

/// The same store, with trouble.
pub(super) fn troubled(
    stores: &Stores,
    at: impl Fn(&str) -> Trouble + Send + Sync + 'static,
) -> Stores {
    let troubled = Arc::new(Troubled {
        stores: stores.clone(),
        at: Box::new(at),
    });
    Stores {
        records: troubled.clone(),
        blobs: troubled,
        queue: stores.queue.clone(),
    }
}

struct Troubled {
    stores: Stores,
    at: At,
}

impl Troubled {
    async fn check(&self, place: String) -> Result<(), StoreError> {
        match (self.at)(&place) {
            Trouble::None => {}
            Trouble::Full => return Err(StoreError::Full(place)),
            Trouble::Slow(time) => tokio::time::sleep(time).await,
        }
        Ok(())
    }
}

#[async_trait]
impl Records for Troubled {
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
        self.check(format!("{table:?}/{partition}/{row}")).await?;
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
        self.check(format!("{table:?}/{partition}/{row}")).await?;
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
        self.check(format!("{table:?}/{partition}/{row}")).await?;
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
        let records = &self.stores.records;
        records.list(table, partition, after, limit).await
    }
}

#[async_trait]
impl Blobs for Troubled {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.check(name.to_owned()).await?;
        self.stores.blobs.put(name, bytes).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.stores.blobs.get(name).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.check(name.to_owned()).await?;
        self.stores.blobs.delete(name).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.stores.blobs.list(prefix).await
    }
}
