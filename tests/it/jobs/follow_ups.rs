use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rollcall::{
    agenda::{self, State},
    connectors::{
        memory::by_address,
        ports::{ConnectorError, ErrorKind},
    },
    history,
    job::{Job, Mode, QUEUE, Trigger},
    model::capabilities::Capabilities,
    plan::review::Approval,
    summary::Status,
    worker::{self, Delivery},
};
use serde_json::json;

use super::stage::{HOUR, MINUTE, Stage, job, key, members, source, target};

fn away(wait: Option<u64>) -> Option<(usize, ConnectorError)> {
    let kind = ErrorKind::Unavailable(wait.map(Duration::from_secs));
    Some((0, ConnectorError::new(kind, "the service is away")))
}

#[tokio::test]
async fn an_outage_is_retried_for_hours_then_pauses_and_a_person_resumes() {
    let stage = Stage::with("ada");
    stage
        .define("staff", json!({ "schedule": "*/5 * * * *" }))
        .await;
    stage.tick().await;
    stage.world.fail_read(&source(), away(None));
    let mut runs = Vec::new();
    for _ in 0..(10 * 60) {
        stage.wait(MINUTE);
        runs.extend(stage.tick().await.enqueued);
        stage.pump().await;
    }
    assert_eq!(
        runs.len(),
        1,
        "while it is backed off, its schedule is left alone"
    );
    let history = stage.runs("staff").await;
    assert_eq!(history.len(), 8, "the run and seven retries");
    assert!(history.iter().all(|run| run.status == Some(Status::Failed)));
    let entry = stage.entry("staff").await;
    assert_eq!(entry.state, State::Paused);
    let reason = entry.paused.unwrap().reason;
    assert!(reason.contains("8 runs in a row failed"), "{reason}");
    assert!(reason.contains("the service is away"), "{reason}");

    stage.world.fail_read(&source(), None);
    agenda::change(&stage.stores, &key("staff"), stage.now(), |entry| {
        entry.resume();
    })
    .await
    .unwrap();
    stage.tick().await;
    stage.wait(1);
    stage.pump().await;
    stage.target_holds("ada");
    assert_eq!(stage.entry("staff").await.state, State::Succeeded);
}

#[tokio::test]
async fn a_service_that_names_a_long_time_gets_it_and_nobody_sleeps() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    stage.world.fail_read(&source(), away(Some(1800)));
    stage.work(&job("one")).await.unwrap();
    stage.world.fail_read(&source(), None);
    stage.wait(1799);
    assert_eq!(stage.pump().await, 0);
    stage.wait(1);
    assert_eq!(stage.pump().await, 1);
    stage.target_holds("ada");
    let runs = stage.runs("staff").await;
    assert_eq!(runs[0].run, "one.r1");
    assert_eq!(runs[1].asked_to_wait, Some(1800));
}

#[tokio::test]
async fn what_a_deadline_leaves_follows_as_a_new_run() {
    let mut cut = 0;
    for seconds in 5..25 {
        cut += parts_of_a_run_with(seconds).await;
    }
    assert!(cut > 5, "hardly a run was cut short: {cut}");
}

/// Runs with a clock that goes on by a second with every look at it, and a deadline after so many looks; gives how many
/// runs were cut short before the list was as it should be.
async fn parts_of_a_run_with(seconds: i64) -> usize {
    let stage = Stage::with("ada bob cyd dan eve fay");
    let narrow = Capabilities {
        chunk: 2,
        ..by_address()
    };
    stage.world.put_list(&target(), narrow, Vec::new());
    stage.define("staff", json!({})).await;
    let clock = Arc::new(AtomicI64::new(stage.now().as_second()));
    let at = |second| Timestamp::from_second(second).unwrap();
    let ticking = clock.clone();
    let mut hurried = stage.service.clone();
    hurried.now = Arc::new(move || at(ticking.fetch_add(1, Ordering::SeqCst)));
    let (mut parts, mut next) = (0, job("one"));
    loop {
        let delivery = Delivery {
            invocation: format!("part-{parts}"),
            deadline: at(clock.load(Ordering::SeqCst) + seconds),
        };
        let done = worker::work(&hurried, &next.render(), &delivery).await;
        done.unwrap();
        let found = history::find(&stage.stores, &next.run).await;
        let found = found.unwrap().unwrap();
        if !found.cut_short {
            assert_eq!(found.done.failed, 0, "{found:?}");
            break;
        }
        if found.status == Some(Status::Failed) {
            // Too short for anything: tried again like any failure.
            return parts;
        }
        parts += 1;
        assert!(parts < 6, "it has no end: {found:?}");
        let later = at(clock.load(Ordering::SeqCst) + 3600);
        let queue = &stage.stores.queue;
        let message = queue.receive(QUEUE, Duration::from_secs(600), later).await;
        let message = message.unwrap().expect("the rest is on the queue");
        queue.delete(QUEUE, &message).await.unwrap();
        next = Job::parse(&message.body).unwrap();
    }
    stage.target_holds("ada bob cyd dan eve fay");
    assert_eq!(stage.queued().await, 0);
    parts
}

#[tokio::test]
async fn an_approval_fits_what_was_held_and_nothing_else() {
    let stage = Stage::with("ada bob cyd dan eve fay gus hal ida jon kim lee");
    let limits = json!({ "limits": { "removals": { "count": 1 } } });
    stage.define("staff", limits).await;
    stage.work(&job("one")).await.unwrap();
    stage.world.edit(&source(), |list| {
        *list = members("ada bob cyd dan eve fay gus hal")
    });
    stage.work(&job("two")).await.unwrap();
    assert_eq!(stage.entry("staff").await.state, State::Held);
    let held = history::find(&stage.stores, "two")
        .await
        .unwrap()
        .unwrap()
        .held
        .unwrap();
    let approved = |digest: &str, run: &str| Job {
        approval: Some(Approval {
            digest: digest.to_owned(),
            by: "ada".to_owned(),
            expires: stage.now() + SignedDuration::from_hours(24),
        }),
        trigger: Trigger::Approval,
        ..job(run)
    };
    stage
        .work(&approved("000000000000", "three"))
        .await
        .unwrap();
    assert_eq!(stage.entry("staff").await.state, State::Held);
    stage
        .work(&approved(held.digest.as_str(), "four"))
        .await
        .unwrap();
    stage.target_holds("ada bob cyd dan eve fay gus hal");
    let run = history::find(&stage.stores, "four").await.unwrap().unwrap();
    assert_eq!(run.approved_by.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_paused_list_does_not_run_and_says_so_to_who_asked() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    agenda::change(&stage.stores, &key("staff"), stage.now(), |entry| {
        entry.paused = Some(agenda::Paused {
            reason: "migration".to_owned(),
            by: "bob".to_owned(),
            since: stage.now(),
            until: None,
        });
    })
    .await
    .unwrap();
    let scheduled = Job {
        trigger: Trigger::Schedule,
        ..job("by-itself")
    };
    stage.work(&scheduled).await.unwrap();
    assert_eq!(stage.runs("staff").await.len(), 0);
    stage.work(&job("by-hand")).await.unwrap();
    let run = history::find(&stage.stores, "by-hand")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.problem.unwrap().code, "paused");
    // The pause of a sync is the pause of its lists.
    let of_a_list = Job {
        list: Some("Sales".to_owned()),
        ..scheduled
    };
    let report = stage.work(&of_a_list).await.unwrap();
    assert_eq!(report, ["`staff` is paused"]);
    stage.target_holds("");
    stage.wait(HOUR);
    assert_eq!(
        stage.entry("staff").await.failures,
        0,
        "a pause is no failure"
    );
}

#[tokio::test]
async fn a_run_that_saw_no_lists_leaves_what_is_held_to_be_decided() {
    let stage = Stage::with("ada bob cyd dan eve fay");
    let limits = json!({ "limits": { "removals": { "count": 1 } } });
    stage.define("staff", limits).await;
    stage.work(&job("one")).await.unwrap();
    stage.wait(1);
    stage
        .world
        .edit(&source(), |list| *list = members("ada bob cyd dan"));
    stage.work(&job("two")).await.unwrap();
    let wanted = history::Wanted {
        verdict: history::Verdict::Approved,
        digest: None,
        by: "ada".to_owned(),
        reason: None,
    };
    let weighed = async || {
        let weighed = history::weigh(&stage.stores, "two", &wanted, stage.now()).await;
        weighed.unwrap().map(|weighed| weighed.summary.run)
    };
    stage.world.fail_read(&source(), away(None));
    let look = Job {
        mode: Mode::Preview,
        ..job("look")
    };
    for blind in [look, job("three")] {
        stage.wait(1);
        stage.work(&blind).await.unwrap();
        let told = history::find(&stage.stores, &blind.run).await.unwrap();
        assert_eq!(told.unwrap().status, Some(Status::Failed));
        assert_eq!(weighed().await.unwrap(), "two", "{}", blind.run);
    }
    stage.world.fail_read(&source(), None);
    stage.wait(1);
    stage.work(&job("four")).await.unwrap();
    let newer = weighed().await.unwrap_err();
    assert_eq!(newer, history::Undecidable::Superseded("four".to_owned()));
}
