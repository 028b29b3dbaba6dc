//! What everything that runs by itself works with: storage, the kinds of connections, a way to open them, and the time.
//!
//! This room must not know a concrete connector or store: `app` puts them in, and tests put in memory.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{
    connectors::ports::{ConnectionTest, ConnectorError, Readers, Writers},
    definition::{connection::ConnectionKind, sync::Definition},
    store::ports::Stores,
};

/// What everything that runs by itself works with. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// Where everything is kept.
    pub stores: Stores,
    /// The kinds of connections there are.
    pub kinds: Arc<Vec<ConnectionKind>>,
    /// Opens the connections of a definition.
    pub opener: Arc<dyn Opener>,
    /// The time, asked at the edge.
    pub now: Clock,
    /// How long a hold on a list lasts without a heartbeat.
    pub lease: Duration,
    /// How long what is kept of runs beside their summaries is kept.
    pub keep: SignedDuration,
}

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

impl Service {
    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }
}

/// Opens the connections of a definition.
pub trait Opener: Send + Sync {
    /// Makes no request yet; what is wrong with a connection's settings shows when it is used.
    fn open(&self, definition: &Definition) -> Box<dyn Opened>;
}

/// The connections of a definition.
pub trait Opened: Send + Sync {
    /// Opens lists for reading.
    fn readers(&self) -> &dyn Readers;
    /// Opens lists for writing.
    fn writers(&self) -> &dyn Writers;
    /// What tries one connection out.
    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError>;
}
