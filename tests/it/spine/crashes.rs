//! Runs that die, come twice or meet each other.

use std::sync::Arc;

use async_trait::async_trait;
use rollcall::{
    run::{LEASE, RunError, RunRequest},
    summary::Status,
};
use tokio::sync::Notify;

use super::{
    hooks::{Happening, Hooked, Trouble, troubled},
    stage::{Stage, group, mail},
};

/// Starts a run whose writer falls silent after so many effects, and drops it then.
async fn dies_after(stage: &Stage, effects: usize) -> RunRequest {
    let request = stage.request();
    stage.world.die_after(&group(), effects);
    tokio::select! {
        _ = stage.try_run(&request) => panic!("the run outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    request
}

#[tokio::test]
async fn a_run_that_died_is_closed_by_the_next_one_which_does_the_rest() {
    for effects in 0..=3 {
        let stage = Stage::two_way("ada bob cyd dan", "ada bob cyd dan");
        stage.run().await;
        stage.joins(&mail(), "eve fay");
        stage.leaves(&mail(), "bob");
        stage.joins(&group(), "gus");
        let dead = dies_after(&stage, effects).await;
        let told = stage.history().await.remove(0);
        assert_eq!(told.run, dead.run);
        assert_eq!((told.status, told.finished), (None, None));
        // Nobody knows yet that it is dead.
        let busy = stage.try_run(&stage.request()).await;
        let Err(RunError::Busy { holder, .. }) = busy else {
            panic!("{busy:?}");
        };
        assert_eq!(holder, dead.worker);
        assert_eq!(stage.history().await.len(), 2, "being busy is no run");
        stage.wait(LEASE.as_secs() as i64);
        stage.run().await;
        stage.holds("ada cyd dan eve fay gus", "ada cyd dan eve fay gus");
        let told = stage.history().await.remove(1);
        assert_eq!(told.run, dead.run);
        assert_eq!(told.status, Some(Status::Failed));
        assert_eq!(told.problem.unwrap().code, "interrupted");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn a_message_that_comes_again_finds_its_run_done() {
    let stage = Stage::two_way("ada bob", "ada");
    let request = stage.request();
    let first = stage.run_as(&request).await;
    stage.leaves(&mail(), "bob");
    let reads = stage.world.counters().reads;
    let again = stage.try_run(&request).await.unwrap();
    assert_eq!(again.summary, first);
    assert_eq!(again.file, None);
    assert_eq!(stage.world.counters().reads, reads);
    assert_eq!(stage.history().await.len(), 1);
    stage.run().await;
    stage.holds("ada", "ada");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_message_that_comes_again_after_its_worker_died_does_the_rest() {
    let stage = Stage::two_way("ada bob cyd dan", "ada");
    let mut request = dies_after(&stage, 1).await;
    stage.wait(LEASE.as_secs() as i64);
    request.worker = "another".to_owned();
    let name = format!("snapshots/staff/{}.json", request.run);
    let before = stage.stores.blobs.get(&name).await.unwrap();
    let summary = stage.run_as(&request).await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    assert_eq!(summary.done.added, 3, "with what the first attempt did");
    stage.holds("ada bob cyd dan", "ada bob cyd dan");
    assert_eq!(stage.history().await.len(), 1);
    let after = stage.stores.blobs.get(&name).await.unwrap();
    assert!(
        before == after,
        "the lists as they were before the run are lost"
    );
    stage.is_settled().await;
}

#[tokio::test]
async fn a_message_that_comes_again_before_its_run_was_told_is_told() {
    let stage = Stage::two_way("ada bob", "ada");
    let request = stage.request();
    let full = troubled(&stage.stores, |place| match place.starts_with("History") {
        true => Trouble::Full,
        false => Trouble::None,
    });
    let stopped = stage.run_through(&stage.world, &full, &request).await;
    assert!(matches!(stopped, Err(RunError::Store(_))), "{stopped:?}");
    assert!(stage.history().await.is_empty());
    stage.world.die_after(&group(), 0);
    tokio::select! {
        _ = stage.try_run(&request) => panic!("the run outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    assert_eq!(stage.history().await[0].run, request.run);
}

/// Holds a reader back until it is let go.
#[derive(Default)]
struct Gate {
    reached: Notify,
    open: Notify,
}

#[async_trait]
impl Happening for Gate {
    async fn before_reading(&self) {
        self.reached.notify_one();
        self.open.notified().await;
    }
}

#[tokio::test]
async fn of_two_runs_at_once_one_works() {
    let stage = Stage::two_way("ada bob", "bob cyd");
    let gate = Arc::new(Gate::default());
    let held_back = Hooked {
        world: stage.world.clone(),
        happening: gate.clone(),
    };
    let first_request = stage.request();
    let first = stage.run_through(&held_back, &stage.stores, &first_request);
    let second = async {
        gate.reached.notified().await;
        let second = stage.try_run(&stage.request()).await;
        // Two readers are opened.
        gate.open.notify_one();
        gate.reached.notified().await;
        gate.open.notify_one();
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().summary.status, Some(Status::Succeeded));
    assert!(matches!(second, Err(RunError::Busy { .. })), "{second:?}");
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
}
