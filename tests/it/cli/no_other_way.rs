//! No other way past a limit at the command line: whatever the environment says and whichever options are given, the
//! list stays as it is until somebody names what waits.

use std::collections::BTreeSet;

use rollcall::settings::KNOWN;
use serde_json::{Value, json};

use super::{Desk, Ran, finish, rows};
use crate::{
    pairs::pairwise,
    surface::{
        of,
        table::{COMMANDS, Class},
    },
};

/// Options that every command takes, each with a value that leads somewhere.
const OPTIONS: [&[&str]; 3] = [
    &["--json"],
    &["--state", "elsewhere"],
    &["--config", "other.json"],
];

/// What a variable says that should open nothing.
fn value_of(name: &str) -> &'static str {
    match name {
        "ROLLCALL_CONFIG" => "other.json",
        "ROLLCALL_STATE" => "somewhere",
        "ROLLCALL_LOG" => "error",
        "ROLLCALL_LEASE_SECONDS" => "2",
        "ROLLCALL_KEEP_DAYS" => "1",
        "AzureWebJobsStorage" => "UseDevelopmentStorage=true",
        "AzureFunctionsJobHost__functionTimeout" => "-1",
        "ROLLCALL_DATA" => "lists",
        "USER" | "USERNAME" => "root",
        _ => "true",
    }
}

/// A list of which more than half would go, in a folder without a tenant.
fn desk() -> Desk {
    let desk = Desk::alone();
    let definition = json!({
        "connections": { "hr": { "type": "csv", "folder": "hr" }, "lists": { "type": "csv", "folder": "lists" } },
        "syncs": [{
            "id": "everyone",
            "source": { "connection": "hr", "list": "staff.csv" },
            "target": { "connection": "lists", "list": "everyone.csv" },
            "limits": { "overLimit": "everything-waits" },
        }],
    });
    desk.write("rollcall.json", definition.to_string());
    desk.write("other.json", definition.to_string());
    std::fs::create_dir(desk.path("hr")).unwrap();
    desk.write("hr/staff.csv", rows(10..25));
    desk.write("lists/everyone.csv", rows(0..20));
    desk
}

async fn run(desk: &Desk, row: &[usize], command: &[&str]) -> Ran {
    let (variables, options) = row.split_at(KNOWN.len());
    let mut arguments = command.to_vec();
    for (option, _) in OPTIONS.iter().zip(options).filter(|(_, is)| **is > 0) {
        arguments.extend(*option);
    }
    let mut command = desk.command(&arguments);
    for (known, _) in KNOWN.iter().zip(variables).filter(|(_, is)| **is > 0) {
        command.env(known.name, value_of(known.name));
    }
    finish(command).await
}

#[tokio::test]
async fn no_variable_and_no_option_opens_a_way() {
    let desk = desk();
    let before = desk.bytes("lists/everyone.csv");
    let rows = pairwise(&vec![2; KNOWN.len() + OPTIONS.len()]);
    assert!(rows.len() > 8, "{}", rows.len());
    let wrong = "0".repeat(64);
    for row in rows {
        for (command, codes) in [
            (&["plan"][..], &[2][..]),
            (&["apply"], &[3]),
            (&["apply", "everyone", "--approve", &wrong], &[3]),
            (&["apply", "everyone", "--approve", ""], &[3]),
            (&["apply", "everyone", "--approve", "true"], &[3]),
            (&["approve", "everyone"], &[5]),
            (&["approve", "everyone", "--digest", &wrong], &[5]),
        ] {
            let ran = run(&desk, &row, command).await;
            assert!(
                codes.contains(&ran.code),
                "{command:?} {row:?}: {} {} {}",
                ran.code,
                ran.out,
                ran.err
            );
            assert_eq!(
                desk.bytes("lists/everyone.csv"),
                before,
                "{command:?} {row:?}"
            );
        }
    }
    // And this is the way.
    let plans = desk.run(&["plan", "--json"]).await.exits(2).json();
    let digest = plans["plans"][0]["digest"].as_str().unwrap();
    desk.run(&["apply", "everyone", "--approve", &digest[..11]])
        .await
        .exits(3);
    assert_eq!(desk.bytes("lists/everyone.csv"), before);
    desk.run(&["apply", "everyone", "--approve", &digest[..12]])
        .await
        .exits(0);
    assert_eq!(desk.text("lists/everyone.csv").lines().count(), 16);
}

#[tokio::test]
async fn no_other_command_changes_a_list() {
    let desk = desk();
    desk.run(&["apply"]).await.exits(3);
    let before = desk.bytes("lists/everyone.csv");
    let runs: Value = desk.run(&["history", "--json"]).await.exits(0).json();
    let run = runs["runs"][0]["run"].as_str().unwrap().to_owned();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for command in [
        &["check"][..],
        &["schema"],
        &["plan"],
        &["history"],
        &["show", &run],
        &["lists", "lists"],
        &["test", "lists"],
        &["reject", &run, "--reason", "no"],
        &["approve", &run],
        &["push", "--to", "http://127.0.0.1:1", "--prune", "--yes"],
        &["doctor"],
        &["explain", "everyone", "user0000@contoso.example"],
        &["forget", "user0001@contoso.example"],
        &[
            "forget",
            "user0001@contoso.example",
            "--erase",
            "--reason",
            "x",
        ],
        &["hand-over", "everyone", "--to", "package"],
        &["opt-outs", "everyone"],
        &["restore", &run],
        &["restore", &run, "--apply"],
        &["resume", "everyone"],
        &["backup", "--to", "copied"],
        &["recover", "--from", "copied"],
    ] {
        desk.run(command).await;
        assert_eq!(desk.bytes("lists/everyone.csv"), before, "{command:?}");
        told.insert(command[0]);
    }
    // What is left either runs with a review, which is tried above and in other tests, or has lists of its own.
    let others = [
        "rollcall", "apply", "serve", "local", "sandbox", "demo", "help",
    ];
    for (name, _, _) in COMMANDS {
        assert!(
            told.contains(name) || others.contains(name),
            "`{name}` is not tried"
        );
    }
    assert_eq!(
        of(COMMANDS, "apply", Class::Decides),
        BTreeSet::from(["--approve"])
    );
}
