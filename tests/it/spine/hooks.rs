//! Doors and stores with something happening in them at a chosen moment.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rollcall::{
    connectors::{
        memory::MemoryConnections,
        ports::{ConnectorError, ListReader, ListWriter, Readers, WantedList, Watch, Writers},
    },
    plan::{change::Change, outcome::Outcome},
    store::ports::{StoreError, Stores},
};

use crate::store_hook::{Call, Fate, Hook, hooked};

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
    hooked(stores, Arc::new(Troubled { at: Box::new(at) }))
}

struct Troubled {
    at: At,
}

#[async_trait]
impl Hook for Troubled {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if let Some(place) = call.place() {
            match (self.at)(place) {
                Trouble::None => {}
                Trouble::Full => return Err(StoreError::Full(place.to_owned())),
                Trouble::Slow(time) => tokio::time::sleep(time).await,
            }
        }
        Ok(Fate::Done)
    }
}
