//! A list of the stand-in for MessageMedia.

use async_trait::async_trait;
use rollcall::{
    connectors::{
        messagemedia::{MessageMediaConnection, Settings, connect},
        ports::Connector,
    },
    definition::mapping::Rule,
    sandbox::{
        Turn,
        messagemedia::{Contact, CustomField, CustomValue, List, MessageMedia},
        platform::{StandIn, start},
    },
};
use serde_json::json;

use super::{
    graph::hasty,
    people::{AT_FIRST, address, number_of, phone},
    subject::{Subject, in_lines, member_fact, rule},
    table::{Case, Kind, Operation, Pending, Trouble},
};

const STAFF: &str = "9a3b5d1e-0000-4000-8000-00000000a001";
const EMAIL: &str = "9a3b5d1e-0000-4000-8000-00000000c001";
const SECRET: &str = "correct-horse-battery";

pub(super) struct Account {
    stand_in: StandIn<MessageMedia>,
    connection: MessageMediaConnection,
}

fn contact(number: usize, lists: &[&str]) -> Contact {
    Contact {
        first_name: "Person".to_owned(),
        last_name: number.to_string(),
        lists: lists.iter().map(|id| (*id).to_owned()).collect(),
        custom_fields: vec![CustomValue {
            id: EMAIL.to_owned(),
            value: address(number),
        }],
        ..Contact::with_number(
            &MessageMedia::numbered_id(0x100_000 + number as u64),
            &phone(number),
        )
    }
}

fn number(contact: &Contact) -> &str {
    let mut channels = contact.channels.iter();
    channels.next().map_or("", |channel| &channel.channel_id)
}

fn facts(account: &MessageMedia) -> Vec<String> {
    let mut facts = Vec::new();
    for list in &account.lists {
        facts.push(format!("the list {}", list.name));
        let members = account.contacts.iter();
        let members = members.filter(|contact| contact.lists.contains(&list.id));
        facts.extend(members.map(|contact| member_fact(number(contact))));
    }
    let contacts = account.contacts.iter();
    facts.extend(contacts.map(|contact| format!("contact {}", number(contact))));
    facts
}

#[async_trait]
impl Subject for Account {
    const NAME: &'static str = "MessageMedia";
    const FIELD: Option<&'static str> = Some("name");

    fn operations() -> Vec<Operation> {
        let one = |name, method, path, kind, pending| Operation {
            name,
            method,
            path,
            kind,
            pending,
            permission: None,
        };
        vec![
            one(
                "find the list by name",
                "GET",
                "/contacts/lists",
                Kind::Lookup,
                Pending::Everything,
            ),
            one(
                "read the list",
                "GET",
                "listIds=",
                Kind::Members,
                Pending::Everything,
            ),
            one(
                "read the contacts",
                "GET",
                "/contacts/contacts?pageSize=9",
                Kind::Lookup,
                Pending::Adding,
            ),
            one(
                "make a contact",
                "POST",
                "/contacts/contacts",
                Kind::Write,
                Pending::Adding,
            ),
            one(
                "add members",
                "PATCH",
                "/contacts/lists/",
                Kind::Write,
                Pending::Adding,
            ),
            one(
                "remove members",
                "PATCH",
                "/contacts/lists/",
                Kind::Write,
                Pending::Removing,
            ),
            one(
                "update a contact",
                "PATCH",
                "/contacts/contacts/",
                Kind::Write,
                Pending::Updating,
            ),
            one(
                "create the list",
                "POST",
                "/contacts/lists",
                Kind::Write,
                Pending::Creating,
            ),
        ]
    }

    fn can(_operation: Operation, trouble: Trouble) -> bool {
        // The count stands in every page, and nobody is shown by an id alone.
        !matches!(
            trouble,
            Trouble::Hidden | Trouble::IdsOnly | Trouble::Nobody
        )
    }

    fn rules() -> Vec<Rule> {
        vec![
            rule("mobile", "phone_number"),
            rule("name", "contact_name"),
            rule("mail", "email"),
        ]
    }

    async fn start(pending: Pending) -> Self {
        let is_there = pending != Pending::Creating;
        let lists: &[&str] = if is_there { &[STAFF] } else { &[] };
        let account = MessageMedia {
            api_secret: SECRET.to_owned(),
            lists: lists
                .iter()
                .map(|id| List {
                    id: (*id).to_owned(),
                    name: Self::LIST.to_owned(),
                    ..List::default()
                })
                .collect(),
            contacts: (0..AT_FIRST).map(|number| contact(number, lists)).collect(),
            custom_fields: vec![CustomField {
                id: EMAIL.to_owned(),
                label: "E-mail".to_owned(),
                merge_tag: "email".to_owned(),
                max_length: 255,
                kind: "EMAIL".to_owned(),
            }],
            ..MessageMedia::default()
        };
        let key = account.api_key.clone();
        let stand_in = start(account, 0).await.unwrap();
        let settings = json!({
            "url": stand_in.url(), "apiKeyVariable": "KEY", "apiSecretVariable": "SECRET", "pageSize": 9,
        });
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let secret = |name: &str| match name {
            "KEY" => Some(key.clone()),
            _ => Some(SECRET.to_owned()),
        };
        let connection = connect(&settings, &secret, hasty()).unwrap();
        stand_in.watch(facts);
        Self {
            stand_in,
            connection,
        }
    }

    fn connector(&self) -> &dyn Connector {
        &self.connection
    }

    fn facts(&self) -> Vec<String> {
        facts(&self.stand_in.snapshot())
    }

    fn journal(&self) -> Vec<Turn> {
        self.stand_in.journal()
    }

    fn joins(&self, number: usize) {
        self.stand_in
            .edit(|account| account.contacts.push(contact(number, &[STAFF])));
    }

    fn leaves(&self, gone: usize) {
        self.stand_in.edit(|account| {
            let mut contacts = account.contacts.iter_mut();
            let contact = contacts.find(|contact| number_of(number(contact)) == Some(gone));
            contact.unwrap().lists.clear();
        });
    }

    fn new_field() -> String {
        "Person Renamed".to_owned()
    }

    fn has_new_field(&self, wanted: usize) -> bool {
        let account = self.stand_in.snapshot();
        let mut contacts = account.contacts.iter();
        let contact = contacts.find(|contact| number_of(number(contact)) == Some(wanted));
        contact.is_some_and(|contact| contact.last_name == "Renamed")
    }

    fn trouble(&self, case: &Case) {
        match case.fault() {
            Some(fault) => self.stand_in.inject(fault),
            None => self.stand_in.hold_back(),
        }
    }

    fn relieve(&self, _case: &Case) {
        self.stand_in.clear_faults();
        self.stand_in.catch_up();
    }

    fn struck(&self) -> u64 {
        self.stand_in.counters().faults
    }

    fn offences(&self) -> Vec<String> {
        let written = self.stand_in.snapshot().states_written;
        let offence = format!("subscription states sent: {written}");
        (written > 0).then_some(offence).into_iter().collect()
    }

    fn asked(&self) -> Vec<String> {
        in_lines(self.stand_in.log())
    }
}
