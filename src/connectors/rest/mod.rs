//! Platforms that are described in JSON: addresses, sign-in, paging, where things stand in answers, and what is sent.
//!
//! It must not know any platform, definitions, limits, stores or other connectors. Whatever the description leaves out
//! is something the connection cannot do, and says so.

mod api;
mod auth;
mod check;
mod create;
mod description;
mod list;
mod member;
mod pages;
mod path;
mod read;
mod settings;
mod settle;
mod template;
mod try_out;
mod verdict;
mod work;
mod write;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

pub use check::check;
pub use settings::Settings;

use self::{api::Api, read::Spellings, try_out::TryOut};
use super::{
    http::Patience,
    ports::{
        ConnectionTest, Connector, ConnectorError, ErrorKind, ListReader, ListWriter, Lists,
        WantedList,
    },
};

/// The kind of these connections.
pub const KIND: &str = "rest";

/// One API. Cheap to clone: clones share the token and the pool of connections.
#[derive(Clone)]
pub struct RestConnection {
    api: Arc<Api>,
    spellings: Spellings,
}

/// Opens a connection; makes no request yet. `secrets` gives the value of an environment variable by its name.
pub fn connect(
    settings: &Settings,
    secrets: &dyn Fn(&str) -> Option<String>,
    patience: Patience,
) -> Result<RestConnection, ConnectorError> {
    let described = check::describe(settings).map_err(|faults| {
        let faults = faults.into_iter();
        let faults: Vec<String> = faults
            .map(|(path, fault)| format!("`{path}`: {fault}"))
            .collect();
        ConnectorError::new(ErrorKind::Settings, faults.join("; "))
    })?;
    Ok(RestConnection {
        api: Arc::new(Api::new(described, &settings.auth, secrets, patience)?),
        spellings: Spellings::default(),
    })
}

impl Connector for RestConnection {
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        Ok(Box::new(read::Reader {
            connection: self.clone(),
            wanted: named(wanted)?,
        }))
    }

    fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        Ok(Box::new(write::Writer {
            connection: self.clone(),
            wanted: named(wanted)?,
            list_id: list_id.map(str::to_owned),
            asked_to_wait: None,
        }))
    }

    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError> {
        Ok(Box::new(TryOut(self.clone())))
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Box::new(TryOut(self.clone()))
    }

    fn wait_at_most(&mut self, wait: Duration) {
        Arc::make_mut(&mut self.api).wait_at_most(wait);
    }
}

fn named(wanted: &WantedList) -> Result<WantedList, ConnectorError> {
    if wanted.list.list.trim().is_empty() {
        let message = format!("`{}` is many lists", wanted.list.connection);
        return Err(ConnectorError::new(ErrorKind::Settings, message).help("name one of them"));
    }
    Ok(wanted.clone())
}
