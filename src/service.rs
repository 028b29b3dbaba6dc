//! What everything that runs by itself works with: storage, the kinds of connections, a way to open them, and the time.
//!
//! This room must not know a concrete connector or store: `app` puts them in, and tests put in memory.

use std::{marker, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{
    connectors::ports::{ConnectionTest, ConnectorError, Examination, Readers, Writers},
    definition::{
        connection::ConnectionKind,
        sync::{Definition, Sync},
    },
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
    /// When the process started.
    pub started: Timestamp,
    /// How long a hold on a list lasts without a heartbeat.
    pub lease: Duration,
    /// How long what is kept of runs beside their summaries is kept.
    pub keep: SignedDuration,
}

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + marker::Sync>;

impl Service {
    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }
}

/// Opens the connections of a definition.
pub trait Opener: Send + marker::Sync {
    /// Makes no request yet; what is wrong with a connection's settings shows when it is used.
    fn open(&self, definition: &Definition) -> Box<dyn Opened>;
    /// What is known of the variables that the connections of these syncs read; nothing where there are none.
    fn variables(&self, _definition: &Definition, _asked: &[&Sync]) -> Variables {
        Variables::default()
    }
}

/// What is known of variables: their names, and never a value.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// The variables that connections read, each with the connection.
    pub needed: Vec<(String, String)>,
    /// Variables that the app itself needs where it runs, each with what does not work without it.
    pub by_the_app: Vec<(String, String)>,
    /// Which of all these are set.
    pub set: Vec<String>,
    /// Variables that hold a reference to a key vault that nobody resolved, each with what to do about it.
    pub unresolved: Vec<(String, String)>,
    /// Every variable of the environment that begins as ours do.
    pub ours: Vec<String>,
    /// Every variable the program knows.
    pub known: Vec<String>,
}

/// The connections of a definition.
pub trait Opened: Send + marker::Sync {
    /// Opens lists for reading.
    fn readers(&self) -> &dyn Readers;
    /// Opens lists for writing.
    fn writers(&self) -> &dyn Writers;
    /// What tries one connection out.
    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError>;
    /// What looks one connection over beside that; `None` where there is nothing more to be known.
    fn examination(&self, name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError>;
}
