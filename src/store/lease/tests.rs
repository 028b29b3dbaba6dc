use super::*;
use crate::store::{embedded, ports::Stores};

const MINUTE: Duration = Duration::from_secs(60);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn stores() -> (tempfile::TempDir, Stores) {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    (folder, stores)
}

async fn get(stores: &Stores, holder: &str, second: i64) -> Acquisition {
    let records = stores.records.as_ref();
    acquire(records, "csv:Team / Ä", holder, at(second), MINUTE)
        .await
        .unwrap()
}

async fn must_get(stores: &Stores, holder: &str, second: i64) -> Lease {
    match get(stores, holder, second).await {
        Acquisition::Acquired(lease) => lease,
        busy @ Acquisition::Busy { .. } => panic!("{busy:?}"),
    }
}

#[tokio::test]
async fn one_holder_at_a_time() {
    let (_folder, stores) = stores();
    let lease = must_get(&stores, "run-1", 0).await;
    assert_eq!((lease.token, lease.until), (1, at(60)));
    let busy = Acquisition::Busy {
        holder: "run-1".to_owned(),
        until: at(60),
    };
    assert_eq!(get(&stores, "run-2", 59).await, busy);
    assert_eq!(get(&stores, "run-1", 1).await, busy);
}

#[tokio::test]
async fn tokens_survive_release() {
    let (_folder, stores) = stores();
    for token in 1..4 {
        let lease = must_get(&stores, "run", 0).await;
        assert_eq!(lease.token, token);
        lease.release(stores.records.as_ref()).await.unwrap();
    }
}

#[tokio::test]
async fn an_expired_lease_is_taken_over_and_its_holder_finds_out() {
    let (_folder, stores) = stores();
    let records = stores.records.as_ref();
    let mut first = must_get(&stores, "run-1", 0).await;
    let second = must_get(&stores, "run-2", 60).await;
    assert_eq!(second.token, 2);
    let lost = Err(StoreError::Conflict("csv:Team / Ä".to_owned()));
    assert_eq!(first.renew(records, at(61), MINUTE).await, lost);
    assert_eq!(first.release(records).await, lost);
    second.release(records).await.unwrap();
}

#[tokio::test]
async fn renewing_holds_it_and_a_late_renewal_nobody_noticed_is_fine() {
    let (_folder, stores) = stores();
    let records = stores.records.as_ref();
    let mut lease = must_get(&stores, "run-1", 0).await;
    lease.renew(records, at(50), MINUTE).await.unwrap();
    assert!(
        matches!(get(&stores, "run-2", 100).await, Acquisition::Busy { until, .. } if until == at(110))
    );
    lease.renew(records, at(500), MINUTE).await.unwrap();
    assert!(matches!(
        get(&stores, "run-2", 501).await,
        Acquisition::Busy { .. }
    ));
    assert_eq!((lease.token, lease.until), (1, at(560)));
}

#[tokio::test]
async fn a_lost_answer_to_a_renewal_does_not_lose_the_lease() {
    let (_folder, stores) = stores();
    let records = stores.records.as_ref();
    let mut lease = must_get(&stores, "run-1", 0).await;
    let mut before = lease.clone();
    lease.renew(records, at(10), MINUTE).await.unwrap();
    before.renew(records, at(20), MINUTE).await.unwrap();
    before.release(records).await.unwrap();
    assert_eq!(must_get(&stores, "run-2", 21).await.token, 2);
}

#[tokio::test]
async fn a_released_lease_cannot_be_renewed() {
    let (_folder, stores) = stores();
    let records = stores.records.as_ref();
    let mut lease = must_get(&stores, "run-1", 0).await;
    lease.clone().release(records).await.unwrap();
    assert!(matches!(
        lease.renew(records, at(1), MINUTE).await,
        Err(StoreError::Conflict(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_wins() {
    let (folder, stores) = stores();
    for round in 0..5_i64 {
        let mut tasks = Vec::new();
        for number in 0..8 {
            // Half of them come through a file handle of their own, as another process would.
            let stores = if number % 2 == 0 {
                stores.clone()
            } else {
                embedded::open(folder.path()).unwrap()
            };
            tasks.push(tokio::spawn(async move {
                get(&stores, &format!("run-{number}"), round * 60).await
            }));
        }
        let mut won = Vec::new();
        for task in tasks {
            if let Acquisition::Acquired(lease) = task.await.unwrap() {
                won.push(lease.token);
            }
        }
        assert_eq!(won, [u64::try_from(round).unwrap() + 1]);
    }
}

#[tokio::test]
async fn a_garbled_row_is_reported() {
    let (_folder, stores) = stores();
    let records = stores.records.as_ref();
    let row = key_of("csv:Team / Ä");
    records
        .insert(Table::Leases, PARTITION, &row, "{")
        .await
        .unwrap();
    let result = acquire(records, "csv:Team / Ä", "run", at(0), MINUTE).await;
    assert!(matches!(result, Err(StoreError::Corrupt { .. })));
}
