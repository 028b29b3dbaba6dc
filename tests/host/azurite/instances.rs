//! Two instances of the app at once, a thousand lists due in one tick, and an instance whose host is gone.

use std::{
    net::TcpStream,
    process::{Command, Stdio},
    time::Instant,
};

use jiff::{Timestamp, tz::TimeZone};
use rollcall::agenda;
use serde_json::json;

use super::{
    app::App,
    world::{JOBS, World, addresses, two_way},
};
use crate::process;

/// How many lists are due at once.
const LISTS: usize = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_share_the_work_and_never_a_list() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let world = World::open(40, &names).await;
    let (mut one, mut other) = tokio::join!(App::start(&world), App::start(&world));
    one.connect(&world).await;
    for (number, name) in names.iter().enumerate() {
        world.write(&format!("{name}.csv"), 0..10);
        world.edit_group(number, 5..12);
        one.define(name).await;
    }
    tokio::join!(one.tick(), other.tick());
    // Everything is due every second, and both ask at the same time.
    world
        .until("both have worked", async || {
            tokio::join!(one.tick(), other.tick());
            one.jobs
                .seen()
                .invocations()
                .min(other.jobs.seen().invocations())
                >= 12
        })
        .await;
    world.idle().await;
    for (number, name) in names.iter().enumerate() {
        assert_eq!(
            world.read(&format!("{name}.csv")),
            addresses(0..12),
            "{name}"
        );
        assert_eq!(world.members(number), addresses(0..12), "{name}");
        let runs = one.runs(name).await;
        let mut ids: Vec<&str> = runs
            .iter()
            .map(|run| run["run"].as_str().unwrap())
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
        let changing = runs.iter().filter(|run| run["status"] == "succeeded");
        assert_eq!(changing.count(), 1, "{name}: {runs:?}");
        assert!(
            runs.iter().all(|run| run["status"] != "failed"),
            "{name}: {runs:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_lists_that_are_due_in_one_tick_are_enqueued_once() {
    let world = World::open(5, &[]).await;
    let mut app = App::start(&world).await;
    app.jobs.stop().await;
    app.connect(&world).await;
    // Due once a day, and not while this test runs.
    let hour = (Timestamp::now().to_zoned(TimeZone::UTC).hour() + 12) % 24;
    let mut sync = two_way("list-0");
    sync["schedule"] = json!(format!("0 {hour} * * *"));
    app.put("list-0", sync).await;
    app.tick().await;
    world.multiply("list-", LISTS).await;

    let started = Instant::now();
    app.tick().await;
    println!("{LISTS} due lists were enqueued in {:?}", started.elapsed());
    assert_eq!(
        world.queues.count(JOBS).await,
        Some(LISTS),
        "{}",
        app.host.written()
    );
    app.tick().await;
    assert_eq!(
        world.queues.count(JOBS).await,
        Some(LISTS),
        "a second tick adds nothing"
    );
    let stores = world.stores().await;
    for entry in agenda::all(&stores).await.unwrap() {
        let mark = entry.unwrap().0.mark.unwrap();
        assert!(mark.pending.is_none(), "{mark:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_whose_host_is_gone_stops() {
    let world = World::open(5, &[]).await;
    let deployed = world.deployed();
    let (program, arguments) = deployed.command();
    let port = process::free_port();
    // The shell stands in for the host: killed with SIGKILL, it cannot end the program.
    let mut host = Command::new("/bin/sh")
        .args(["-c", "\"$0\" \"$@\" & wait"])
        .arg(program)
        .args(arguments)
        .current_dir(&deployed.root)
        .env_clear()
        .envs(&deployed.settings)
        .envs(process::added(&deployed, port, 0))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_open = || TcpStream::connect(("127.0.0.1", port)).is_ok();
    world.until("it answers", async || is_open()).await;
    host.kill().unwrap();
    host.wait().unwrap();
    world.until("its port is closed", async || !is_open()).await;
}
