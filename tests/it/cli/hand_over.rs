//! Packages for an administrator, through the program: made, named, unpacked, recognised.

use std::collections::BTreeSet;

use rollcall::sandbox::{Sandbox, Scenario, scenario::User};
use serde_json::json;

use super::{Desk, EVERYONE, Ran, address, everyone, group, ids, members, rows, settled, tenant};
use crate::entra::handing_over::writes_in;

const COLUMN: &str = "Member object ID or user principal name [memberObjectIdOrUpn] Required";

/// The usual tenant, where the group is a distribution list.
fn with_distribution_list(people: usize, members: usize) -> Scenario {
    let mut scenario = tenant(people, members);
    scenario.groups[0].mail_enabled = true;
    scenario.groups[0].security_enabled = false;
    scenario
}

fn csv(people: std::ops::Range<usize>) -> String {
    let ids: String = people
        .map(|number| User::numbered_id(number) + "\r\n")
        .collect();
    format!("{COLUMN}\r\n{ids}")
}

/// What an administrator does with the package of these people.
fn apply_by_hand(sandbox: &Sandbox, people: std::ops::Range<usize>) {
    sandbox.edit(|scenario| {
        scenario.groups[0].members = people.map(User::numbered_id).collect();
    });
}

fn run_of(ran: &Ran) -> String {
    ran.json()["runs"][0]["run"].as_str().unwrap().to_owned()
}

fn file_names(desk: &Desk, folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(desk.path(folder)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn a_distribution_list_is_changed_by_an_administrator() {
    let (sandbox, desk) = Desk::with(with_distribution_list(6, 3)).await;
    desk.write("lists/everyone.csv", rows(1..5));
    let plan = desk.run(&["plan"]).await.exits(2);
    assert_eq!(
        plan.out,
        "files:everyone.csv  =>  entra-id:Everyone      (one-way, sync everyone, first run)\n\
         - user0000@contoso.example  from entra-id  is not on the source\n\
         + user0003@contoso.example  to entra-id    is on the source\n\
         + user0004@contoso.example  to entra-id    is on the source\n\
         entra-id:Everyone is changed by an administrator, from a package: Microsoft Graph cannot write a distribution list.\n\
         Plan: 2 to add, 0 to update, 1 to remove, 0 withheld, 2 unchanged; 4 members on files:everyone.csv, 3 on entra-id:Everyone.\n"
    );

    let ran = desk.run(&["apply"]).await.exits(3);
    let text = settled(&ran.out);
    assert!(
        text.contains(
            "Run RUN of everyone: packaged in TIME\n\
             \x20 added  invited  updated  removed  already so  refused  failed  waiting  handed over\n\
             \x20     0        0        0        0           0        0       0        0            3\n\
             \x20 next: `entra-id:Everyone`: let an administrator apply the package of run "
        ) && text.ends_with("`rollcall hand-over RUN --to DIR` unpacks it"),
        "{text}"
    );

    // The next day: nobody is called again, and no second package is made.
    let waiting = desk.run(&["apply", "--json"]).await.exits(0);
    let summary = &waiting.json()["runs"][0];
    assert_eq!(summary["status"], "packaged");
    assert_eq!(summary["packages"][0]["state"], "waiting");
    let made_by = summary["packages"][0]["run"].as_str().unwrap().to_owned();
    assert_ne!(made_by, run_of(&waiting));
    desk.run(&["plan"])
        .await
        .exits(0)
        .says("! user0003@contoso.example  not added to entra-id  in a package since ")
        .says(&format!(
            "entra-id:Everyone: package of run {made_by}: waits, nothing of its 3 changes is applied.\n"
        ));
    desk.run(&["hand-over", "everyone"])
        .await
        .exits(0)
        .says(&format!(
            "entra-id:Everyone: package of run {made_by}: waits"
        ))
        .says(&format!("  rollcall hand-over {made_by} --to DIR\n"));

    desk.run(&["hand-over", "everyone", "--to", "package"])
        .await
        .exits(0)
        .says(&format!("The package of run {made_by} is in package"));
    assert_eq!(
        file_names(&desk, "package"),
        [
            "README.md",
            "add-members.csv",
            "apply-exchange.ps1",
            "remove-members.csv",
            "summary.json"
        ]
        .map(str::to_owned)
        .into()
    );
    assert_eq!(desk.text("package/add-members.csv"), csv(3..5));
    assert_eq!(desk.text("package/remove-members.csv"), csv(0..1));
    assert_eq!(
        desk.text("package/apply-exchange.ps1"),
        rollcall::hand_over::files::APPLY_EXCHANGE
    );
    let summary: serde_json::Value =
        serde_json::from_str(&desk.text("package/summary.json")).unwrap();
    assert_eq!(summary["groupId"], EVERYONE);
    assert_eq!(summary["with"], "exchange");

    // Not beside other files, which may be another package.
    desk.run(&["hand-over", &made_by, "--to", "package"])
        .await
        .exits(5)
        .complains("`package` is not empty");
    desk.run(&["hand-over", &made_by, "--to", "rollcall.json"])
        .await
        .exits(5)
        .complains("`rollcall.json` is no folder");
    desk.run(&["hand-over", &made_by, "--to", "again/and/deeper"])
        .await
        .exits(0);
    assert_eq!(
        desk.bytes("again/and/deeper/summary.json"),
        desk.bytes("package/summary.json")
    );

    assert_eq!(members(&sandbox), ids(0..3));
    assert_eq!(
        (sandbox.counters().writes, writes_in(&sandbox)),
        (0, Vec::new())
    );

    apply_by_hand(&sandbox, 1..5);
    let applied = desk.run(&["apply", "--json"]).await.exits(0);
    let summary = &applied.json()["runs"][0];
    assert_eq!(summary["status"], "unchanged");
    assert_eq!(summary["packages"][0]["state"], "applied");
    desk.run(&["hand-over", "everyone"])
        .await
        .exits(0)
        .says(&format!("package of run {made_by}: applied (seen by run "));
    desk.run(&["hand-over", "everyone", "--to", "late"])
        .await
        .exits(5)
        .complains("`everyone` has no package to apply: ");
    assert!(!desk.path("late").exists());
    // By its run it can still be looked into.
    desk.run(&["hand-over", &made_by, "--to", "late"])
        .await
        .exits(0);
}

#[tokio::test]
async fn a_package_applied_in_part_and_one_that_is_superseded_are_told() {
    let (sandbox, desk) = Desk::with(with_distribution_list(8, 2)).await;
    desk.write("lists/everyone.csv", rows(0..5));
    let made = run_of(&desk.run(&["apply", "--json"]).await.exits(3));
    apply_by_hand(&sandbox, 0..4);
    desk.run(&["apply"]).await.exits(0).says(&format!(
        "entra-id:Everyone: package of run {made}: partly applied, 2 of 3 changes made.\n"
    ));
    // User 4, who is still open, leaves the list; user 5 joins.
    desk.list(&[
        &address(0),
        &address(1),
        &address(2),
        &address(3),
        &address(5),
    ]);
    let ran = desk.run(&["apply", "--json"]).await.exits(3);
    let package = &ran.json()["runs"][0]["packages"][0];
    assert_eq!(
        (&package["state"], &package["replaces"]),
        (&json!("made"), &json!(made))
    );
    let second = run_of(&ran);
    desk.run(&["hand-over", &second, "--to", "second"])
        .await
        .exits(0);
    assert_eq!(desk.text("second/add-members.csv"), csv(5..6));
    assert!(!desk.path("second/remove-members.csv").exists());
    let named = desk
        .run(&["hand-over", "everyone", "--json"])
        .await
        .exits(0)
        .json();
    assert_eq!(named["packages"][0]["run"], second);
    assert_eq!(named["seenBy"], second);
    assert_eq!(sandbox.counters().writes, 0);

    // Nobody is wanted any more: there is no new package, and the old one must not be applied.
    desk.write("lists/everyone.csv", rows(0..4));
    desk.run(&["apply"]).await.exits(3).says(&format!(
        "next: do not apply the package of run {second} for "
    ));
    desk.run(&["apply"]).await.exits(0);
    desk.run(&["hand-over", "everyone", "--to", "third"])
        .await
        .exits(5)
        .complains("superseded, nobody must apply it any more");
}

#[tokio::test]
async fn a_connection_without_write_permission_writes_nothing_whatever_happens() {
    let (sandbox, desk) = Desk::with(tenant(6, 3)).await;
    let mut definition = desk.definition(&[everyone()]);
    let connection = &mut definition["connections"]["entra-id"];
    connection["writePermission"] = json!(false);
    connection["memberCsv"] = json!("legacy");
    desk.write("rollcall.json", definition.to_string());
    desk.write("lists/everyone.csv", rows(1..5));
    desk.run(&["check"]).await.exits(0);
    let made = run_of(&desk.run(&["apply", "--json"]).await.exits(3));
    desk.run(&["hand-over", &made, "--to", "package"])
        .await
        .exits(0);
    assert_eq!(
        desk.text("package/add-members.csv"),
        format!("version:v1.0\r\n{}", csv(3..5))
    );
    assert_eq!(
        desk.text("package/apply-graph.ps1"),
        rollcall::hand_over::files::APPLY_GRAPH
    );
    assert!(
        desk.text("package/README.md")
            .contains("## With the admin centre")
    );

    // A group that is not there is not made.
    let mut create = everyone();
    create["target"]["group"] = json!("Newcomers");
    create["target"]["create"] = json!("security");
    definition["syncs"] = json!([create]);
    desk.write("rollcall.json", definition.to_string());
    desk.run(&["apply"])
        .await
        .exits(5)
        .says("there is no group named `Newcomers`, and this connection has no write permission")
        .says("next: create the group in the Entra admin centre, and run again");
    assert_eq!(
        (sandbox.counters().writes, writes_in(&sandbox)),
        (0, Vec::new())
    );
    assert_eq!(members(&sandbox), ids(0..3));
}

#[tokio::test]
async fn what_is_no_package_is_told() {
    let (_sandbox, desk) = Desk::with(tenant(3, 3)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    desk.run(&["hand-over", "everyone"])
        .await
        .exits(5)
        .complains("there is neither a sync nor a run `everyone` with a history");
    let run = run_of(&desk.run(&["apply", "--json"]).await.exits(0));
    desk.run(&["hand-over", "everyone"])
        .await
        .exits(5)
        .complains("`everyone` has no package");
    desk.run(&["hand-over", &run])
        .await
        .exits(0)
        .says(&format!("Run {run} knew of no package."));
    desk.run(&["hand-over", &run, "--to", "package"])
        .await
        .exits(5)
        .complains(&format!("run `{run}` made no package"));
}

/// Two groups that rollcall may not write, each with somebody whom the other one does not have.
async fn between_two_groups() -> (Sandbox, Desk) {
    let mut scenario = tenant(6, 2);
    let mut other = group(7, "Others");
    other.members = (1..3).map(User::numbered_id).collect();
    scenario.groups.push(other);
    let (sandbox, desk) = Desk::with(scenario).await;
    let mut definition = desk.definition(&[json!({
        "id": "both", "direction": "two-way",
        "source": { "connection": "entra-id", "group": "Everyone" },
        "target": { "connection": "entra-id", "group": "Others" },
    })]);
    definition["connections"]["entra-id"]["writePermission"] = json!(false);
    desk.write("rollcall.json", definition.to_string());
    (sandbox, desk)
}

#[tokio::test]
async fn a_package_for_both_lists_has_a_folder_for_each() {
    let (sandbox, desk) = between_two_groups().await;
    let ran = desk.run(&["apply", "--json"]).await.exits(3);
    let made = run_of(&ran);
    let packages = ran.json()["runs"][0]["packages"].clone();
    assert_eq!(packages.as_array().unwrap().len(), 2, "{packages}");

    for (name, folder) in [(made.as_str(), "by-run"), ("both", "by-sync")] {
        desk.run(&["hand-over", name, "--to", folder])
            .await
            .exits(0)
            .says("README.md in each of its folders says how to apply it");
        assert_eq!(
            file_names(&desk, folder),
            ["source", "target"].map(str::to_owned).into()
        );
        for (side, people, id) in [
            ("source", 2..3, EVERYONE),
            ("target", 0..1, "00000000-0000-4000-8000-00000000b007"),
        ] {
            let of_side = |file: &str| format!("{folder}/{side}/{file}");
            assert_eq!(desk.text(&of_side("add-members.csv")), csv(people));
            assert_eq!(
                file_names(&desk, &format!("{folder}/{side}")),
                [
                    "README.md",
                    "add-members.csv",
                    "apply-graph.ps1",
                    "summary.json"
                ]
                .map(str::to_owned)
                .into()
            );
            let summary: serde_json::Value =
                serde_json::from_str(&desk.text(&of_side("summary.json"))).unwrap();
            assert_eq!(
                (&summary["side"], &summary["groupId"]),
                (&json!(side), &json!(id))
            );
        }
    }
    assert!(writes_in(&sandbox).is_empty());
}

#[tokio::test]
async fn only_what_still_waits_of_a_package_for_both_lists_is_unpacked_for_the_sync() {
    let (sandbox, desk) = between_two_groups().await;
    let first = run_of(&desk.run(&["apply", "--json"]).await.exits(3));
    // The part for the source is applied; the part for the target waits.
    sandbox.edit(|scenario| {
        scenario.groups[0].members = (0..3).map(User::numbered_id).collect();
    });
    desk.run(&["apply"]).await.exits(0);
    desk.run(&["hand-over", "both", "--to", "rest"])
        .await
        .exits(0);
    assert_eq!(desk.text("rest/add-members.csv"), csv(0..1));

    // Somebody joins the target, and somebody else the source: a package for both replaces the part that waited.
    sandbox.edit(|scenario| {
        scenario.groups[0].members.push(User::numbered_id(4));
    });
    let second = run_of(&desk.run(&["apply", "--json"]).await.exits(3));
    assert_ne!(first, second);
    sandbox.edit(|scenario| {
        scenario.groups[1].members.push(User::numbered_id(5));
    });
    let third = run_of(&desk.run(&["apply", "--json"]).await.exits(3));
    // The source's part is of the third run, the target's of the second one.
    desk.run(&["hand-over", "both", "--to", "newest"])
        .await
        .exits(0)
        .says(&second)
        .says(&third);
    assert_eq!(desk.text("newest/source/add-members.csv"), csv(5..6));
    let of_target = desk.text("newest/target/add-members.csv");
    assert_eq!(of_target.lines().count(), 3, "{of_target}");
}
