//! `doctor`: whether it is safe to let syncs run.

use rollcall::sandbox::{Sandbox, Scenario};
use serde_json::{Value, json};

use super::{Desk, Ran, everyone, finish, group, ids, members, rows, tenant};

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
fn holds(found: &[String], wanted: &str) {
    assert!(
        found.iter().any(|line| line.starts_with(wanted)),
        "no `{wanted}` in {found:#?}"
    );
}

async fn report(desk: &Desk, code: i32) -> Value {
    let report = desk.run(&["doctor", "--json"]).await.exits(code).json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["safe"], code == 0);
    for finding in report["findings"].as_array().unwrap() {
        let matters = ["warning", "problem"].contains(&finding["level"].as_str().unwrap());
        assert!(
            !matters || finding["todo"].is_string(),
            "nothing is said to do about {finding}"
        );
    }
    report
}

/// Nothing was written to the tenant: no write unit, and no request but for reading.
#[track_caller]
fn wrote_nothing(sandbox: &Sandbox) {
    assert_eq!(sandbox.counters().writes, 0);
    for exchange in sandbox.log() {
        let (method, url) = (&exchange.request.method, &exchange.request.url);
        let reads = method == "GET" || url.ends_with("/token") || url.ends_with("/$batch");
        assert!(reads, "{method} {url}");
        if url.ends_with("/$batch") {
            let body = exchange.request.body.unwrap();
            for item in body["requests"].as_array().unwrap() {
                assert_eq!(item["method"], "GET", "{item}");
            }
        }
    }
}

fn permissions(scenario: Scenario, permissions: &[&str]) -> Scenario {
    scenario.with_permissions(permissions)
}

#[tokio::test]
async fn a_sync_that_is_in_order_is_safe_to_enable() {
    let (sandbox, desk) = Desk::with(tenant(20, 12)).await;
    sandbox.edit(|scenario| {
        let owners = (0..2).map(rollcall::sandbox::scenario::User::numbered_id);
        scenario.groups[0].owners = owners.collect();
    });
    let mut sync = everyone();
    sync["schedule"] = json!("0 6 * * *");
    desk.define(&[sync]);
    desk.write("lists/everyone.csv", rows(0..13));
    let ran = desk.run(&["doctor", "everyone"]).await.exits(0);
    let due = ran
        .out
        .lines()
        .find(|line| line.contains("schedule: "))
        .unwrap();
    assert!(
        due.starts_with("  ok       schedule: runs by itself, next on 20"),
        "{due}"
    );
    assert!(due.ends_with(" 06:00 UTC"), "{due}");
    let rest: Vec<&str> = ran.out.lines().filter(|line| *line != due).collect();
    insta::assert_snapshot!(rest.join("\n"), @"
    settings
      ok       variables: the 1 variable is set that connections read
    connection entra-id
      ok       sign in: signed in
      ok       read the organisation's name: `Contoso`
      ok       read people: people are shown with their addresses
      ok       read groups: groups can be read
      ok       read contacts: not allowed; only a sync that reads contacts needs `OrgContact.Read.All`
      ok       change people: not tried; only a sync that writes fields of people needs `User.ReadWrite.All`
      ok       level: `members`: may read people with their attributes, read groups and their members, add and remove members of groups; may not read organisational contacts, create groups, invite guests, change fields of people
      ok       permissions: everything that is needed is granted: to read people with their attributes, to read groups and their members, to add and remove members of groups
      ok       clock: within 60 s of Microsoft Graph
    connection files
      ok       read the folder `lists`: 1 CSV file
      ok       read `everyone.csv`: 13 rows; columns `email`
    sync everyone
      ok       lists: files:everyone.csv has 13 members, entra-id:Everyone has 12 members (its connection knows 20 people)
      ok       writing: nothing that is known of entra-id:Everyone keeps it from being written
      ok       ownership: 2 owners of entra-id:Everyone, who can change it by hand as well
      ok       proof: both lists were read whole
      ok       plan: the first run would add 1, update 0 and remove 0; 0 withheld, 12 unchanged
      ok       cost: entra-id:Everyone: about 4 requests; the limits for writing ask for 0 s to 1 s
      ok       limits: removals wait above 10 %, additions above none
    state folder .rollcall
      ok       records: a record was written, read and deleted
      ok       blobs: a blob was written, read and deleted
      ok       queue: reachable, with 0 jobs on it
    Safe to enable: 23 ok, 0 notes, 0 warnings, 0 problems.
    ");
    wrote_nothing(&sandbox);
    assert_eq!(members(&sandbox), ids(0..12));

    // The cost is what the run then really costs.
    sandbox.clear_log();
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(sandbox.counters().requests, 4);
}

#[tokio::test]
async fn a_connection_that_never_writes_needs_no_permission_to_write() {
    let read_only = &["User.Read.All", "GroupMember.Read.All"];
    let may_write = &["User.Read.All", "GroupMember.ReadWrite.All"];
    for (granted, surplus) in [(read_only, false), (may_write, true)] {
        let (sandbox, desk) = Desk::with(permissions(tenant(4, 2), granted)).await;
        let mut definition = desk.definition(&[everyone()]);
        definition["connections"]["entra-id"]["writePermission"] = json!(false);
        desk.write("rollcall.json", definition.to_string());
        desk.write("lists/everyone.csv", rows(0..3));
        let report = report(&desk, 0).await;
        wrote_nothing(&sandbox);
        let connection = found(&report, "connection entra-id");
        holds(
            &connection,
            "ok permissions: everything that is needed is granted: to read people with their attributes, to read groups \
             and their members",
        );
        holds(
            &connection,
            "note permissions: none to write is asked for: this connection has no write permission \
             (`writePermission` is `false`); runs make packages for an administrator",
        );
        let is_too_much = connection.iter().any(|line| {
            line.starts_with("warning permissions: `GroupMember.ReadWrite.All` is more")
        });
        assert_eq!(is_too_much, surplus, "{connection:#?}");
        let sync = found(&report, "sync everyone");
        holds(
            &sync,
            "warning writing: entra-id:Everyone cannot be written by rollcall",
        );
        // Adding one person would be a request more.
        holds(
            &sync,
            "ok cost: entra-id:Everyone: about 3 requests; nothing is written",
        );
    }
}

#[tokio::test]
async fn permissions_that_are_missing_or_too_many_are_told() {
    let scenario = || tenant(4, 2);
    let look = async |granted: &[&str], code: i32| {
        let (sandbox, desk) = Desk::with(permissions(scenario(), granted)).await;
        desk.write("lists/everyone.csv", rows(0..2));
        let report = report(&desk, code).await;
        wrote_nothing(&sandbox);
        found(&report, "connection entra-id")
    };
    let missing = look(&["User.Read.All", "GroupMember.Read.All"], 6).await;
    holds(
        &missing,
        "note level: `read`: may read people with their attributes, read groups and their members; may not ",
    );
    holds(
        &missing,
        "problem permissions: `GroupMember.ReadWrite.All` is missing: without it the application cannot add and remove \
         members of groups, as `everyone` asks it to",
    );
    let names_only = look(&["User.ReadBasic.All", "GroupMember.ReadWrite.All"], 6).await;
    holds(
        &names_only,
        "problem permissions: `User.Read.All` is missing: ",
    );
    let none = look(&[], 6).await;
    assert_eq!(
        none.iter()
            .filter(|line| line.starts_with("problem permissions: "))
            .count(),
        3,
        "{none:#?}"
    );
    let too_much = look(
        &[
            "User.Read.All",
            "Group.ReadWrite.All",
            "Mail.Send",
            "Mail.Read",
        ],
        0,
    )
    .await;
    holds(
        &too_much,
        "warning permissions: `Group.ReadWrite.All` is more than these syncs need; ",
    );
    holds(
        &too_much,
        "warning permissions: `Mail.Send` is granted, and no sync here needs it",
    );
    holds(
        &too_much,
        "note permissions: `Mail.Read` is granted, and no sync here needs it",
    );
    let everything = look(&["Directory.ReadWrite.All"], 0).await;
    holds(
        &everything,
        "warning permissions: `Directory.ReadWrite.All` is more than these syncs need; with it the application may \
         change nearly everything in the directory",
    );
}

#[tokio::test]
async fn a_list_that_cannot_be_written_or_found_is_not_safe() {
    let mut scenario = tenant(4, 2);
    let mut dynamic = group(1, "Rule");
    dynamic.group_types = vec!["DynamicMembership".to_owned()];
    scenario.groups.push(dynamic);
    let (sandbox, desk) = Desk::with(scenario).await;
    desk.write("lists/everyone.csv", rows(0..2));
    let sync = |id: &str, group: &str| {
        let mut sync = everyone();
        sync["id"] = json!(id);
        sync["target"]["group"] = json!(group);
        sync
    };
    desk.define(&[sync("rule", "Rule"), sync("gone", "Gone"), everyone()]);
    let report = report(&desk, 6).await;
    holds(
        &found(&report, "sync rule"),
        "problem writing: entra-id:Rule cannot be written",
    );
    holds(
        &found(&report, "sync gone"),
        "problem lists: there is no group named `Gone`",
    );
    holds(&found(&report, "sync everyone"), "ok plan: ");
    // What is wrong with another sync is no fault of this one.
    desk.run(&["doctor", "everyone"])
        .await
        .exits(0)
        .says("Safe to enable");
    desk.run(&["doctor", "rule"])
        .await
        .exits(6)
        .says("membership rule")
        .says("Not safe to enable");
    wrote_nothing(&sandbox);
}

#[tokio::test]
async fn clocks_that_differ_are_told() {
    for (ahead, code, level) in [(-3600, 6, "problem"), (180, 0, "warning"), (20, 0, "ok")] {
        let mut scenario = tenant(4, 2);
        scenario.clock_ahead_seconds = ahead;
        let (_sandbox, desk) = Desk::with(scenario).await;
        desk.write("lists/everyone.csv", rows(0..2));
        let report = report(&desk, code).await;
        holds(
            &found(&report, "connection entra-id"),
            &format!("{level} clock: "),
        );
    }
}

#[tokio::test]
async fn what_waits_or_is_paused_is_told_before_it_is_enabled() {
    let (_sandbox, desk) = Desk::with(tenant(20, 20)).await;
    desk.write("lists/everyone.csv", rows(0..10));
    let first = report(&desk, 0).await;
    let told = found(&first, "sync everyone");
    holds(
        &told,
        "ok plan: the first run would add 0, update 0 and remove 10",
    );
    holds(
        &told,
        "warning plan: 10 changes would wait for approval (removals: 10 for entra-id:Everyone of 20 members",
    );
    holds(&told, "note schedule: does not run by itself");
    desk.run(&["apply"]).await.exits(3);
    let second = report(&desk, 0).await;
    let told = found(&second, "sync everyone");
    holds(&told, "ok plan: the next run would ");
    let waits = told
        .iter()
        .find(|line| line.starts_with("warning standing: run "))
        .unwrap();
    assert!(waits.ends_with(" waits for approval"), "{waits}");
    assert_eq!(
        desk.run(&["history", "--json"]).await.exits(0).json()["runs"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "looking is no run"
    );
}

#[tokio::test]
async fn limits_filters_and_unresolved_people_are_told() {
    let (_sandbox, desk) = Desk::with(tenant(20, 12)).await;
    let mut sync = everyone();
    sync["filters"] = json!({ "departement": "Sales" });
    sync["limits"] = json!({ "removals": { "percent": 100 } });
    sync["source"]["emptyUntil"] = json!("2020-01-01");
    desk.define(&[sync]);
    desk.write(
        "lists/everyone.csv",
        rows(0..12) + "nobody@contoso.example\n",
    );
    let report = report(&desk, 0).await;
    let told = found(&report, "sync everyone");
    holds(
        &told,
        "warning filters: the filter asks for `departement`, and nobody on files:everyone.csv has it",
    );
    holds(&told, "warning limits: there is no limit for removals");
    holds(
        &told,
        "warning empty lists: `source.emptyUntil` is over since 2020-01-02 00:00 UTC",
    );
    desk.define(&[everyone()]);
    let text = desk.run(&["doctor"]).await.exits(0);
    text.says("  WARNING  plan: 1 entry names nobody\n           correct them at the source; `rollcall plan` lists them\n")
        .says("Safe to enable, with something to look at first: ");
}

#[tokio::test]
async fn variables_are_told_by_name_and_never_by_value() {
    let (sandbox, desk) = Desk::with(tenant(4, 2)).await;
    desk.write("lists/everyone.csv", rows(0..2));
    let mut command = desk.command(&["doctor"]);
    command
        .env_remove("SECRET")
        .env("ROLLCALL_ENTRA_CLIENT_SECRT", "hunter2")
        .env("ROLLCALL_LOG", "trace");
    let ran = finish(command)
        .await
        .exits(6)
        .says("  PROBLEM  variables: `SECRET` is not set, and the connection `entra-id` reads it\n           set `SECRET`\n")
        .says("`ROLLCALL_ENTRA_CLIENT_SECRT` is set, and nothing reads a variable of this name\n           did you mean `ROLLCALL_ENTRA_CLIENT_SECRET`?\n")
        .says("PROBLEM  settings: the environment variable `SECRET` for the client secret is not set");
    assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"));
    assert_eq!(sandbox.counters().requests, 0);

    // What the platform puts a secret in place of is none itself, and is not sent anywhere.
    let mut command = desk.command(&["doctor"]);
    command.env(
        "SECRET",
        "@Microsoft.KeyVault(SecretUri=https://v.vault.example/secrets/entra/)",
    );
    finish(command)
        .await
        .exits(6)
        .says("  PROBLEM  variables: `SECRET` is still a reference to a key vault: the platform could not put the secret in its place\n           look at the setting in the portal")
        .says("PROBLEM  settings: connection `entra-id`: `SECRET` is still a reference to a key vault");
    assert_eq!(sandbox.counters().requests, 0);

    // Neither the secret nor a token is shown, however much is logged.
    let mut command = desk.command(&["doctor"]);
    command.env("ROLLCALL_LOG", "trace");
    let Ran { out, err, .. } = finish(command).await.exits(0);
    for text in [out, err] {
        assert!(!text.contains(&desk.secret), "the secret is shown");
        assert!(!text.contains("eyJ"), "a token is shown");
    }
}

#[tokio::test]
async fn a_definition_or_storage_that_cannot_be_used_stops_no_other_check() {
    let (_sandbox, desk) = Desk::with(tenant(4, 2)).await;
    desk.write("lists/everyone.csv", rows(0..2));
    desk.write(".rollcall", "no folder");
    let report_of_storage = report(&desk, 6).await;
    holds(
        &found(&report_of_storage, "state folder .rollcall"),
        "problem storage: ",
    );
    holds(
        &found(&report_of_storage, "sync everyone"),
        "ok plan: the first run would ",
    );
    std::fs::remove_file(desk.path(".rollcall")).unwrap();
    desk.write(
        "rollcall.json",
        r#"{ "connections": {}, "syncs": [{ "id": "x", "sorce": "y" }] }"#,
    );
    let report_of_definition = report(&desk, 6).await;
    let faults = found(&report_of_definition, "definition");
    assert!(
        faults
            .iter()
            .all(|line| line.starts_with("problem rollcall.json: ")),
        "{faults:?}"
    );
    holds(
        &found(&report_of_definition, "state folder .rollcall"),
        "ok records: ",
    );
    desk.define(&[everyone()]);
    desk.run(&["doctor", "nothing"])
        .await
        .exits(5)
        .complains("there is no sync `nothing`");
}

#[tokio::test]
async fn a_connection_that_nobody_uses_keeps_no_sync_from_running() {
    let (_sandbox, desk) = Desk::with(tenant(4, 2)).await;
    desk.write("lists/everyone.csv", rows(0..2));
    let mut definition = desk.definition(&[everyone()]);
    definition["connections"]["old"] = json!({ "type": "csv", "folder": "nowhere" });
    desk.write("rollcall.json", definition.to_string());
    let report = report(&desk, 0).await;
    let told = found(&report, "connection old");
    holds(&told, "warning read the folder");
    holds(&told, "note use: no sync uses this connection");
    let of_one = desk
        .run(&["doctor", "everyone", "--json"])
        .await
        .exits(0)
        .json();
    assert!(found(&of_one, "connection old").is_empty());
}
