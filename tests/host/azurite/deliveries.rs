//! Messages as queues really deliver them: twice, in another order, broken, too large, and again and again.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rollcall::job::MOST_WAITS;
use serde_json::json;

use super::{
    app::App,
    world::{JOBS, POISON, World, addresses},
};

/// The most a message may hold before it is put into base64.
const LARGEST: usize = 48 * 1024;

async fn two_lists() -> (World, App) {
    let world = World::open(40, &["sales", "support"]).await;
    world.write("sales.csv", 0..10);
    world.write("support.csv", 10..20);
    let app = App::start(&world).await;
    app.connect(&world).await;
    app.define("sales").await;
    app.define("support").await;
    (world, app)
}

fn job(run: &str, sync: &str) -> String {
    let job = json!({
        "version": 1, "run": run, "sync": sync, "trigger": "hand", "cause": "by hand (ada)", "mode": "apply",
    });
    job.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_comes_twice_or_late_does_nothing_more() {
    let (world, app) = two_lists().await;
    let jobs = [job("a", "sales"), job("b", "support"), job("c", "sales")];
    for text in &jobs {
        world.queues.put(JOBS, text).await;
    }
    world.idle().await;
    let (sales, support) = (app.runs("sales").await, app.runs("support").await);
    let writes = world.sandbox.counters().writes;
    // The same again, the other way round, while somebody has changed a list: these runs have ended and stay so.
    world.write("sales.csv", 0..12);
    for text in jobs.iter().rev().chain(&jobs) {
        world.queues.put(JOBS, text).await;
    }
    world.idle().await;
    assert_eq!(app.runs("sales").await, sales);
    assert_eq!(app.runs("support").await, support);
    assert_eq!(world.sandbox.counters().writes, writes);
    assert_eq!(world.members(0), addresses(0..10));
    assert_eq!(app.jobs.seen().failures(), 0, "{}", app.host.written());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_that_are_worked_on_at_once_make_one_run() {
    let (world, app) = two_lists().await;
    for _ in 0..8 {
        world.queues.put(JOBS, &job("a", "sales")).await;
    }
    world.idle().await;
    let runs = app.runs("sales").await;
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(runs[0]["status"], "succeeded");
    assert_eq!(world.members(0), addresses(0..10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_kept_once_and_stops_nothing() {
    let (world, app) = two_lists().await;
    let garbage = [
        "not a job",
        "",
        "{}",
        "[1]",
        "null",
        "{\"version\":1}",
        "\u{0}\u{1f600}",
    ];
    for text in garbage.iter().chain(&garbage) {
        world.queues.put(JOBS, text).await;
    }
    world.queues.put_raw(JOBS, "this is no base64").await;
    world.queues.put(JOBS, &job("a", "sales")).await;
    world.idle().await;
    assert_eq!(app.runs("sales").await.len(), 1);
    let blobs = world.stores().await.blobs;
    let kept = blobs.list("garbage/").await.unwrap();
    let mut texts = Vec::new();
    for name in &kept {
        texts.push(String::from_utf8(blobs.get(name).await.unwrap().unwrap()).unwrap());
    }
    let mut wanted = garbage.map(str::to_owned).to_vec();
    texts.sort();
    wanted.sort();
    assert_eq!(texts, wanted);
    // What is no base64 was never seen; it stays where a person finds it.
    world.holds(POISON, 1).await;
    assert_eq!(app.jobs.seen().failures(), 0, "{}", app.host.written());
    assert_eq!(app.host.launches(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_the_largest_size_is_a_job_like_any_other() {
    let (world, app) = two_lists().await;
    let text = job("a", "sales");
    let padded = format!("{text}{}", " ".repeat(LARGEST - text.len()));
    assert_eq!(BASE64_STANDARD.encode(&padded).len(), 64 * 1024);
    world.queues.put(JOBS, &padded).await;
    let garbage = "x".repeat(LARGEST);
    world.queues.put(JOBS, &garbage).await;
    world.idle().await;
    assert_eq!(app.runs("sales").await[0]["status"], "succeeded");
    assert_eq!(app.jobs.seen().failures(), 0, "{}", app.host.written());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_every_time_is_recorded_and_the_next_one_runs() {
    let (world, app) = two_lists().await;
    // Nothing a run needs can be read while the blobs are away.
    world.blobs.cut(true);
    let run = app.run("sales").await;
    world
        .until("the job was given up", async || {
            let answer = app.ask("GET", &format!("/api/v1/runs/{run}"), None).await;
            answer.body["summary"]["status"] == "failed"
        })
        .await;
    world.holds(POISON, 0).await;
    let failed = app.look(&run).await;
    assert_eq!(failed["summary"]["problem"]["code"], "poisoned", "{failed}");
    assert_eq!(app.jobs.seen().failures(), 5);
    assert_eq!(world.members(0), addresses(0..0));

    world.blobs.cut(false);
    let next = app.run("sales").await;
    world
        .until("the next run has ended", async || {
            let answer = app.ask("GET", &format!("/api/v1/runs/{next}"), None).await;
            answer.body["summary"]["status"] == "succeeded"
        })
        .await;
    assert_eq!(world.members(0), addresses(0..10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_a_newer_program_is_left_to_it_and_written_down_in_the_end() {
    let (world, app) = two_lists().await;
    let newer = json!({ "version": 99, "run": "a", "sync": "sales", "what": "nobody knows yet" });
    world.queues.put(JOBS, &newer.to_string()).await;
    world
        .until("it is put back", async || {
            app.jobs.seen().invocations() == 1
        })
        .await;
    world.holds(JOBS, 1).await;
    // Nobody came for this one in half a day.
    let last = json!({ "version": 99, "run": "b", "sync": "sales", "waits": MOST_WAITS });
    world.queues.put(JOBS, &last.to_string()).await;
    let blobs = world.stores().await.blobs;
    world
        .until("it is kept", async || {
            blobs.list("garbage/").await.unwrap().len() == 1
        })
        .await;
    let failed = app.look("b").await;
    assert_eq!(failed["summary"]["problem"]["code"], "newer-message");
    world.holds(POISON, 0).await;
    world.holds(JOBS, 1).await;
    assert_eq!(app.jobs.seen().failures(), 0, "{}", app.host.written());
    assert_eq!(app.host.launches(), 1);
}
