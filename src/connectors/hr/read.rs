//! Reads the last load whole, or not at all.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Feed, Settings};
use crate::{
    connectors::{
        csv,
        ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
    },
    model::{
        capabilities::{AddsBy, Capabilities},
        member::Member,
        reading::{Directory, Reading},
    },
};

/// Why nothing is written to an HR feed.
pub const READ_ONLY: &str =
    "an HR feed is only read: the HR system says who is there; change people there";

/// Reads the feed.
pub(super) struct Reader {
    settings: Settings,
    feed: Arc<dyn Feed>,
    wanted: WantedList,
}

impl Reader {
    pub(super) fn new(
        settings: &Settings,
        feed: Arc<dyn Feed>,
        wanted: &WantedList,
    ) -> Result<Self, ConnectorError> {
        if !wanted.list.list.is_empty() {
            let message = format!("`{}` has no lists: it is one", wanted.list.connection);
            return Err(ConnectorError::new(ErrorKind::Settings, message)
                .help("name the connection alone, and choose people of it with `filters`"));
        }
        Ok(Self {
            settings: settings.clone(),
            feed,
            wanted: wanted.clone(),
        })
    }
}

#[async_trait]
impl ListReader for Reader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let name = self.wanted.list.connection.clone();
        let Some(load) = self.feed.latest().await? else {
            return Err(nothing_yet(&name));
        };
        let settings = self.settings.clone();
        let members = tokio::task::spawn_blocking(move || {
            let mut members = Vec::new();
            each_member(&settings, &name, &load.bytes, |member| members.push(member))?;
            Ok(members)
        });
        let members = members
            .await
            .map_err(|stopped| ConnectorError::new(ErrorKind::Io, stopped.to_string()))??;
        watch.progress("rows read", members.len(), None);
        let capabilities = Capabilities {
            read_only: Some(READ_ONLY.to_owned()),
            ..Capabilities::new(AddsBy::Address, 1)
        };
        Ok(Reading::whole(
            self.wanted.list.clone(),
            members,
            capabilities,
        ))
    }

    /// A feed knows nobody but the people of its load.
    async fn directory(&self, _watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        Ok(Directory::default())
    }
}

/// Hands over every member of a load; `name` is the connection's, for messages. After an error, nothing of it may be
/// used.
pub fn each_member(
    settings: &Settings,
    name: &str,
    bytes: &[u8],
    hand_over: impl FnMut(Member),
) -> Result<(), ConnectorError> {
    csv::each_member(&settings.csv, name, bytes, hand_over)
}

/// Nothing was sent. That is no empty list: who was on the other side would seem to have left.
pub(super) fn nothing_yet(name: &str) -> ConnectorError {
    ConnectorError::new(
        ErrorKind::NotFound,
        format!("`{name}` has sent no full load yet"),
    )
    .help(format!(
        "have the HR system send everybody as `text/csv` to `/api/hooks/hr/{name}`"
    ))
}
