//! A store that counts what is asked of it, as a storage account charges for it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rollcall::{
    cost::figures::Operations,
    store::ports::{StoreError, Stores},
};

use crate::store_hook::{Call, Fate, Hook, hooked};

/// What was asked for so far.
#[derive(Clone, Default)]
pub(super) struct Counter(Arc<Mutex<Operations>>);

impl Counter {
    /// The counts since this was last asked.
    pub(super) fn take(&self) -> Operations {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// The same store, counted. What takes messages is the host's, and counted elsewhere.
pub(super) fn counted(stores: &Stores) -> (Stores, Counter) {
    let counter = Counter::default();
    (hooked(stores, Arc::new(counter.clone())), counter)
}

#[async_trait]
impl Hook for Counter {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        let mut counts = self.0.lock().unwrap();
        match call {
            Call::ReadRows => counts.table_reads += 1,
            Call::Row(_) | Call::RowGone(_) => counts.table_writes += 1,
            Call::ReadBlob => counts.blob_reads += 1,
            Call::Blob(_) | Call::ListBlobs => counts.blob_writes += 1,
            Call::Send => counts.sent += 1,
            // Free of charge.
            Call::BlobGone(_) => {}
        }
        Ok(Fate::Done)
    }
}
