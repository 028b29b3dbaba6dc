//! `plan` and `apply`: what is shown, what is done, what waits.

use rollcall::sandbox::scenario::{GuestPolicy, User};
use serde_json::json;

use super::{Desk, EVERYONE, address, everyone, group, ids, members, rows, settled, tenant};

#[tokio::test]
async fn a_plan_shows_everything_and_touches_nothing() {
    let (sandbox, desk) = Desk::with(tenant(6, 3)).await;
    desk.list(&[
        &address(0),
        &address(1),
        &address(4),
        "user0O05@contoso.example",
    ]);
    let before = desk.bytes("lists/everyone.csv");
    let ran = desk.run(&["plan"]).await.exits(2);
    assert_eq!(
        ran.out,
        "files:everyone.csv  =>  entra-id:Everyone      (one-way, sync everyone, first run)\n\
         - user0002@contoso.example  from entra-id          is not on the source\n\
         + user0004@contoso.example  to entra-id            is on the source\n\
         ! user0o05@contoso.example  not added to entra-id  unresolved: nobody in the directory has this address; nearest: user0005@contoso.example (spelled nearly so)\n\
         Plan: 1 to add, 0 to update, 1 to remove, 1 withheld, 2 unchanged; 4 members on files:everyone.csv, 3 on entra-id:Everyone.\n"
    );
    assert_eq!(ran.err, "");

    let plans = desk
        .run(&["plan", "everyone", "--json"])
        .await
        .exits(2)
        .json();
    assert_eq!(plans["version"], 1);
    assert_eq!(plans["plans"][0]["digest"].as_str().unwrap().len(), 64);
    assert_eq!(
        plans["plans"][0]["totals"],
        json!({"add": 1, "update": 0, "remove": 1, "withheld": 1, "ignored": 0, "unchanged": 2})
    );
    assert_eq!(plans["plans"][0]["held"], json!(null));
    assert_eq!(plans["plans"][0]["plan"]["sync"], "everyone");

    assert_eq!(sandbox.counters().writes, 0);
    assert_eq!(desk.bytes("lists/everyone.csv"), before);
    assert!(!desk.has_state(), "looking leaves nothing behind");
    desk.run(&["history"])
        .await
        .exits(0)
        .says("There are no runs yet.");
    assert!(!desk.has_state());
}

#[tokio::test]
async fn applying_twice_changes_nothing_the_second_time() {
    let (sandbox, desk) = Desk::with(tenant(6, 3)).await;
    desk.write("lists/everyone.csv", rows(0..5));
    let ran = desk.run(&["apply"]).await.exits(0);
    assert_eq!(
        settled(&ran.out),
        "files:everyone.csv  =>  entra-id:Everyone      (one-way, sync everyone, first run)\n\
         + user0003@contoso.example  to entra-id  is on the source\n\
         + user0004@contoso.example  to entra-id  is on the source\n\
         Plan: 2 to add, 0 to update, 0 to remove, 0 withheld, 3 unchanged; 5 members on files:everyone.csv, 3 on entra-id:Everyone.\n\
         \n\
         Run RUN of everyone: succeeded in TIME\n\
         \x20 added  invited  updated  removed  already so  refused  failed  waiting\n\
         \x20     2        0        0        0           0        0       0        0"
    );
    assert_eq!(members(&sandbox), ids(0..5));

    sandbox.clear_log();
    desk.run(&["plan"]).await.exits(0).says("Plan: 0 to add");
    let again = desk
        .run(&["apply", "everyone", "--json"])
        .await
        .exits(0)
        .json();
    assert_eq!(again["runs"][0]["status"], "unchanged");
    assert_eq!(sandbox.counters().writes, 0);
    assert_eq!(members(&sandbox), ids(0..5));
}

#[tokio::test]
async fn a_held_plan_is_applied_by_its_digest_and_no_other() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(10..25));
    let plans = desk.run(&["plan", "--json"]).await.exits(2).json();
    let digest = plans["plans"][0]["digest"].as_str().unwrap().to_owned();
    let short = &digest[..12];
    assert_eq!(plans["plans"][0]["held"]["waiting"], 10);

    // A digest of another plan: everything waits, additions too.
    desk.run(&["apply", "everyone", "--approve", "0123456789ab"])
        .await
        .exits(3)
        .says("HELD (approval): the approval names `0123456789ab`, ");
    assert_eq!(sandbox.counters().writes, 0);
    let runs = desk.run(&["history", "--json"]).await.exits(0).json();
    assert_eq!(runs["runs"][0]["status"], "held");
    assert_eq!(
        runs["runs"][0]["approvedBy"],
        json!(null),
        "nobody approved this plan"
    );

    // Too few digits are no approval.
    desk.run(&["apply", "everyone", "--approve", &digest[..8]])
        .await
        .exits(3);
    assert_eq!(sandbox.counters().writes, 0);

    // Approved: all of it.
    let ran = desk
        .run(&["apply", "everyone", "--approve", short])
        .await
        .exits(0)
        .says("approved by ada");
    assert!(
        settled(&ran.out).contains("Run RUN of everyone: succeeded"),
        "{}",
        ran.out
    );
    assert_eq!(members(&sandbox), ids(10..25));
}

#[tokio::test]
async fn over_the_limit_additions_go_on_and_removals_wait() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(10..25));
    let ran = desk
        .run(&["apply"])
        .await
        .exits(3)
        .says("HELD (removals): 10 of 20 members of entra-id:Everyone (50 %) would be removed; the limit is 10 %.")
        .says("10 changes wait. If this is meant: rollcall apply everyone --approve ");
    assert_eq!(members(&sandbox), ids(0..25));
    // What the message says to type is right, though the additions of the plan are done by now.
    let digest = ran.out.split("--approve ").nth(1).unwrap()[..12].to_owned();
    desk.run(&["apply", "everyone", "--approve", &digest])
        .await
        .exits(0);
    assert_eq!(members(&sandbox), ids(10..25));
}

#[tokio::test]
async fn a_refused_guest_is_told_and_the_others_are_added() {
    let mut scenario = tenant(3, 0);
    scenario.groups[0].group_types = vec!["Unified".to_owned()];
    scenario.groups[0].mail_enabled = true;
    scenario.groups[0].security_enabled = false;
    scenario.guest_policy = GuestPolicy {
        guests_in_m365_groups: false,
        ..GuestPolicy::default()
    };
    scenario.users.push(User {
        user_type: Some("Guest".to_owned()),
        mail: Some("joe@partner.example".to_owned()),
        user_principal_name: "joe_partner.example#EXT#@contoso.onmicrosoft.example".to_owned(),
        ..User::numbered(7)
    });
    let (sandbox, desk) = Desk::with(scenario).await;
    desk.list(&[&address(0), &address(1), "joe@partner.example"]);
    let ran = desk
        .run(&["apply"])
        .await
        .exits(4)
        .says("not done: add joe@partner.example to entra-id:Everyone: ");
    assert!(ran.out.contains("of everyone: partial in "), "{}", ran.out);
    assert_eq!(members(&sandbox), ids(0..2));
}

#[tokio::test]
async fn a_file_runs_all_its_syncs_and_one_that_fails_stops_no_other() {
    let mut scenario = tenant(4, 0);
    scenario.groups.push(group(1, "Others"));
    scenario.groups.push(group(2, "Third"));
    let (sandbox, desk) = Desk::with(scenario).await;
    let mut others = everyone();
    others["id"] = json!("others");
    others["source"]["list"] = json!("others.csv");
    others["target"]["group"] = json!("Others");
    let mut missing = everyone();
    missing["id"] = json!("missing");
    missing["source"]["list"] = json!("other.csv");
    missing["target"]["group"] = json!("Third");
    desk.define(&[missing, everyone(), others]);
    desk.write("lists/everyone.csv", rows(0..2));
    desk.write("lists/others.csv", rows(2..4));

    desk.run(&["plan"])
        .await
        .exits(5)
        .says("sync everyone")
        .says("sync others")
        .complains("sync `missing`: `lists/other.csv` is not there")
        .complains("`others.csv`");
    let ran = desk.run(&["apply"]).await.exits(5);
    assert!(ran.out.contains("of missing: failed"), "{}", ran.out);
    assert!(ran.out.contains("of everyone: succeeded"), "{}", ran.out);
    assert!(ran.out.contains("of others: succeeded"), "{}", ran.out);
    assert_eq!(members(&sandbox), ids(0..2));
    assert_eq!(sandbox.members_of(&group(1, "").id).len(), 2);

    // The history is one list, newest first, and says what became of each.
    let runs = desk.run(&["history", "--json"]).await.exits(0).json();
    let ended: Vec<(&str, &str)> = runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            (
                run["sync"].as_str().unwrap(),
                run["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        ended,
        [
            ("others", "succeeded"),
            ("everyone", "succeeded"),
            ("missing", "failed")
        ]
    );
    desk.run(&["apply", "others"])
        .await
        .exits(0)
        .says("of others: unchanged");
}

#[tokio::test]
async fn a_two_way_sync_goes_both_ways() {
    let (sandbox, desk) = Desk::with(tenant(5, 3)).await;
    let mut sync = everyone();
    sync["direction"] = json!("two-way");
    desk.define(&[sync]);
    desk.write("lists/everyone.csv", rows(2..4));
    desk.run(&["apply"]).await.exits(0).says("<=>");
    assert_eq!(members(&sandbox), ids(0..4));
    let mut lines: Vec<String> = desk
        .text("lists/everyone.csv")
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        ["email", &address(0), &address(1), &address(2), &address(3)]
    );

    // Somebody leaves the group, somebody else the file: both are gone on both sides.
    sandbox.edit(|scenario| {
        scenario.groups[0]
            .members
            .retain(|id| *id != User::numbered_id(0))
    });
    let text = desk
        .text("lists/everyone.csv")
        .replace(&format!("{}\n", address(3)), "");
    desk.write("lists/everyone.csv", text);
    desk.run(&["apply"])
        .await
        .exits(0)
        .says("Plan: 0 to add, 0 to update, 2 to remove");
    assert_eq!(members(&sandbox), ids(1..3));
    assert_eq!(sandbox.members_of(EVERYONE).len(), 2);
    let text = desk.text("lists/everyone.csv");
    assert!(
        !text.contains(&address(0)) && !text.contains(&address(3)),
        "{text}"
    );
    desk.run(&["apply"]).await.exits(0).says("unchanged");
}
