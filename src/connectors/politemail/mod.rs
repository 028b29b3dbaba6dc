//! PoliteMail: lists and the contacts on them, over the OData service that the vendor publishes.
//!
//! Contacts are addresses; people are added to and taken off lists by them. No contact and no list is ever deleted, and
//! nobody is brought back who opted out. It must not know definitions, limits, stores, other connectors, or the stand-in
//! that it is tested against.

mod api;
mod contacts;
mod create;
mod lists;
mod look;
mod pages;
mod probe;
mod read;
mod settings;
mod settle;
mod write;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;

use std::time::Duration;

pub use settings::{Settings, TokenStyle, check};

use self::{api::Api, lists::Names, read::Reader, write::Writer};
use super::{
    http::Patience,
    ports::{
        ConnectionTest, Connector, ConnectorError, ErrorKind, ListReader, ListWriter, Lists,
        WantedList,
    },
};

/// The kind of a PoliteMail server.
pub const KIND: &str = "politemail";

/// One server, signed in to with every request. Cheap to clone: clones share the pool of connections.
#[derive(Clone)]
pub struct PoliteMailConnection {
    api: Api,
}

/// Opens a connection; makes no request yet. `secrets` gives the value of an environment variable by its name.
pub fn connect(
    settings: &Settings,
    secrets: &dyn Fn(&str) -> Option<String>,
    patience: Patience,
) -> Result<PoliteMailConnection, ConnectorError> {
    let api = Api::new(settings, secrets, patience)?;
    Ok(PoliteMailConnection { api })
}

impl Connector for PoliteMailConnection {
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        check_wanted(wanted)?;
        Ok(Box::new(Reader {
            api: self.api.clone(),
            wanted: wanted.clone(),
        }))
    }

    fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        check_wanted(wanted)?;
        let list = list_id.map(|text| {
            text.parse().map_err(|_| {
                let message = format!("`{text}` is not the id of a list of PoliteMail");
                ConnectorError::new(ErrorKind::Settings, message)
            })
        });
        let list = list.transpose()?;
        Ok(Box::new(Writer::new(
            self.api.clone(),
            wanted.clone(),
            list,
        )))
    }

    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError> {
        Ok(Box::new(Names(self.api.clone())))
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Box::new(probe::Probe(self.api.clone()))
    }

    fn wait_at_most(&mut self, wait: Duration) {
        self.api.wait_at_most(wait);
    }
}

fn check_wanted(wanted: &WantedList) -> Result<(), ConnectorError> {
    if wanted.list.list.trim().is_empty() {
        let message = "PoliteMail is not read as a whole";
        return Err(ConnectorError::new(ErrorKind::Settings, message).help("name a list"));
    }
    // What a template fills has the name of no field here, and nobody looks at it.
    let is_looked_at = |field: &&String| wanted.reads.is_empty() || wanted.reads.contains(field);
    contacts::check_fields(wanted.fields.iter().filter(is_looked_at))
}
