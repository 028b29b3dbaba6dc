//! The product's client at people themselves, judged: the whole directory as a list, and fields that are written.
//!
//! Knows the product by its connection alone, as a run opens it.

use std::time::Duration;

use rollcall::{
    connectors::{
        entra::{EntraConnection, Settings, connect},
        http::Patience,
        ports::{Everyone, ListReader, ListWriter, Lists, Unwatched, WantedList},
    },
    model::{
        attributes::Value,
        list::{ListRef, Side},
        member::Member,
    },
    plan::{
        change::{Action, Change, FieldChange, Reason, Seen},
        outcome::Outcome,
    },
    sandbox::{self, Effect, Fault, Sandbox, Scenario, scenario::User},
};
use serde_json::json;

use crate::judge::judge_log;
use crate::office::Office;
use crate::tenant::{EVERYONE, EXTENSION, tenant};

async fn open(scenario: Scenario) -> (Sandbox, EntraConnection) {
    let secret = scenario.client_secret.clone();
    let settings = json!({
        "tenantId": scenario.tenant_id, "clientId": scenario.client_id, "clientSecretVariable": "SECRET",
    });
    let sandbox = sandbox::start(scenario, 0).await.expect("it starts");
    let mut settings: Settings = serde_json::from_value(settings).expect("settings");
    settings.graph_url = Some(sandbox.url().to_owned());
    settings.login_url = Some(sandbox.url().to_owned());
    let patience = Patience {
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(40),
        total_wait: Duration::from_secs(2),
    };
    let connection = connect(&settings, &|_| Some(secret.clone()), patience).expect("a connection");
    (sandbox, connection)
}

fn wanted(list: &str, reads: &[&str], given: &[&str]) -> WantedList {
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    WantedList {
        reads: texts(reads),
        given: texts(given),
        ..WantedList::of(ListRef {
            connection: "entra-id".to_owned(),
            list: list.to_owned(),
        })
    }
}

async fn read(connection: &EntraConnection, wanted: &WantedList) -> Vec<Member> {
    let reader = connection.reader(wanted).expect("a reader");
    reader.read(&Unwatched).await.expect("a reading").members
}

fn verdict(sandbox: &Sandbox) {
    let faults = judge_log(&sandbox.log());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let counters = sandbox.counters();
    assert_eq!((counters.unknown_paths, counters.users_deleted), (0, 0));
}

#[tokio::test]
async fn everyone_and_everything_that_gets_mail() {
    let (sandbox, connection) = open(tenant()).await;
    let reads = [
        "manager",
        "extensionAttribute1",
        EXTENSION,
        "state",
        "aliases",
        "objectType",
    ];
    let mut all = wanted("", &reads, &[]);
    all.everyone = Everyone {
        contacts: true,
        mail_groups: true,
        under: None,
    };
    let members = read(&connection, &all).await;
    let is_lead = |member: &&Member| member.attributes.contains_key("manager");
    assert_eq!(members.iter().filter(is_lead).count(), 1);
    let mut under = wanted("", &[], &[]);
    under.everyone.under = Some("user0000@contoso.example".to_owned());
    assert_eq!(read(&connection, &under).await.len(), 2);
    let mut group = wanted(EVERYONE, &reads, &["jobTitle"]);
    group.everyone.contacts = true;
    read(&connection, &group).await;
    connection.lists(&Unwatched).await.expect("groups");
    verdict(&sandbox);
}

#[tokio::test]
async fn fields_are_written_with_troubles_on_the_way() {
    let mut scenario = tenant();
    scenario.groups[0].members = (0..30).map(User::numbered_id).collect();
    let (sandbox, connection) = open(scenario).await;
    let list = wanted(
        EVERYONE,
        &[],
        &["mobilePhone", "businessPhones", "jobTitle"],
    );
    let field = |name: &str, after: Option<&str>| FieldChange {
        field: name.to_owned(),
        before: None,
        after: after.and_then(Value::text),
    };
    let fields = vec![
        field("mobilePhone", Some("+61491570006")),
        field("businessPhones", None),
        field("jobTitle", None),
    ];
    let changes: Vec<Change> = read(&connection, &list)
        .await
        .into_iter()
        .map(|member| Change {
            side: Side::Target,
            action: Action::Update(fields.clone()),
            member,
            reason: Reason::FieldsDiffer,
            seen: Seen::default(),
        })
        .collect();
    assert_eq!(changes.len(), 30);
    for effect in [
        Effect::Conflict,
        Effect::Throttle {
            retry_after_seconds: Some(0.25),
        },
        Effect::ExpireTokens,
    ] {
        sandbox.inject(Fault::new(effect).on("PATCH", "/users/").after(3));
    }
    let mut writer = connection.writer(&list, Some(EVERYONE)).expect("a writer");
    let outcomes = writer.write(&changes, &Unwatched).await;
    let applied = outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::Applied);
    assert_eq!(
        applied.count(),
        28,
        "all but one of Active Directory and an administrator: {outcomes:?}"
    );
    verdict(&sandbox);
}

/// Somebody who is filtered out by Graph could not be told from somebody who is gone.
#[tokio::test]
async fn a_filter_of_a_sync_is_never_handed_to_graph() {
    let mut scenario = Scenario::with_people(60);
    for user in &mut scenario.users[..20] {
        user.department = Some("Sales".to_owned());
    }
    scenario.users[3].account_enabled = Some(false);
    let sync = json!([{
        "id": "sales",
        "source": { "connection": "entra-id", "everyone": true },
        "filters": { "department": "Sales", "accountEnabled": true },
        "target": { "connection": "files", "list": "sales.csv", "create": true },
        "mapping": { "displayName": "name" },
    }]);
    let office = Office::open(scenario, sync).await;
    office.run("sales").await;
    assert_eq!(office.lines("sales.csv"), 19);
    let asked = serde_json::to_string(&office.sandbox.log()).expect("a log");
    assert!(asked.contains("/users?"));
    assert!(!asked.contains("$filter") && !asked.contains("%24filter"));
    office.verdict();
}
