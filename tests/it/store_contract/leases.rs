//! Leases: who may write is decided by the conditional writes of the records.

use rollcall::store::lease::{Acquisition, Lease, acquire};

use super::*;

async fn get(stores: &Stores, holder: &str, second: i64) -> Option<Lease> {
    let records = stores.records.as_ref();
    let list = "politemail/Team \u{1f600}";
    match acquire(records, list, holder, at(second), MINUTE).await {
        Ok(Acquisition::Acquired(lease)) => Some(lease),
        Ok(Acquisition::Busy { .. }) => None,
        Err(problem) => panic!("{problem}"),
    }
}

pub(crate) async fn a_lease_has_one_holder_and_outlives_nobody(stores: &Stores) {
    let records = stores.records.as_ref();
    let mut first = get(stores, "run-1", 0).await.unwrap();
    assert!(get(stores, "run-2", 59).await.is_none());
    first.renew(records, at(30), MINUTE).await.unwrap();
    assert!(get(stores, "run-2", 89).await.is_none());
    let second = get(stores, "run-2", 90).await.unwrap();
    assert_eq!((first.token, second.token), (1, 2));
    assert!(is_conflict(first.renew(records, at(91), MINUTE).await));
    assert!(is_conflict(first.release(records).await));
    second.release(records).await.unwrap();
    assert_eq!(get(stores, "run-3", 92).await.unwrap().token, 3);
}

pub(crate) async fn of_many_who_want_a_lease_one_gets_it(stores: &Stores) {
    // Once where the row is not there yet, and once where it is.
    for second in [0, 60] {
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let stores = stores.clone();
                tokio::spawn(async move { get(&stores, &format!("run-{number}"), second).await })
            })
            .collect();
        let mut held = 0;
        for task in tasks {
            held += usize::from(task.await.unwrap().is_some());
        }
        assert_eq!(held, 1);
    }
}
