//! Erasures that die, come twice, or meet a run.

use std::sync::Arc;

use async_trait::async_trait;
use rollcall::store::ports::StoreError;
use tokio::sync::Notify;

use super::*;
use crate::{
    jobs::dying::{Counted, dying},
    spine::hooks::{Happening, Hooked},
    store_hook::{Call, Fate, Hook, hooked},
};

#[tokio::test]
async fn an_erasure_that_dies_at_any_write_is_ended_by_the_next_one() {
    let control = people();
    story(&control).await;
    let (counting, counted) = Counted::new(&control.stores);
    control.erase_through(&counting, ADA).await.unwrap();
    let writes = counted.writes();
    assert!(writes >= 16, "{writes}");
    for after in [false, true] {
        for at in 0..writes {
            let stage = people();
            story(&stage).await;
            let dead = dying(&stage.stores, at, after);
            let cut_off = stage.erase_through(&dead, ADA).await;
            let place = format!("{at} of {writes}, after {after}");
            assert!(cut_off.is_err(), "{place}");
            stage.wait(LEASE.as_secs() as i64 + 1);
            // By the alias, which nothing may tie to her any more.
            let erased = stage.erase("countess@old.example").await;
            assert!(
                erased.is_done() && left(&erased).iter().all(|kind| *kind == Kind::Baselines),
                "{place}: {erased:#?}"
            );
            let agreed = baselines(&stage.stores).await;
            assert_eq!(traces(&stage.stores).await, agreed, "{place}");
            let records = whole_partition(&stage.stores, Table::State, "~forgotten").await;
            for record in records.unwrap() {
                assert!(
                    record.value.contains("\"finished\":"),
                    "{place}: {}",
                    record.value
                );
            }
            let next = stage.run().await;
            assert_eq!(next.status, Some(Status::Unchanged), "{place}");
            stage.holds("ada bob dan", "ada bob dan");
        }
    }
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
async fn a_run_at_work_is_waited_for_and_one_that_lost_its_hold_brings_nothing_back() {
    let stage = people();
    story(&stage).await;
    let gate = Arc::new(Gate::default());
    let held_back = Hooked {
        world: stage.world.clone(),
        happening: gate.clone(),
    };
    let request = stage.request();
    let run = stage.run_through(&held_back, &stage.stores, &request);
    let erasures = async {
        gate.reached.notified().await;
        let busy = stage.erase(ADA).await;
        assert_eq!(busy.busy.len(), 1, "{busy:#?}");
        assert!(!busy.is_done());
        // The run's worker seems to be dead.
        stage.wait(LEASE.as_secs() as i64 + 1);
        let erased = stage.erase(ADA).await;
        assert!(erased.is_done(), "{erased:#?}");
        gate.open.notify_one();
        gate.reached.notified().await;
        gate.open.notify_one();
    };
    let (_late, ()) = tokio::join!(run, erasures);
    assert_eq!(traces(&stage.stores).await, baselines(&stage.stores).await);
    stage.holds("ada bob dan", "ada bob dan");
}

#[tokio::test]
async fn two_erasures_at_once_do_no_harm() {
    let stage = people();
    story(&stage).await;
    let (one, other) = tokio::join!(stage.erase(ADA), stage.erase("countess@old.example"));
    assert!(one.is_done() || other.is_done(), "{one:#?}\n{other:#?}");
    stage.erase(ADA).await;
    assert_eq!(traces(&stage.stores).await, baselines(&stage.stores).await);
}

/// A run that ended before the erasure had its lists: what had looked left over is in force now.
struct RunEnds(Stores);

#[async_trait]
impl Hook for RunEnds {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if matches!(&call, Call::Row(place) if place.starts_with("Leases/lease/")) {
            let records = &self.0.records;
            let rows = records.list(Table::State, "staff", Some("baseline-"), 1);
            let row = rows.await?.remove(0);
            let value = row
                .value
                .replace("0.json", ".json")
                .replace(".json", "0.json");
            let replaced = records.replace(Table::State, "staff", &row.row, &value, &row.version);
            replaced.await?;
        }
        Ok(Fate::Done)
    }
}

#[tokio::test]
async fn a_baseline_that_came_into_force_meanwhile_is_not_taken_for_a_left_over() {
    let stage = people();
    story(&stage).await;
    let ending = hooked(&stage.stores, Arc::new(RunEnds(stage.stores.clone())));
    stage.erase_through(&ending, ADA).await.unwrap();
    let next = stage.run().await;
    assert_eq!(next.status, Some(Status::Unchanged), "{next:#?}");
    stage.holds("ada bob dan", "ada bob dan");
}
