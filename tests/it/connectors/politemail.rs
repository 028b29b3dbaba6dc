//! PoliteMail under the shared suite.

use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rollcall::{
    app::{self, Connections},
    connectors::{
        http::Patience,
        politemail::{PoliteMailConnection, Settings, connect},
        ports::{ConnectionTest, Connector, ListReader, ListWriter, Lists, WantedList},
    },
    definition::validate::load,
    model::{
        address::Address,
        list::{GroupKind, ListRef},
        member::Member,
    },
    plan::change::Change,
    sandbox::{
        Exchange, Fault,
        platform::{StandIn, start},
        politemail,
    },
    settings,
};

use super::subject::Subject;

/// Signs in as user and password.
const TOKEN: &str = "p0l1t3-t0k3n";

/// How many contacts the stand-in puts on a page.
const PAGE: usize = 40;

/// A PoliteMail connection and the stand-in behind it.
pub(super) struct PoliteMail {
    server: StandIn<politemail::PoliteMail>,
    connection: PoliteMailConnection,
}

fn email(number: usize) -> String {
    format!("person{number:04}@acme.example")
}

fn creating(list: &ListRef) -> WantedList {
    WantedList {
        create: Some(GroupKind::Security),
        ..WantedList::of(list.clone())
    }
}

#[async_trait]
impl Subject for PoliteMail {
    const KIND: &'static str = "politemail";

    const THREE_PAGES: usize = 2 * PAGE + PAGE / 2;

    async fn start(members: usize) -> Self {
        let mut state = politemail::PoliteMail {
            page_size: PAGE,
            // Only a server that counts can be caught ending a listing early.
            counts: true,
            ..politemail::PoliteMail::with_login(TOKEN, TOKEN)
        };
        let emails: Vec<String> = (0..members).map(email).collect();
        state.put_list("Staff", emails.iter().map(String::as_str));
        let server = start(state, 0).await.unwrap();
        let settings = Settings {
            url: Some(server.url().to_owned()),
            token_variable: Some("TOKEN".to_owned()),
            ..Settings::default()
        };
        let secrets = |name: &str| (name == "TOKEN").then(|| TOKEN.to_owned());
        let patience = Patience {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(20),
            total_wait: Duration::from_millis(300),
        };
        let connection = connect(&settings, &secrets, patience).unwrap();
        Self { server, connection }
    }

    async fn reader(&self, list: &ListRef) -> Box<dyn ListReader> {
        let wanted = WantedList::of(list.clone());
        self.connection.reader(&wanted).unwrap()
    }

    async fn reader_that_may_create(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.connection.reader(&creating(list)).unwrap()
    }

    async fn writer(&self, list: &ListRef, list_id: Option<&str>) -> Box<dyn ListWriter> {
        self.connection.writer(&creating(list), list_id).unwrap()
    }

    fn lists(&self) -> Box<dyn Lists> {
        self.connection.lists().unwrap()
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        self.connection.test()
    }

    fn person(&self, number: usize) -> Member {
        Member::with_address(Address::parse(&email(number)).unwrap())
    }

    fn on_list(&self) -> Vec<usize> {
        let emails = self.server.snapshot().emails_on("Staff");
        let number = |email: &String| {
            let number = email.strip_prefix("person")?.split('@').next()?;
            number.parse().ok()
        };
        emails.iter().filter_map(number).collect()
    }

    fn update(&self, _member: &Member) -> Option<Change> {
        None
    }

    fn is_updated(&self, _number: usize) -> bool {
        false
    }

    fn inject(&self, fault: Fault) -> bool {
        self.server.inject(fault);
        true
    }

    fn listing(&self) -> &'static str {
        "/Contacts"
    }

    fn adding(&self) -> (&'static str, &'static str) {
        ("POST", "/AddEmails")
    }

    fn removing(&self) -> Option<(&'static str, &'static str)> {
        Some(("POST", "/RemoveEmails"))
    }

    fn creating(&self) -> (&'static str, &'static str) {
        ("POST", "/NewList")
    }

    fn log(&self) -> Vec<Exchange> {
        self.server.log()
    }

    fn secrets(&self) -> Vec<String> {
        let encoded = STANDARD.encode(format!("{TOKEN}:{TOKEN}"));
        vec![TOKEN.to_owned(), encoded]
    }
}

/// What each line of `rollcall test` found, for a connection that the definition file leaves out.
async fn tried(url: &str, secrets: &'static [(&'static str, &'static str)]) -> Vec<bool> {
    let definition = r#"{"sync": {"source": {"connection": "politemail", "list": "Staff"}, "target": "entra-id"}}"#;
    let definition = load(definition, &app::kinds()).unwrap();
    let settings = settings::Settings {
        politemail_url: Some(url.to_owned()),
        ..settings::Settings::default()
    };
    let known = move |name: &str| {
        let found = secrets.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let folder = std::path::Path::new(".");
    let connections = Connections::new(&definition, folder, &settings, &known);
    let test = connections.test("politemail").unwrap();
    let lines = test.test().await;
    lines.iter().map(|line| line.result.is_ok()).collect()
}

#[tokio::test]
async fn a_connection_that_no_file_describes_comes_from_the_environment() {
    let subject = PoliteMail::start(3).await;
    let url = subject.server.url();
    let token = tried(url, &[("ROLLCALL_POLITEMAIL_TOKEN", TOKEN)]).await;
    assert_eq!(token, [true; 4]);
    let pair = [
        ("ROLLCALL_POLITEMAIL_USER", TOKEN),
        ("ROLLCALL_POLITEMAIL_PASSWORD", TOKEN),
    ];
    assert_eq!(tried(url, Box::leak(Box::new(pair))).await, [true; 4]);
    let wrong = tried(url, &[("ROLLCALL_POLITEMAIL_TOKEN", "another")]).await;
    assert_eq!(wrong, [false]);
}

laws!(PoliteMail: reading, reading_over_http, truncation, adding, adding_over_http, removing, removing_over_http,
    creating, creating_over_http, asking, asking_over_http);
