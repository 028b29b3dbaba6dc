//! MailRoute domains, against the stand-in for its REST API. A list is a domain: `Staff` is `Staff.example`.

use std::time::Duration;

use async_trait::async_trait;
use rollcall::{
    connectors::{
        http::Patience,
        mailroute::{MailRouteConnection, Settings, connect},
        ports::{ConnectionTest, Connector, ListReader, ListWriter, Lists, WantedList},
    },
    model::{
        address::Address,
        attributes::Value,
        list::{ListRef, Side},
        member::Member,
    },
    plan::change::{Action, Change, FieldChange, Reason, Seen},
    sandbox::{
        Exchange, Fault,
        mailroute::MailRoute as State,
        platform::{self, StandIn},
    },
};
use serde_json::json;

use super::subject::Subject;

const DOMAIN: &str = "Staff.example";

struct MailRoute {
    stand_in: StandIn<State>,
    connection: MailRouteConnection,
}

fn wanted(list: &ListRef) -> WantedList {
    let mut list = list.clone();
    if list.list == "Staff" {
        DOMAIN.clone_into(&mut list.list);
    }
    WantedList::of(list)
}

fn number_of(localpart: &str) -> Option<usize> {
    localpart.strip_prefix("user")?.parse().ok()
}

#[async_trait]
impl Subject for MailRoute {
    const CREATES: bool = false;
    const KIND: &'static str = "mailroute";
    const THREE_PAGES: usize = 13;

    async fn start(members: usize) -> Self {
        let state = State::with_accounts(DOMAIN, members);
        let stand_in = platform::start(state, 0).await.unwrap();
        let settings = json!({
            "url": format!("{}/api/v1", stand_in.url()), "loginVariable": "LOGIN", "apiKeyVariable": "KEY",
            "pageSize": 5, "deleteAccounts": true, "deleteAliases": true,
        });
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let secret = |name: &str| match name {
            "LOGIN" => Some(State::LOGIN.to_owned()),
            _ => Some(State::KEY.to_owned()),
        };
        let patience = Patience {
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(40),
            total_wait: Duration::from_millis(400),
        };
        let connection = connect(&settings, &secret, patience).unwrap();
        Self {
            stand_in,
            connection,
        }
    }

    async fn reader(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.connection.reader(&wanted(list)).unwrap()
    }

    async fn writer(&self, list: &ListRef, list_id: Option<&str>) -> Box<dyn ListWriter> {
        self.connection.writer(&wanted(list), list_id).unwrap()
    }

    fn lists(&self) -> Box<dyn Lists> {
        self.connection.lists().unwrap()
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        self.connection.test()
    }

    fn person(&self, number: usize) -> Member {
        let address = format!("user{number:04}@{DOMAIN}");
        Member::with_address(Address::parse(&address).unwrap())
    }

    fn on_list(&self) -> Vec<usize> {
        let accounts = self.stand_in.snapshot().accounts.into_iter();
        let mut numbers: Vec<usize> = accounts
            .filter_map(|account| number_of(&account.localpart))
            .collect();
        numbers.sort_unstable();
        numbers
    }

    fn update(&self, member: &Member) -> Option<Change> {
        let local = member.address()?.local().to_owned();
        let alias = format!("alias-{local}@{}", member.address()?.domain());
        let fields = vec![FieldChange {
            field: "aliases".to_owned(),
            before: member.attributes.get("aliases").cloned(),
            after: Some(Value::Texts(vec![alias])),
        }];
        Some(Change {
            side: Side::Target,
            action: Action::Update(fields),
            member: member.clone(),
            reason: Reason::FieldsDiffer,
            seen: Seen::default(),
        })
    }

    fn is_updated(&self, number: usize) -> bool {
        let aliases = self
            .stand_in
            .snapshot()
            .aliases(&format!("user{number:04}@{DOMAIN}"));
        aliases == [format!("alias-user{number:04}")]
    }

    fn inject(&self, fault: Fault) -> bool {
        self.stand_in.inject(fault);
        true
    }

    fn listing(&self) -> &'static str {
        "email_account/?"
    }

    fn adding(&self) -> (&'static str, &'static str) {
        ("POST", "email_account/")
    }

    fn removing(&self) -> Option<(&'static str, &'static str)> {
        Some(("DELETE", "email_account/"))
    }

    fn log(&self) -> Vec<Exchange> {
        self.stand_in.log()
    }

    fn secrets(&self) -> Vec<String> {
        vec![State::KEY.to_owned(), format!("{}:", State::LOGIN)]
    }
}

#[tokio::test]
async fn the_subject_is_what_it_says() {
    let subject = MailRoute::start(MailRoute::THREE_PAGES).await;
    let list = ListRef {
        connection: MailRoute::KIND.to_owned(),
        list: "Staff".to_owned(),
    };
    let watch = rollcall::connectors::ports::Unwatched;
    let reading = subject.reader(&list).await.read(&watch).await.unwrap();
    assert_eq!(reading.members.len(), MailRoute::THREE_PAGES);
    let mut writer = subject.writer(&list, reading.list_id.as_deref()).await;
    let change = subject.update(&reading.members[0]).unwrap();
    assert!(writer.write(&[change], &watch).await[0].is_done());
    assert!(subject.is_updated(0) && !subject.is_updated(1));
    let listings = subject.log().into_iter();
    let listings = listings.filter(|one| one.request.url.contains(subject.listing()));
    assert!(listings.count() >= 3);
}

laws!(MailRoute: reading, reading_over_http, truncation, adding, adding_over_http, removing, removing_over_http, updating, updating_over_http, asking, asking_over_http);
