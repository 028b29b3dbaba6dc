//! Storage that fails before, between and after the changes.

use rollcall::{run::RunError, summary::Status};

use super::{
    hooks::{Trouble, troubled},
    stage::{Stage, group, mail},
};

#[tokio::test]
async fn a_store_that_fails_after_the_changes_is_told_and_loses_nothing() {
    for place in ["runs/", "baselines/", "State/", "History/"] {
        let stage = Stage::two_way("ada bob cyd", "ada bob cyd");
        stage.run().await;
        stage.joins(&mail(), "dan");
        stage.leaves(&mail(), "bob");
        let effects = stage.world.counters().effects;
        let world = stage.world.clone();
        let full = troubled(&stage.stores, move |at| {
            match at.starts_with(place) && world.counters().effects > effects {
                true => Trouble::Full,
                false => Trouble::None,
            }
        });
        let request = stage.request();
        let ended = stage.run_through(&stage.world, &full, &request).await;
        let Err(RunError::NotRecorded { summary, .. }) = ended else {
            panic!("{place}: {ended:?}");
        };
        assert_eq!((summary.done.added, summary.done.removed), (1, 1));
        stage.holds("ada cyd dan", "ada cyd dan");
        assert_eq!(stage.history().await[0].status, None);
        // The lists were let go all the same.
        stage.is_settled().await;
        let told = stage.history().await;
        let told = told.iter().find(|one| one.run == request.run).unwrap();
        assert_eq!(told.problem.as_ref().unwrap().code, "interrupted");
    }
}

#[tokio::test]
async fn a_store_that_fails_before_the_changes_stops_them() {
    for place in ["Leases/", "Runs/", "History/", "runs/", "snapshots/"] {
        let stage = Stage::two_way("ada bob", "bob cyd");
        let full = troubled(&stage.stores, move |at| match at.starts_with(place) {
            true => Trouble::Full,
            false => Trouble::None,
        });
        for _ in 0..2 {
            let request = stage.request();
            let ended = stage.run_through(&stage.world, &full, &request).await;
            assert!(
                matches!(ended, Err(RunError::Store(_))),
                "{place}: {ended:?}"
            );
        }
        assert_eq!(stage.world.counters().effects, 0);
        stage.run().await;
        stage.holds("ada bob cyd", "ada bob cyd");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn a_baseline_that_is_gone_is_told_and_nobody_is_taken_for_a_leaver() {
    let stage = Stage::two_way("ada bob", "ada bob");
    stage.run().await;
    stage.leaves(&group(), "bob");
    for name in stage.stores.blobs.list("baselines/").await.unwrap() {
        stage.stores.blobs.delete(&name).await.unwrap();
    }
    let ended = stage.try_run(&stage.request()).await;
    assert!(matches!(ended, Err(RunError::Store(_))), "{ended:?}");
    let told = stage.history().await.remove(0);
    assert_eq!(told.status, Some(Status::Failed));
    assert_eq!(told.problem.unwrap().code, "storage");
    stage.holds("ada bob", "ada");
}
