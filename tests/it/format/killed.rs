//! Whoever brings a store forward dies at any of its writes, and somebody else ends it; or somebody else comes meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rollcall::{
    format::{self, FORMAT, Refused},
    job::QUEUE,
    store::{
        embedded, lease,
        ports::{StoreError, Stores, Table},
    },
};
use serde_json::{Value, json};

use super::recorded::{
    FORMAT_ROW, Stage, all, at, folder, place, put, recorded, restore, row, text,
};
use crate::{
    jobs::dying::{Counted, dying},
    store_hook::{Call, Fate, Hook, hooked},
};

/// Everything in a store but for who brought it forward, and when.
async fn everything(stores: &Stores) -> Vec<String> {
    let mut found = Vec::new();
    for old in all(&recorded(), "records") {
        let (table, partition, key) = place(&old);
        let record = row(stores, (table, &partition, &key)).await;
        found.push(format!("{table:?}/{partition}/{key}: {}", record.value));
    }
    for name in stores.blobs.list("").await.unwrap() {
        let bytes = stores.blobs.get(&name).await.unwrap().unwrap();
        found.push(format!("{name}: {}", String::from_utf8_lossy(&bytes)));
    }
    let format: Value = serde_json::from_str(&row(stores, FORMAT_ROW).await.value).unwrap();
    found.push(format!("{} {}", format["version"], format["next"]));
    found
}

#[tokio::test]
async fn a_kill_at_any_write_leaves_the_same_in_the_end() {
    let whole = folder();
    let control = embedded::open(whole.path()).unwrap();
    restore(&control).await;
    let (counting, counted) = Counted::new(&control);
    format::ready(&counting, at()).await.unwrap();
    let expected = everything(&control).await;
    let writes = counted.writes();
    // The lease, that it begins, nine baselines, that it is done, the lease again and its end.
    assert!(writes >= 13, "{writes}");
    for write in 0..writes {
        for after in [false, true] {
            let place = format!(
                "killed at {write}, {}",
                if after { "after" } else { "before" }
            );
            let folder = folder();
            let stores = embedded::open(folder.path()).unwrap();
            restore(&stores).await;
            let stage = Stage::over(&stores);
            // Nobody hears of a lease that cannot be given back; everything before is a failure.
            let killed = format::ready(&dying(&stores, write, after), stage.now()).await;
            assert!(killed.is_err() || write == writes - 1, "{place}");
            // A job that comes at once is done where nothing is left to do, and else goes back; it is never lost.
            let message = text(&all(&recorded(), "messages")[0], "body").to_owned();
            let is_ready = format::ready(&stores, stage.now()).await;
            match &is_ready {
                Ok(()) => {}
                Err(Refused::NotYet(_)) => {
                    let report = stage.work(&message).await.unwrap();
                    assert!(report[0].starts_with("put back"), "{place}: {report:?}");
                    assert_eq!(stores.queue.count(QUEUE).await.unwrap(), 3, "{place}");
                }
                Err(other) => panic!("{place}: {other}"),
            }
            stage.wait(61);
            format::ready(&stores, stage.now()).await.unwrap();
            assert_eq!(everything(&stores).await, expected, "{place}");
        }
    }
}

#[tokio::test]
async fn runs_that_began_before_are_waited_for() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    let records = stores.records.as_ref();
    let got = lease::acquire(records, "mail:staff", "an old worker", at(), MINUTE).await;
    let lease::Acquisition::Acquired(held) = got.unwrap() else {
        panic!("it is held");
    };
    let waits = format::ready(&stores, at()).await.unwrap_err();
    assert!(
        matches!(&waits, Refused::NotYet(why) if why.contains("`an old worker`")),
        "{waits}"
    );
    // Those that know of forms begin nothing meanwhile: it stands there that this one is coming.
    let announced: Value = serde_json::from_str(&row(&stores, FORMAT_ROW).await.value).unwrap();
    assert_eq!(
        (&announced["version"], &announced["next"]["version"]),
        (&1.into(), &FORMAT.into())
    );
    let team = stores
        .records
        .list(Table::State, "team", Some("baseline-"), 1);
    assert!(
        team.await.unwrap()[0].value.contains("\"version\":1"),
        "changed too early"
    );
    held.release(records).await.unwrap();
    format::ready(&stores, at()).await.unwrap();
    assert_eq!(format::look(&stores).await, Ok(Some(FORMAT)));
}

#[tokio::test]
async fn of_many_instances_that_start_at_once_one_does_it() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    let (counting, counted) = Counted::new(&stores);
    let starting = (0..6).map(|_| format::ready(&counting, at()));
    let ended = futures::future::join_all(starting).await;
    for end in &ended {
        assert!(matches!(end, Ok(()) | Err(Refused::NotYet(_))), "{end:?}");
    }
    assert!(ended.iter().any(Result::is_ok));
    format::ready(&stores, at()).await.unwrap();
    assert!(counted.writes() > 0);
    let token: Value =
        serde_json::from_str(&row(&stores, (Table::Leases, "lease", "format")).await.value)
            .unwrap();
    assert_eq!(token["held"], Value::Null);
}

/// What somebody else does just before the first baseline is written.
enum Meanwhile {
    /// Brings the store forward too: the lease of the first one is over.
    TakesOver,
    /// Writes that baseline, as a run does that began before.
    Writes,
}

struct SomebodyElse {
    stores: Stores,
    meanwhile: Meanwhile,
    is_done: AtomicBool,
}

#[async_trait]
impl Hook for SomebodyElse {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if let Call::Row(place) = &call
            && let Some((partition, key)) = place
                .strip_prefix("State/")
                .and_then(|place| place.split_once("/baseline-"))
            && !self.is_done.swap(true, Ordering::SeqCst)
        {
            match self.meanwhile {
                Meanwhile::TakesOver => {
                    let (records, later) = (self.stores.records.as_ref(), at() + MINUTE * 2);
                    let got = lease::acquire(records, "format", "another", later, MINUTE).await?;
                    assert!(matches!(got, lease::Acquisition::Acquired(_)));
                }
                Meanwhile::Writes => {
                    let key = format!("baseline-{key}");
                    let place = (Table::State, partition, key.as_str());
                    let found = row(&self.stores, place).await;
                    let mut value: Value = serde_json::from_str(&found.value).unwrap();
                    value["run"] = json!("meanwhile");
                    put(&self.stores, place, &value).await;
                }
            }
        }
        Ok(Fate::Done)
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// A recorded store in which that happens while it is brought forward; how that ended, and the store.
async fn disturbed(meanwhile: Meanwhile) -> (Result<(), Refused>, Stores, tempfile::TempDir) {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    let somebody = SomebodyElse {
        stores: stores.clone(),
        meanwhile,
        is_done: AtomicBool::new(false),
    };
    let ended = format::ready(&hooked(&stores, Arc::new(somebody)), at()).await;
    (ended, stores, folder)
}

#[tokio::test]
async fn whoever_lost_the_lease_leaves_the_rest_to_the_one_who_has_it() {
    let (ended, stores, _folder) = disturbed(Meanwhile::TakesOver).await;
    assert!(matches!(ended, Err(Refused::NotYet(_))), "{ended:?}");
    let found: Value = serde_json::from_str(&row(&stores, FORMAT_ROW).await.value).unwrap();
    assert_eq!(found["version"], 1, "{found}");
}

#[tokio::test]
async fn a_baseline_that_is_written_meanwhile_comes_forward_as_it_is_then() {
    let (ended, stores, _folder) = disturbed(Meanwhile::Writes).await;
    assert_eq!(ended, Ok(()));
    let mut written = Vec::new();
    for old in all(&recorded(), "records") {
        let (table, partition, key) = place(&old);
        if key.starts_with("baseline-") {
            let found = row(&stores, (table, &partition, &key)).await;
            let value: Value = serde_json::from_str(&found.value).unwrap();
            assert_eq!(value["version"], 2, "{value}");
            written.push(value["run"].clone());
        }
    }
    assert!(written.contains(&json!("meanwhile")), "{written:?}");
}
