//! What the functions app costs: `cargo run --example package`, then
//! `tests/run --bench functions -- --program target/package/rollcall`.
//!
//! It prints and asserts nothing. The host, the tenant and the storage emulator run on the same machine, so that what is
//! measured from outside includes them; CPU and memory are the program's alone.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    reason = "the harness of the tests is used here as it is, and not all of it"
)]

#[path = "../functions/package/mod.rs"]
mod package;

#[path = "../tests/host"]
mod harness {
    pub(crate) mod deployed;
    pub(crate) mod encode;
    pub(crate) mod fake;
    pub(crate) mod front;
    pub(crate) mod invoke;
    pub(crate) mod judge;
    pub(crate) mod process;
    pub(crate) mod queues;
    pub(crate) mod storage;
    pub(crate) mod timer;

    /// The world of the scenarios, without the scenarios.
    #[path = "azurite"]
    pub(crate) mod azurite {
        #[path = "../../azurite/accounts.rs"]
        mod accounts;
        pub(crate) mod app;
        mod wire;
        pub(crate) mod world;
    }
}

use std::{
    env, fs,
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

// The harness names its parts as the tests do, from the root.
use harness::{
    azurite, deployed, encode, fake, front, invoke, judge, process, queues, storage, timer,
};

use azurite::{
    app::App,
    world::{JOBS, World, two_way},
};
use deployed::{Deployed, PROGRAM};
use process::Host;

/// How often a cold start is measured.
const STARTS: usize = 20;

/// How many messages without work.
const INVOCATIONS: usize = 500;

/// How many lists are due at once.
const LISTS: usize = 1000;

/// How many people a first sync brings.
const MEMBERS: usize = 10_000;

/// The clock of /proc counts so often in a second, on every Linux that is.
const TICKS: f64 = 100.0;

fn main() {
    let mut arguments = env::args().skip(1).filter(|argument| argument != "--bench");
    if arguments.next().as_deref() == Some("--program") {
        let program = fs::canonicalize(PathBuf::from(arguments.next().unwrap())).unwrap();
        println!(
            "{} bytes  {}",
            fs::metadata(&program).unwrap().len(),
            program.display()
        );
        PROGRAM.set(program).unwrap();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        starts().await;
        messages_without_work().await;
        due_lists().await;
        first_sync().await;
    });
}

/// From the start of the process to its first answer, polled every half millisecond.
async fn starts() {
    let world = World::open(5, &[]).await;
    let deployed = world.deployed();
    let mut times: Vec<Duration> = (0..STARTS).map(|_| start(&deployed)).collect();
    times.sort();
    println!(
        "cold start to readiness: median {:.1} ms, slowest {:.1} ms of {STARTS}",
        milliseconds(times[STARTS / 2]),
        milliseconds(times[STARTS - 1])
    );
}

fn start(deployed: &Deployed) -> Duration {
    let port = process::free_port();
    let (program, arguments) = deployed.command();
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(&deployed.root)
        .env_clear()
        .envs(&deployed.settings)
        .envs(process::added(deployed, port, 0))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !answers(port) {
        std::thread::sleep(Duration::from_micros(500));
    }
    let taken = started.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    taken
}

fn answers(port: u16) -> bool {
    use std::io::{Read as _, Write as _};
    let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        write!(stream, "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")?;
        stream.read_exact(&mut [0; 5])
    });
    asked.is_ok()
}

/// A job whose run has ended, delivered again and again: what an invocation costs by itself.
async fn messages_without_work() {
    let world = World::open(5, &["sales"]).await;
    world.write("sales.csv", 0..2);
    let app = App::start(&world).await;
    app.connect(&world).await;
    app.define("sales").await;
    println!("idle RSS: {} KiB", of_status(&app.host, "VmRSS"));
    let job = json!({
        "version": 1, "run": "once", "sync": "sales", "trigger": "hand", "cause": "a measurement", "mode": "apply",
    });
    let function = app.host.deployed().named("SyncWorker").clone();
    let mut times = Vec::new();
    for number in 0..=INVOCATIONS {
        let envelope = front::message_by_hand(&function, &job.to_string(), Timestamp::now());
        let started = Instant::now();
        invoke::invoke(&app.host, "SyncWorker", envelope)
            .await
            .unwrap();
        // The first one does the run.
        if number > 0 {
            times.push(started.elapsed());
        }
    }
    times.sort();
    println!(
        "message without work: p50 {:.1} ms, p99 {:.1} ms of {INVOCATIONS}",
        milliseconds(times[INVOCATIONS / 2]),
        milliseconds(times[INVOCATIONS * 99 / 100])
    );
    println!("RSS after them: {} KiB", of_status(&app.host, "VmRSS"));
    app.vanish().await;
}

async fn due_lists() {
    let world = World::open(5, &[]).await;
    let mut app = App::start(&world).await;
    app.jobs.stop().await;
    app.connect(&world).await;
    let hour = (Timestamp::now().to_zoned(TimeZone::UTC).hour() + 12) % 24;
    let mut sync = two_way("list-0");
    sync["schedule"] = json!(format!("0 {hour} * * *"));
    app.put("list-0", sync).await;
    app.tick().await;
    world.multiply("list-", LISTS).await;
    let (started, before) = (Instant::now(), processor(&app.host));
    app.tick().await;
    println!(
        "{LISTS} due lists enqueued: {:.2} s, {:.2} s of CPU; {:?} messages",
        started.elapsed().as_secs_f64(),
        processor(&app.host) - before,
        world.queues.count(JOBS).await.unwrap_or_default()
    );
    let started = Instant::now();
    app.tick().await;
    println!(
        "a tick with nothing due: {:.2} s",
        started.elapsed().as_secs_f64()
    );
    app.vanish().await;
}

async fn first_sync() {
    let world = World::open(MEMBERS + 1, &["all"]).await;
    world.write("all.csv", 0..MEMBERS);
    let app = App::start(&world).await;
    app.connect(&world).await;
    let one_way: Value = json!({
        "source": { "connection": "files", "list": "all.csv" },
        "target": { "connection": "entra-id", "group": "all" },
        "limits": { "additions": "none" },
    });
    app.put("all", one_way).await;
    let (started, before) = (Instant::now(), processor(&app.host));
    let run = app.run("all").await;
    world.idle().await;
    let taken = started.elapsed().as_secs_f64();
    let ended = app.look(&run).await;
    println!(
        "first sync of {MEMBERS}: {taken:.1} s, {:.2} s of CPU, peak RSS {} KiB; {} added, {}",
        processor(&app.host) - before,
        of_status(&app.host, "VmHWM"),
        ended["summary"]["done"]["added"],
        ended["summary"]["status"]
    );
    let counters = world.sandbox.counters();
    println!(
        "  {} requests to the tenant, {} writes",
        counters.requests, counters.writes
    );
    app.vanish().await;
}

/// User and system time of the program so far, in seconds.
fn processor(host: &Host) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", host.process().unwrap())).unwrap();
    // The name in brackets may hold blanks.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: f64 = [11, 12]
        .map(|field: usize| fields[field].parse::<f64>().unwrap())
        .iter()
        .sum();
    ticks / TICKS
}

/// A line of `/proc/PID/status`, in KiB.
fn of_status(host: &Host, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", host.process().unwrap())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    let number = line
        .trim_start_matches(':')
        .split_whitespace()
        .next()
        .unwrap();
    number.parse().unwrap()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
