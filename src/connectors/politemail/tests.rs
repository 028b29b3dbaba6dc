//! The connector against the stand-in, over real HTTP.

mod creating;
mod figures;
mod reading;
mod trying;
mod writing;

use std::time::Duration;

use super::*;
use crate::{
    connectors::ports::Unwatched,
    model::{
        address::Address,
        attributes::Value,
        list::{GroupKind, ListRef, Side},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, Reason, Seen},
        outcome::Outcome,
    },
    sandbox::{
        platform::{StandIn, start},
        politemail::PoliteMail,
    },
};

/// The token that signs in to the stand-in.
const TOKEN: &str = "s3cr3t-t0k3n";

/// A connection and the stand-in behind it.
struct Pair {
    server: StandIn<PoliteMail>,
    connection: PoliteMailConnection,
}

impl Pair {
    async fn new(state: PoliteMail) -> Self {
        Self::with(state, Settings::default()).await
    }

    async fn with(state: PoliteMail, settings: Settings) -> Self {
        let server = start(state, 0).await.unwrap();
        let settings = Settings {
            url: Some(server.url().to_owned()),
            token_variable: Some("TOKEN".to_owned()),
            ..settings
        };
        let connection = connect(&settings, &secret, quick()).unwrap();
        Self { server, connection }
    }

    async fn read(&self, list: &str) -> Result<Reading, ConnectorError> {
        let reader = self.connection.reader(&wanted(list)).unwrap();
        reader.read(&Unwatched).await
    }

    fn writer(&self, list: &str, id: Option<&str>) -> Box<dyn ListWriter> {
        self.connection.writer(&creating(list), id).unwrap()
    }

    async fn write(&self, changes: &[Change]) -> Vec<Outcome> {
        let mut writer = self.writer("Staff", Some("301"));
        writer.write(changes, &Unwatched).await
    }

    /// Who is on the list, behind the connector's back, without the domain.
    fn staff(&self) -> Vec<String> {
        let emails = self.server.snapshot().emails_on("Staff");
        let local = |email: &String| email.split('@').next().unwrap().to_owned();
        emails.iter().map(local).collect()
    }

    /// Method and path of every request since the log was cleared.
    fn asked(&self) -> Vec<String> {
        let log = self.server.log();
        let asked = log.iter().map(|exchange| {
            let url = &exchange.request.url;
            let path = url.split_once("/api/odata/").map_or("?", |(_, path)| path);
            let path = path.split('?').next().unwrap();
            format!("{} {path}", exchange.request.method)
        });
        asked.collect()
    }
}

fn secret(name: &str) -> Option<String> {
    (name == "TOKEN").then(|| TOKEN.to_owned())
}

fn quick() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        total_wait: Duration::from_secs(1),
    }
}

/// A server that takes the token as user and password, with a list `Staff` (301) of these people.
fn server(people: &str) -> PoliteMail {
    let mut state = PoliteMail::with_login(TOKEN, TOKEN);
    let emails: Vec<String> = people.split_whitespace().map(email).collect();
    state.put_list("Staff", emails.iter().map(String::as_str));
    state
}

fn email(name: &str) -> String {
    format!("{name}@acme.example")
}

fn wanted(list: &str) -> WantedList {
    WantedList::of(ListRef {
        connection: "politemail".to_owned(),
        list: list.to_owned(),
    })
}

fn creating(list: &str) -> WantedList {
    WantedList {
        create: Some(GroupKind::Security),
        ..wanted(list)
    }
}

fn person(name: &str) -> Member {
    Member::with_address(Address::parse(&email(name)).unwrap())
}

fn named(name: &str, fields: &[(&str, &str)]) -> Member {
    let fields = fields.iter();
    Member {
        attributes: fields
            .map(|(name, text)| ((*name).to_owned(), Value::text(text).unwrap()))
            .collect(),
        ..person(name)
    }
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

fn adding(people: &str) -> Vec<Change> {
    let people = people.split_whitespace();
    people
        .map(|name| change(Action::Add, person(name)))
        .collect()
}

fn removing(people: &str) -> Vec<Change> {
    let people = people.split_whitespace();
    people
        .map(|name| change(Action::Remove, person(name)))
        .collect()
}

/// Outcomes in short: `applied`, `already-so`, or the code with what kind of refusal it is.
fn codes(outcomes: &[Outcome]) -> Vec<String> {
    let code = |outcome: &Outcome| match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::AlreadySo => "already-so".to_owned(),
        Outcome::HandedOver { .. } => "handed-over".to_owned(),
        Outcome::Refused(problem) => format!("refused: {}", problem.code),
        Outcome::Failed(problem) => format!("failed: {}", problem.code),
    };
    outcomes.iter().map(code).collect()
}
