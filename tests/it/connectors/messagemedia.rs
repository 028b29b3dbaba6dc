//! MessageMedia lists, against the stand-in for the vendor's contacts API.

mod doubts;
mod reading;
mod reference;
mod requests;
mod writing;

use std::time::Duration;

use async_trait::async_trait;
use rollcall::{
    connectors::{
        http::Patience,
        messagemedia::{MessageMediaConnection, Settings, connect},
        ports::{
            ConnectionTest, Connector, ConnectorError, ListReader, ListWriter, Lists, Unwatched,
            WantedList,
        },
    },
    model::{
        address::Address,
        attributes::Value,
        list::{GroupKind, ListRef, Side},
        member::Member,
        phone::PhoneNumber,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, FieldChange, Reason, Seen},
        outcome::Outcome,
    },
    sandbox::{
        Exchange, Fault,
        messagemedia::{Contact, CustomField, CustomValue, List, MessageMedia},
        platform::{self, StandIn},
    },
};
use serde_json::json;

use super::subject::Subject;

/// What no log may hold: the API secret, and key and secret as they travel.
const SECRETS: [&str; 2] = [
    "correct-horse-battery",
    "S0stNzpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=",
];
const KEY: &str = "KK-7";
const STAFF: &str = "9a3b5d1e-0000-4000-8000-00000000a001";
const EMAIL: &str = "9a3b5d1e-0000-4000-8000-00000000c001";

/// An account; `KNOWN` when everybody is a contact already, and has to be put on the list alone.
struct Account<const KNOWN: bool> {
    stand_in: StandIn<MessageMedia>,
    connection: MessageMediaConnection,
}

fn contact_id(number: usize) -> String {
    MessageMedia::numbered_id(0x100_000 + number as u64)
}

fn phone(number: usize) -> String {
    format!("+4179{number:07}")
}

/// The contact of a person.
fn contact(number: usize) -> Contact {
    Contact {
        first_name: "Person".to_owned(),
        last_name: number.to_string(),
        custom_fields: vec![CustomValue {
            id: EMAIL.to_owned(),
            value: format!("person{number}@acme.example"),
        }],
        ..Contact::with_number(&contact_id(number), &phone(number))
    }
}

/// A person as a plan names them who is not known to the platform.
fn stranger(number: usize) -> Member {
    let address = format!("person{number}@acme.example");
    let attributes = [
        ("contact_name", format!("Person {number}")),
        ("phone_number", phone(number)),
        ("email", address.clone()),
    ];
    let attributes = attributes.map(|(name, text)| (name.to_owned(), Value::text(&text).unwrap()));
    Member {
        addresses: vec![Address::parse(&address).unwrap()],
        phones: vec![PhoneNumber::parse(&phone(number), None).unwrap()],
        attributes: attributes.into(),
        ..Member::default()
    }
}

/// An account with the list `Staff`, and these people as contacts; the first `members` are on the list.
fn account(people: usize, members: usize) -> MessageMedia {
    let contacts = (0..people).map(|number| {
        let mut contact = contact(number);
        contact.lists = (number < members)
            .then(|| STAFF.to_owned())
            .into_iter()
            .collect();
        contact
    });
    MessageMedia {
        api_key: KEY.to_owned(),
        api_secret: SECRETS[0].to_owned(),
        lists: vec![
            List {
                id: STAFF.to_owned(),
                name: "Staff".to_owned(),
                alias: "everybody".to_owned(),
            },
            List {
                id: "9a3b5d1e-0000-4000-8000-00000000a002".to_owned(),
                name: "Night crew".to_owned(),
                alias: String::new(),
            },
        ],
        contacts: contacts.collect(),
        custom_fields: vec![CustomField {
            id: EMAIL.to_owned(),
            label: "E-mail".to_owned(),
            merge_tag: "email".to_owned(),
            max_length: 255,
            kind: "EMAIL".to_owned(),
        }],
        ..MessageMedia::default()
    }
}

async fn start(account: MessageMedia) -> StandIn<MessageMedia> {
    platform::start(account, 0).await.unwrap()
}

/// A connection with little patience; `more` are further settings.
fn connection(stand_in: &StandIn<MessageMedia>, more: serde_json::Value) -> MessageMediaConnection {
    let mut settings = json!({
        "url": stand_in.url(), "apiKeyVariable": "KEY", "apiSecretVariable": "SECRET", "pageSize": 5,
    });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let settings: Settings = serde_json::from_value(settings).unwrap();
    let patience = Patience {
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(40),
        total_wait: Duration::from_millis(400),
    };
    let secret = |name: &str| match name {
        "KEY" => Some(KEY.to_owned()),
        "SECRET" => Some(SECRETS[0].to_owned()),
        _ => None,
    };
    connect(&settings, &secret, patience).unwrap()
}

fn wanted(list: &str) -> WantedList {
    WantedList {
        fields: ["contact_name", "phone_number", "email"]
            .map(str::to_owned)
            .to_vec(),
        ..WantedList::of(ListRef {
            connection: "messagemedia".to_owned(),
            list: list.to_owned(),
        })
    }
}

async fn read(connection: &MessageMediaConnection, list: &str) -> Result<Reading, ConnectorError> {
    let reader = connection.reader(&wanted(list)).unwrap();
    reader.read(&Unwatched).await
}

fn change(action: Action, member: Member) -> Change {
    Change {
        side: Side::Target,
        action,
        member,
        reason: Reason::OnSource,
        seen: Seen::default(),
    }
}

async fn write(connection: &MessageMediaConnection, changes: &[Change]) -> Vec<Outcome> {
    let mut writer = connection.writer(&wanted("Staff"), Some(STAFF)).unwrap();
    writer.write(changes, &Unwatched).await
}

/// What became of each: `applied`, `already-so`, or the code of the problem.
fn codes(outcomes: &[Outcome]) -> Vec<&str> {
    let codes = outcomes.iter().map(|outcome| match outcome {
        Outcome::Applied => "applied",
        Outcome::AlreadySo => "already-so",
        Outcome::HandedOver { .. } => "handed-over",
        Outcome::Refused(problem) | Outcome::Failed(problem) => problem.code.as_str(),
    });
    codes.collect()
}

fn update(member: Member, field: &str, after: Option<&str>) -> Change {
    let field = FieldChange {
        field: field.to_owned(),
        before: member.attributes.get(field).cloned(),
        after: after.and_then(Value::text),
    };
    change(Action::Update(vec![field]), member)
}

#[async_trait]
impl<const KNOWN: bool> Subject for Account<KNOWN> {
    const KIND: &'static str = "messagemedia";
    const THREE_PAGES: usize = 13;

    async fn start(members: usize) -> Self {
        let people = if KNOWN { 60 } else { members };
        let stand_in = start(account(people, members)).await;
        let connection = connection(&stand_in, json!({}));
        Self {
            stand_in,
            connection,
        }
    }

    async fn reader(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.connection.reader(&wanted(&list.list)).unwrap()
    }

    async fn reader_that_may_create(&self, list: &ListRef) -> Box<dyn ListReader> {
        let wanted = WantedList {
            create: Some(GroupKind::Security),
            ..wanted(&list.list)
        };
        self.connection.reader(&wanted).unwrap()
    }

    async fn writer(&self, list: &ListRef, list_id: Option<&str>) -> Box<dyn ListWriter> {
        let wanted = WantedList {
            create: Some(GroupKind::Security),
            ..wanted(&list.list)
        };
        self.connection.writer(&wanted, list_id).unwrap()
    }

    fn lists(&self) -> Box<dyn Lists> {
        self.connection.lists().unwrap()
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Connector::test(&self.connection)
    }

    fn person(&self, number: usize) -> Member {
        Member {
            id: KNOWN.then(|| contact_id(number).as_str().into()),
            ..stranger(number)
        }
    }

    fn on_list(&self) -> Vec<usize> {
        let account = self.stand_in.snapshot();
        let on = account.on_list("Staff");
        let has = |contact: &Contact, number: usize| {
            contact
                .channels
                .first()
                .map(|channel| channel.channel_id.as_str())
                == Some(phone(number).as_str())
        };
        let people = (0..60).filter(|number| {
            let mut contacts = account.contacts.iter();
            contacts.any(|contact| has(contact, *number) && on.contains(&contact.id))
        });
        people.collect()
    }

    fn update(&self, member: &Member) -> Option<Change> {
        Some(update(
            member.clone(),
            "contact_name",
            Some("Grace Brewster Hopper"),
        ))
    }

    fn is_updated(&self, number: usize) -> bool {
        let account = self.stand_in.snapshot();
        let mut contacts = account.contacts.iter();
        let contact = contacts
            .find(|contact| contact.id == contact_id(number))
            .unwrap();
        contact.first_name == "Grace Brewster" && contact.last_name == "Hopper"
    }

    fn inject(&self, fault: Fault) -> bool {
        self.stand_in.inject(fault);
        true
    }

    fn listing(&self) -> &'static str {
        "listIds="
    }

    fn adding(&self) -> (&'static str, &'static str) {
        if KNOWN {
            ("PATCH", "/lists/")
        } else {
            ("POST", "/contacts/contacts")
        }
    }

    fn removing(&self) -> Option<(&'static str, &'static str)> {
        Some(("PATCH", "/lists/"))
    }

    fn creating(&self) -> (&'static str, &'static str) {
        ("POST", "/contacts/lists")
    }

    fn log(&self) -> Vec<Exchange> {
        self.stand_in.log()
    }

    fn secrets(&self) -> Vec<String> {
        SECRETS.map(str::to_owned).to_vec()
    }
}

mod known {
    use super::*;

    laws!(Account<true>: reading, reading_over_http, truncation, adding, adding_over_http, removing, removing_over_http,
        updating, updating_over_http, creating, creating_over_http, asking, asking_over_http);
}

mod unknown {
    use super::*;

    laws!(Account<false>: reading, reading_over_http, truncation, adding, adding_over_http, removing,
        removing_over_http, updating, updating_over_http, creating, creating_over_http, asking, asking_over_http);
}
