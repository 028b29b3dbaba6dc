use futures::future::join_all;
use rollcall::{
    agenda::{self, Paused, State},
    scheduler,
    store::ports::Table,
};
use serde_json::json;

use super::{
    dying::{Counted, dying},
    stage::{HOUR, MINUTE, Stage, key},
};

#[tokio::test]
async fn what_is_due_is_put_on_the_queue_once() {
    let stage = Stage::with("ada bob");
    stage.define("staff", json!({})).await;
    assert_eq!(stage.tick().await.enqueued, [""; 0]);
    stage.wait(HOUR - 1);
    assert_eq!(stage.tick().await.enqueued, [""; 0], "not yet");
    stage.wait(1);
    assert_eq!(stage.tick().await.enqueued, ["20261120T070000-staff"]);
    assert_eq!(stage.tick().await.enqueued, [""; 0], "a second tick");
    stage.wait(5 * MINUTE);
    assert_eq!(stage.tick().await.enqueued, [""; 0], "a later tick");
    assert_eq!(stage.pump().await, 1);
    stage.target_holds("ada bob");
    stage.wait(24 * HOUR);
    assert_eq!(stage.tick().await.enqueued, ["20261121T070000-staff"]);
}

#[tokio::test]
async fn a_late_tick_catches_up_once() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    stage.tick().await;
    stage.wait(3 * 24 * HOUR + 2 * HOUR);
    assert_eq!(stage.tick().await.enqueued, ["20261123T070000-staff"]);
    assert_eq!(stage.tick().await.enqueued, [""; 0]);
}

#[tokio::test]
async fn ticks_at_the_same_time_add_nothing() {
    let stage = Stage::with("ada");
    for number in 0..20 {
        stage.define(&format!("list-{number}"), json!({})).await;
    }
    stage.tick().await;
    stage.wait(HOUR);
    let ticks = join_all((0..4).map(|_| scheduler::tick(&stage.service))).await;
    let mut enqueued: Vec<String> = ticks
        .into_iter()
        .flat_map(|tick| tick.unwrap().enqueued)
        .collect();
    enqueued.sort();
    enqueued.dedup();
    assert_eq!(enqueued.len(), 20);
    assert_eq!(stage.queued().await, 20);
}

#[tokio::test]
async fn a_crash_anywhere_in_a_tick_adds_nothing_and_loses_nothing() {
    let writes = {
        let stage = Stage::with("ada");
        stage.define("staff", json!({})).await;
        stage.tick().await;
        stage.wait(HOUR);
        let (stores, counted) = Counted::new(&stage.stores);
        scheduler::tick(&stage.service_over(stores)).await.unwrap();
        counted.writes()
    };
    assert!(writes >= 3, "{writes}");
    for at in 0..writes {
        for after in [false, true] {
            let stage = Stage::with("ada");
            stage.define("staff", json!({})).await;
            stage.tick().await;
            stage.wait(HOUR);
            let crashed = stage.service_over(dying(&stage.stores, at, after));
            let _ = scheduler::tick(&crashed).await;
            for _ in 0..3 {
                stage.wait(MINUTE);
                stage.tick().await;
                stage.pump().await;
            }
            let runs = stage.runs("staff").await;
            assert_eq!(runs.len(), 1, "write {at}, after: {after}");
            stage.target_holds("ada");
            stage.wait(HOUR);
            assert_eq!(stage.tick().await.enqueued, [""; 0], "write {at}");
            assert_eq!(stage.queued().await, 0, "write {at}, after: {after}");
        }
    }
}

#[tokio::test]
async fn the_times_of_a_new_schedule_are_not_missed() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    stage.tick().await;
    stage.wait(6 * HOUR);
    stage
        .define("staff", json!({ "schedule": "0 9 * * *" }))
        .await;
    assert_eq!(stage.tick().await.enqueued, [""; 0]);
    stage.wait(21 * HOUR);
    assert_eq!(stage.tick().await.enqueued, ["20261121T090000-staff"]);
}

#[tokio::test]
async fn a_paused_list_waits_and_goes_on_when_the_pause_ends() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    stage.tick().await;
    let until = stage.now() + jiff::SignedDuration::from_hours(3);
    agenda::change(&stage.stores, &key("staff"), stage.now(), |entry| {
        entry.paused = Some(Paused {
            reason: "migration".to_owned(),
            by: "ada".to_owned(),
            since: stage.now(),
            until: Some(until),
        });
    })
    .await
    .unwrap();
    let paused = agenda::in_state(&stage.stores, State::Paused).await;
    assert_eq!(paused.unwrap().len(), 1);
    stage.wait(2 * HOUR);
    assert_eq!(stage.tick().await.enqueued, [""; 0]);
    stage.wait(HOUR);
    stage.tick().await;
    let paused = agenda::in_state(&stage.stores, State::Paused).await;
    assert_eq!(paused.unwrap(), []);
    assert_eq!(
        stage.tick().await.enqueued,
        ["20261120T070000-staff"],
        "what was missed meanwhile comes once"
    );
}

#[tokio::test]
async fn runs_that_are_due_together_are_spread() {
    let stage = Stage::with("ada");
    for number in 0..100 {
        stage.define(&format!("list-{number}"), json!({})).await;
    }
    stage.tick().await;
    stage.wait(HOUR);
    assert_eq!(stage.tick().await.enqueued.len(), 100);
    let at_once = stage.pump().await;
    assert!(at_once < 20, "{at_once} of 100 began at once");
    stage.wait(50);
    assert_eq!(at_once + stage.pump().await, 100);
}

#[tokio::test]
async fn a_broken_definition_stops_no_other() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    stage.define("broken", json!({})).await;
    stage.tick().await;
    // The connection of one sync vanishes behind the catalog's back.
    let records = &stage.stores.records;
    let table = Table::Definitions;
    let row = records
        .get(table, "syncs", "broken")
        .await
        .unwrap()
        .unwrap();
    let value = row.value.replace("\"hr\"", "\"gone\"");
    records
        .replace(table, "syncs", "broken", &value, &row.version)
        .await
        .unwrap();
    for (table, partition, row) in [
        (table, "syncs", "garbled"),
        (Table::Lists, "all", "garbled"),
    ] {
        records.insert(table, partition, row, "{").await.unwrap();
    }
    stage.wait(HOUR);
    let tick = stage.tick().await;
    assert_eq!(tick.enqueued, ["20261120T070000-staff"]);
    assert_eq!(tick.problems.len(), 3, "{tick:?}");
    for problem in [
        "the definition `garbled`",
        "the agenda, `garbled`",
        "sync `broken`",
    ] {
        assert!(
            tick.problems.iter().any(|said| said.contains(problem)),
            "{tick:?}"
        );
    }
    stage.wait(1);
    stage.pump().await;
    stage.target_holds("ada");
}
