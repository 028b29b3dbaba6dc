//! The storage contract: what every backend behind the ports must do. Each function takes any `Stores` in which nothing
//! of its own is left from before, and which has the queues named here.
//!
//! The suite asks nothing that Azure cannot promise. Azure has its own clock and takes no notice of `now`: what must be
//! hidden is hidden for a minute here, and what must come back is waited for, which takes no time where `now` counts.
//! Azure counts approximately, so a count is waited for too; and it keeps no strict order, so the embedded store has a
//! test of its own for that.

mod leases;
mod queues;
mod sizes;

use std::time::Duration;

use jiff::Timestamp;
use rollcall::store::ports::{StoreError, Stores, Table};

pub(crate) use self::{leases::*, queues::*, sizes::*};

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const NO_DELAY: Duration = Duration::ZERO;

/// The queues these functions use.
pub(crate) const QUEUES: [&str; 9] = [
    "hidden",
    "returning",
    "extended",
    "due",
    "due-other",
    "later",
    "bounds",
    "race",
    "texts",
];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn is_conflict<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict(_)))
}

pub(crate) async fn a_row_is_inserted_once(stores: &Stores) {
    let records = &stores.records;
    assert_eq!(records.get(Table::State, "once", "row").await, Ok(None));
    let version = records
        .insert(Table::State, "once", "row", "1")
        .await
        .unwrap();
    assert!(is_conflict(
        records.insert(Table::State, "once", "row", "2").await
    ));
    let found = records
        .get(Table::State, "once", "row")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.row.as_str(), found.value.as_str()), ("row", "1"));
    assert_eq!(found.version, version);
    assert_eq!(records.get(Table::Runs, "once", "row").await, Ok(None));
    assert_eq!(records.get(Table::State, "other", "row").await, Ok(None));
}

pub(crate) async fn a_stale_version_writes_nothing(stores: &Stores) {
    let records = &stores.records;
    let first = records
        .insert(Table::State, "stale", "row", "1")
        .await
        .unwrap();
    let second = records
        .replace(Table::State, "stale", "row", "2", &first)
        .await
        .unwrap();
    assert_ne!(first, second);
    assert!(is_conflict(
        records
            .replace(Table::State, "stale", "row", "3", &first)
            .await
    ));
    assert!(is_conflict(
        records.delete(Table::State, "stale", "row", &first).await
    ));
    let found = records
        .get(Table::State, "stale", "row")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.value.as_str(), &found.version), ("2", &second));
    // The same value written again is a new version all the same.
    let third = records
        .replace(Table::State, "stale", "row", "2", &second)
        .await
        .unwrap();
    assert_ne!(second, third);
}

pub(crate) async fn a_deleted_row_is_gone_and_its_version_stays_stale(stores: &Stores) {
    let records = &stores.records;
    let first = records
        .insert(Table::State, "gone", "row", "1")
        .await
        .unwrap();
    records
        .delete(Table::State, "gone", "row", &first)
        .await
        .unwrap();
    assert!(is_conflict(
        records.delete(Table::State, "gone", "row", &first).await
    ));
    assert!(is_conflict(
        records
            .replace(Table::State, "gone", "row", "2", &first)
            .await
    ));
    let second = records
        .insert(Table::State, "gone", "row", "1")
        .await
        .unwrap();
    assert_ne!(first, second);
    assert!(is_conflict(
        records
            .replace(Table::State, "gone", "row", "2", &first)
            .await
    ));
}

pub(crate) async fn rows_are_listed_by_key_in_pages(stores: &Stores) {
    let records = &stores.records;
    for row in ["b", "a", "Z", "a:2", "a-1", "~", "10", "9", "a.b", "a_"] {
        records
            .insert(Table::History, "order", row, row)
            .await
            .unwrap();
    }
    records
        .insert(Table::History, "order2", "a", "elsewhere")
        .await
        .unwrap();
    let sorted = ["10", "9", "Z", "a", "a-1", "a.b", "a:2", "a_", "b", "~"];
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = records
            .list(Table::History, "order", after.as_deref(), 3)
            .await
            .unwrap();
        assert!(page.len() <= 3);
        let Some(last) = page.last() else { break };
        after = Some(last.row.clone());
        assert!(page.iter().all(|record| record.value == record.row));
        seen.extend(page.into_iter().map(|record| record.row));
    }
    assert_eq!(seen, sorted);
    assert_eq!(
        records.list(Table::History, "order", None, 0).await,
        Ok(Vec::new())
    );
    assert_eq!(
        records.list(Table::History, "nowhere", None, 10).await,
        Ok(Vec::new())
    );
    // A page may begin behind a row that is not there.
    let page = records
        .list(Table::History, "order", Some("a0"), 1)
        .await
        .unwrap();
    assert_eq!(page[0].row, "a:2");
}

pub(crate) async fn hostile_keys_are_refused(stores: &Stores) {
    let records = &stores.records;
    let long = "k".repeat(513);
    for key in [
        "", "a/b", "a b", "a'b", "a\"b", "a\\b", "a#", "a?", "é", "a\u{0}", "a%", &long,
    ] {
        let refused = Err(StoreError::BadKey(key.chars().take(80).collect()));
        assert_eq!(records.get(Table::State, key, "row").await, refused);
        let refused = StoreError::BadKey(key.chars().take(80).collect());
        assert_eq!(
            records.insert(Table::State, "p", key, "1").await,
            Err(refused.clone())
        );
        assert_eq!(records.list(Table::State, key, None, 1).await, Err(refused));
    }
    let longest = "k".repeat(512);
    records
        .insert(Table::State, "keys", &longest, "1")
        .await
        .unwrap();
    records
        .insert(Table::State, "keys", "'~'".trim_matches('\''), "1")
        .await
        .unwrap();
}

pub(crate) async fn values_have_a_greatest_size(stores: &Stores) {
    let records = &stores.records;
    let fits = "ä".repeat(16 * 1024);
    let version = records
        .insert(Table::State, "size", "row", &fits)
        .await
        .unwrap();
    let found = records
        .get(Table::State, "size", "row")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.value, fits);
    let too_big = format!("{fits}x");
    assert!(
        records
            .insert(Table::State, "size", "row2", &too_big)
            .await
            .is_err()
    );
    assert!(
        records
            .replace(Table::State, "size", "row", &too_big, &version)
            .await
            .is_err()
    );
    assert_eq!(records.get(Table::State, "size", "row2").await, Ok(None));
}

pub(crate) async fn texts_come_back_as_they_went(stores: &Stores) {
    let text = "{\"list\":\"O'Brien \\\"東京\\\" \u{1f600}\\n; DROP TABLE records; --\"}";
    stores
        .records
        .insert(Table::Runs, "text", "row", text)
        .await
        .unwrap();
    let found = stores
        .records
        .get(Table::Runs, "text", "row")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.value, text);
    stores
        .queue
        .send("texts", text, NO_DELAY, at(0))
        .await
        .unwrap();
    let message = stores
        .queue
        .receive("texts", MINUTE, at(0))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(message.body, text);
}

pub(crate) async fn a_blob_comes_back_as_it_went(stores: &Stores) {
    let blobs = &stores.blobs;
    assert_eq!(blobs.get("round/trip").await, Ok(None));
    let big: Vec<u8> = (0..5_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    blobs.put("round/trip", big.clone()).await.unwrap();
    assert_eq!(blobs.get("round/trip").await.unwrap().unwrap(), big);
    blobs.put("round/trip", Vec::new()).await.unwrap();
    assert_eq!(blobs.get("round/trip").await, Ok(Some(Vec::new())));
    blobs.delete("round/trip").await.unwrap();
    blobs.delete("round/trip").await.unwrap();
    assert_eq!(blobs.get("round/trip").await, Ok(None));
}

pub(crate) async fn partitions_are_found_one_after_the_other(stores: &Stores) {
    let records = &stores.records;
    for partition in ["walk-b", "walk-a", "walk~", "walk-a.1"] {
        for row in ["1", "2"] {
            let inserted = records.insert(Table::Runs, partition, row, "x").await;
            inserted.unwrap();
        }
    }
    let mut found = Vec::new();
    let mut after = "walk".to_owned();
    while let Some(next) = records
        .next_partition(Table::Runs, Some(&after))
        .await
        .unwrap()
    {
        found.push(next.clone());
        after = next;
    }
    assert_eq!(found, ["walk-a", "walk-a.1", "walk-b", "walk~"]);
    let first = records.next_partition(Table::Runs, None).await.unwrap();
    assert!(first.is_some());
    assert!(matches!(
        records.next_partition(Table::Runs, Some("a'b")).await,
        Err(StoreError::BadKey(_))
    ));
}

pub(crate) async fn blobs_are_listed_by_prefix(stores: &Stores) {
    let blobs = &stores.blobs;
    for name in ["pre/b", "pre/a", "pre/a/c", "prefix", "pr", "pre/a~"] {
        blobs.put(name, b"x".to_vec()).await.unwrap();
    }
    let names = |texts: &[&str]| Ok(texts.iter().map(|text| (*text).to_owned()).collect());
    assert_eq!(
        blobs.list("pre/a").await,
        names(&["pre/a", "pre/a/c", "pre/a~"])
    );
    assert_eq!(
        blobs.list("pre/").await,
        names(&["pre/a", "pre/a/c", "pre/a~", "pre/b"])
    );
    assert_eq!(blobs.list("pre/x").await, names(&[]));
    assert!(blobs.list("").await.unwrap().len() >= 6);
    for name in ["", "a//b", "../a", "a b", "pre/", "é"] {
        assert!(matches!(
            blobs.put(name, Vec::new()).await,
            Err(StoreError::BadKey(_))
        ));
    }
    assert!(matches!(blobs.list("%").await, Err(StoreError::BadKey(_))));
}

pub(crate) async fn of_two_writers_one_conflicts(one: &Stores, other: &Stores) {
    let version = one
        .records
        .insert(Table::State, "two", "row", "0")
        .await
        .unwrap();
    let seen = other
        .records
        .get(Table::State, "two", "row")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.version, version);
    let (left, right) = tokio::join!(
        one.records
            .replace(Table::State, "two", "row", "left", &version),
        other
            .records
            .replace(Table::State, "two", "row", "right", &version),
    );
    assert_eq!(
        usize::from(is_conflict(left)) + usize::from(is_conflict(right)),
        1
    );
}
