//! Runs that lose what they hold: another one took their list over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rollcall::{
    history::{self, LoadedBaseline},
    model::{
        baseline::{Baseline, BaselineEntry},
        list::Sides,
        reading::Reading,
    },
    run::LEASE,
    store::lease::{self, Acquisition},
    summary::Status,
};

use super::{
    hooks::{Happening, Hooked, Trouble, troubled},
    stage::{Stage, group, group_can},
};

/// After the first hand-over, somebody else takes the lists over: only holding them, or with a whole run.
struct TakenOver {
    stage: Arc<Stage>,
    with_a_run: bool,
    done: AtomicBool,
}

#[async_trait]
impl Happening for TakenOver {
    async fn after_writing(&self) {
        if self.done.swap(true, Ordering::Relaxed) {
            return;
        }
        self.stage.wait(LEASE.as_secs() as i64);
        if self.with_a_run {
            self.stage.run().await;
            return;
        }
        let records = self.stage.stores.records.as_ref();
        let now = self.stage.now();
        let taken = lease::acquire(records, "entra-id:staff", "other", now, LEASE).await;
        assert!(matches!(taken, Ok(Acquisition::Acquired(_))), "{taken:?}");
    }
}

#[tokio::test]
async fn a_run_whose_list_was_taken_over_stops_and_leaves_the_baseline_alone() {
    for with_a_run in [false, true] {
        let stage = Arc::new(Stage::two_way("ada bob cyd dan eve fay", "ada"));
        let taken_over = Hooked {
            world: stage.world.clone(),
            happening: Arc::new(TakenOver {
                stage: stage.clone(),
                with_a_run,
                done: AtomicBool::new(false),
            }),
        };
        let request = stage.request();
        let finished = stage.run_through(&taken_over, &stage.stores, &request);
        let finished = finished.await.unwrap();
        assert_eq!(finished.summary.status, Some(Status::Partial));
        assert_eq!(
            (finished.summary.done.added, finished.summary.done.failed),
            (2, 3)
        );
        let failures = &finished.summary.first_failures;
        assert!(failures.iter().all(|one| one.problem.code == "not-tried"));
        let told = stage.history().await;
        let told = told.iter().find(|one| one.run == request.run);
        assert_eq!(told, Some(&finished.summary));
        let baselines = stage.stores.blobs.list("baselines/").await.unwrap();
        assert_eq!(baselines.len(), usize::from(with_a_run));
        stage.wait(LEASE.as_secs() as i64);
        stage.run().await;
        stage.holds("ada bob cyd dan eve fay", "ada bob cyd dan eve fay");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn a_late_worker_cannot_change_the_baseline_of_the_one_after_it() {
    let stage = Stage::two_way("", "");
    let reading = Reading::whole(group(), Vec::new(), group_can());
    let readings = || Sides {
        source: &reading,
        target: &reading,
    };
    let nothing = LoadedBaseline::default();
    let right = Baseline {
        entries: vec![BaselineEntry {
            who: Sides::default(),
            fields: Default::default(),
            put: None,
            settling: None,
        }],
        ..Baseline::default()
    };
    let stores = &stage.stores;
    let (early, late) = (6, 5);
    let kept =
        history::keep_baseline(stores, "staff", "run", early, readings(), &nothing, &right).await;
    kept.unwrap();
    let old = Baseline::default();
    let refused =
        history::keep_baseline(stores, "staff", "run", late, readings(), &nothing, &old).await;
    assert!(refused.is_err());
    let loaded = history::baseline(stores, "staff", readings()).await;
    assert_eq!(loaded.unwrap().baseline, Some(right));
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_while_the_run_renews_its_leases_stops_nothing() {
    let stage = Stage::two_way("ada bob cyd dan", "ada");
    let slow = troubled(&stage.stores, |place| match place.starts_with("Leases") {
        true => Trouble::Slow(LEASE / 2),
        false => Trouble::None,
    });
    let request = stage.request();
    let run = stage.run_through(&stage.world, &slow, &request);
    let finished = tokio::time::timeout(Duration::from_secs(3600), run).await;
    let summary = finished.expect("the run hangs").unwrap().summary;
    assert_eq!(summary.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
}
