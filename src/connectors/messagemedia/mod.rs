//! MessageMedia (Sinch Engage): lists of contacts who are written to by SMS.
//!
//! A contact is known by the number of its SMS channel. Nobody is ever subscribed or unblocked, no contact and no list is
//! ever deleted. It must not know definitions, limits, stores, other connectors, or the stand-in that it is tested
//! against.

mod add;
mod api;
mod contact;
mod custom;
mod fields;
mod lists;
mod membership;
mod pages;
mod probe;
mod read;
mod settings;
mod update;
mod write;

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};

pub use settings::{Region, Settings, check};

use self::{
    api::{Api, is_id},
    lists::ListNames,
    read::Reader,
    write::Writer,
};
use super::{
    http::Patience,
    ports::{
        ConnectionTest, Connector, ConnectorError, ErrorKind, ListReader, ListWriter, Lists,
        WantedList,
    },
    web::Web,
};

/// One account. Cheap to clone: clones share the pool of connections.
#[derive(Clone)]
pub struct MessageMediaConnection {
    api: Api,
}

/// Opens a connection; makes no request yet. `secrets` gives the value of an environment variable by its name.
pub fn connect(
    settings: &Settings,
    secrets: &dyn Fn(&str) -> Option<String>,
    patience: Patience,
) -> Result<MessageMediaConnection, ConnectorError> {
    if let Some((path, fault)) = settings.faults().into_iter().next() {
        let message = format!("`{path}`: {fault}");
        return Err(ConnectorError::new(ErrorKind::Settings, message));
    }
    let secret = |variable: &Option<String>| {
        let name = variable.as_deref().unwrap_or_default();
        secrets(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                ConnectorError::new(ErrorKind::Settings, format!("`{name}` is not set"))
                    .help("set it to what MessageMedia shows under Configuration, API Settings")
            })
    };
    let (key, value) = (
        secret(&settings.api_key_variable)?,
        secret(&settings.api_secret_variable)?,
    );
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{key}:{value}")));
    let unusable = |_| ConnectorError::new(ErrorKind::Settings, "the API key cannot be sent");
    let mut basic = HeaderValue::from_str(&basic).map_err(unusable)?;
    basic.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, basic);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let address = settings
        .address()
        .map_err(|fault| ConnectorError::new(ErrorKind::Settings, format!("`url`: {fault}")))?;
    Ok(MessageMediaConnection {
        api: Api {
            web: Web::new("MessageMedia", address, headers, patience)?,
            page_size: settings.page_size,
            chunk: settings.chunk.into(),
            object_id_field: settings.object_id_field.clone(),
            create_custom_fields: settings.create_custom_fields,
        },
    })
}

impl Connector for MessageMediaConnection {
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        named(wanted)?;
        Ok(Box::new(Reader::new(self.api.clone(), wanted.clone())))
    }

    fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        named(wanted)?;
        if let Some(id) = list_id.filter(|id| !is_id(id)) {
            let message = format!("`{id}` is not the id of a list");
            return Err(ConnectorError::new(ErrorKind::Settings, message));
        }
        let id = list_id.map(str::to_ascii_lowercase);
        Ok(Box::new(Writer::new(self.api.clone(), wanted.clone(), id)))
    }

    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError> {
        Ok(Box::new(ListNames(self.api.clone())))
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Box::new(self.clone())
    }

    fn wait_at_most(&mut self, wait: Duration) {
        self.api.web.wait_at_most(wait);
    }
}

fn named(wanted: &WantedList) -> Result<(), ConnectorError> {
    if wanted.list.list.trim().is_empty() {
        let message = format!("no list of `{}` is named", wanted.list.connection);
        return Err(ConnectorError::new(ErrorKind::Settings, message)
            .help("name a list, or route people to lists with `group` in the mapping"));
    }
    Ok(())
}

/// How long the service behind an error asked to be left alone.
fn asked(error: &ConnectorError) -> Option<Duration> {
    match error.kind {
        ErrorKind::Unavailable(asked) => asked,
        _ => None,
    }
}
