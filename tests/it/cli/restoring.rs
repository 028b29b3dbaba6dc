//! `restore` and `resume`, with the real program: what is shown, what is done, what is refused.

use jiff::{SignedDuration, Timestamp};
use rollcall::{
    history,
    model::list::{ListRef, Sides},
    store::embedded,
    summary::{Status, Summary},
};
use serde_json::{Value, json};

use super::{Desk, address, everyone, ids, members, rows, settled, tenant};

/// The runs of the usual sync, newest first.
async fn runs(desk: &Desk) -> Vec<Value> {
    let history = desk.run(&["history", "--json"]).await.exits(0).json();
    history["runs"].as_array().unwrap().clone()
}

async fn newest(desk: &Desk) -> String {
    runs(desk).await[0]["run"].as_str().unwrap().to_owned()
}

/// Any number of people may leave.
fn unlimited() -> Value {
    let mut sync = everyone();
    sync["limits"] = json!({ "removals": { "percent": 100 } });
    sync
}

#[tokio::test]
async fn five_people_who_were_removed_by_mistake_come_back() {
    let (sandbox, desk) = Desk::with(tenant(12, 10)).await;
    desk.define(&[unlimited()]);
    desk.write("lists/everyone.csv", rows(0..10));
    desk.run(&["apply"]).await.exits(0);
    // The export broke off in the middle, and somebody new is on it.
    let broken = format!("{}{}\n", rows(0..5), address(11));
    desk.write("lists/everyone.csv", broken);
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(sandbox.members_of(super::EVERYONE).len(), 6);
    let mistake = newest(&desk).await;

    sandbox.clear_log();
    let shown = desk.run(&["restore", &mistake]).await.exits(2);
    let expected = format!(
        "files:everyone.csv  =>  entra-id:Everyone      (one-way, sync everyone, undoes run {mistake})\n\
         + user0005@contoso.example  to entra-id    as it was before run {mistake}\n\
         + user0006@contoso.example  to entra-id    as it was before run {mistake}\n\
         + user0007@contoso.example  to entra-id    as it was before run {mistake}\n\
         + user0008@contoso.example  to entra-id    as it was before run {mistake}\n\
         + user0009@contoso.example  to entra-id    as it was before run {mistake}\n\
         - user0011@contoso.example  from entra-id  as it was before run {mistake}\n\
         Plan: 5 to add, 0 to update, 1 to remove, 0 withheld, 5 unchanged; 6 members on files:everyone.csv, 6 on entra-id:Everyone.\n"
    );
    assert_eq!(shown.out, expected);
    assert_eq!(sandbox.counters().writes, 0, "looking writes nothing");
    assert_eq!(runs(&desk).await.len(), 2);
    let plans = desk
        .run(&["restore", &mistake, "--json"])
        .await
        .exits(2)
        .json();
    assert_eq!(plans["plans"][0]["totals"]["add"], 5);
    assert_eq!(plans["plans"][0]["plan"]["restores"], json!(mistake));

    let done = desk.run(&["restore", &mistake, "--apply"]).await.exits(0);
    assert!(
        settled(&done.out).contains("Run RUN of everyone: succeeded"),
        "{}",
        done.out
    );
    let done = done
        .says(&format!("undoes run {mistake}"))
        .says("`everyone` is paused")
        .says("`rollcall plan everyone`");
    assert!(done.out.starts_with(&expected), "{}", done.out);
    assert_eq!(members(&sandbox), ids(0..10));

    // What a timer would do now waits for somebody.
    sandbox.clear_log();
    desk.run(&["apply"])
        .await
        .exits(3)
        .complains("sync `everyone`: paused by rollcall: run `")
        .complains("resume it first: `rollcall resume SYNC`");
    assert_eq!(sandbox.counters().requests, 0);
    desk.run(&["explain", "everyone", &address(5)])
        .await
        .exits(0)
        .says("  paused by rollcall: run `")
        .says("nothing happens until it is resumed");
    // A second time there is nothing to undo, and a look at the next run is free.
    desk.run(&["restore", &mistake])
        .await
        .exits(0)
        .says("6 as before already");
    desk.run(&["restore", &mistake, "--apply"])
        .await
        .exits(0)
        .says("unchanged");
    desk.run(&["plan"])
        .await
        .exits(2)
        .says("Plan: 1 to add, 0 to update, 5 to remove");
    assert_eq!(members(&sandbox), ids(0..10));

    // The export is whole again.
    desk.write("lists/everyone.csv", rows(0..10));
    desk.run(&["resume", "everyone"])
        .await
        .exits(0)
        .says("`everyone` goes on. It was paused by rollcall: run `");
    desk.run(&["resume", "everyone"])
        .await
        .exits(0)
        .says("is not paused");
    desk.run(&["apply"]).await.exits(0).says("unchanged");
    let all = runs(&desk).await;
    assert_eq!(all[2]["restores"], json!(mistake));
    assert_eq!(
        all[2]["cause"],
        json!(format!("restores run {mistake} (ada)"))
    );
}

#[tokio::test]
async fn a_restore_over_a_limit_waits_for_its_digest() {
    let (sandbox, desk) = Desk::with(tenant(30, 0)).await;
    desk.write("lists/everyone.csv", rows(0..20));
    desk.run(&["apply"]).await.exits(0);
    let mistake = newest(&desk).await;
    let shown = desk
        .run(&["restore", &mistake])
        .await
        .exits(2)
        .says("HELD (removals): 20 of 20 members")
        .says(&format!("rollcall restore {mistake} --apply --approve "));
    let digest = shown.out.split("--approve ").nth(1).unwrap()[..12].to_owned();
    desk.run(&["restore", &mistake, "--apply"]).await.exits(3);
    desk.run(&["restore", &mistake, "--apply", "--approve", "0123456789ab"])
        .await
        .exits(3);
    assert_eq!(members(&sandbox), ids(0..20));
    desk.run(&["restore", &mistake, "--apply", "--approve", &digest])
        .await
        .exits(0)
        .says("approved by ada");
    assert!(members(&sandbox).is_empty());
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_and_leaves_nothing_behind() {
    let (sandbox, desk) = Desk::with(tenant(6, 3)).await;
    for apply in [
        &["restore", "absent"][..],
        &["restore", "absent", "--apply"],
    ] {
        desk.run(apply)
            .await
            .exits(5)
            .complains("there is no run `absent`\n`rollcall history` lists them");
    }
    assert!(!desk.has_state());
    desk.run(&["restore", "absent", "--approve", "0123456789ab"])
        .await
        .exits(5)
        .complains("--apply");
    desk.write("lists/everyone.csv", rows(0..5));
    desk.run(&["apply"]).await.exits(0);
    let run = newest(&desk).await;
    desk.run(&["apply"]).await.exits(0);
    let idle = newest(&desk).await;
    desk.run(&["restore", &idle, "--apply"])
        .await
        .exits(5)
        .complains("changed no member, so there is nothing to undo");
    let mut others = everyone();
    others["id"] = json!("others");
    desk.define(&[others]);
    desk.run(&["restore", &run])
        .await
        .exits(5)
        .complains("there is no such sync any more");
    let mut elsewhere = everyone();
    elsewhere["target"] = json!({ "connection": "files", "list": "copy.csv", "create": true });
    desk.define(&[elsewhere]);
    desk.write("lists/copy.csv", "email\n");
    desk.run(&["restore", &run, "--apply"])
        .await
        .exits(5)
        .complains("another list");
    desk.run(&["resume", "nobody"])
        .await
        .exits(5)
        .complains("there is no sync `nobody`");
    assert_eq!(members(&sandbox), ids(0..5));
}

#[tokio::test]
async fn a_run_forgets_what_was_kept_long_enough() {
    let (_sandbox, desk) = Desk::with(tenant(6, 3)).await;
    desk.write("lists/everyone.csv", rows(0..5));
    let lists = || ListRef {
        connection: "files".to_owned(),
        list: String::new(),
    };
    let lists = Sides {
        source: lists(),
        target: lists(),
    };
    let long_ago = Timestamp::now() - SignedDuration::from_hours(40 * 24);
    let mut old = Summary::begun("old", "everyone", lists, "by hand (ada)", long_ago);
    old.done.added = 3;
    old.digest = Some("0".repeat(64));
    old.status = Some(Status::Succeeded);
    old.finished = Some(long_ago);
    let keeps = async |desk: &Desk| {
        let stores = embedded::open(&desk.path(".rollcall")).unwrap();
        let kept = stores.blobs.list("runs/everyone/old").await.unwrap();
        !kept.is_empty()
    };
    {
        let stores = embedded::open(&desk.path(".rollcall")).unwrap();
        history::begin(&stores, &old).await.unwrap();
        for name in ["runs/everyone/old.json", "snapshots/everyone/old.json"] {
            stores.blobs.put(name, b"{}".to_vec()).await.unwrap();
        }
    }
    desk.run_with(&["apply"], &[("ROLLCALL_KEEP_DAYS", "never")])
        .await
        .exits(5)
        .complains("set `ROLLCALL_KEEP_DAYS` to a number from 1 to 3650");
    assert!(keeps(&desk).await);
    desk.run_with(&["apply"], &[("ROLLCALL_KEEP_DAYS", "30")])
        .await
        .exits(0);
    assert!(!keeps(&desk).await);
    desk.run(&["restore", "old"])
        .await
        .exits(5)
        .complains("is not kept any more")
        .complains("`ROLLCALL_KEEP_DAYS`");
    let run = newest(&desk).await;
    desk.run(&["restore", &run]).await.exits(2);
}
