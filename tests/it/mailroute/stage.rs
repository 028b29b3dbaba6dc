//! A stand-in with one domain, a connection to it, and changes in few words.

use std::time::Duration;

use rollcall::{
    connectors::{
        http::Patience,
        mailroute::{MailRouteConnection, Settings, connect},
        ports::{Connector, ConnectorError, ListWriter, Unwatched, WantedList},
    },
    model::{
        address::Address,
        attributes::Value,
        list::{ListRef, Side},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, FieldChange, Reason, Seen},
        outcome::{Outcome, Problem},
    },
    sandbox::{
        mailroute::MailRoute,
        platform::{self, StandIn},
    },
};
use serde_json::{Value as Json, json};

pub(super) const DOMAIN: &str = "harbor.example";

/// Both ends.
pub(super) struct Stage {
    pub(super) stand_in: StandIn<MailRoute>,
    pub(super) connection: MailRouteConnection,
}

impl Stage {
    /// `harbor.example` with so many accounts, and usual settings but for these.
    pub(super) async fn with(accounts: usize, settings: Json) -> Self {
        Self::of(MailRoute::with_accounts(DOMAIN, accounts), settings).await
    }

    pub(super) async fn of(state: MailRoute, settings: Json) -> Self {
        let stand_in = platform::start(state, 0).await.unwrap();
        let mut whole = json!({
            "url": format!("{}/api/v1", stand_in.url()), "loginVariable": "LOGIN", "apiKeyVariable": "KEY",
        });
        for (key, value) in settings.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let settings: Settings = serde_json::from_value(whole).unwrap();
        let connection = connect(&settings, &secret, hasty()).unwrap();
        Self {
            stand_in,
            connection,
        }
    }

    pub(super) fn wanted(list: &str) -> WantedList {
        WantedList::of(ListRef {
            connection: "mailroute".to_owned(),
            list: list.to_owned(),
        })
    }

    pub(super) async fn try_read(&self, list: &str) -> Result<Reading, ConnectorError> {
        let reader = self.connection.reader(&Self::wanted(list)).unwrap();
        reader.read(&Unwatched).await
    }

    pub(super) async fn read(&self) -> Reading {
        self.try_read(DOMAIN).await.unwrap()
    }

    pub(super) fn writer(&self) -> Box<dyn ListWriter> {
        let wanted = Self::wanted(DOMAIN);
        self.connection.writer(&wanted, Some("204")).unwrap()
    }

    pub(super) async fn write(&self, changes: &[Change]) -> Vec<Outcome> {
        self.writer().write(changes, &Unwatched).await
    }

    /// Methods and paths (with query) of what was asked, below `/api/v1/`.
    pub(super) fn asked(&self) -> Vec<String> {
        let log = self.stand_in.log().into_iter();
        log.map(|exchange| {
            let (_, path) = exchange.request.url.split_once("/api/v1/").unwrap();
            format!("{} {path}", exchange.request.method)
        })
        .collect()
    }

    /// What was asked that is no GET.
    pub(super) fn writes(&self) -> Vec<String> {
        let mut asked = self.asked();
        asked.retain(|asked| !asked.starts_with("GET "));
        asked
    }
}

pub(super) fn secret(name: &str) -> Option<String> {
    match name {
        "LOGIN" => Some(MailRoute::LOGIN.to_owned()),
        "KEY" => Some(MailRoute::KEY.to_owned()),
        _ => None,
    }
}

/// Somebody who does not wait long.
pub(super) fn hasty() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        total_wait: Duration::from_millis(200),
    }
}

pub(super) fn member(address: &str) -> Member {
    Member::with_address(Address::parse(address).unwrap())
}

pub(super) fn change(action: Action, member: Member) -> Change {
    Change {
        side: Side::Target,
        action,
        member,
        reason: Reason::OnSource,
        seen: Seen::default(),
    }
}

pub(super) fn texts(texts: &[&str]) -> Value {
    Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

/// Somebody to be added, with aliases.
pub(super) fn add(address: &str, aliases: &[&str]) -> Change {
    let mut member = member(address);
    if !aliases.is_empty() {
        member
            .attributes
            .insert("aliases".to_owned(), texts(aliases));
    }
    change(Action::Add, member)
}

/// A distribution list to be added.
pub(super) fn add_list(address: &str) -> Change {
    let mut change = add(address, &[]);
    let state = Value::Text("distribution-list".to_owned());
    change.member.attributes.insert("state".to_owned(), state);
    change
}

pub(super) fn field(field: &str, before: Option<Value>, after: Option<Value>) -> FieldChange {
    FieldChange {
        field: field.to_owned(),
        before,
        after,
    }
}

pub(super) fn find<'a>(reading: &'a Reading, address: &str) -> &'a Member {
    let mut members = reading.members.iter();
    let found = members.find(|member| member.label() == address);
    found.unwrap_or_else(|| panic!("`{address}` is not there"))
}

/// The problem of an outcome, which must be a refusal.
pub(super) fn refusal(outcome: &Outcome) -> &Problem {
    match outcome {
        Outcome::Refused(problem) => problem,
        other => panic!("{other:?}"),
    }
}

/// The problem of an outcome, which must be a failure.
pub(super) fn failure(outcome: &Outcome) -> &Problem {
    match outcome {
        Outcome::Failed(problem) => problem,
        other => panic!("{other:?}"),
    }
}
