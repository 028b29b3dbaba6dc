//! The loads of an HR feed, as the intake keeps them.

use async_trait::async_trait;

use crate::{
    connectors::{
        hr::{Feed, Load},
        ports::{ConnectorError, ErrorKind},
    },
    intake,
    store::ports::{StoreError, Stores},
};

/// The loads of one connection.
pub(super) struct StoredFeed {
    stores: Stores,
    connection: String,
}

impl StoredFeed {
    pub(super) fn new(stores: &Stores, connection: &str) -> Self {
        Self {
            stores: stores.clone(),
            connection: connection.to_owned(),
        }
    }
}

#[async_trait]
impl Feed for StoredFeed {
    async fn latest(&self) -> Result<Option<Load>, ConnectorError> {
        let latest = intake::feed::latest(&self.stores, &self.connection).await;
        let latest = latest.map_err(|error| {
            let kind = match error {
                StoreError::Corrupt { .. } => ErrorKind::BadData,
                _ => ErrorKind::Unavailable(None),
            };
            ConnectorError::new(kind, error.to_string())
        })?;
        Ok(latest.map(|latest| Load {
            bytes: latest.bytes,
            received: latest.received,
        }))
    }
}
