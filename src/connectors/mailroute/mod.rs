//! MailRoute: the accounts of mail domains, their aliases and distribution lists, over MailRoute's REST API.
//!
//! A list is a domain, several of them (`harbor.example, quay.example`), or with no name every domain that the login sees.
//! Its members are addresses; there is no membership at MailRoute, so an account is created where a member is added.
//!
//! It must not know definitions, limits, stores, other connectors, or the stand-in that it is tested against.
//!
//! Published and recorded (2013 to 2019), and held to in tests: resources and fields, paging, single writes, aliases in
//! bulk. Published without a recorded answer: adding accounts in bulk (`mass_add`), looking up several at once
//! (`localpart__in`, `id__in`), `state`, and the full push. Wherever one of these does not do what it should, it is done
//! one by one, and nothing counts as done before it was read back. Not published at all: what the refusal of an account
//! that exists looks like (so every refusal is looked into), whether bulk additions send a welcome mail (single ones are
//! told not to), and whether a full push deletes what it leaves out. `rollcall test` reads MailRoute's own description of
//! its fields and says what is missing.

mod account;
mod add;
mod aliases;
mod api;
mod domains;
mod find;
mod pages;
mod probe;
mod push;
mod read;
mod remove;
mod settings;
mod update;
mod wishes;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};

pub use settings::{Settings, check};

use self::{api::Api, domains::Which, probe::Probe, read::Reader, write::Writer};
use super::{
    http::Patience,
    ports::{
        ConnectionTest, Connector, ConnectorError, ErrorKind, ListReader, ListWriter, Lists,
        WantedList,
    },
    web::{SETTLES_IN, Web, base_address},
};
use crate::model::capabilities::{AddsBy, Capabilities, Updatable};

/// The kind of a MailRoute login.
pub const KIND: &str = "mailroute";

/// Changes are handed over in chunks of this many: as many accounts as are looked up at once.
const CHUNK: usize = 100;

/// One login at MailRoute. Cheap to clone: clones share the pool of connections.
#[derive(Clone)]
pub struct MailRouteConnection {
    api: Api,
    may: May,
}

/// What the settings allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct May {
    /// Whether accounts may be deleted.
    delete_accounts: bool,
    /// Whether aliases may be deleted.
    delete_aliases: bool,
    /// Whether whole domains are pushed at once.
    push: bool,
}

/// Opens a connection; makes no request yet. `secrets` gives the value of an environment variable by its name.
pub fn connect(
    settings: &Settings,
    secrets: &dyn Fn(&str) -> Option<String>,
    patience: Patience,
) -> Result<MailRouteConnection, ConnectorError> {
    let wrong = |message: String| ConnectorError::new(ErrorKind::Settings, message);
    if let Some((path, fault)) = settings.faults().into_iter().next() {
        return Err(wrong(format!("`{path}`: {fault}")));
    }
    let value_of = |path: &str, variable: &Option<String>| {
        let name = variable.as_deref().ok_or_else(|| {
            wrong(format!("`{path}` is missing"))
                .help("name the environment variable that holds it")
        })?;
        secrets(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                wrong(format!("the environment variable `{name}` is not set")).help(
                    "put the login of MailRoute, or its API key (Settings, API Access), there",
                )
            })
    };
    let login = value_of("loginVariable", &settings.login_variable)?;
    let key = value_of("apiKeyVariable", &settings.api_key_variable)?;
    let mut credentials =
        HeaderValue::from_str(&format!("ApiKey {login}:{key}")).map_err(|_| {
            wrong("login or API key hold something that no header can carry".to_owned())
                .help("look for line breaks and quotes in the two environment variables")
        })?;
    credentials.set_sensitive(true);
    let headers = HeaderMap::from_iter([
        (AUTHORIZATION, credentials),
        (ACCEPT, HeaderValue::from_static("application/json")),
    ]);
    let base =
        base_address(settings.address()).map_err(|fault| wrong(format!("`url`: {fault}")))?;
    Ok(MailRouteConnection {
        api: Api {
            web: Web::new("MailRoute", base, headers, patience)?,
            page_size: settings.page_size,
        },
        may: May {
            delete_accounts: settings.delete_accounts,
            delete_aliases: settings.delete_aliases,
            push: settings.full_push,
        },
    })
}

impl Connector for MailRouteConnection {
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        Ok(Box::new(Reader {
            api: self.api.clone(),
            which: Which::of(&wanted.list.list)?,
            wanted: wanted.clone(),
            capabilities: self.may.capabilities(),
        }))
    }

    fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        let which = Which::of(&wanted.list.list)?;
        Ok(Box::new(Writer::new(self, which, list_id)))
    }

    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError> {
        Ok(Box::new(Probe(self.clone())))
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Box::new(Probe(self.clone()))
    }

    fn wait_at_most(&mut self, wait: Duration) {
        self.api.web.wait_at_most(wait);
    }
}

impl May {
    /// What a list can do under these settings.
    fn capabilities(self) -> Capabilities {
        let fields = [account::ALIASES, account::STATE].map(str::to_owned);
        Capabilities {
            updatable: Updatable::Fields(fields.to_vec()),
            keeps: (!self.delete_accounts).then(|| KEEPS.to_owned()),
            gains_only: if self.delete_aliases {
                BTreeMap::new()
            } else {
                [(account::ALIASES.to_owned(), KEEPS_ALIASES.to_owned())].into()
            },
            at_once: self.push,
            settles_in: SETTLES_IN,
            ..Capabilities::new(AddsBy::Address, if self.push { usize::MAX } else { CHUNK })
        }
    }
}

/// Why aliases stay.
const KEEPS_ALIASES: &str =
    "aliases at MailRoute are kept; set `deleteAliases` on the connection to have them deleted";

/// Why accounts stay.
const KEEPS: &str = "accounts at MailRoute are kept, because what people set up there would be lost for good; set \
                     `deleteAccounts` on the connection to have them deleted";
