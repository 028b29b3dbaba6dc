//! The composition root: a definition file and the settings become connections and stores.
//!
//! The only room that knows every connector and store by name. It must not know how it is called.

mod connect;
mod feed;
mod hosting;
mod kinds;
mod needs;
mod opener;
mod traces;
mod variables;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    connectors::{
        hr,
        ports::{
            ConnectionTest, Connector, ConnectorError, ErrorKind, Examination, ListReader,
            ListWriter, Lists, Readers, TestLine, WantedList, Writers,
        },
    },
    definition::{fault::Fault, schema::json_schema, sync::Definition, validate::load},
    job,
    settings::Settings,
    store::{
        azure, embedded,
        ports::{StoreError, Stores},
    },
};
use connect::connect;
use feed::StoredFeed;
pub use hosting::{function_timeout, functions_app, keep, lease, port};
pub use kinds::kinds;
pub use needs::needed;
pub use opener::{app_secret, service, started};
pub use traces::traces;
pub use variables::variables;

/// Gives the value of a secret by the name of its variable.
pub type Secrets = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Why a definition file could not be used.
#[derive(Debug)]
pub enum LoadError {
    /// It could not be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// It was read, and has faults.
    Faults {
        /// The file.
        path: PathBuf,
        /// All of them.
        faults: Vec<Fault>,
    },
}

/// Reads and validates a definition file.
pub fn definition(path: &Path) -> Result<Definition, LoadError> {
    let unreadable = |problem: String| LoadError::Unreadable {
        path: path.to_owned(),
        problem,
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        unreadable(format!(
            "it is not UTF-8 (byte {})",
            error.utf8_error().valid_up_to()
        ))
    })?;
    load(&text, &kinds()).map_err(|faults| LoadError::Faults {
        path: path.to_owned(),
        faults,
    })
}

/// The JSON Schema of definition files.
pub fn schema() -> serde_json::Value {
    json_schema(&kinds())
}

/// Opens the state folder.
pub fn stores(folder: &Path) -> Result<Stores, StoreError> {
    embedded::open(folder)
}

/// Opens the state folder for somebody who only looks; makes nothing.
pub fn stores_to_look(folder: &Path) -> Result<Stores, StoreError> {
    embedded::open_to_look(folder)
}

/// Opens the storage account that the settings name; makes in it what is not there yet.
pub async fn azure_stores(settings: &Settings) -> Result<Stores, StoreError> {
    let connection = azure::connection::Connection::from_settings(&settings.storage)?;
    azure::open(&connection, &[job::QUEUE, job::POISON_QUEUE]).await
}

/// What time the storage account's service says it is; `None` where it says none. Needs no key.
pub async fn azure_clock(settings: &Settings) -> Result<Option<Timestamp>, StoreError> {
    let connection = azure::connection::Connection::from_settings(&settings.storage)?;
    azure::clock(&connection).await
}

/// Storage that holds nothing and keeps nothing beyond the process: for somebody who only looks where the real one
/// cannot be had.
pub fn no_stores() -> Result<Stores, StoreError> {
    embedded::open_nowhere()
}

/// The connections of a definition, ready to be opened.
pub struct Connections {
    connections: BTreeMap<String, Open>,
    /// Where the loads of HR feeds are, as far as somebody said.
    loads: Option<Stores>,
}

/// One connection; a problem with its settings shows when it is used.
enum Open {
    Ready(Box<dyn Connector>),
    /// With what was found when its secrets were looked at.
    Hr(hr::Settings, Vec<TestLine>),
    Unusable(ConnectorError),
}

impl Connections {
    /// The connections of `definition`. Relative folders are relative to `base`, the definition file's folder.
    pub fn new(
        definition: &Definition,
        base: &Path,
        settings: &Settings,
        secrets: &Secrets,
    ) -> Self {
        let open = |connection| {
            connect(connection, base, settings, secrets).unwrap_or_else(Open::Unusable)
        };
        let connections = definition
            .connections
            .iter()
            .map(|(name, connection)| (name.clone(), open(connection)));
        Self {
            connections: connections.collect(),
            loads: None,
        }
    }

    /// The same connections, with the loads that HR systems sent into this storage.
    #[must_use]
    pub fn with_loads(mut self, stores: &Stores) -> Self {
        self.loads = Some(stores.clone());
        self
    }

    /// The same connections for somebody who has no time to wait: a service that throttles is left sooner.
    #[must_use]
    pub fn waiting_at_most(mut self, wait: Duration) -> Self {
        for open in self.connections.values_mut() {
            if let Open::Ready(connection) = open {
                connection.wait_at_most(wait);
            }
        }
        self
    }

    fn feed(&self, name: &str) -> Result<Arc<dyn hr::Feed>, ConnectorError> {
        match &self.loads {
            Some(stores) => Ok(Arc::new(StoredFeed::new(stores, name))),
            None => {
                let message = format!("what `{name}` sent is not kept here");
                Err(ConnectorError::new(ErrorKind::Settings, message)
                    .help("use it where the app that takes it in keeps its state"))
            }
        }
    }

    /// What tries one connection out.
    pub fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError> {
        match self.named(name)? {
            Open::Ready(connection) => Ok(connection.test()),
            Open::Hr(settings, secrets) => {
                let feed = self.feed(name)?;
                Ok(hr::connection_test(settings, name, feed, secrets))
            }
            Open::Unusable(error) => Err(error.clone()),
        }
    }

    /// What looks one connection over beside trying it out; `None` where there is nothing more to be known.
    pub fn examination(&self, name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError> {
        match self.named(name)? {
            Open::Ready(connection) => Ok(connection.examination()),
            Open::Hr(..) => Ok(None),
            Open::Unusable(error) => Err(error.clone()),
        }
    }

    /// What names the lists of one connection.
    pub fn lists(&self, name: &str) -> Result<Box<dyn Lists>, ConnectorError> {
        match self.named(name)? {
            Open::Ready(connection) => connection.lists(),
            Open::Hr(settings, _) => Ok(hr::lists(settings, name, self.feed(name)?)),
            Open::Unusable(error) => Err(error.clone()),
        }
    }

    fn named(&self, name: &str) -> Result<&Open, ConnectorError> {
        self.connections.get(name).ok_or_else(|| {
            let known: Vec<String> = self
                .connections
                .keys()
                .map(|name| format!("`{name}`"))
                .collect();
            let message = format!("there is no connection `{name}`");
            ConnectorError::new(ErrorKind::Settings, message)
                .help(format!("known connections: {}", known.join(", ")))
        })
    }
}

#[async_trait]
impl Readers for Connections {
    async fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        match self.named(&wanted.list.connection)? {
            Open::Ready(connection) => connection.reader(wanted),
            Open::Hr(settings, _) => {
                let feed = self.feed(&wanted.list.connection)?;
                hr::reader(settings, feed, wanted)
            }
            Open::Unusable(error) => Err(error.clone()),
        }
    }
}

#[async_trait]
impl Writers for Connections {
    async fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        match self.named(&wanted.list.connection)? {
            Open::Ready(connection) => connection.writer(wanted, list_id),
            Open::Hr(..) => Err(ConnectorError::new(ErrorKind::Denied, hr::READ_ONLY)),
            Open::Unusable(error) => Err(error.clone()),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, problem } => {
                write!(
                    formatter,
                    "the definition file `{}` cannot be read: {problem}",
                    path.display()
                )?;
                formatter.write_str("\nname another one with `--config FILE`")
            }
            Self::Faults { path, faults } => {
                let plural = if faults.len() == 1 { "" } else { "s" };
                write!(
                    formatter,
                    "`{}` has {} fault{plural}:",
                    path.display(),
                    faults.len()
                )?;
                for fault in faults {
                    write!(
                        formatter,
                        "\n  {}",
                        fault.to_string().replace('\n', "\n      ")
                    )?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for LoadError {}
