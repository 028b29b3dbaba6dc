//! A storage copied into another one, while others go on writing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rollcall::{
    backup::{Copied, copy, is_unused},
    format::{self, Refused},
    store::{
        embedded,
        ports::{StoreError, Stores, Table},
    },
};

use crate::{
    jobs::dying::{Counted, dying},
    store_hook::{Call, Fate, Hook, hooked},
};

fn at() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().unwrap()
}

/// What a baseline is like: a row that names a blob, and is moved on to a new one before the old one goes.
async fn move_on(stores: &Stores, partition: &str, number: usize) {
    let blob = format!("kept/{partition}/{number}");
    stores.blobs.put(&blob, blob.clone().into()).await.unwrap();
    let records = &stores.records;
    match records.get(Table::State, partition, "row").await.unwrap() {
        None => {
            let inserted = records.insert(Table::State, partition, "row", &blob).await;
            inserted.unwrap();
        }
        Some(found) => {
            let replaced = records.replace(Table::State, partition, "row", &blob, &found.version);
            replaced.await.unwrap();
            stores.blobs.delete(&found.value).await.unwrap();
        }
    }
}

/// What a run is like: a row that says that it ended, after a file was written anew under the same name.
async fn end(stores: &Stores, partition: &str) {
    let file = format!("runs/{partition}/one.json");
    stores.blobs.put(&file, b"ended".to_vec()).await.unwrap();
    let records = &stores.records;
    let found = records.get(Table::History, partition, "one").await.unwrap();
    let version = found.unwrap().version;
    let replaced = records.replace(Table::History, partition, "one", "ended", &version);
    replaced.await.unwrap();
    let lease = records
        .get(Table::Leases, "leases", partition)
        .await
        .unwrap();
    let version = lease.unwrap().version;
    let replaced = records.replace(Table::Leases, "leases", partition, "2", &version);
    replaced.await.unwrap();
}

async fn filled(stores: &Stores) {
    for partition in ["news", "staff", "team"] {
        move_on(stores, partition, 1).await;
        let file = format!("runs/{partition}/one.json");
        stores.blobs.put(&file, b"begun".to_vec()).await.unwrap();
        for (table, place, row, value) in [
            (Table::History, partition, "one", "begun"),
            (Table::Leases, "leases", partition, "1"),
        ] {
            let inserted = stores.records.insert(table, place, row, value).await;
            inserted.unwrap();
        }
    }
}

/// Every row but those of leases, and every blob.
async fn dump(stores: &Stores) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for table in Table::ALL {
        let mut after: Option<String> = None;
        while let Some(partition) = stores
            .records
            .next_partition(table, after.as_deref())
            .await
            .unwrap()
        {
            let rows = stores.records.list(table, &partition, None, 100).await;
            all.extend(rows.unwrap().into_iter().map(|row| {
                let place = format!("{}/{partition}/{}", table.name(), row.row);
                (place, row.value.into_bytes())
            }));
            after = Some(partition);
        }
    }
    for name in stores.blobs.list("").await.unwrap() {
        let bytes = stores.blobs.get(&name).await.unwrap().unwrap();
        all.push((name, bytes));
    }
    all
}

/// At one read of the copying, everything else happens.
struct Meanwhile {
    stores: Stores,
    /// Reads may come at the same time; whoever writes does one thing after the other.
    writing: tokio::sync::Mutex<()>,
    reads: AtomicUsize,
    at: usize,
    every: bool,
}

#[async_trait]
impl Hook for Meanwhile {
    async fn fate(&self, _call: Call) -> Result<Fate, StoreError> {
        let read = self.reads.fetch_add(1, Ordering::SeqCst);
        let _alone = self.writing.lock().await;
        if self.every {
            move_on(&self.stores, "staff", read + 2).await;
        } else if read == self.at {
            move_on(&self.stores, "staff", 2).await;
            end(&self.stores, "staff").await;
        }
        Ok(Fate::Done)
    }
}

fn meanwhile(stores: &Stores, at: usize, every: bool) -> (Stores, Arc<Meanwhile>) {
    let hook = Arc::new(Meanwhile {
        stores: stores.clone(),
        writing: tokio::sync::Mutex::new(()),
        reads: AtomicUsize::new(0),
        at,
        every,
    });
    (hooked(stores, hook.clone()), hook)
}

/// Copies one storage into another and that into a third: the same comes out. Both are empty before.
pub(crate) async fn everything_comes_back(one: &Stores, other: &Stores) {
    filled(one).await;
    assert!(!is_unused(one).await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let between = embedded::open(folder.path()).unwrap();
    assert!(is_unused(&between).await.unwrap());
    let copied = copy(one, &between, "one", &at).await.unwrap();
    assert_eq!(copied, Copied { rows: 9, blobs: 6 });
    assert_eq!(copy(&between, other, "one", &at).await.unwrap(), copied);
    assert_eq!(dump(other).await, dump(one).await);
}

#[tokio::test]
async fn what_is_copied_comes_back() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (embedded::open(one.path()), embedded::open(other.path()));
    everything_comes_back(&one.unwrap(), &other.unwrap()).await;
}

#[tokio::test]
async fn rows_and_their_blobs_belong_together_whenever_somebody_writes() {
    let mut tried = 0;
    loop {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let from = embedded::open(from.path()).unwrap();
        let to = embedded::open(to.path()).unwrap();
        filled(&from).await;
        let (troubled, hook) = meanwhile(&from, tried, false);
        copy(&troubled, &to, "one", &at).await.unwrap();
        if hook.reads.load(Ordering::SeqCst) <= tried {
            break;
        }
        tried += 1;
        let moved = from.records.get(Table::State, "staff", "row").await;
        let (ours, theirs) = (dump(&to).await, dump(&from).await);
        // Whatever came after the last look is not in the copy; then nothing of it is.
        let state = to.records.get(Table::State, "staff", "row").await.unwrap();
        let has_moved = state.unwrap().value == moved.unwrap().unwrap().value;
        let untouched = tempfile::tempdir().unwrap();
        let before = embedded::open(untouched.path()).unwrap();
        filled(&before).await;
        let expected = if has_moved {
            theirs
        } else {
            dump(&before).await
        };
        let without_leases = |all: Vec<(String, Vec<u8>)>| -> Vec<(String, Vec<u8>)> {
            let mut all = all;
            all.retain(|(place, _)| !place.starts_with("leases/"));
            all
        };
        assert_eq!(
            without_leases(ours),
            without_leases(expected),
            "written at read {tried}"
        );
    }
    assert!(tried > 20, "only {tried} reads");
}

#[tokio::test]
async fn a_storage_that_never_rests_is_not_called_copied() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from = embedded::open(from.path()).unwrap();
    let to = embedded::open(to.path()).unwrap();
    filled(&from).await;
    let (restless, _) = meanwhile(&from, 0, true);
    let error = copy(&restless, &to, "one", &at)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("stop the app, and copy again"), "{error}");
}

/// Nobody works with a part of a backup, and it is no obstacle to the whole.
#[tokio::test]
async fn a_copy_that_is_cut_off_is_worked_with_by_nobody_and_begun_anew() {
    let opened = || {
        let folder = tempfile::tempdir().unwrap();
        (embedded::open(folder.path()).unwrap(), folder)
    };
    let (from, _from) = opened();
    filled(&from).await;
    let form = r#"{"version":2,"writtenBy":"0.1.0","since":"2026-01-01T00:00:00Z"}"#;
    let inserted = from.records.insert(Table::State, "~format", "format", form);
    inserted.await.unwrap();
    let (whole, _whole) = opened();
    let (counting, counted) = Counted::new(&whole);
    let copied = copy(&from, &counting, "one", &at).await.unwrap();
    assert_eq!(copied, Copied { rows: 10, blobs: 6 });
    assert_eq!(dump(&whole).await, dump(&from).await);
    // The mark and what goes on with it, ten rows and six blobs. The last write opens it.
    let writes = counted.writes();
    assert!(writes >= 17, "{writes}");
    for write in 0..writes - 1 {
        let (to, _to) = opened();
        to.blobs
            .put("left-over", b"left over".to_vec())
            .await
            .unwrap();
        let cut_off = copy(&from, &dying(&to, write, true), "one", &at).await;
        assert!(cut_off.is_err(), "{write}");
        let refused = format::ready(&to, at()).await;
        assert!(
            matches!(refused, Err(Refused::NotYet(_))),
            "{write}: {refused:?}"
        );
        assert!(is_unused(&to).await.unwrap(), "{write}");
        let early = copy(&from, &to, "another", &at).await;
        assert!(
            matches!(early, Err(Refused::NotYet(_))),
            "{write}: {early:?}"
        );
        let later = || at() + SignedDuration::from_mins(11);
        let again = copy(&from, &to, "another", &later).await;
        assert_eq!(again.unwrap(), copied, "{write}");
        assert_eq!(dump(&to).await, dump(&from).await, "{write}");
    }
}

/// Whoever seemed to be cut off and was not writes nothing over what somebody else copies.
struct Overtaken {
    to: Stores,
    from: Stores,
    calls: AtomicUsize,
}

#[async_trait]
impl Hook for Overtaken {
    async fn fate(&self, _call: Call) -> Result<Fate, StoreError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == 40 {
            let later = || at() + SignedDuration::from_mins(11);
            copy(&self.from, &self.to, "another", &later).await.unwrap();
        }
        Ok(Fate::Done)
    }
}

#[tokio::test]
async fn of_two_copies_the_first_one_gives_up() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from = embedded::open(from.path()).unwrap();
    let to = embedded::open(to.path()).unwrap();
    filled(&from).await;
    let overtaken = Overtaken {
        to: to.clone(),
        from: from.clone(),
        calls: AtomicUsize::new(0),
    };
    let first = copy(&from, &hooked(&to, Arc::new(overtaken)), "one", &at).await;
    assert!(
        matches!(first, Err(Refused::NotYet(_) | Refused::Store(_))),
        "{first:?}"
    );
    assert_eq!(dump(&to).await, dump(&from).await);
}

/// An app is upgraded while it is copied: what is copied has the form that the copy says.
#[tokio::test]
async fn a_copy_across_an_upgrade_has_one_form() {
    let mut tried = 0;
    loop {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let from = embedded::open(from.path()).unwrap();
        let to = embedded::open(to.path()).unwrap();
        filled(&from).await;
        let upgrade = Arc::new(Upgrade {
            stores: from.clone(),
            at: tried,
            reads: AtomicUsize::new(0),
        });
        copy(&hooked(&from, upgrade.clone()), &to, "one", &at)
            .await
            .unwrap();
        if upgrade.reads.load(Ordering::SeqCst) <= tried {
            break;
        }
        tried += 1;
        let is_new = format::as_stored(&to).await.unwrap().is_some();
        let row = to.records.get(Table::State, "staff", "row").await.unwrap();
        let is_forward = row.unwrap().value == "forward";
        assert_eq!(is_new, is_forward, "upgraded at read {tried}");
    }
    assert!(tried > 20, "only {tried} reads");
}

/// Brings a row forward and says so, at one of the reads.
struct Upgrade {
    stores: Stores,
    at: usize,
    reads: AtomicUsize,
}

#[async_trait]
impl Hook for Upgrade {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if call.is_read() && self.reads.fetch_add(1, Ordering::SeqCst) == self.at {
            let records = &self.stores.records;
            let row = records.get(Table::State, "staff", "row").await?.unwrap();
            let replaced = records.replace(Table::State, "staff", "row", "forward", &row.version);
            replaced.await?;
            let form = r#"{"version":2,"writtenBy":"0.2.0","since":"2026-01-01T00:00:00Z"}"#;
            let said = records.insert(Table::State, "~format", "format", form);
            said.await?;
        }
        Ok(Fate::Done)
    }
}

/// Somebody begins to work with a storage just before it is closed.
struct Begins(Stores);

#[async_trait]
impl Hook for Begins {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        let records = &self.0.records;
        let begun = records.get(Table::Definitions, "syncs", "staff").await?;
        if call.place() == Some("State/~format/format") && begun.is_none() {
            let put = records.insert(Table::Definitions, "syncs", "staff", "{}");
            put.await?;
        }
        Ok(Fate::Done)
    }
}

#[tokio::test]
async fn a_storage_that_somebody_just_began_to_use_stays_theirs() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from = embedded::open(from.path()).unwrap();
    let to = embedded::open(to.path()).unwrap();
    filled(&from).await;
    format::ready(&to, at()).await.unwrap();
    let form = format::as_stored(&to).await.unwrap();
    let begins = hooked(&to, Arc::new(Begins(to.clone())));
    let refused = copy(&from, &begins, "one", &at).await.unwrap_err();
    assert!(
        refused.to_string().contains("holds definitions"),
        "{refused}"
    );
    assert_eq!(format::as_stored(&to).await.unwrap(), form);
    let theirs = to.records.get(Table::Definitions, "syncs", "staff").await;
    assert!(theirs.unwrap().is_some());
    assert_eq!(to.blobs.list("").await.unwrap(), Vec::<String>::new());
}
