//! Answers that get lost on the way: what was done is not done twice, and not taken for somebody else's.

use std::time::Duration;

use jiff::Timestamp;
use rollcall::store::ports::{StoreError, Stores, Table, Version};

use super::{accounts, open, proxy::Proxy};

const MINUTE: Duration = Duration::from_secs(60);

/// Stores of one account: with the tables or queues behind a proxy, and without.
async fn behind(
    service: usize,
    swallows: impl Fn(&str, usize) -> bool + Send + Sync + 'static,
) -> (Proxy, Stores, Stores) {
    let account = accounts::account();
    let port = accounts::ports()[service];
    let direct = open(&account).await;
    let proxy = Proxy::before(port, swallows).await;
    let through = account.replace(&format!(":{port}/"), &format!(":{}/", proxy.port));
    let through = open(&through).await;
    proxy.forget();
    (proxy, through, direct)
}

const QUEUES: usize = 1;
const TABLES: usize = 2;

fn row_of(method: &'static str) -> impl Fn(&str, usize) -> bool + Send + Sync {
    move |line, before| line.starts_with(method) && !line.contains("/Tables") && before == 0
}

async fn value(stores: &Stores) -> Option<(String, Version)> {
    let found = stores.records.get(Table::State, "p", "r").await.unwrap();
    found.map(|found| (found.value, found.version))
}

#[tokio::test]
async fn an_insert_whose_answer_was_lost_is_ours() {
    let (proxy, through, direct) = behind(TABLES, row_of("POST")).await;
    let version = through.records.insert(Table::State, "p", "r", "1").await;
    assert_eq!(
        proxy.seen().len(),
        3,
        "insert, insert, look: {:?}",
        proxy.seen()
    );
    assert_eq!(
        value(&direct).await,
        Some(("1".to_owned(), version.unwrap()))
    );
}

#[tokio::test]
async fn an_insert_whose_answer_was_lost_is_not_ours_when_another_stands_there() {
    let (_proxy, through, direct) = behind(TABLES, row_of("POST")).await;
    // The same value, written by somebody else.
    direct
        .records
        .insert(Table::State, "p", "r", "1")
        .await
        .unwrap();
    let refused = through.records.insert(Table::State, "p", "r", "1").await;
    assert_eq!(refused, Err(StoreError::Conflict("p/r".to_owned())));
}

#[tokio::test]
async fn a_replacement_whose_answer_was_lost_is_ours() {
    let (proxy, through, direct) = behind(TABLES, row_of("PUT")).await;
    let records = &through.records;
    let first = records.insert(Table::State, "p", "r", "1").await.unwrap();
    proxy.forget();
    let second = records.replace(Table::State, "p", "r", "2", &first).await;
    assert_eq!(proxy.seen().len(), 3, "{:?}", proxy.seen());
    assert_eq!(
        value(&direct).await,
        Some(("2".to_owned(), second.unwrap()))
    );
}

#[tokio::test]
async fn a_stale_replacement_whose_answer_was_lost_stays_a_conflict() {
    let (_proxy, through, direct) = behind(TABLES, row_of("PUT")).await;
    let first = through
        .records
        .insert(Table::State, "p", "r", "1")
        .await
        .unwrap();
    let other = direct
        .records
        .replace(Table::State, "p", "r", "2", &first)
        .await;
    let refused = through
        .records
        .replace(Table::State, "p", "r", "2", &first)
        .await;
    assert_eq!(refused, Err(StoreError::Conflict("p/r".to_owned())));
    assert_eq!(value(&direct).await, Some(("2".to_owned(), other.unwrap())));
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let (proxy, through, direct) = behind(TABLES, row_of("DELETE")).await;
    let records = &through.records;
    let version = records.insert(Table::State, "p", "r", "1").await.unwrap();
    proxy.forget();
    assert_eq!(
        records.delete(Table::State, "p", "r", &version).await,
        Ok(())
    );
    assert_eq!(proxy.seen().len(), 3, "{:?}", proxy.seen());
    assert_eq!(value(&direct).await, None);
    // Nothing was lost this time.
    let gone = records.delete(Table::State, "p", "r", &version).await;
    assert_eq!(gone, Err(StoreError::Conflict("p/r".to_owned())));
}

#[tokio::test]
async fn a_write_without_any_answer_is_settled_by_looking() {
    let lost = |line: &str, _| line.starts_with("POST") && !line.contains("/Tables");
    let (proxy, through, direct) = behind(TABLES, lost).await;
    let version = through.records.insert(Table::State, "p", "r", "1").await;
    assert_eq!(
        proxy.seen().len(),
        4,
        "three tries and a look: {:?}",
        proxy.seen()
    );
    assert_eq!(
        value(&direct).await,
        Some(("1".to_owned(), version.unwrap()))
    );
}

#[tokio::test]
async fn without_any_answer_nothing_is_claimed() {
    let lost = |line: &str, _| !line.contains("/Tables");
    let (_proxy, through, direct) = behind(TABLES, lost).await;
    let problem = through.records.insert(Table::State, "p", "r", "1").await;
    let problem = problem.unwrap_err();
    assert!(matches!(problem, StoreError::Other { .. }), "{problem}");
    assert!(problem.to_string().contains("no answer"), "{problem}");
    assert!(value(&direct).await.is_some());
}

#[tokio::test]
async fn a_deleted_message_stays_deleted_and_a_lost_receipt_is_no_conflict() {
    let first_of = |line: &str, before| {
        before == 0 && (line.starts_with("DELETE") || line.contains("popreceipt="))
    };
    let (_proxy, through, direct) = behind(QUEUES, first_of).await;
    let (queue, now) = (&through.queue, Timestamp::now());
    for body in ["one", "two"] {
        queue.send("race", body, Duration::ZERO, now).await.unwrap();
    }
    let message = queue.receive("race", MINUTE, now).await.unwrap().unwrap();
    assert_eq!(queue.delete("race", &message).await, Ok(()));
    let gone = queue.delete("race", &message).await;
    assert!(matches!(gone, Err(StoreError::Conflict(_))), "{gone:?}");

    let message = queue.receive("race", MINUTE, now).await.unwrap().unwrap();
    let problem = queue
        .extend("race", &message, MINUTE, now)
        .await
        .unwrap_err();
    assert!(
        problem.to_string().contains("an answer was lost"),
        "{problem}"
    );
    assert_eq!(direct.queue.receive("race", MINUTE, now).await, Ok(None));
}

#[tokio::test]
async fn each_call_is_one_request() {
    let (proxy, through, _direct) = behind(TABLES, |_, _| false).await;
    let records = &through.records;
    records.insert(Table::State, "p", "r", "1").await.unwrap();
    records.get(Table::State, "p", "r").await.unwrap();
    records.list(Table::State, "p", None, 10).await.unwrap();
    records
        .list(Table::State, "p", Some("a"), 10)
        .await
        .unwrap();
    let seen = proxy.seen();
    assert_eq!(seen.len(), 4, "{seen:?}");
    for line in &seen[2..] {
        assert!(line.contains("filter=PartitionKey+eq"), "a scan: {line}");
        assert!(line.contains("top=10"), "{line}");
    }
    assert!(seen[3].contains("RowKey+gt"), "{}", seen[3]);
}
