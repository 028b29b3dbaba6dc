//! The people an HR system sends: one list, which is the last full load that was taken in.
//!
//! It is only read, and only whole: as long as nothing was sent there is no list, not an empty one. This module must not
//! know how a load came in, nor where it is kept: it asks a [`Feed`].

mod lists;
mod read;
mod secret;
mod settings;
#[cfg(test)]
mod tests;
mod try_out;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

pub use self::{
    read::{READ_ONLY, each_member},
    secret::{NotASecret, Secret},
    settings::{MOST_SECRETS, Settings, check},
    try_out::look_at_secrets,
};
use super::ports::{ConnectionTest, ConnectorError, ListReader, Lists, TestLine, WantedList};

/// The kind of these connections, as a definition's `type` says it.
pub const KIND: &str = "hr";

/// Where the last full load is.
#[async_trait]
pub trait Feed: Send + Sync {
    /// The newest load; `None` as long as nothing was sent.
    async fn latest(&self) -> Result<Option<Load>, ConnectorError>;
}

/// Everybody, as the HR system sent them at one time.
#[derive(Clone, PartialEq, Eq)]
pub struct Load {
    /// The CSV text, as it came.
    pub bytes: Vec<u8>,
    /// When it came.
    pub received: Timestamp,
}

/// The reader of the feed as a whole.
pub fn reader(
    settings: &Settings,
    feed: Arc<dyn Feed>,
    wanted: &WantedList,
) -> Result<Box<dyn ListReader>, ConnectorError> {
    Ok(Box::new(read::Reader::new(settings, feed, wanted)?))
}

/// What names the feed: it is one list without a name of its own. `name` is the connection's.
pub fn lists(settings: &Settings, name: &str, feed: Arc<dyn Feed>) -> Box<dyn Lists> {
    Box::new(lists::OneList::new(settings, name, feed))
}

/// What `rollcall test` asks: whether calls can be told from forgeries, and what the last load looks like. `name` is the
/// connection's; `secrets` is what [`look_at_secrets`] found.
pub fn connection_test(
    settings: &Settings,
    name: &str,
    feed: Arc<dyn Feed>,
    secrets: &[TestLine],
) -> Box<dyn ConnectionTest> {
    Box::new(try_out::TryOut::new(settings, name, feed, secrets))
}
