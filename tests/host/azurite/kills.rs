//! A run that is killed at any of its moments, and the run that takes over.

use std::{collections::BTreeSet, env};

use jiff::Timestamp;
use serde_json::json;

use super::{
    app::App,
    world::{PATIENCE, POISON, World, addresses},
};
use crate::front::function_key;

/// How many moments are tried.
const MOMENTS: usize = 10;

/// Numbers by chance that can be had again (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// Both sides of a list as a run left them.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    file: BTreeSet<String>,
    group: BTreeSet<String>,
    /// What the history says was done.
    told: serde_json::Value,
}

/// Asks for the run as a careful person does: again under the same key, where no answer came.
async fn ask(app: &App) -> String {
    let key = function_key("ApiWrite");
    let headers = [
        ("x-functions-key", key.as_str()),
        ("Idempotency-Key", "the run"),
    ];
    let body = json!({ "mode": "apply", "by": "ada" });
    for _ in 0..10 {
        let path = "/api/v1/syncs/sales/runs";
        let answer = app
            .ask_with("POST", path, Some(body.clone()), &headers)
            .await;
        if let Some(location) = answer.location {
            return location.rsplit('/').next().unwrap().to_owned();
        }
        app.host.ready().await;
    }
    panic!("no answer: {}", app.host.written());
}

/// A first run that brings the sides together, then changes on both, then the run this is about. How much the program
/// sent during that, whether it was killed, and what it left.
async fn sync(kill: Option<(usize, bool)>) -> (usize, bool, Left) {
    let world = World::open(120, &["sales"]).await;
    world.write("sales.csv", 0..60);
    world.edit_group(0, 30..90);
    let app = App::start(&world).await;
    app.connect(&world).await;
    app.define("sales").await;
    app.run("sales").await;
    world.idle().await;
    assert_eq!(world.read("sales.csv"), addresses(0..90));

    world.write("sales.csv", 5..100);
    world.edit_group(0, 0..85);
    let before = world.tap.sent();
    if let Some((moment, is_delivered)) = kill {
        world.tap.kill_at(moment, is_delivered, &app.host);
    }
    let run = ask(&app).await;
    world.idle().await;
    let sent = world.tap.sent() - before;
    let is_killed = kill.is_some() && !world.tap.disarm();
    if is_killed {
        app.host.launched(2).await;
    }
    // What follows is not killed and finds nothing left to do.
    let after = app.run("sales").await;
    world.idle().await;
    let written = app.host.written();
    assert_eq!(
        app.look(&after).await["summary"]["status"],
        "unchanged",
        "{written}"
    );
    let run = app.look(&run).await;
    assert_eq!(run["summary"]["status"], "succeeded", "{run}\n{written}");
    assert_eq!(
        world.queues.count(POISON).await.unwrap_or_default(),
        0,
        "{written}"
    );
    assert_eq!(world.sandbox.counters().deletes_without_ref, 0);
    let left = Left {
        file: world.read("sales.csv"),
        group: world.members(0),
        told: run["summary"]["done"].clone(),
    };
    app.vanish().await;
    (sent, is_killed, left)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_anywhere_ends_as_if_it_was_not() {
    let seed = env::var("ROLLCALL_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| Timestamp::now().as_microsecond().unsigned_abs());
    let (moments, _, unharmed) = sync(None).await;
    println!("ROLLCALL_SEED={seed}; a run sends {moments} times");
    assert_eq!(
        unharmed.file,
        addresses(5..85)
            .union(&addresses(90..100))
            .cloned()
            .collect()
    );
    assert_eq!(unharmed.file, unharmed.group);
    let mut chance = Chance(seed);
    let mut killed = 0;
    // A run sends a little more or less than another, so that its last moments may never come.
    for _ in 0..2 * MOMENTS {
        let moment = 1 + chance.below(moments);
        let is_delivered = chance.below(2) == 1;
        println!("killed at {moment}, its last request delivered: {is_delivered}");
        let one = sync(Some((moment, is_delivered)));
        let (_, is_killed, left) = tokio::time::timeout(PATIENCE, one)
            .await
            .expect("it never came to an end");
        assert_eq!(left, unharmed);
        killed += usize::from(is_killed);
        if killed == MOMENTS {
            return;
        }
    }
    panic!("only {killed} were killed");
}
