//! Runs that undo another one, asked for over the queue.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
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
    plan::{review::Approval, text::render},
    summary::Status,
    worker::{self, Delivery},
};
use serde_json::json;

use super::{
    dying::{Counted, dying},
    stage::{HOUR, Stage, job, key, members, source, target},
};

const BEFORE: &str = "ada bob cyd dan eve fay gus";

/// Five of seven people vanished from the source by mistake, and run `mistake` took them off the target.
async fn a_mistake(more: serde_json::Value) -> Stage {
    let stage = Stage::with(BEFORE);
    let narrow = Capabilities {
        chunk: 2,
        ..by_address()
    };
    stage.world.put_list(&target(), narrow, Vec::new());
    stage.define("staff", more).await;
    stage.work(&job("first")).await.unwrap();
    stage.target_holds(BEFORE);
    stage.wait(61);
    stage
        .world
        .edit(&source(), |list| *list = members("ada gus hal"));
    stage.work(&job("mistake")).await.unwrap();
    stage.target_holds("ada gus hal");
    stage.wait(61);
    stage
}

fn restore(run: &str) -> Job {
    job(run).restoring("mistake")
}

async fn resume(stage: &Stage) {
    agenda::change(&stage.stores, &key("staff"), stage.now(), |entry| {
        entry.resume()
    })
    .await
    .unwrap();
}

/// What the next run would do, as text.
async fn next_plan(stage: &Stage) -> String {
    let look = Job {
        mode: Mode::Preview,
        ..job(&format!("look-{}", stage.now().as_second()))
    };
    stage.work(&look).await.unwrap();
    let file = history::run_file(&stage.stores, "staff", &look.run).await;
    render(&file.unwrap().unwrap().plan)
}

#[tokio::test]
async fn a_restore_that_comes_twice_runs_once_and_what_is_due_waits() {
    let stage = a_mistake(json!({})).await;
    stage.work(&restore("back")).await.unwrap();
    stage.target_holds(BEFORE);
    let effects = stage.world.counters().effects;
    stage.work(&restore("back")).await.unwrap();
    assert_eq!(stage.world.counters().effects, effects);
    let run = history::find(&stage.stores, "back").await.unwrap().unwrap();
    assert_eq!(run.status, Some(Status::Succeeded));
    assert_eq!(run.restores.as_deref(), Some("mistake"));
    let entry = stage.entry("staff").await;
    assert_eq!(entry.state, State::Paused);
    assert!(entry.paused.unwrap().reason.contains("`mistake`"));

    // Due times pass, notices and people ask: nothing is done until somebody resumes.
    let (_, mut due) = (stage.tick().await, 0);
    for _ in 0..48 {
        stage.wait(HOUR);
        due += stage.tick().await.enqueued.len();
        stage.pump().await;
    }
    assert_eq!(due, 0);
    stage.work(&job("by-hand")).await.unwrap();
    let told = history::find(&stage.stores, "by-hand")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.problem.unwrap().code, "paused");
    let late = Job {
        trigger: Trigger::Schedule,
        ..job("late")
    };
    stage.work(&late).await.unwrap();
    assert_eq!(stage.world.counters().effects, effects);
    stage.target_holds(BEFORE);

    stage.world.edit(&source(), |list| *list = members(BEFORE));
    resume(&stage).await;
    stage.work(&job("after")).await.unwrap();
    let run = history::find(&stage.stores, "after")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.status, Some(Status::Unchanged));
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_in_a_restore_is_taken_over() {
    for direction in ["one-way", "two-way"] {
        let how = json!({ "direction": direction });
        let writes = {
            let stage = a_mistake(how.clone()).await;
            let (stores, counted) = Counted::new(&stage.stores);
            let service = stage.service_over(stores);
            let message = restore("back").render();
            worker::work(&service, &message, &stage.delivery())
                .await
                .unwrap();
            counted.writes()
        };
        assert!(writes > 10, "{writes}");
        let unharmed = {
            let stage = a_mistake(how.clone()).await;
            stage.work(&restore("back")).await.unwrap();
            stage.wait(61);
            next_plan(&stage).await
        };
        for at in 0..writes {
            for after in [false, true] {
                let what = format!("{direction}: write {at}, after: {after}");
                let stage = a_mistake(how.clone()).await;
                let crashed = stage.service_over(dying(&stage.stores, at, after));
                let message = restore("back").render();
                let ended = worker::work(&crashed, &message, &stage.delivery()).await;
                if ended.is_err() {
                    stage.wait(61);
                    stage.work(&restore("back")).await.unwrap();
                }
                stage.wait(61);
                stage.pump().await;
                stage.target_holds(BEFORE);
                let run = history::find(&stage.stores, "back").await.unwrap().unwrap();
                assert_eq!(
                    (run.done.added, run.done.removed, run.status),
                    (5, 1, Some(Status::Succeeded)),
                    "{what}: {run:?}"
                );
                assert!(
                    run.next.iter().any(|step| step.contains("is paused")),
                    "{what}"
                );
                assert_eq!(stage.entry("staff").await.state, State::Paused, "{what}");
                // What both sides agree on is what it would have been.
                assert_eq!(next_plan(&stage).await, unharmed, "{what}");
                let effects = stage.world.counters().effects;
                stage.work(&restore("twice")).await.unwrap();
                assert_eq!(stage.world.counters().effects, effects, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_deadline_leaves_of_a_restore_follows_as_its_rest() {
    let mut cut = 0;
    for seconds in 8..30 {
        let stage = a_mistake(json!({})).await;
        let clock = Arc::new(AtomicI64::new(stage.now().as_second()));
        let at = |second| Timestamp::from_second(second).unwrap();
        let ticking = clock.clone();
        let mut hurried = stage.service.clone();
        hurried.now = Arc::new(move || at(ticking.fetch_add(1, Ordering::SeqCst)));
        let mut next = restore("back");
        for part in 0..10 {
            let delivery = Delivery {
                invocation: format!("part-{part}"),
                deadline: at(clock.load(Ordering::SeqCst) + seconds),
            };
            worker::work(&hurried, &next.render(), &delivery)
                .await
                .unwrap();
            let found = history::find(&stage.stores, &next.run)
                .await
                .unwrap()
                .unwrap();
            if !found.cut_short || found.status == Some(Status::Failed) {
                break;
            }
            cut += 1;
            let later = at(clock.load(Ordering::SeqCst) + 3600);
            let hidden = std::time::Duration::from_secs(600);
            let queue = &stage.stores.queue;
            let message = queue.receive(QUEUE, hidden, later).await.unwrap();
            let message = message.expect("the rest is on the queue");
            queue.delete(QUEUE, &message).await.unwrap();
            next = Job::parse(&message.body).unwrap();
            assert_eq!(next.restores.as_deref(), Some("mistake"));
        }
        let last = history::find(&stage.stores, &next.run)
            .await
            .unwrap()
            .unwrap();
        if last.status != Some(Status::Failed) {
            stage.target_holds(BEFORE);
        }
        assert!(stage.entry("staff").await.failures <= 1);
    }
    assert!(cut > 3, "hardly a restore was cut short: {cut}");
}

#[tokio::test]
async fn a_platform_that_is_away_is_asked_again_for_the_same_restore() {
    let stage = a_mistake(json!({})).await;
    let away = ConnectorError::new(ErrorKind::Unavailable(None), "the service is away");
    stage.world.fail_read(&target(), Some((0, away)));
    stage.work(&restore("back")).await.unwrap();
    assert_eq!(stage.entry("staff").await.state, State::Failed);
    stage.world.fail_read(&target(), None);
    stage.wait(61);
    assert_eq!(stage.pump().await, 1);
    stage.target_holds(BEFORE);
    let retried = history::find(&stage.stores, "back.r1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(retried.restores.as_deref(), Some("mistake"));
    assert_eq!(stage.entry("staff").await.state, State::Paused);

    // One that stays away after it began leaves the reason of the pause alone.
    let stage = a_mistake(json!({})).await;
    stage.world.fail_writes(&target(), 1);
    stage.work(&restore("back")).await.unwrap();
    let away = ConnectorError::new(ErrorKind::Denied, "no");
    stage.world.fail_read(&target(), Some((0, away)));
    for attempt in 0..4 {
        stage.wait(61);
        stage
            .work(&restore(&format!("again-{attempt}")))
            .await
            .unwrap();
    }
    let reason = stage.entry("staff").await.paused.unwrap().reason;
    assert!(reason.contains("undoes run `mistake`"), "{reason}");
}

#[tokio::test]
async fn a_held_restore_is_approved_by_its_digest_on_the_paused_list() {
    let limits =
        json!({ "limits": { "additions": { "count": 4 }, "removals": { "percent": 100 } } });
    let stage = a_mistake(json!({})).await;
    stage.define("staff", limits).await;
    stage.work(&restore("back")).await.unwrap();
    let held = history::find(&stage.stores, "back").await.unwrap().unwrap();
    assert_eq!(held.status, Some(Status::Held));
    stage.target_holds("ada gus hal");
    assert_eq!(stage.entry("staff").await.state, State::Paused);
    let approved = |digest: &str, run: &str| Job {
        approval: Some(Approval {
            digest: digest.to_owned(),
            by: "ada".to_owned(),
            expires: stage.now() + SignedDuration::from_hours(24),
        }),
        trigger: Trigger::Approval,
        ..restore(run)
    };
    stage
        .work(&approved("000000000000", "wrong"))
        .await
        .unwrap();
    stage.target_holds("ada gus hal");
    let digest = held.held.unwrap().digest;
    stage
        .work(&approved(digest.as_str(), "back.a"))
        .await
        .unwrap();
    stage.target_holds(BEFORE);
    let run = history::find(&stage.stores, "back.a")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.approved_by.as_deref(), Some("ada"));
}

#[tokio::test]
async fn looking_and_what_cannot_be_undone_leave_the_list_as_it_was() {
    let stage = a_mistake(json!({})).await;
    let look = Job {
        mode: Mode::Preview,
        ..restore("look")
    };
    let writers = stage.world.counters().writers;
    stage.work(&look).await.unwrap();
    assert_eq!(stage.world.counters().writers, writers);
    let found = history::find(&stage.stores, "look").await.unwrap().unwrap();
    assert_eq!(found.status, Some(Status::Previewed));
    assert_eq!((found.planned.add, found.planned.remove), (5, 1));
    assert_eq!(found.restores.as_deref(), Some("mistake"));
    for (run, mode) in [
        ("one", Mode::Apply),
        ("two", Mode::Apply),
        ("three", Mode::Apply),
        ("four", Mode::Preview),
    ] {
        let wrong = Job {
            mode,
            ..job(run).restoring("absent")
        };
        stage.work(&wrong).await.unwrap();
        let told = history::find(&stage.stores, run).await.unwrap().unwrap();
        assert_eq!(told.problem.unwrap().code, history::NOT_UNDOABLE);
    }
    let entry = stage.entry("staff").await;
    assert_eq!((entry.state, entry.failures), (State::Succeeded, 0));
    assert_eq!(stage.queued().await, 0);
    stage.target_holds("ada gus hal");
}

#[tokio::test]
async fn one_list_of_a_routing_sync_is_undone_and_paused_by_itself() {
    let stage = Stage::with("ada/Sales bob/Sales cyd/Legal");
    let routed = json!({ "target": "mail", "mapping": { "department": "group" } });
    stage.define("staff", routed).await;
    stage.work(&job("one")).await.unwrap();
    stage.wait(61);
    stage.pump().await;
    stage
        .world
        .edit(&source(), |list| *list = members("ada/Sales cyd/Legal"));
    stage.work(&job("two")).await.unwrap();
    stage.wait(61);
    stage.pump().await;
    let sales = rollcall::connectors::memory::list_ref("mail", "Sales");
    assert_eq!(stage.on(&sales), "ada");
    let mistake = stage.runs("staff/Sales").await.remove(0).run;
    let back = Job {
        list: Some("Sales".to_owned()),
        ..job("back").restoring(&mistake)
    };
    stage.work(&back).await.unwrap();
    assert_eq!(stage.on(&sales), "ada bob");
    stage.wait(61);
    stage.work(&job("three")).await.unwrap();
    stage.wait(61);
    stage.pump().await;
    assert_eq!(stage.on(&sales), "ada bob", "its list is paused");
    assert_eq!(stage.runs("staff/Legal").await.len(), 3, "the others run");

    // Without its list it would be taken for all of them.
    let whole = job("whole").restoring(&mistake);
    stage.work(&whole).await.unwrap();
    let told = history::find(&stage.stores, "whole")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.status, Some(Status::Failed));
    assert_eq!(stage.queued().await, 0);
}

#[tokio::test]
async fn a_tick_forgets_old_runs_and_a_crash_in_it_harms_nobody() {
    let stage = a_mistake(json!({})).await;
    stage.tick().await;
    stage.wait(80 * 24 * HOUR);
    stage
        .world
        .edit(&source(), |list| *list = members("ada gus hal ida"));
    stage.work(&job("later")).await.unwrap();
    stage.wait(20 * 24 * HOUR);
    let kept = async |stage: &Stage| stage.stores.blobs.list("runs/").await.unwrap();
    assert_eq!(kept(&stage).await.len(), 3);
    for at in 0..12 {
        let crashed = stage.service_over(dying(&stage.stores, at, at % 2 == 0));
        let _ = rollcall::scheduler::tick(&crashed).await;
        let files = kept(&stage).await.len();
        assert!(files >= 1, "at {at}");
    }
    stage.tick().await;
    assert_eq!(kept(&stage).await, ["runs/staff/later.json"]);
    assert_eq!(
        stage.stores.blobs.list("snapshots/").await.unwrap().len(),
        1
    );
    let mut runs = stage.runs("staff").await;
    assert_eq!(runs.pop().unwrap().run, "first", "the summaries stay");
    // The one that is kept is undone.
    stage.work(&job("back").restoring("later")).await.unwrap();
    stage.target_holds("ada gus hal");
}
