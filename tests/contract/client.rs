//! The product's client, judged: whole runs against the sandbox, where every request and every answer must fit.
//!
//! Knows the product by its definition, its runs and their summaries alone.

use rollcall::{
    run::Finished,
    sandbox::{
        Effect, Fault, Scenario,
        scenario::{Group, ReplicationLag, User},
    },
    summary::Status,
};
use serde_json::{Value, json};

use crate::office::Office;

const EVERYONE: &str = Scenario::EVERYONE;
const PERMISSIONS: &[&str] = &[
    "User.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadWrite.All",
    "User.Invite.All",
];

fn people(numbers: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    numbers.map(|number| format!("user{number:04}@contoso.example,User {number:04}"))
}

/// `count` people, and the first `members` of them in the group.
fn tenant(count: usize, members: usize) -> Scenario {
    let mut scenario = Scenario::with_people(count).with_permissions(PERMISSIONS);
    scenario.groups[0].members = (0..members).map(User::numbered_id).collect();
    scenario
}

fn to_group(id: &str, group: &str, more: Value) -> Value {
    let mut sync = json!({
        "id": id,
        "source": { "connection": "files", "list": "staff.csv" },
        "target": { "connection": "entra-id", "group": group },
        "limits": { "removals": "none" },
    });
    for (key, value) in more.as_object().expect("an object") {
        sync[key] = value.clone();
    }
    sync
}

fn to_file(id: &str, source: Value) -> Value {
    json!({
        "id": id,
        "source": source,
        "target": { "connection": "files", "list": format!("{id}.csv"), "create": true },
        "mapping": { "displayName": "name" },
    })
}

fn assert_status(finished: &Finished, wanted: Status) {
    let summary = &finished.summary;
    assert_eq!(summary.status, Some(wanted), "{summary:#?}");
}

#[tokio::test]
async fn a_list_and_a_group_by_id_and_by_name() {
    let small_pages = json!({ "pageSize": 50 });
    let syncs = json!([
        to_group("by-id", EVERYONE, json!({})),
        to_group("by-name", "Everyone", json!({})),
        to_file(
            "from-id",
            json!({ "connection": "entra-id", "group": EVERYONE })
        ),
        to_file(
            "from-name",
            json!({ "connection": "entra-id", "group": "Everyone", "nested": "flatten" })
        ),
    ]);
    let office = Office::open_with(tenant(300, 150), small_pages, syncs).await;
    office.put("staff.csv", people(60..210));
    let totals = office.plan("by-id").await.review.approved.plan().totals();
    assert_eq!((totals.add, totals.remove), (60, 60));
    assert_status(&office.run("by-id").await, Status::Succeeded);
    assert_status(&office.run("by-id").await, Status::Unchanged);
    office.put("staff.csv", people(100..250));
    assert_status(&office.run("by-name").await, Status::Succeeded);
    assert_eq!(office.sandbox.members_of(EVERYONE).len(), 150);
    assert_status(&office.run("from-id").await, Status::Succeeded);
    assert_status(&office.run("from-name").await, Status::Succeeded);
    assert_eq!(office.lines("from-id.csv"), 150);
    assert_eq!(office.lines("from-name.csv"), 150);
    office.verdict();
}

#[tokio::test]
async fn both_ways() {
    let sync = json!({
        "id": "both", "direction": "two-way",
        "source": { "connection": "entra-id", "group": EVERYONE },
        "target": { "connection": "files", "list": "staff.csv" },
        "mapping": { "displayName": "name" },
    });
    let office = Office::open(tenant(60, 40), json!([sync])).await;
    office.put("staff.csv", people(20..50));
    assert_status(&office.run("both").await, Status::Succeeded);
    assert_eq!(office.lines("staff.csv"), 50);
    office.put("staff.csv", people(2..52));
    assert_status(&office.run("both").await, Status::Succeeded);
    let members = office.sandbox.members_of(EVERYONE);
    assert!(members.contains(&User::numbered_id(51)));
    assert!(!members.contains(&User::numbered_id(1)));
    office.verdict();
}

#[tokio::test]
async fn the_whole_directory_into_a_list() {
    let everyone = json!({ "connection": "entra-id", "everyone": true });
    let office = Office::open(tenant(1_200, 0), json!([to_file("all", everyone)])).await;
    assert_status(&office.run("all").await, Status::Succeeded);
    assert_eq!(office.lines("all.csv"), 1_200);
    office.verdict();
}

#[tokio::test]
async fn groups_that_are_not_there_are_created() {
    let create = |kind: &str, name: &str| {
        let target = json!({ "connection": "entra-id", "group": name, "create": kind });
        to_group(kind, name, json!({ "target": target }))
    };
    let syncs = json!([
        create("security", "Sales"),
        create("microsoft365", "Süd & Ost's")
    ]);
    let mut scenario = tenant(50, 0);
    scenario.replication_lag_ms = ReplicationLag {
        directory: 1_500,
        delta: 0,
    };
    let office = Office::open(scenario, syncs).await;
    office.put("staff.csv", people(0..30));
    for kind in ["security", "microsoft365"] {
        assert_status(&office.run(kind).await, Status::Succeeded);
    }
    let groups = office.sandbox.snapshot().groups;
    let created: Vec<&Group> = groups
        .iter()
        .filter(|group| group.display_name != "Everyone")
        .collect();
    assert_eq!(created.len(), 2);
    for group in created {
        assert_eq!(group.members.len(), 30, "{}", group.display_name);
    }
    office.verdict();
}

#[tokio::test]
async fn guests_are_invited() {
    let guests = json!({ "guests": { "policy": "invite", "sendMessage": true } });
    let syncs = json!([to_group("guests", EVERYONE, guests)]);
    let office = Office::open(tenant(30, 0), syncs).await;
    let outside = (0..25).map(|number| format!("guest{number}@fabrikam.example,Guest {number}"));
    office.put("staff.csv", people(0..5).chain(outside));
    for effect in [
        Effect::Throttle {
            retry_after_seconds: Some(0.5),
        },
        Effect::Unavailable {
            retry_after_seconds: None,
        },
    ] {
        office
            .sandbox
            .inject(Fault::new(effect).on("POST", "/invitations").after(3));
    }
    // Nobody knows whether the one without an answer was sent: it is not sent again today.
    let finished = office.run("guests").await;
    assert_eq!(finished.summary.done.invited, 24, "{:#?}", finished.summary);
    assert_eq!(office.sandbox.members_of(EVERYONE).len(), 29);
    assert_status(&office.run("guests").await, Status::Partial);
    office.verdict();
}

#[tokio::test]
async fn removals_over_the_limit_wait_for_approval() {
    let syncs = json!([to_group("held", EVERYONE, json!({ "limits": {} }))]);
    let office = Office::open(tenant(60, 60), syncs).await;
    office.put("staff.csv", people(0..30));
    let finished = office.run_and_approve("held").await;
    assert_status(&finished, Status::Succeeded);
    assert_eq!(finished.summary.done.removed, 30);
    office.verdict();
}

#[tokio::test]
async fn the_connection_is_tried_out() {
    let office = Office::open(tenant(3, 0), json!([])).await;
    for line in office.test().await {
        assert!(line.result.is_ok(), "{line:?}");
    }
    let fewer = tenant(3, 0).with_permissions(&["User.ReadBasic.All"]);
    let refused = Office::open(fewer, json!([])).await;
    assert!(refused.test().await.iter().any(|line| line.result.is_err()));
    let wrong = json!({ "clientId": "00000000-0000-4000-8000-0000000000ff" });
    let stranger = Office::open_with(tenant(3, 0), wrong, json!([])).await;
    assert!(
        stranger
            .test()
            .await
            .iter()
            .any(|line| line.result.is_err())
    );
    for office in [office, refused] {
        office.verdict();
    }
}

#[tokio::test]
async fn a_connection_and_its_groups_are_looked_over() {
    let mut scenario = tenant(15, 0);
    let owners = (0..14).map(rollcall::sandbox::scenario::User::numbered_id);
    scenario.groups[0].owners = owners.collect();
    let office = Office::open(scenario, json!([])).await;
    assert_eq!(office.look_over(EVERYONE).await, Some(14));
    assert_eq!(office.look_over("Everyone").await, None);
    office.verdict();
}

#[tokio::test]
async fn the_groups_are_named() {
    let mut scenario = tenant(3, 0);
    scenario.groups.extend((0..12).map(|number| Group {
        id: format!("00000000-0000-4000-8000-00000000d{number:03}"),
        display_name: format!("Region {number:02}"),
        mail_nickname: Some(format!("region-{number}")),
        ..Group::default()
    }));
    let office = Office::open_with(scenario, json!({ "pageSize": 5 }), json!([])).await;
    for effect in [
        Effect::Throttle {
            retry_after_seconds: Some(0.25),
        },
        Effect::ExpirePageTokens,
        Effect::EmptyPage,
        Effect::ShortPage { size: 3 },
    ] {
        let fault = Fault::new(effect).on("GET", "/groups").after(1);
        office.sandbox.inject(fault);
        let groups = office.groups().await;
        assert_eq!(groups.len(), 13);
        assert_eq!(groups.last().expect("a group").name, "Region 11");
    }
    office.verdict();
}

/// Faults whose answers are still such as Graph gives: the rest would say nothing of the contract.
#[tokio::test]
async fn faults_while_reading() {
    let syncs = json!([to_group("staff", EVERYONE, json!({}))]);
    let office = Office::open_with(tenant(120, 120), json!({ "pageSize": 30 }), syncs).await;
    office.put("staff.csv", people(0..120));
    let on_members = [
        Effect::Throttle {
            retry_after_seconds: Some(0.25),
        },
        Effect::Unavailable {
            retry_after_seconds: None,
        },
        Effect::ExpirePageTokens,
        Effect::EmptyPage,
        Effect::ShortPage { size: 3 },
    ];
    for effect in on_members {
        for after in [0, 2] {
            office.sandbox.inject(
                Fault::new(effect.clone())
                    .on("GET", "/members?")
                    .after(after),
            );
        }
        let finished = office.run("staff").await;
        assert_status(&finished, Status::Unchanged);
        office.sandbox.clear_faults();
    }
    office.sandbox.inject(Fault::new(Effect::ExpireTokens));
    assert_status(&office.run("staff").await, Status::Unchanged);

    office.put("staff.csv", people(0..110));
    for effect in [
        Effect::PartialObjects,
        Effect::HiddenMembership,
        Effect::TruncatedListing { size: 2 },
    ] {
        office
            .sandbox
            .inject(Fault::new(effect.clone()).on("GET", "/members?").after(1));
        let _ = office.run("staff").await;
        office.sandbox.clear_faults();
    }
    assert!(office.sandbox.members_of(EVERYONE).len() >= 110);
    office.verdict();
}

#[tokio::test]
async fn faults_while_writing() {
    let syncs = json!([to_group("staff", EVERYONE, json!({}))]);
    let office = Office::open(tenant(700, 200), syncs).await;
    let faults = || {
        [
            Effect::Throttle {
                retry_after_seconds: Some(0.25),
            },
            Effect::Conflict,
            Effect::Unavailable {
                retry_after_seconds: Some(0.25),
            },
            Effect::ServerError,
        ]
    };
    for (after, effect) in (0..).step_by(2).zip(faults()) {
        office.sandbox.inject(
            Fault::new(effect.clone())
                .on("PATCH", "/groups/")
                .after(after),
        );
        office
            .sandbox
            .inject(Fault::new(effect).on("DELETE", "/members/").after(after));
    }
    office.sandbox.inject(
        Fault::new(Effect::ExpireTokens)
            .on("POST", "$batch")
            .after(2),
    );
    office
        .sandbox
        .inject(Fault::new(Effect::DropAfter).on("POST", "$batch").after(3));
    office.put("staff.csv", people(100..700));
    let finished = office.run("staff").await;
    assert_status(&finished, Status::Succeeded);
    assert_eq!(office.sandbox.members_of(EVERYONE).len(), 600);
    assert_eq!(office.sandbox.counters().faults, 10);
    office.verdict();
}

/// A second run that knows nothing of the first one reads what was before it: it adds whom the group has and removes whom
/// it has not.
#[tokio::test]
async fn what_is_so_already_is_told_apart() {
    let syncs = json!([to_group("staff", EVERYONE, json!({}))]);
    let mut scenario = tenant(100, 50);
    scenario.replication_lag_ms = ReplicationLag {
        directory: 60_000,
        delta: 0,
    };
    let mut office = Office::open(scenario, syncs).await;
    office.put("staff.csv", people(25..75));
    assert_status(&office.run("staff").await, Status::Succeeded);
    office.forget();
    office.put("staff.csv", people(25..80));
    let again = office.run("staff").await;
    assert_status(&again, Status::Succeeded);
    assert_eq!(again.summary.done.already_so, 50, "{:#?}", again.summary);
    assert_eq!(office.sandbox.members_of(EVERYONE).len(), 55);
    office.verdict();
}
