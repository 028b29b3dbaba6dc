//! The app, looked over from inside.

use super::*;

const PATH: &str = "/api/v1/doctor";

/// What a report holds about one thing, as `level what: found`.
fn found(report: &Value, about: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let of_it = findings.iter().filter(|finding| finding["about"] == about);
    of_it
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap();
            format!("{} {}: {}", text("level"), text("what"), text("found"))
        })
        .collect()
}

#[track_caller]
fn holds(report: &Value, about: &str, wanted: &str) {
    let found = found(report, about);
    assert!(
        found.iter().any(|line| line.starts_with(wanted)),
        "no `{wanted}` about {about} in {report:#}"
    );
}

async fn report(desk: &Desk, query: &str) -> Value {
    let report = desk.get(&format!("{PATH}{query}")).await.is(200).json();
    assert_eq!(report["version"], 1);
    let findings = report["findings"].as_array().unwrap();
    let is_problem = |finding: &Value| finding["level"] == "problem";
    assert_eq!(report["safe"], !findings.iter().any(is_problem));
    report
}

/// The stand-in for a connection says of each that a permission is missing; the rest of the report is about lists.
#[tokio::test]
async fn connections_lists_and_storage_are_looked_at() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..15);
    desk.write("lists/everyone.csv", 0..20);
    let report = report(&desk, "").await;
    for connection in ["connection hr", "connection lists"] {
        holds(&report, connection, "ok sign in: as `rollcall`");
        holds(
            &report,
            connection,
            "problem read users: `User.Read.All` is missing",
        );
    }
    let sync = "sync everyone";
    holds(
        &report,
        sync,
        "ok lists: hr:staff.csv has 15 members, lists:everyone.csv has 20 members",
    );
    holds(
        &report,
        sync,
        "ok plan: the first run would add 0, update 0 and remove 5",
    );
    holds(
        &report,
        sync,
        "warning plan: 5 changes would wait for approval",
    );
    holds(
        &report,
        sync,
        "ok schedule: runs by itself, next on 2026-11-22 06:00 UTC",
    );
    for what in ["records", "blobs"] {
        holds(
            &report,
            "storage",
            &format!("ok {what}: can be read; writing was not tried"),
        );
    }
    holds(&report, "storage", "ok queue: reachable, with 0 jobs on it");
}

#[tokio::test]
async fn of_one_sync_nothing_else_is_told() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..5);
    desk.write("lists/everyone.csv", 0..5);
    desk.put(
        "/api/v1/connections/spare",
        &json!({ "type": "csv", "folder": "hr" }),
    )
    .await
    .is(201);
    desk.put(
        "/api/v1/syncs/other",
        &json!({ "source": { "connection": "spare", "list": "a.csv" }, "target": { "connection": "lists", "list": "b.csv" } }),
    )
    .await
    .is(201);
    let all = report(&desk, "").await;
    holds(&all, "connection spare", "ok sign in");
    holds(&all, "sync other", "problem lists: ");
    let one = report(&desk, "?sync=everyone").await;
    assert!(found(&one, "connection spare").is_empty(), "{one:#}");
    assert!(found(&one, "sync other").is_empty(), "{one:#}");
    holds(&one, "sync everyone", "ok plan: ");
    for query in ["?sync=absent", "?sync=everyone/list", "?sync="] {
        desk.get(&format!("{PATH}{query}"))
            .await
            .problem(Code::NotFound);
    }
    desk.get(&format!("{PATH}?list=x"))
        .await
        .problem(Code::InvalidRequest);
    desk.post(PATH, json!({}))
        .await
        .problem(Code::MethodNotAllowed);
}

#[tokio::test]
async fn a_definition_that_cannot_be_used_stops_no_other_check() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..5);
    desk.write("lists/everyone.csv", 0..5);
    desk.put(
        "/api/v1/connections/spare",
        &json!({ "type": "csv", "folder": "hr" }),
    )
    .await
    .is(201);
    // What is valid when it is put may not be for a later version of the program.
    let row = |name: &str, value: Value| {
        json!({ "version": 1, "name": name, "changed": "2026-11-21T06:00:00Z", "value": value })
            .to_string()
    };
    let records = &desk.stores.records;
    let table = crate::store::ports::Table::Definitions;
    records
        .insert(
            table,
            "syncs",
            "bad",
            &row("bad", json!({ "source": "spare", "sorce": "hr" })),
        )
        .await
        .unwrap();
    records.insert(table, "syncs", "torn", "{").await.unwrap();
    let all = report(&desk, "").await;
    holds(&all, "sync bad", "problem definition: ");
    holds(&all, "definition", "problem storage: the stored data");
    holds(&all, "sync everyone", "ok plan: ");
    let one = report(&desk, "?sync=bad").await;
    holds(&one, "sync bad", "problem definition: ");
    let other = report(&desk, "?sync=everyone").await;
    assert!(found(&other, "sync bad").is_empty(), "{other:#}");
}

#[tokio::test]
async fn a_connection_is_told_when_there_are_syncs_that_cannot_be_read() {
    let desk = Desk::furnished().await;
    for (path, value) in [
        (
            "connections/examined",
            json!({ "type": "csv", "folder": "hr" }),
        ),
        (
            "syncs/seen",
            json!({ "source": { "connection": "examined", "list": "a.csv" }, "target": { "connection": "lists", "list": "b.csv" } }),
        ),
    ] {
        desk.put(&format!("/api/v1/{path}"), &value).await.is(201);
    }
    let known = async |all: bool| {
        for query in ["", "?sync=seen"] {
            let report = report(&desk, query).await;
            let wanted = format!("note uses: 1 known, all of them: {all}");
            holds(&report, "connection examined", &wanted);
        }
    };
    known(true).await;
    let records = &desk.stores.records;
    let table = crate::store::ports::Table::Definitions;
    records.insert(table, "syncs", "torn", "{").await.unwrap();
    known(false).await;
}

#[tokio::test(start_paused = true)]
async fn what_there_is_no_time_for_is_named() {
    let desk = Desk::furnished().await;
    desk.put(
        "/api/v1/connections/silent",
        &json!({ "type": "csv", "folder": "hr" }),
    )
    .await
    .is(201);
    let report = report(&desk, "").await;
    assert_eq!(
        found(&report, "time"),
        ["problem unfinished: there was no time within 80 s for: connection silent"]
    );
    holds(&report, "connection hr", "ok sign in");
    holds(&report, "storage", "ok records");
}
