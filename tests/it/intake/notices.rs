//! Notices become runs: one for all that come within a while, none for a list that is paused.

use std::time::Duration;

use rollcall::{
    agenda::Paused,
    catalog::Shelf,
    intake::Standing,
    job::{Mode, QUEUE, Trigger},
    store::ports::Table,
};
use serde_json::json;

use super::{
    call::Call,
    stage::{PEOPLE, Stage, TOKEN, one_way},
};

#[tokio::test]
async fn notices_within_a_while_are_answered_by_one_run() {
    let stage = Stage::new().await;
    for number in 0..6 {
        let answer = stage.send(Call::notice(&format!("msg_{number}"))).await;
        let receipt = answer.receipt();
        assert_eq!((receipt.status, receipt.rows), (Standing::Enqueued, None));
        assert_eq!(
            receipt.runs,
            ["20270115T080100-phones.n", "20270115T080100-staff.n"]
        );
        stage.wait(10);
    }
    let jobs = stage.jobs().await;
    assert_eq!(jobs.len(), 2, "{jobs:#?}");
    for job in &jobs {
        assert_eq!((job.trigger, job.mode), (Trigger::Notice, Mode::Apply));
        assert_eq!(job.cause, "notice of `workday`");
        assert_eq!(job.list, None);
    }
    // The while is over.
    stage.send(Call::load("load", PEOPLE)).await.is(202);
    assert_eq!(stage.jobs().await.len(), 4);
    // A notice is kept as it came, and is no load.
    assert_eq!(stage.blobs("deliveries/").await.len(), 7);
    assert_eq!(stage.blobs("feeds/").await.len(), 1);
}

#[tokio::test]
async fn a_run_begins_when_its_while_is_over_and_clocks_may_differ() {
    let stage = Stage::new().await;
    stage.wait(50);
    stage.send(Call::notice("msg_1")).await.is(202);
    let receive = async || {
        let queue = &stage.stores().queue;
        let visibility = Duration::from_secs(3600);
        queue.receive(QUEUE, visibility, stage.now()).await.unwrap()
    };
    stage.wait(14);
    assert!(receive().await.is_none());
    stage.wait(1);
    assert!(receive().await.is_some());
}

#[tokio::test]
async fn the_while_is_as_long_as_the_connection_says() {
    let stage = Stage::new().await;
    let bamboo = json!({
        "type": "hr", "secretVariables": ["ROLLCALL_BAMBOO"], "windowSeconds": 3600
    });
    stage.put(Shelf::Connections, "bamboo", bamboo).await;
    for number in 0..3 {
        let notice = Call::notice(&format!("msg_{number}")).to("bamboo");
        let answer = stage.send(notice.signed_by("ROLLCALL_BAMBOO")).await;
        assert_eq!(answer.receipt().runs, ["20270115T090000-others.n"]);
        stage.wait(1190);
    }
    assert_eq!(stage.jobs().await.len(), 1);
}

#[tokio::test]
async fn a_paused_list_is_not_run_and_the_receipt_says_so() {
    let stage = Stage::new().await;
    let until = stage.now() + jiff::SignedDuration::from_secs(30);
    let paused = Paused {
        reason: "a migration".to_owned(),
        by: "ada".to_owned(),
        since: stage.now(),
        until: Some(until),
    };
    for sync in ["staff", "phones"] {
        let paused = paused.clone();
        stage
            .change(sync, move |entry| entry.paused = Some(paused.clone()))
            .await;
    }
    let receipt = stage.send(Call::notice("msg_1")).await.receipt();
    assert_eq!(receipt.status, Standing::Stored);
    assert_eq!(receipt.paused, ["phones", "staff"]);
    stage.change("phones", |entry| entry.paused = None).await;
    let receipt = stage.send(Call::notice("msg_2")).await.receipt();
    assert_eq!(receipt.status, Standing::Enqueued);
    assert_eq!(receipt.paused, ["staff"]);
    // The pause ends by itself, within the same while.
    stage.wait(30);
    let receipt = stage.send(Call::notice("msg_3")).await.receipt();
    assert!(receipt.paused.is_empty(), "{receipt:?}");
    assert_eq!(stage.jobs().await.len(), 2);
}

#[tokio::test]
async fn a_connection_that_nobody_uses_takes_deliveries_all_the_same() {
    let stage = Stage::new().await;
    let alone = json!({ "type": "hr", "secretVariables": ["ROLLCALL_ALONE"] });
    stage.put(Shelf::Connections, "alone", alone).await;
    let load = Call::load("msg_1", PEOPLE).to("alone");
    let receipt = stage.send(load.signed_by("ROLLCALL_ALONE")).await.receipt();
    assert_eq!(receipt.status, Standing::Stored);
    assert!(receipt.runs.is_empty());
    assert_eq!(stage.latest("alone").await.as_deref(), Some(PEOPLE));
}

/// One entry that cannot be read does not keep the other lists from being run, nor its own.
#[tokio::test]
async fn a_broken_entry_stops_nobody() {
    let stage = Stage::new().await;
    let records = &stage.stores().records;
    records
        .insert(Table::Lists, "all", "phones", "no JSON")
        .await
        .unwrap();
    let receipt = stage.send(Call::notice("msg_1")).await.receipt();
    assert_eq!(receipt.runs.len(), 2);
    assert_eq!(stage.runs().await.len(), 2);
}

/// A row must not outgrow what a table takes.
#[tokio::test]
async fn many_syncs_are_all_asked_and_not_all_named() {
    let stage = Stage::new().await;
    let many = json!({ "type": "hr", "secretVariables": ["ROLLCALL_MANY"] });
    stage.put(Shelf::Connections, "many", many).await;
    for number in 0..130 {
        let name = format!("a-sync-with-a-rather-long-name-that-takes-much-room-{number:03}");
        stage.put(Shelf::Syncs, &name, one_way("many", &name)).await;
    }
    let notice = Call::notice("msg_1").to("many").signed_by("ROLLCALL_MANY");
    let receipt = stage.send(notice).await.receipt();
    assert_eq!((receipt.runs.len(), receipt.more_runs), (100, 30));
    assert_eq!(stage.jobs().await.len(), 130);
}

#[tokio::test]
async fn what_a_notice_says_besides_is_kept_as_it_came() {
    let stage = Stage::new().await;
    let body = br#"{ "type": "x", "unknown": [1, {"deep": null}], "people": {} }"#;
    let notice = Call {
        body: body.to_vec(),
        ..Call::notice("")
    };
    let receipt = stage.send(notice.shows(TOKEN)).await.receipt();
    let blob = format!("deliveries/workday/{}", receipt.receipt);
    let kept = stage.stores().blobs.get(&blob).await.unwrap();
    assert_eq!(kept.as_deref(), Some(&body[..]));
}
