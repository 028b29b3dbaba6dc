//! Entra ID groups, against the stand-in for Microsoft Graph.

use std::time::Duration;

use async_trait::async_trait;
use rollcall::{
    connectors::{
        entra::{EntraConnection, Settings, connect},
        http::Patience,
        ports::{ConnectionTest, Connector, ListReader, ListWriter, Lists, WantedList},
    },
    model::{
        address::Address,
        list::{GroupKind, ListRef},
        member::Member,
    },
    plan::change::Change,
    sandbox::{
        self, Exchange, Fault, Sandbox, Scenario,
        scenario::{Group, User},
    },
};
use serde_json::json;

use super::subject::Subject;

/// What no log may hold: the application's secret, and how every token begins.
const SECRETS: [&str; 2] = ["correct-horse-battery", "eyJ"];

struct Entra {
    sandbox: Sandbox,
    connection: EntraConnection,
}

impl Entra {
    fn wanted(list: &ListRef, create: bool) -> WantedList {
        WantedList {
            create: create.then_some(GroupKind::Security),
            ..WantedList::of(list.clone())
        }
    }
}

#[async_trait]
impl Subject for Entra {
    const KIND: &'static str = "entra-id";
    const THREE_PAGES: usize = 13;

    async fn start(members: usize) -> Self {
        let mut scenario = Scenario::with_people(3_000).with_permissions(&[
            "User.Read.All",
            "Group.ReadWrite.All",
            "Organization.Read.All",
        ]);
        SECRETS[0].clone_into(&mut scenario.client_secret);
        let staff = scenario.groups.first_mut().unwrap();
        "Staff".clone_into(&mut staff.display_name);
        staff.members = (0..members).map(User::numbered_id).collect();
        // More groups than fit on a page.
        scenario.groups.extend((0..7).map(|number| Group {
            id: format!("00000000-0000-4000-8000-00000000b00{number}"),
            display_name: format!("Region {number}"),
            mail_nickname: Some(format!("region-{number}")),
            ..Group::default()
        }));
        let settings = json!({
            "tenantId": scenario.tenant_id, "clientId": scenario.client_id, "clientSecretVariable": "SECRET",
            "pageSize": 5,
        });
        let sandbox = sandbox::start(scenario, 0).await.unwrap();
        let mut settings: Settings = serde_json::from_value(settings).unwrap();
        settings.graph_url = Some(sandbox.url().to_owned());
        settings.login_url = Some(sandbox.url().to_owned());
        let patience = Patience {
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(40),
            total_wait: Duration::from_millis(400),
        };
        let connection = connect(&settings, &|_| Some(SECRETS[0].to_owned()), patience).unwrap();
        Self {
            sandbox,
            connection,
        }
    }

    async fn reader(&self, list: &ListRef) -> Box<dyn ListReader> {
        Connector::reader(&self.connection, &Self::wanted(list, false)).unwrap()
    }

    async fn reader_that_may_create(&self, list: &ListRef) -> Box<dyn ListReader> {
        Connector::reader(&self.connection, &Self::wanted(list, true)).unwrap()
    }

    async fn writer(&self, list: &ListRef, list_id: Option<&str>) -> Box<dyn ListWriter> {
        Connector::writer(&self.connection, &Self::wanted(list, true), list_id).unwrap()
    }

    fn lists(&self) -> Box<dyn Lists> {
        Connector::lists(&self.connection).unwrap()
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Connector::test(&self.connection)
    }

    fn person(&self, number: usize) -> Member {
        let user = User::numbered(number);
        Member {
            id: Some(user.id.into()),
            addresses: vec![Address::parse(&user.user_principal_name).unwrap()],
            ..Member::default()
        }
    }

    fn on_list(&self) -> Vec<usize> {
        let members = self.sandbox.members_of(Scenario::EVERYONE);
        (0..3_000)
            .filter(|number| members.binary_search(&User::numbered_id(*number)).is_ok())
            .collect()
    }

    fn update(&self, _member: &Member) -> Option<Change> {
        None
    }

    fn is_updated(&self, _number: usize) -> bool {
        false
    }

    fn inject(&self, fault: Fault) -> bool {
        self.sandbox.inject(fault);
        true
    }

    fn listing(&self) -> &'static str {
        "/members?$top"
    }

    fn adding(&self) -> (&'static str, &'static str) {
        ("PATCH", "/groups/")
    }

    fn removing(&self) -> Option<(&'static str, &'static str)> {
        Some(("DELETE", "/$ref"))
    }

    fn carrying_additions(&self) -> (&'static str, &'static str) {
        ("POST", "$batch")
    }

    fn carrying_removals(&self) -> Option<(&'static str, &'static str)> {
        Some(("POST", "$batch"))
    }

    fn creating(&self) -> (&'static str, &'static str) {
        ("PATCH", "uniqueName")
    }

    fn log(&self) -> Vec<Exchange> {
        self.sandbox.log()
    }

    fn secrets(&self) -> Vec<String> {
        SECRETS.map(str::to_owned).to_vec()
    }
}

laws!(Entra: reading, reading_over_http, truncation, adding, adding_over_http, removing, removing_over_http,
    creating, creating_over_http, asking, asking_over_http);
