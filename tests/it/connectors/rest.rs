//! REST by configuration, against Noticeboard.

mod changes;
mod example;
mod listings;
mod signing_in;

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use rollcall::{
    connectors::{
        http::Patience,
        ports::{
            ConnectionTest, Connector, ConnectorError, ListReader, ListWriter, Lists, Unwatched,
            WantedList,
        },
        rest::{RestConnection, Settings, connect},
    },
    model::{
        address::Address,
        attributes::Value as Attribute,
        list::{GroupKind, ListRef, Side},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, FieldChange, Reason, Seen},
        outcome::Outcome,
    },
    sandbox::{
        Exchange, Fault,
        platform::{StandIn, start},
    },
};
use serde_json::{Value, json};

use super::{noticeboard::Noticeboard, subject::Subject};

/// What no message and no log may hold.
const TOKEN: &str = "correct-horse-battery";

/// The settings of the example, with another address.
fn settings(url: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/noticeboard-rest.json");
    let mut whole: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut settings = whole["connections"]["noticeboard"].take();
    settings.as_object_mut().unwrap().remove("type");
    settings["url"] = json!(format!("{url}/v2"));
    settings
}

fn opened(settings: &Value) -> Result<RestConnection, ConnectorError> {
    let settings = Settings::read(settings).unwrap();
    let patience = Patience {
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(40),
        total_wait: Duration::from_millis(400),
    };
    connect(&settings, &|_| Some(TOKEN.to_owned()), patience)
}

async fn running(platform: Noticeboard) -> StandIn<Noticeboard> {
    start(platform, 0).await.unwrap()
}

fn board() -> Noticeboard {
    Noticeboard::new(&format!("Bearer {TOKEN}"))
}

fn list(name: &str) -> ListRef {
    ListRef {
        connection: "noticeboard".to_owned(),
        list: name.to_owned(),
    }
}

fn wanted(name: &str) -> WantedList {
    WantedList {
        create: Some(GroupKind::Security),
        ..WantedList::of(list(name))
    }
}

fn email(number: usize) -> String {
    format!("user{number:04}@contoso.example")
}

fn emails(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(email).collect()
}

fn person(number: usize) -> Member {
    Member::with_address(Address::parse(&email(number)).unwrap())
}

async fn read(connection: &RestConnection, name: &str) -> Result<Reading, ConnectorError> {
    let reader = connection.reader(&WantedList::of(list(name))).unwrap();
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

async fn write(connection: &RestConnection, changes: &[Change]) -> Vec<Outcome> {
    let mut writer = connection.writer(&wanted("Staff"), None).unwrap();
    writer.write(changes, &Unwatched).await
}

fn addresses(reading: &Reading) -> Vec<String> {
    let members = reading.members.iter();
    members.map(|member| member.label().to_owned()).collect()
}

fn codes(outcomes: &[Outcome]) -> Vec<&str> {
    let codes = outcomes.iter().map(|outcome| match outcome {
        Outcome::Applied => "applied",
        Outcome::AlreadySo => "already so",
        Outcome::HandedOver { .. } => "handed over",
        Outcome::Refused(problem) | Outcome::Failed(problem) => problem.code.as_str(),
    });
    codes.collect()
}

/// A connection to boards that are paged by links.
struct Boards {
    stand_in: StandIn<Noticeboard>,
    connection: RestConnection,
}

#[async_trait]
impl Subject for Boards {
    const KIND: &'static str = "rest";
    const THREE_PAGES: usize = 13;

    async fn start(members: usize) -> Self {
        let mut boards = board().with_board("Staff", &emails(0..members));
        // More boards than fit on a page.
        for number in 0..7 {
            boards = boards.with_board(&format!("Region {number}"), &[]);
        }
        let stand_in = running(boards).await;
        let connection = opened(&settings(stand_in.url())).unwrap();
        Self {
            stand_in,
            connection,
        }
    }

    async fn reader(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.connection
            .reader(&WantedList::of(list.clone()))
            .unwrap()
    }

    async fn reader_that_may_create(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.connection.reader(&wanted(&list.list)).unwrap()
    }

    async fn writer(&self, list: &ListRef, list_id: Option<&str>) -> Box<dyn ListWriter> {
        let wanted = WantedList {
            create: Some(GroupKind::Security),
            ..WantedList::of(list.clone())
        };
        self.connection.writer(&wanted, list_id).unwrap()
    }

    fn lists(&self) -> Box<dyn Lists> {
        self.connection.lists().unwrap()
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        self.connection.test()
    }

    fn person(&self, number: usize) -> Member {
        person(number)
    }

    fn on_list(&self) -> Vec<usize> {
        let there = self.stand_in.snapshot().emails("Staff");
        (0..3_000)
            .filter(|number| there.contains(&email(*number)))
            .collect()
    }

    fn update(&self, member: &Member) -> Option<Change> {
        let field = FieldChange {
            field: "team".to_owned(),
            before: member.attributes.get("team").cloned(),
            after: Attribute::text("Night shift"),
        };
        Some(change(Action::Update(vec![field]), member.clone()))
    }

    fn is_updated(&self, number: usize) -> bool {
        let boards = self.stand_in.snapshot().boards;
        let mut subscribers = boards.iter().flat_map(|board| &board.subscribers);
        subscribers
            .any(|one| one.email == email(number) && one.team.as_deref() == Some("Night shift"))
    }

    fn inject(&self, fault: Fault) -> bool {
        self.stand_in.inject(fault);
        true
    }

    fn listing(&self) -> &'static str {
        "/subscribers"
    }

    fn adding(&self) -> (&'static str, &'static str) {
        ("POST", "/subscribers")
    }

    fn removing(&self) -> Option<(&'static str, &'static str)> {
        Some(("DELETE", "/subscribers/"))
    }

    fn log(&self) -> Vec<Exchange> {
        self.stand_in.log()
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

laws!(Boards: reading, reading_over_http, truncation, adding, adding_over_http, removing, removing_over_http, updating, updating_over_http, creating, creating_over_http, asking, asking_over_http);
