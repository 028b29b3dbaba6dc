//! Names the one list that a feed is.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Feed, Settings, try_out::describe};
use crate::connectors::ports::{ConnectorError, KnownList, Lists, Watch};

/// The feed as a connection with one list.
pub(super) struct OneList {
    settings: Settings,
    name: String,
    feed: Arc<dyn Feed>,
}

impl OneList {
    pub(super) fn new(settings: &Settings, name: &str, feed: Arc<dyn Feed>) -> Self {
        Self {
            settings: settings.clone(),
            name: name.to_owned(),
            feed,
        }
    }
}

#[async_trait]
impl Lists for OneList {
    /// As long as nothing was sent there is no list, not an empty one.
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let found = describe(&self.settings, &self.name, self.feed.as_ref()).await?;
        let known: Vec<KnownList> = found
            .into_iter()
            .map(|found| KnownList {
                name: String::new(),
                id: None,
                note: Some(format!("HR feed: can only be read; {found}")),
            })
            .collect();
        watch.progress("lists seen", known.len(), Some(known.len()));
        Ok(known)
    }
}
