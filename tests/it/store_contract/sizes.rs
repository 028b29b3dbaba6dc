//! Many rows and long blobs: what goes over the wire in more than one piece.

use futures::{StreamExt, TryStreamExt, stream};

use super::*;

pub(crate) async fn a_list_goes_on_beyond_a_thousand_rows(stores: &Stores) {
    let records = &stores.records;
    let key = |number: usize| format!("row-{number:05}");
    stream::iter((0..1203).map(Ok))
        .try_for_each_concurrent(20, |number| async move {
            let row = key(number);
            let inserted = records.insert(Table::Lists, "many", &row, &row).await;
            inserted.map(drop)
        })
        .await
        .unwrap();
    let list = async |after: Option<&str>, limit: usize| -> Vec<String> {
        let rows = records.list(Table::Lists, "many", after, limit).await;
        rows.unwrap().into_iter().map(|record| record.row).collect()
    };
    let all: Vec<String> = (0..1203).map(key).collect();
    assert_eq!(list(None, usize::MAX).await, all);
    assert_eq!(list(None, 1001).await, all[..1001]);
    assert_eq!(list(Some(&key(99)), 1001).await, all[100..1101]);
    assert_eq!(list(Some(&key(1202)), 1001).await, Vec::<String>::new());
}

/// A reader sees the old bytes or the new, also when both take many pieces.
pub(crate) async fn a_large_blob_is_replaced_whole(stores: &Stores) {
    const LONG: usize = 9 * 1024 * 1024;
    let blobs = &stores.blobs;
    blobs.put("large", vec![0; LONG]).await.unwrap();
    let write = async {
        for byte in 1..4 {
            blobs
                .put("large", vec![byte; LONG + usize::from(byte)])
                .await
                .unwrap();
        }
    };
    let read = stream::iter(0..6).for_each(|_| async {
        let bytes = blobs.get("large").await.unwrap().unwrap();
        let byte = bytes[0];
        assert_eq!(bytes.len(), LONG + usize::from(byte));
        assert!(bytes.iter().all(|other| *other == byte));
    });
    tokio::join!(write, read);
    assert_eq!(blobs.get("large").await.unwrap().unwrap().len(), LONG + 3);
}
