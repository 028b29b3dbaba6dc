//! A list and a group kept the same by the app as it is deployed: from a definition put over HTTP to a run's summary.

use serde_json::{Value, json};

use super::{
    app::App,
    world::{JOBS, POISON, World, addresses},
};
use crate::front::function_key;

/// The statuses of a sync's runs, newest first.
fn statuses(runs: &[Value]) -> Vec<&str> {
    runs.iter()
        .map(|run| run["status"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_either_side_reaches_the_other_by_the_clock() {
    let world = World::open(30, &["sales"]).await;
    world.write("sales.csv", 0..10);
    world.edit_group(0, 5..15);
    let mut app = App::start(&world).await;
    app.connect(&world).await;
    app.define("sales").await;
    assert!(
        app.tick().await.outputs.is_empty(),
        "the host rewrites outputs"
    );
    due(&mut app, &world).await;
    assert_eq!(world.read("sales.csv"), addresses(0..15));
    assert_eq!(world.members(0), addresses(0..15));

    // One leaves here and one joins there; each change goes the other way.
    world.write("sales.csv", 1..15);
    world.edit_group(0, 0..16);
    due(&mut app, &world).await;
    assert_eq!(world.read("sales.csv"), addresses(1..16));
    assert_eq!(world.members(0), addresses(1..16));

    due(&mut app, &world).await;
    let runs = app.runs("sales").await;
    assert_eq!(statuses(&runs), ["unchanged", "succeeded", "succeeded"]);
    let newest = runs[1]["run"].as_str().unwrap();
    let run = app.look(newest).await;
    assert_eq!(run["summary"]["done"]["added"], 1, "{run}");
    assert_eq!(run["summary"]["done"]["removed"], 1, "{run}");
    assert_eq!(world.sandbox.counters().deletes_without_ref, 0);
    assert_eq!(world.queues.count(POISON).await.unwrap_or_default(), 0);
    assert_eq!(app.jobs.seen().failures(), 0, "{}", app.host.written());
    app.is_discreet(&world);
}

/// Lets the timer come until something was due, and waits until that is done.
async fn due(app: &mut App, world: &World) {
    let before = app.jobs.seen().invocations();
    world
        .until("something was due", async || {
            app.tick().await;
            world.idle().await;
            app.jobs.seen().invocations() > before
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_asked_for_by_hand_is_done_once() {
    let world = World::open(20, &["sales"]).await;
    world.write("sales.csv", 0..10);
    let app = App::start(&world).await;
    app.connect(&world).await;
    app.define("sales").await;

    let path = "/api/v1/syncs/sales/runs";
    let body = json!({ "mode": "apply", "by": "ada" });
    let key = function_key("ApiWrite");
    let headers = [
        ("x-functions-key", key.as_str()),
        ("Idempotency-Key", "once"),
    ];
    let first = app
        .ask_with("POST", path, Some(body.clone()), &headers)
        .await;
    let again = app
        .ask_with("POST", path, Some(body.clone()), &headers)
        .await;
    assert_eq!(
        (first.status, again.status),
        (202, 202),
        "{first:?} {again:?}"
    );
    assert_eq!(first.location, again.location);
    let with_read_key = [("x-functions-key", function_key("ApiRead"))];
    let headers = with_read_key
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(
        app.ask_with("POST", path, Some(body), &headers)
            .await
            .status,
        401
    );

    world.idle().await;
    let run = app.ask("GET", &first.location.unwrap(), None).await;
    assert_eq!(run.body["summary"]["status"], "succeeded", "{run:?}");
    assert_eq!(app.runs("sales").await.len(), 1);
    assert_eq!(world.members(0), addresses(0..10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_ids_is_a_job_like_any_other() {
    let world = World::open(20, &["sales"]).await;
    world.write("sales.csv", 0..4);
    let app = App::start(&world).await;
    app.connect(&world).await;
    app.define("sales").await;
    let job = json!({
        "version": 1, "run": "by-hand-1", "sync": "sales", "trigger": "hand", "cause": "the portal", "mode": "apply",
    });
    // Nothing is called without an input.
    assert_eq!(app.by_hand("SyncWorker", json!({})).await, 202);
    for _ in 0..2 {
        assert_eq!(
            app.by_hand("SyncWorker", json!({ "input": job.to_string() }))
                .await,
            202
        );
        assert_eq!(
            app.by_hand("SyncWorker", json!({ "input": "not a job" }))
                .await,
            202
        );
    }
    assert_eq!(app.by_hand("Scheduler", json!({})).await, 202);
    world
        .until("the run has ended", async || {
            let answer = app.ask("GET", "/api/v1/runs/by-hand-1", None).await;
            answer.body["summary"]["status"] == "succeeded"
        })
        .await;
    world.holds(JOBS, 0).await;
    assert_eq!(world.members(0), addresses(0..4));
    assert_eq!(app.host.launches(), 1, "{}", app.host.written());
}
