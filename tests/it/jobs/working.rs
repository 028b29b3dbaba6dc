use std::time::Duration;

use rollcall::{
    agenda,
    connectors::ports::{ConnectorError, ErrorKind},
    history,
    job::{Job, Mode, QUEUE},
    model::list::ListRef,
    store::{lease, ports::Table},
    summary::Status,
    worker,
};
use serde_json::json;

use super::{
    dying::{Counted, dying},
    stage::{HOUR, Stage, job, members, source, target},
};

#[tokio::test]
async fn a_message_that_comes_twice_runs_once() {
    let stage = Stage::with("ada bob");
    stage.define("staff", json!({})).await;
    stage.work(&job("one")).await.unwrap();
    let effects = stage.world.counters().effects;
    let report = stage.work(&job("one")).await.unwrap();
    assert_eq!(stage.world.counters().effects, effects);
    assert!(report[0].contains("succeeded"), "{report:?}");
    assert_eq!(stage.runs("staff").await.len(), 1);
    assert_eq!(stage.entry("staff").await.last.unwrap().run, "one");
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_is_taken_over_and_the_lists_converge() {
    let writes = {
        let stage = Stage::with("ada bob cyd");
        stage.define("staff", json!({})).await;
        let (stores, counted) = Counted::new(&stage.stores);
        let service = stage.service_over(stores);
        worker::work(&service, &job("one").render(), &stage.delivery())
            .await
            .unwrap();
        counted.writes()
    };
    assert!(writes > 8, "{writes}");
    for at in 0..writes {
        for after in [false, true] {
            let stage = Stage::with("ada bob cyd");
            stage.define("staff", json!({})).await;
            let crashed = stage.service_over(dying(&stage.stores, at, after));
            let ended = worker::work(&crashed, &job("one").render(), &stage.delivery()).await;
            // The queue delivers again what was not answered for, and somebody may hold the list until then.
            if ended.is_err() {
                stage.wait(61);
                stage.work(&job("one")).await.unwrap();
            }
            stage.wait(61);
            stage.pump().await;
            stage.target_holds("ada bob cyd");
            let runs = stage.runs("staff").await;
            assert_eq!(runs.len(), 1, "write {at}, after: {after}");
            assert!(runs[0].finished.is_some(), "write {at}, after: {after}");
            assert_eq!(
                (runs[0].done.added, runs[0].planned.add, runs[0].status),
                (3, 3, Some(Status::Succeeded)),
                "what was done is told, whichever attempt did it: write {at}, after: {after}"
            );
            let last = stage.entry("staff").await.last.unwrap();
            assert_eq!(Some(last.status), runs[0].status);
            // A second run finds nothing to do.
            stage.work(&job("two")).await.unwrap();
            let runs = stage.runs("staff").await;
            assert!(
                matches!(runs[0].status, Some(Status::Unchanged)),
                "write {at}, after: {after}: {:?}",
                runs[0]
            );
        }
    }
}

#[tokio::test]
async fn a_run_that_takes_its_worker_with_it_every_time_is_given_up() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    let mut attempts = 0;
    loop {
        // Each dies when its lists are held and it is written down that it began.
        let crashed = stage.service_over(dying(&stage.stores, 5, true));
        let _ = worker::work(&crashed, &job("one").render(), &stage.delivery()).await;
        attempts += 1;
        assert!(attempts < 10, "it is tried for ever");
        let found = history::find(&stage.stores, "one").await.unwrap().unwrap();
        if found.finished.is_some() {
            break;
        }
        stage.wait(61);
    }
    let runs = stage.runs("staff").await;
    assert_eq!(runs[0].status, Some(Status::Failed));
    assert_eq!(runs[0].problem.as_ref().unwrap().code, "died");
    assert_eq!(runs[0].deaths, 5);
    // Whoever gets the message now finds the run ended, and the next run works.
    stage.work(&job("one")).await.unwrap();
    stage.wait(61);
    stage.work(&job("two")).await.unwrap();
    stage.target_holds("ada");
}

#[tokio::test]
async fn a_job_waits_while_somebody_else_writes_its_list() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    let held = lease::acquire(
        stage.stores.records.as_ref(),
        "mail:staff",
        "somebody",
        stage.now(),
        Duration::from_secs(30),
    );
    held.await.unwrap();
    let report = stage.work(&job("one")).await.unwrap();
    assert!(report[0].contains("waits"), "{report:?}");
    assert_eq!(stage.runs("staff").await.len(), 0);
    assert_eq!(stage.pump().await, 0, "it is not visible yet");
    stage.wait(31);
    assert_eq!(stage.pump().await, 1);
    stage.target_holds("ada");
}

#[tokio::test]
async fn a_preview_shows_and_writes_nothing() {
    let stage = Stage::with("ada bob");
    stage.define("staff", json!({})).await;
    let preview = Job {
        mode: Mode::Preview,
        ..job("look")
    };
    stage.work(&preview).await.unwrap();
    assert_eq!(stage.world.counters().writers, 0);
    let found = history::find(&stage.stores, "look").await.unwrap().unwrap();
    assert_eq!(found.status, Some(Status::Previewed));
    assert_eq!(found.planned.add, 2);
    let file = history::run_file(&stage.stores, "staff", "look").await;
    assert_eq!(file.unwrap().unwrap().plan.changes.len(), 2);
    let entry = agenda::get(&stage.stores, &super::stage::key("staff")).await;
    assert!(
        entry.unwrap().is_none(),
        "a preview says nothing about the list"
    );
    // A preview that cannot be made is told as well.
    stage.world.fail_read(
        &source(),
        Some((0, ConnectorError::new(ErrorKind::Denied, "no"))),
    );
    let preview = Job {
        run: "blind".to_owned(),
        ..preview
    };
    stage.work(&preview).await.unwrap();
    let found = history::find(&stage.stores, "blind")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.status, Some(Status::Failed));
}

#[tokio::test]
async fn garbage_is_kept_and_not_delivered_again() {
    let stage = Stage::with("ada");
    for text in ["", "hello ☃", "{}", "null", "{\"version\":1}"] {
        let report = worker::work(&stage.service, text, &stage.delivery()).await;
        assert!(report.unwrap()[0].contains("garbage/"), "{text}");
        worker::bury(&stage.service, text).await.unwrap();
    }
    let kept = stage.stores.blobs.list("garbage/").await.unwrap();
    assert_eq!(kept.len(), 5);
}

#[tokio::test]
async fn a_job_that_failed_too_often_ends_as_a_failed_run_and_the_next_one_works() {
    let stage = Stage::with("ada");
    stage.define("staff", json!({})).await;
    // It died after it began: the lists are held, the run never ended.
    let crashed = stage.service_over(dying(&stage.stores, 4, true));
    let ended = worker::work(&crashed, &job("one").render(), &stage.delivery()).await;
    assert!(ended.is_err());
    worker::bury(&stage.service, &job("one").render())
        .await
        .unwrap();
    let runs = stage.runs("staff").await;
    assert_eq!(runs[0].status, Some(Status::Failed));
    assert_eq!(runs[0].problem.as_ref().unwrap().code, "poisoned");
    assert_eq!(stage.entry("staff").await.failures, 1);
    stage.wait(HOUR);
    stage.work(&job("two")).await.unwrap();
    stage.target_holds("ada");
    assert_eq!(stage.entry("staff").await.failures, 0);
    // A run that ended well is not made a failure afterwards.
    worker::bury(&stage.service, &job("two").render())
        .await
        .unwrap();
    let found = history::find(&stage.stores, "two").await.unwrap().unwrap();
    assert_eq!(found.status, Some(Status::Succeeded));
}

#[tokio::test]
async fn a_sync_that_is_gone_or_broken_ends_its_job() {
    let stage = Stage::with("ada");
    let report = stage.work(&job("one")).await.unwrap();
    assert!(report[0].contains("deleted"), "{report:?}");
    assert_eq!(stage.queued().await, 0);
    let told = history::find(&stage.stores, "one").await.unwrap().unwrap();
    assert_eq!(told.problem.unwrap().message, "the sync was deleted");

    // A definition that a newer version no longer takes ends as a failed run.
    stage.define("staff", json!({})).await;
    let (records, table) = (&stage.stores.records, Table::Definitions);
    let row = records.get(table, "syncs", "staff").await.unwrap().unwrap();
    let value = row.value.replace("\"hr\"", "\"gone\"");
    let replaced = records.replace(table, "syncs", "staff", &value, &row.version);
    replaced.await.unwrap();
    stage.work(&job("two")).await.unwrap();
    let told = history::find(&stage.stores, "two").await.unwrap().unwrap();
    let problem = told.problem.unwrap();
    assert_eq!(problem.code, "definition");
    assert!(problem.message.contains("`gone`"), "{problem:?}");
    assert_eq!(stage.entry("staff").await.failures, 1);
}

#[tokio::test]
async fn people_are_routed_to_a_list_each_and_empty_lists_are_looked_at_too() {
    let stage = Stage::with("ada/Sales bob/Support cyd/sales dan");
    let routed = json!({ "target": "mail", "mapping": { "department": "group" } });
    stage.define("staff", routed).await;
    stage.work(&job("one")).await.unwrap();
    assert_eq!(stage.queued().await, 2);
    stage.wait(2);
    assert_eq!(stage.pump().await, 2);
    let list = |name: &str| ListRef {
        list: name.to_owned(),
        ..target()
    };
    assert_eq!(stage.on(&list("Sales")), "ada cyd");
    assert_eq!(stage.on(&list("Support")), "bob");
    let runs = stage.runs("staff").await;
    assert_eq!(runs[0].split, Some(2));
    assert_eq!(stage.runs("staff/Sales").await.len(), 1);

    // Bob moves; his old list has nobody left and is looked at all the same.
    stage.world.edit(&source(), |list| {
        *list = members("ada/Sales bob/Sales cyd/Sales dan eve/Legal");
    });
    stage.work(&job("two")).await.unwrap();
    stage.work(&job("two")).await.unwrap();
    stage.wait(2);
    assert_eq!(stage.pump().await, 3);
    assert_eq!(stage.on(&list("Sales")), "ada bob cyd");
    assert_eq!(stage.on(&list("Legal")), "eve");
    let support = stage.runs("staff/Support").await;
    assert_eq!(support.len(), 2);
    assert_eq!(
        stage.on(&list("Support")),
        "",
        "he is known to be elsewhere"
    );

    // A column that went away says nothing about anybody.
    stage
        .world
        .edit(&source(), |list| *list = members("ada bob cyd dan eve"));
    stage.work(&job("three")).await.unwrap();
    stage.wait(2);
    stage.pump().await;
    assert_eq!(stage.on(&list("Sales")), "ada bob cyd");
    assert_eq!(stage.stores.queue.count(QUEUE).await.unwrap(), 0);
}

#[tokio::test]
async fn a_list_that_is_spelled_another_way_stays_the_list_it_was() {
    let stage = Stage::with("ada/Sales bob/Sales");
    let routed = json!({ "target": "mail", "mapping": { "department": "group" } });
    stage.define("staff", routed).await;
    for (run, people) in [
        ("one", "ada/Sales bob/Sales"),
        ("two", "ada/SALES bob/Sales"),
        ("three", "ada/SALES bob/SALES"),
    ] {
        stage.world.edit(&source(), |list| *list = members(people));
        stage.work(&job(run)).await.unwrap();
        stage.wait(2);
        assert_eq!(stage.pump().await, 1);
    }
    assert_eq!(stage.runs("staff/Sales").await.len(), 3);
    assert_eq!(stage.runs("staff/SALES").await.len(), 0);
}

#[tokio::test]
async fn a_run_that_died_and_may_not_go_on_does_not_say_that_nothing_happened() {
    for is_paused in [true, false] {
        let stage = Stage::with("ada");
        stage.define("staff", json!({})).await;
        let crashed = stage.service_over(dying(&stage.stores, 5, true));
        let _ = worker::work(&crashed, &job("one").render(), &stage.delivery()).await;
        stage.wait(61);
        if is_paused {
            let key = super::stage::key("staff");
            let pause = |entry: &mut agenda::Entry| {
                entry.paused = Some(agenda::Paused {
                    reason: "migration".to_owned(),
                    by: "bob".to_owned(),
                    since: stage.now(),
                    until: None,
                });
            };
            agenda::change(&stage.stores, &key, stage.now(), pause)
                .await
                .unwrap();
            stage.work(&job("one")).await.unwrap();
        } else {
            worker::bury(&stage.service, &job("one").render())
                .await
                .unwrap();
        }
        let told = history::find(&stage.stores, "one").await.unwrap().unwrap();
        assert_eq!(told.status, Some(Status::Failed));
        let message = told.problem.unwrap().message;
        assert!(
            message.contains("some of its changes may have been made"),
            "{message}"
        );
    }
}
