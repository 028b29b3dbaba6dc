//! Two versions on one queue: what a newer one asks for is left to it.
//!
//! That an old and a new instance do not work on one list at the same time is the lease's: `spine::crashes`,
//! `of_two_runs_at_once_one_works`, and `a_lease_has_one_holder_and_outlives_nobody` of the storage contract.

use std::time::Duration;

use rollcall::{
    history,
    job::{MOST_WAITS, POISON_QUEUE, QUEUE},
    store::embedded,
    summary::Status,
    worker,
};
use serde_json::{Value, json};

use super::recorded::{Stage, folder, restore};

fn newer() -> Value {
    json!({
        "version": 9, "run": "20261104T070000-staff", "sync": "staff", "list": "Sales",
        "anything": { "else": [1, 2.5, "☃"] },
    })
}

/// A message of a newer program on this queue, and one instance that is older.
async fn waits_and_is_written_down(queue: &str) {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    let stage = Stage::over(&stores);
    let hidden = Duration::from_secs(600);
    let deal = async |text: &str| match queue {
        QUEUE => stage.work(text).await,
        _ => worker::bury(&stage.service, text).await,
    };
    while let Some(message) = stores
        .queue
        .receive(queue, hidden, stage.now())
        .await
        .unwrap()
    {
        stores.queue.delete(queue, &message).await.unwrap();
    }
    let text = newer().to_string();
    let send = stores.queue.send(queue, &text, Duration::ZERO, stage.now());
    send.await.unwrap();
    let mut seen = 0;
    let last = loop {
        let message = stores
            .queue
            .receive(queue, hidden, stage.now())
            .await
            .unwrap();
        let message = message.expect("the message is lost");
        assert_eq!(message.attempts, 1, "no attempt is counted");
        let mut value: Value = serde_json::from_str(&message.body).unwrap();
        let waits = value
            .as_object_mut()
            .unwrap()
            .remove("waits")
            .unwrap_or_default();
        assert_eq!(
            (&value, waits.as_u64().unwrap_or(0)),
            (&newer(), seen),
            "it stays whole"
        );
        let report = deal(&message.body).await.unwrap();
        stores.queue.delete(queue, &message).await.unwrap();
        if seen == u64::from(MOST_WAITS) {
            assert!(report[0].contains("given up"), "{report:?}");
            break message.body;
        }
        assert!(
            report[0].starts_with(&format!("put back on `{queue}`")),
            "{report:?}"
        );
        let early = stores
            .queue
            .receive(queue, hidden, stage.now())
            .await
            .unwrap();
        assert_eq!(early, None, "not at once");
        seen += 1;
        stage.wait(60);
    };
    assert_eq!(stores.queue.count(queue).await.unwrap(), 0);
    let run = history::find(&stores, "20261104T070000-staff")
        .await
        .unwrap()
        .unwrap();
    let problem = run.problem.unwrap();
    assert_eq!(
        (run.status, run.sync.as_str()),
        (Some(Status::Failed), "staff/Sales")
    );
    assert_eq!(problem.code, "newer-message");
    let blob = problem.message.rsplit('`').nth(1).unwrap();
    let kept = stores.blobs.get(blob).await.unwrap().unwrap();
    assert_eq!(String::from_utf8(kept).unwrap(), last);
}

#[tokio::test]
async fn a_job_of_a_newer_program_waits_for_it_half_a_day_and_is_written_down() {
    waits_and_is_written_down(QUEUE).await;
}

#[tokio::test]
async fn a_poisoned_job_of_a_newer_program_waits_for_it_too() {
    waits_and_is_written_down(POISON_QUEUE).await;
}

#[tokio::test]
async fn a_newer_message_that_names_nothing_is_kept_as_it_is() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    let stage = Stage::over(&stores);
    let text = json!({ "version": 9, "waits": MOST_WAITS }).to_string();
    let report = stage.work(&text).await.unwrap();
    assert!(report[0].contains("given up"), "{report:?}");
    let kept = stores.blobs.list("garbage/").await.unwrap();
    let kept = stores.blobs.get(&kept[0]).await.unwrap().unwrap();
    assert_eq!(String::from_utf8(kept).unwrap(), text);
}
