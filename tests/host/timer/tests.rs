//! The timer is held against what the real host did.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::fake;

/// The timer info and the retry context of each call.
fn calls(folder: &std::path::Path) -> Vec<(Value, Value)> {
    let calls = fake::calls(folder);
    calls
        .iter()
        .map(|call| {
            let envelope: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
            (
                envelope["Data"]["timer"].clone(),
                envelope["Metadata"]["RetryContext"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn missed_occurrences_are_caught_up_by_one_call() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[]);
    host.ready().await;
    let mut timer = Timer::of(&host, "Tick");
    let first: Timestamp = "2026-11-20T22:31:00Z".parse().unwrap();
    assert!(!timer.is_past_due(first), "it never ran");
    assert_eq!(timer.tick(&host, first, 1).await.len(), 1);
    assert_eq!(timer.next(first), first + Duration::from_secs(60));
    assert!(!timer.is_past_due(first + Duration::from_secs(59)));
    let late = first + Duration::from_secs(150);
    timer.tick(&host, late, 1).await;
    timer.tick(&host, timer.next(late), 1).await;
    let calls = calls(folder.path());
    let due: Vec<&Value> = calls.iter().map(|(info, _)| &info["IsPastDue"]).collect();
    assert_eq!(due, [false, true, false]);
    assert_eq!(
        calls[0].0["ScheduleStatus"]["Last"],
        "0001-01-01T00:00:00+00:00"
    );
    assert_eq!(
        calls[1].0["ScheduleStatus"]["Last"],
        "2026-11-20T22:31:00+00:00"
    );
}

#[tokio::test]
async fn a_failing_timer_is_tried_again_and_then_left_until_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[("FAKE_TICK", "fail")]);
    host.ready().await;
    let mut timer = Timer::of(&host, "Tick");
    let now: Timestamp = "2026-11-20T22:34:00Z".parse().unwrap();
    let tries = timer.tick(&host, now, 100).await;
    assert!(
        tries.len() == 3 && tries.iter().all(Result::is_err),
        "{tries:?}"
    );
    assert_eq!(timer.remembered.unwrap().last, Some(now));
    let counts: Vec<Value> = calls(folder.path())
        .iter()
        .map(|(_, retry)| retry["RetryCount"].clone())
        .collect();
    assert_eq!(counts, [0, 1, 2]);
}

#[tokio::test]
async fn a_timer_that_recovers_is_not_tried_further() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[("FAKE_TICK", "fail-once")]);
    host.ready().await;
    let mut timer = Timer::of(&host, "Tick");
    let tries = timer.tick(&host, Timestamp::now(), 100).await;
    assert!(tries.len() == 2 && tries[1].is_ok(), "{tries:?}");
}
