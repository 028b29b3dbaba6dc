//! Whoever brings a store forward dies at any of its writes, and somebody else ends it.

use rollcall::{
    format::{self, FORMAT, Refused},
    job::QUEUE,
    store::{
        embedded, lease,
        ports::{Stores, Table},
    },
};
use serde_json::Value;

use super::recorded::{FORMAT_ROW, Stage, all, at, folder, place, recorded, restore, row, text};
use crate::jobs::dying::{Counted, dying};

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
    let minute = std::time::Duration::from_secs(60);
    let got = lease::acquire(records, "mail:staff", "an old worker", at(), minute).await;
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
