//! The MessageMedia connector and its stand-in, judged: every request of a whole life of a list, and every answer, must
//! fit what the vendor published. Errors have the bodies that are described.

mod judge;

use std::{collections::BTreeSet, time::Duration};

use rollcall::{
    connectors::{
        http::Patience,
        messagemedia::{MessageMediaConnection, Settings, connect},
        ports::{Connector, Unwatched, WantedList},
    },
    model::{
        attributes::Value as Attribute,
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
        Effect, Fault,
        messagemedia::{Channel, Contact, MessageMedia},
        platform::{self, StandIn},
    },
};
use serde_json::{Value, json};

use judge::Judge;

/// What the connector asks for; nothing else is ever asked.
const USED: [&str; 11] = [
    "GET /api/v1/contacts/contacts",
    "GET /api/v1/contacts/contacts/{contactId}",
    "GET /api/v1/contacts/custom-fields",
    "GET /api/v1/contacts/lists",
    "GET /api/v1/contacts/lists/{listId}",
    "GET /v1/number_authorisation/mt/blacklist",
    "PATCH /api/v1/contacts/contacts/{contactId}",
    "PATCH /api/v1/contacts/lists/{listId}/contacts",
    "POST /api/v1/contacts/contacts",
    "POST /api/v1/contacts/custom-fields",
    "POST /api/v1/contacts/lists",
];

struct Desk {
    stand_in: StandIn<MessageMedia>,
    connection: MessageMediaConnection,
    http: reqwest::Client,
}

fn phone(number: usize) -> String {
    format!("+4179{number:07}")
}

impl Desk {
    async fn open(account: MessageMedia) -> Self {
        let (key, secret) = (account.api_key.clone(), account.api_secret.clone());
        let stand_in = platform::start(account, 0).await.expect("it starts");
        let settings: Settings = serde_json::from_value(json!({
            "url": stand_in.url(), "apiKeyVariable": "KEY", "apiSecretVariable": "SECRET", "pageSize": 4,
            "objectIdField": "entra_id",
        }))
        .expect("settings");
        let patience = Patience {
            first_wait: Duration::from_millis(2),
            longest_wait: Duration::from_millis(10),
            total_wait: Duration::from_millis(200),
        };
        let secrets = |name: &str| {
            Some(if name == "KEY" {
                key.clone()
            } else {
                secret.clone()
            })
        };
        Self {
            connection: connect(&settings, &secrets, patience).expect("a connection"),
            stand_in,
            http: reqwest::Client::new(),
        }
    }

    fn wanted(name: &str) -> WantedList {
        WantedList {
            create: Some(GroupKind::Security),
            ..WantedList::of(ListRef {
                connection: "messagemedia".to_owned(),
                list: name.to_owned(),
            })
        }
    }

    async fn read(&self, name: &str) -> Reading {
        let reader = self
            .connection
            .reader(&Self::wanted(name))
            .expect("a reader");
        let reading = reader.read(&Unwatched).await.expect("a reading");
        reader.directory(&Unwatched).await.expect("a directory");
        reading
    }

    async fn write(&self, list_id: &str, action: &Action, members: Vec<Member>) -> Vec<Outcome> {
        let writer = self
            .connection
            .writer(&Self::wanted("Staff"), Some(list_id));
        let changes: Vec<Change> = members
            .into_iter()
            .map(|member| Change {
                side: Side::Target,
                action: action.clone(),
                member,
                reason: Reason::OnSource,
                seen: Seen::default(),
            })
            .collect();
        writer.expect("a writer").write(&changes, &Unwatched).await
    }

    /// Asks by hand, for what the connector never gets wrong.
    async fn ask(&self, method: &str, path: &str, key: &str, body: Option<Value>) -> u16 {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}{path}", self.stand_in.url());
        let request = self
            .http
            .request(method, url)
            .basic_auth(key, Some("not-a-secret"));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.expect("an answer").status().as_u16()
    }

    fn verdict(&self, judge: &Judge) {
        let log = self.stand_in.log();
        assert!(!log.is_empty());
        let faults = judge.faults_of(&log);
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
        assert_eq!(self.stand_in.snapshot().states_written, 0);
    }
}

fn person(number: usize) -> Member {
    let attributes = [
        ("contact_name", format!("Person {number}")),
        ("phone_number", phone(number)),
        ("email", format!("person{number}@acme.example")),
        ("date_of_birth", "1984-08-21".to_owned()),
        ("country", "CH".to_owned()),
    ];
    let attributes = attributes.map(|(name, text)| {
        let value = Attribute::text(&text).expect("a text");
        (name.to_owned(), value)
    });
    Member {
        phones: vec![PhoneNumber::parse(&phone(number), None).expect("a number")],
        directory_id: Some(
            format!("00000000-0000-4000-8000-{number:012}")
                .as_str()
                .into(),
        ),
        attributes: attributes.into(),
        ..Member::default()
    }
}

fn field(name: &str, after: Option<&str>) -> Action {
    Action::Update(vec![FieldChange {
        field: name.to_owned(),
        before: None,
        after: after.and_then(Attribute::text),
    }])
}

/// Twenty contacts, one of them unsubscribed and reached in several ways; blocked numbers on two pages.
fn account() -> MessageMedia {
    let contacts = (100..120).map(|number| {
        let id = MessageMedia::numbered_id(0x100_000 + number as u64);
        Contact::with_number(&id, &phone(number))
    });
    let mut account = MessageMedia {
        contacts: contacts.collect(),
        block_list: (1_000..1_150).map(phone).collect(),
        ..MessageMedia::default()
    };
    account.contacts[0].unsubscribe();
    account.contacts[0].channels.push(Channel {
        channel_id: "someone@acme.example".to_owned(),
        kind: "EMAIL".to_owned(),
        subscription_state: None,
    });
    account
}

#[tokio::test]
async fn a_whole_life_of_a_list_fits_the_description() {
    let judge = Judge::load();
    let desk = Desk::open(account()).await;
    for line in Connector::test(&desk.connection).test().await {
        assert!(line.result.is_ok(), "{line:?}");
    }
    let mut writer = desk
        .connection
        .writer(&Desk::wanted("Staff"), None)
        .expect("a writer");
    let id = writer.create_list().await.expect("a list").expect("its id");
    let everybody: Vec<Member> = (0..9).chain(100..120).map(person).collect();
    let outcomes = desk.write(&id, &Action::Add, everybody.clone()).await;
    let refused = outcomes.iter().filter(|outcome| !outcome.is_done()).count();
    assert_eq!(refused, 1, "one had unsubscribed: {outcomes:?}");
    let outcomes = desk.write(&id, &Action::Add, everybody).await;
    let so = |outcome: &&Outcome| **outcome == Outcome::AlreadySo;
    assert_eq!(outcomes.iter().filter(so).count(), 28);

    let reading = desk.read("Staff").await;
    assert_eq!((reading.members.len(), reading.doubts.len()), (28, 0));
    assert_eq!(desk.read(&id).await.members.len(), 28);
    assert!(!desk.read("Nobody").await.exists);
    let lists = desk.connection.lists().expect("lists");
    assert_eq!(lists.lists(&Unwatched).await.expect("names").len(), 1);

    let one = || vec![reading.members[3].clone()];
    for change in [
        field("contact_name", Some("Grace Brewster Hopper")),
        field("email", Some("grace@acme.example")),
        field("email", None),
        field("note", None),
        field("phone_number", Some(&phone(500))),
    ] {
        let outcomes = desk.write(&id, &change, one()).await;
        assert!(outcomes[0].is_done(), "{change:?}: {outcomes:?}");
    }
    let leaving = reading.members[..20].to_vec();
    let outcomes = desk.write(&id, &Action::Remove, leaving).await;
    assert_eq!(outcomes, vec![Outcome::Applied; 20]);
    assert_eq!(desk.read("Staff").await.members.len(), 8);
    desk.verdict(&judge);

    let log = desk.stand_in.log();
    let operations: BTreeSet<String> = log
        .iter()
        .filter_map(|exchange| Some(judge.operation_of(exchange)?.0))
        .collect();
    assert_eq!(operations, USED.map(str::to_owned).into());
    assert_eq!(desk.stand_in.counters().not_there, 0);
}

#[tokio::test]
async fn errors_fit_the_description() {
    let judge = Judge::load();
    let mut account = account();
    account.may_create_custom_fields = false;
    let desk = Desk::open(account).await;
    let key = desk.stand_in.snapshot().api_key;
    const CONTACTS: &str = "/api/v1/contacts/contacts";
    const LISTS: &str = "/api/v1/contacts/lists";
    const NOBODY: &str = "00000000-0000-4000-8000-00000000ffff";
    let one = |path: &str| format!("{path}/{NOBODY}");
    let field = json!({ "label": "x", "mergeTag": "x", "maxLength": 3, "type": "TEXT" });
    let taken = json!({ "channels": [{ "channelId": phone(101), "type": "SMS" }] });
    let bad = json!({ "channels": [{ "channelId": "+1", "type": "WHATSAPP" }] });
    let strangers = json!({ "contactsToAddIds": [NOBODY] });
    let staff = json!({ "name": "Staff" });
    for (method, path, key, body, status) in [
        ("GET", CONTACTS.to_owned(), "wrong", None, 401),
        (
            "GET",
            "/v1/number_authorisation/mt/blacklist".to_owned(),
            "wrong",
            None,
            401,
        ),
        ("GET", one(CONTACTS), &key, None, 404),
        ("GET", one(LISTS), &key, None, 404),
        (
            "PATCH",
            one(CONTACTS),
            &key,
            Some(json!({ "note": "x" })),
            404,
        ),
        (
            "POST",
            "/api/v1/contacts/custom-fields".to_owned(),
            &key,
            Some(field),
            403,
        ),
        ("POST", CONTACTS.to_owned(), &key, Some(taken), 409),
        ("POST", CONTACTS.to_owned(), &key, Some(bad), 400),
        (
            "POST",
            CONTACTS.to_owned(),
            &key,
            Some(json!({ "channels": [] })),
            400,
        ),
        ("POST", LISTS.to_owned(), &key, Some(staff.clone()), 201),
        ("POST", LISTS.to_owned(), &key, Some(staff), 409),
        (
            "POST",
            LISTS.to_owned(),
            &key,
            Some(json!({ "name": " " })),
            400,
        ),
        (
            "PATCH",
            format!("{LISTS}/{NOBODY}/contacts"),
            &key,
            Some(strangers),
            400,
        ),
        (
            "GET",
            format!("{CONTACTS}?nextPageToken=x"),
            &key,
            None,
            400,
        ),
    ] {
        assert_eq!(
            desk.ask(method, &path, key, body).await,
            status,
            "{method} {path}"
        );
    }
    for effect in [
        Effect::ServerError,
        Effect::BadGateway,
        Effect::Unavailable {
            retry_after_seconds: None,
        },
        Effect::GatewayTimeoutAfter,
        Effect::EmptyPage,
        Effect::ShortPage { size: 2 },
        Effect::TruncatedListing { size: 2 },
        Effect::RepeatedObjects,
        Effect::CyclingNextLink,
    ] {
        desk.stand_in.inject(Fault::new(effect.clone()));
        let status = desk.ask("GET", CONTACTS, &key, None).await;
        assert!(
            [200, 500, 502, 503, 504].contains(&status),
            "{effect:?}: {status}"
        );
    }
    for status in [400, 401, 403, 409, 501] {
        desk.stand_in.inject(Fault::new(Effect::Error {
            status,
            code: "x".to_owned(),
            message: "refused by a test".to_owned(),
        }));
        assert_eq!(desk.ask("GET", LISTS, &key, None).await, status);
    }
    let log: Vec<_> = desk.stand_in.log();
    // A proxy's page has a body where the description has none.
    let described = log.iter().filter(|exchange| {
        exchange
            .response
            .as_ref()
            .is_none_or(|response| response.status != 502)
    });
    let faults = judge.faults_of(&described.cloned().collect::<Vec<_>>());
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The judge is no rubber stamp.
#[tokio::test]
async fn what_does_not_fit_is_found() {
    let judge = Judge::load();
    let desk = Desk::open(account()).await;
    let key = desk.stand_in.snapshot().api_key;
    let contacts = "/api/v1/contacts/contacts";
    desk.ask("GET", &format!("{contacts}?pageSize=1001"), &key, None)
        .await;
    desk.ask("GET", &format!("{contacts}?surname=x"), &key, None)
        .await;
    desk.ask("GET", &format!("{contacts}?listIds=7"), &key, None)
        .await;
    desk.ask("POST", contacts, &key, Some(json!({ "firstName": "x" })))
        .await;
    desk.ask("POST", contacts, &key, None).await;
    desk.ask("PUT", contacts, &key, None).await;
    desk.ask("GET", &format!("{contacts}/7"), &key, None).await;
    let log = desk.stand_in.log();
    for exchange in &log {
        let faults = judge.faults_of(std::slice::from_ref(exchange));
        assert!(
            !faults.is_empty(),
            "{} {}",
            exchange.request.method,
            exchange.request.url
        );
    }
    assert_eq!(log.len(), 7);
}
