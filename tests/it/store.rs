//! The embedded store: the storage contract over it, and what only a file can go through.

use std::{fs, path::Path, time::Duration};

use jiff::Timestamp;
use rollcall::store::{
    embedded::{self, FILE, Options},
    ports::{StoreError, Table},
};

use crate::store_contract;

const NO_DELAY: Duration = Duration::ZERO;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

macro_rules! embedded_keeps_the_contract {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let folder = tempfile::tempdir().unwrap();
            store_contract::$name(&embedded::open(folder.path()).unwrap()).await;
        })*
    };
}

embedded_keeps_the_contract! {
    a_row_is_inserted_once
    a_stale_version_writes_nothing
    a_deleted_row_is_gone_and_its_version_stays_stale
    rows_are_listed_by_key_in_pages
    partitions_are_found_one_after_the_other
    hostile_keys_are_refused
    values_have_a_greatest_size
    texts_come_back_as_they_went
    a_blob_comes_back_as_it_went
    blobs_are_listed_by_prefix
    a_received_message_is_hidden_and_comes_back
    an_extended_message_stays_hidden
    a_message_comes_when_it_is_due
    messages_and_queue_names_have_bounds
    a_list_goes_on_beyond_a_thousand_rows
    a_large_blob_is_replaced_whole
    a_lease_has_one_holder_and_outlives_nobody
    of_many_who_want_a_lease_one_gets_it
}

#[tokio::test]
async fn messages_come_in_the_order_they_were_sent() {
    let folder = tempfile::tempdir().unwrap();
    let queue = embedded::open(folder.path()).unwrap().queue;
    queue
        .send("order", "late", Duration::from_secs(60), at(0))
        .await
        .unwrap();
    for body in ["first", "second"] {
        queue.send("order", body, NO_DELAY, at(1)).await.unwrap();
    }
    let hour = Duration::from_secs(3600);
    for (second, body) in [(2, "first"), (2, "second"), (60, "late")] {
        let message = queue.receive("order", hour, at(second)).await.unwrap();
        assert_eq!(message.unwrap().body, body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let one = embedded::open(folder.path()).unwrap();
    let other = embedded::open(folder.path()).unwrap();
    store_contract::each_message_goes_to_one_receiver(&one, &other).await;
    store_contract::of_two_writers_one_conflicts(&one, &other).await;
}

fn impatient() -> Options {
    Options {
        patience: Duration::from_millis(1),
        ..Options::default()
    }
}

fn problem_of(folder: &Path) -> StoreError {
    match embedded::open(folder) {
        Ok(_) => panic!("the file was opened"),
        Err(problem) => problem,
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("var/lib/rollcall");
    let stores = embedded::open(&deep).unwrap();
    stores
        .records
        .insert(Table::State, "p", "r", "kept")
        .await
        .unwrap();
    stores.blobs.put("plans/a", b"kept".to_vec()).await.unwrap();
    stores
        .queue
        .send("jobs", "kept", NO_DELAY, at(0))
        .await
        .unwrap();
    drop(stores);
    let stores = embedded::open(&deep).unwrap();
    assert_eq!(
        stores
            .records
            .get(Table::State, "p", "r")
            .await
            .unwrap()
            .unwrap()
            .value,
        "kept"
    );
    assert_eq!(stores.blobs.get("plans/a").await.unwrap().unwrap(), b"kept");
    assert_eq!(stores.queue.count("jobs").await, Ok(1));
}

#[test]
fn many_can_make_the_file_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let openers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| embedded::open(folder.path()).map(drop)))
                .collect();
            for opener in openers {
                opener.join().unwrap().unwrap();
            }
        });
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let _stores = embedded::open(folder.path()).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = "this is no database, it is a long enough text to have a header ".repeat(100);
    fs::write(folder.path().join(FILE), &text).unwrap();
    let problem = problem_of(folder.path());
    assert!(matches!(problem, StoreError::Corrupt { .. }), "{problem}");
    assert!(problem.to_string().contains("move it"), "{problem}");
    assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), text);
}

#[tokio::test]
async fn damaged_pages_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    for number in 0..200 {
        stores
            .records
            .insert(Table::State, "p", &number.to_string(), &"x".repeat(500))
            .await
            .unwrap();
    }
    drop(stores);
    let path = folder.path().join(FILE);
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[4096..length].fill(0xAB);
    fs::write(&path, bytes).unwrap();
    let problem = match embedded::open(folder.path()) {
        Ok(stores) => stores
            .records
            .list(Table::State, "p", None, 500)
            .await
            .unwrap_err(),
        Err(problem) => problem,
    };
    assert!(matches!(problem, StoreError::Corrupt { .. }), "{problem}");
}

#[test]
fn another_programs_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    connection.execute_batch("CREATE TABLE theirs (x)").unwrap();
    let problem = problem_of(folder.path());
    assert!(problem.to_string().contains("another program"), "{problem}");
    let journal: String = connection
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(journal, "delete");
}

#[test]
fn a_newer_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(embedded::open(folder.path()).unwrap());
    let connection = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    connection
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    drop(connection);
    let problem = problem_of(folder.path());
    assert!(
        problem
            .to_string()
            .contains("newer rollcall wrote this file (schema 99"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_locked_file_is_reported_and_readers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open_with(folder.path(), &impatient()).unwrap();
    stores
        .records
        .insert(Table::State, "p", "r", "1")
        .await
        .unwrap();
    let other = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = stores.records.insert(Table::State, "p", "r2", "1").await;
    assert!(matches!(refused, Err(StoreError::Locked(_))), "{refused:?}");
    assert!(
        stores
            .records
            .get(Table::State, "p", "r")
            .await
            .unwrap()
            .is_some()
    );
    other.execute_batch("COMMIT").unwrap();
    stores
        .records
        .insert(Table::State, "p", "r2", "1")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_full_disk_is_reported_and_nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        most_pages: Some(40),
        ..Options::default()
    };
    let stores = embedded::open_with(folder.path(), &options).unwrap();
    stores.blobs.put("plans/a", b"old".to_vec()).await.unwrap();
    let refused = stores.blobs.put("plans/a", vec![1; 1_000_000]).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    assert_eq!(stores.blobs.get("plans/a").await.unwrap().unwrap(), b"old");
    stores
        .queue
        .send("jobs", "small", NO_DELAY, at(0))
        .await
        .unwrap();
    assert_eq!(stores.queue.count("jobs").await, Ok(1));
}

#[test]
fn a_folder_that_cannot_be_made_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let problem = problem_of(&folder.path().join("file/state"));
    assert!(matches!(problem, StoreError::Other { .. }), "{problem}");
}
