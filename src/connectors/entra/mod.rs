//! Entra ID: groups and people, read and written through Microsoft Graph.
//!
//! A list is a group, or everyone. Whoever is in it is read with every attribute that the sync looks at, guests and
//! disabled accounts as well, and no filter of a sync is handed to Microsoft Graph: it would hide somebody who was
//! disabled as it hides somebody who is gone. Fields of people are written only where a sync was given them.
//!
//! It must not know definitions, limits, stores, other connectors, or the stand-in that it is tested against.

mod answer;
mod batch;
mod call;
mod create;
mod endpoints;
mod everyone;
mod examine;
mod expected;
mod graph;
mod group;
mod groups;
mod invite;
mod known_guest;
mod others;
mod owners;
mod pages;
mod patch;
mod people;
mod permissions;
mod probe;
mod proof;
mod properties;
mod read;
mod reporting;
mod settings;
mod settle;
mod sign_in;
mod update;
mod urls;
mod verdict;
mod work;
mod write;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;

use std::sync::Arc;

pub use endpoints::Cloud;
pub use read::EntraReader;
pub use settings::{Batch, MemberCsv, Settings, check};
pub use write::EntraWriter;

use self::{
    endpoints::is_loopback,
    graph::Graph,
    group::NO_WRITE_PERMISSION,
    settings::is_object_id,
    sign_in::{Identity, SignIn},
};
use super::{
    http::{Patience, client},
    ports::{
        ConnectionTest, Connector, ConnectorError, ErrorKind, Examination, ListReader, ListWriter,
        Lists, WantedList,
    },
};

/// One tenant, signed in to on first use. Cheap to clone: clones share the token and the pool of connections.
#[derive(Clone)]
pub struct EntraConnection {
    graph: Graph,
}

/// Opens a connection; makes no request yet. `secrets` gives the value of an environment variable by its name.
pub fn connect(
    settings: &Settings,
    secrets: &dyn Fn(&str) -> Option<String>,
    patience: Patience,
) -> Result<EntraConnection, ConnectorError> {
    if let Some((path, fault)) = settings.faults().into_iter().next() {
        return Err(ConnectorError::new(
            ErrorKind::Settings,
            format!("`{path}`: {fault}"),
        ));
    }
    let endpoints = settings.endpoints()?;
    let http = client(is_loopback(&endpoints.graph))?;
    let sign_in = SignIn::new(Identity::new(settings, secrets)?, &endpoints, http.clone())?;
    Ok(EntraConnection {
        graph: Graph {
            http,
            endpoints,
            sign_in: Arc::new(sign_in),
            patience,
            page_size: settings.page_size,
            batch: settings.batch,
            may_write: settings.write_permission,
            package: settings.package(),
        },
    })
}

impl Connector for EntraConnection {
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        Ok(Box::new(self.reader(wanted)?))
    }

    fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        Ok(Box::new(self.writer(wanted, list_id)?))
    }

    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError> {
        Ok(Box::new(self.clone()))
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Box::new(self.clone())
    }

    fn examination(&self) -> Option<Box<dyn Examination>> {
        Some(Box::new(self.clone()))
    }

    fn wait_at_most(&mut self, wait: std::time::Duration) {
        self.graph.patience = self.graph.patience.at_most(wait);
    }
}

impl EntraConnection {
    /// The reader of one list: a group by its object id or display name, or everyone when the name is empty. Says which
    /// attribute cannot be read or written.
    pub fn reader(&self, wanted: &WantedList) -> Result<EntraReader, ConnectorError> {
        EntraReader::new(self.graph.clone(), wanted.clone())
    }

    /// The writer of one list. `list_id` is the id that the reading found; without one the group is created first.
    pub fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<EntraWriter, ConnectorError> {
        if !self.graph.may_write {
            return Err(ConnectorError::new(ErrorKind::Denied, NO_WRITE_PERMISSION)
                .help("let an administrator change it, or set `writePermission` to `true`"));
        }
        let name = wanted.list.list.as_str();
        if name.is_empty() && wanted.given.is_empty() {
            return Err(ConnectorError::new(
                ErrorKind::Settings,
                "the directory itself is not a list that can be written",
            )
            .help("name a group"));
        }
        let group = match list_id {
            Some(id) if is_object_id(id) => Some(id),
            Some(id) => {
                return Err(ConnectorError::new(
                    ErrorKind::Settings,
                    format!("`{id}` is not the object id of a group"),
                ));
            }
            None => Some(name).filter(|name| is_object_id(name)),
        };
        Ok(EntraWriter::new(
            self.graph.clone(),
            wanted.clone(),
            group.map(str::to_ascii_lowercase),
        ))
    }
}
