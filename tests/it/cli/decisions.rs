//! `approve` and `reject`, and what a changed definition does to `plan` and `apply`.

use serde_json::{Value, json};

use super::{Desk, everyone, ids, members, rows, tenant};

/// The newest run, as `history --json` tells it.
async fn newest(desk: &Desk) -> Value {
    let runs = desk.run(&["history", "--json"]).await.exits(0).json();
    runs["runs"][0].clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn what_a_run_holds_is_approved_by_its_name() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(10..25));
    desk.run(&["apply"]).await.exits(3);
    let held = newest(&desk).await;
    let (run, digest) = (text(&held["run"]), text(&held["held"]["digest"]));
    desk.run(&["show", run])
        .await
        .exits(0)
        .says("10 changes wait. If this is meant: ");

    // Whoever names the sync has to say which plan they looked at.
    desk.run(&["approve", "everyone"])
        .await
        .exits(5)
        .complains(&format!(
            "rollcall approve everyone --digest {}",
            &digest[..12]
        ))
        .complains("HELD (removals): 10 of 20 members");
    for (arguments, complaint) in [
        (vec!["approve", "nobody"], "there is no run `nobody`"),
        (
            vec!["approve", run, "--digest", "0123456789ab"],
            "what waits in run",
        ),
        (vec!["approve", run, "--reason", "a\nb"], "`--reason`"),
        (vec!["reject", run, "--reason", " "], "`--reason`"),
        (vec!["reject", "nobody", "--reason", "x"], "there is no run"),
    ] {
        desk.run(&arguments).await.exits(5).complains(complaint);
    }
    assert_eq!(members(&sandbox), ids(0..25), "nobody is gone yet");

    let ran = desk
        .run(&["approve", run, "--reason", "they left"])
        .await
        .exits(0)
        .says("approved by ada");
    assert!(
        ran.out
            .contains(&format!("Run {run}.a of everyone: succeeded"))
    );
    assert_eq!(members(&sandbox), ids(10..25));
    let again = desk
        .run(&["approve", run, "--reason", "they left", "--json"])
        .await
        .exits(0)
        .json();
    assert_eq!(again["run"]["run"], format!("{run}.a"));
    assert_eq!(again["decision"]["reason"], "they left");
    desk.run(&["reject", run, "--reason", "no"])
        .await
        .exits(5)
        .complains("was approved by ada on ")
        .complains(": they left");

    // Who, when and why stands in the history and with the run.
    desk.run(&["show", run])
        .await
        .exits(0)
        .says("  approved by ada on ");
    let shown = desk.run(&["show", run, "--json"]).await.exits(0).json();
    assert_eq!(shown["decision"]["by"], "ada");
    desk.run(&["history"])
        .await
        .exits(0)
        .says(&format!("{run} was approved by ada on "))
        .says(": they left");
    let history = desk.run(&["history", "--json"]).await.exits(0).json();
    assert_eq!(history["decisions"][0]["run"], run);
    assert_eq!(history["runs"][0]["cause"], "approved (ada)");
}

#[tokio::test]
async fn the_last_run_of_a_sync_is_approved_by_its_digest() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(10..20));
    desk.run(&["apply"]).await.exits(3);
    let first = newest(&desk).await;
    desk.write("lists/everyone.csv", rows(11..20));
    desk.run(&["apply"]).await.exits(3);
    let second = newest(&desk).await;
    let digest = |run: &Value| text(&run["held"]["digest"])[..12].to_owned();
    desk.run(&["approve", "everyone", "--digest", &digest(&first)])
        .await
        .exits(5)
        .complains("look at the plan again");
    desk.run(&["approve", text(&first["run"])])
        .await
        .exits(5)
        .complains(&format!("run `{}` is newer", text(&second["run"])));
    desk.run(&["approve", "everyone", "--digest", &digest(&second)])
        .await
        .exits(0);
    assert_eq!(members(&sandbox), ids(11..20));
    desk.run(&["approve", "everyone"])
        .await
        .exits(5)
        .complains("nothing of it waits");
}

#[tokio::test]
async fn an_approval_whose_plan_changed_shows_what_is_moot_and_what_is_new() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(10..20));
    desk.run(&["apply"]).await.exits(3);
    let run = text(&newest(&desk).await["run"]).to_owned();
    // One of the ten is back on the list, and another one is gone from it.
    desk.write("lists/everyone.csv", rows(9..19));
    let ran = desk
        .run(&["approve", &run])
        .await
        .exits(3)
        .says(&format!(
            "1 of 10 approved changes of run {run} is moot, 1 is new"
        ))
        .says("remove user0009@contoso.example on entra-id:Everyone: not called for any more")
        .says("remove user0019@contoso.example on entra-id:Everyone: not approved");
    assert_eq!(members(&sandbox), ids(0..20));
    let offered = ran.out.split("--approve ").nth(1).unwrap()[..12].to_owned();
    desk.run(&["apply", "everyone", "--approve", &offered])
        .await
        .exits(0);
    assert_eq!(members(&sandbox), ids(9..19));
}

#[tokio::test]
async fn a_rejected_plan_stays_rejected_until_somebody_approves_it_after_all() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(10..20));
    desk.run(&["apply"]).await.exits(3);
    let run = text(&newest(&desk).await["run"]).to_owned();
    desk.run(&["reject", &run, "--reason", "they still work here"])
        .await
        .exits(0)
        .says(&format!("Run {run} of everyone: rejected by ada on "));
    desk.run(&["approve", &run])
        .await
        .exits(5)
        .complains("was rejected by ada")
        .complains("start a new run to decide anew");
    let rejected = format!(", as run {run}: they still work here");
    desk.run(&["plan"]).await.exits(2).says(&rejected);
    let ran = desk
        .run(&["apply"])
        .await
        .exits(3)
        .says("REJECTED by ada on ")
        .says(&rejected)
        .says("next: nothing: ada rejected this as run ");
    assert_eq!(members(&sandbox), ids(0..20));
    let digest = ran.out.split("--approve ").nth(1).unwrap()[..12].to_owned();
    desk.run(&["apply", "everyone", "--approve", &digest])
        .await
        .exits(0);
    assert_eq!(members(&sandbox), ids(10..20));
}

#[tokio::test]
async fn a_sync_that_is_gone_is_not_approved() {
    let (_sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(10..20));
    desk.run(&["apply"]).await.exits(3);
    let run = text(&newest(&desk).await["run"]).to_owned();
    let mut other = everyone();
    other["id"] = json!("other");
    desk.define(&[other]);
    desk.run(&["approve", &run])
        .await
        .exits(5)
        .complains("there is no sync `everyone`");
    desk.define(&[everyone()]);
    desk.run(&["approve", &run]).await.exits(0);
}

#[tokio::test]
async fn a_changed_definition_is_a_preview_until_somebody_approves_it() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    desk.write("lists/everyone.csv", rows(0..20));
    desk.run(&["apply"]).await.exits(0).says("unchanged");
    let mut sync = everyone();
    sync["exclude"] = json!(["user0000@contoso.example"]);
    sync["limits"] = json!({ "onlyAbove": 5 });
    desk.define(&[sync.clone()]);
    desk.write("lists/everyone.csv", rows(0..21));
    desk.run(&["apply"]).await.exits(0).says("succeeded");
    sync["matching"] = json!(["address"]);
    sync["exclude"] = json!([]);
    desk.define(&[sync]);
    desk.write("lists/everyone.csv", rows(0..22));
    let changed =
        "HELD (definition changed: exclude, matching): everything waits for one approval.";
    desk.run(&["plan"])
        .await
        .exits(3)
        .says("Definition changed since the last run: exclude, matching.")
        .says(changed);
    let plans = desk.run(&["plan", "--json"]).await.exits(3).json();
    assert_eq!(
        plans["plans"][0]["held"]["redefined"],
        json!(["exclude", "matching"])
    );
    desk.run(&["apply"])
        .await
        .exits(3)
        .says(changed)
        .says("next: the definition changed (exclude, matching): look at the plan");
    assert_eq!(members(&sandbox), ids(0..21));
    let run = text(&newest(&desk).await["run"]).to_owned();
    desk.run(&["approve", &run]).await.exits(0);
    assert_eq!(members(&sandbox), ids(0..22));
    desk.run(&["apply"]).await.exits(0).says("unchanged");
}

#[tokio::test]
async fn a_small_group_does_not_lose_nine_of_ten() {
    let (sandbox, desk) = Desk::with(tenant(12, 10)).await;
    desk.write("lists/everyone.csv", rows(0..1));
    desk.run(&["apply"])
        .await
        .exits(3)
        .says("HELD (removals): 9 of 10 members of entra-id:Everyone (90 %) would be removed");
    assert_eq!(members(&sandbox), ids(0..10));
}

#[tokio::test]
async fn removals_wait_while_many_addresses_are_unknown() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    let unknown: String = (0..3)
        .map(|n| format!("x{n}zzzzzz@contoso.example\n"))
        .collect();
    desk.write("lists/everyone.csv", rows(1..19) + &unknown);
    desk.run(&["apply"])
        .await
        .exits(3)
        .says("HELD (unresolved): 3 of 21 members of files:everyone.csv (14 %) are unknown");
    assert_eq!(members(&sandbox), ids(0..20));
    desk.write("lists/everyone.csv", rows(1..19));
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(members(&sandbox), ids(1..19));
}
