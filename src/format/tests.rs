use std::time::Duration;

use crate::store::{
    embedded, lease,
    ports::{Stores, Table},
};

use super::*;

fn now() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().unwrap()
}

fn stores() -> Stores {
    embedded::open_nowhere().unwrap()
}

async fn says(stores: &Stores, value: &str) {
    let record = record::read(stores).await.ok().flatten();
    let (records, place) = (&stores.records, (Table::State, "~format", "format"));
    let written = match record {
        Some((_, version)) => {
            let replaced = records.replace(place.0, place.1, place.2, value, &version);
            replaced.await
        }
        None => records.insert(place.0, place.1, place.2, value).await,
    };
    written.unwrap();
}

#[tokio::test]
async fn the_steps_lead_from_the_first_form_to_this_one() {
    let to: Vec<u32> = steps::STEPS.iter().map(|step| step.to).collect();
    let expected: Vec<u32> = (FIRST + 1..=FORMAT).collect();
    assert_eq!(to, expected);
}

#[tokio::test]
async fn an_empty_store_is_marked_and_a_used_one_is_brought_forward() {
    let empty = stores();
    ready(&empty, now()).await.unwrap();
    assert_eq!(look(&empty).await, Ok(Some(FORMAT)));
    let lease = (Table::Leases, "lease", "format");
    let none = empty.records.get(lease.0, lease.1, lease.2).await.unwrap();
    assert_eq!(none, None, "there was nothing to bring forward");
    let used = stores();
    let minute = Duration::from_secs(60);
    let got = lease::acquire(used.records.as_ref(), "mail:staff", "a", now(), minute).await;
    assert!(matches!(got, Ok(lease::Acquisition::Acquired(_))));
    assert!(matches!(ready(&used, now()).await, Err(Refused::NotYet(_))));
    let later = now() + jiff::SignedDuration::from_secs(61);
    ready(&used, later).await.unwrap();
    assert_eq!(look(&used).await, Ok(Some(FORMAT)));
}

/// Another version died after it had said what it was about to do.
#[tokio::test]
async fn what_another_version_announced_counts() {
    let stores = stores();
    let newer = r#"{"version":1,"writtenBy":"0.1.0","since":"2026-01-01T00:00:00Z","next":{"version":9,"writtenBy":"3.0.0"}}"#;
    says(&stores, newer).await;
    let refused = Refused::Newer {
        format: 9,
        by: "3.0.0".to_owned(),
    };
    assert_eq!(ready(&stores, now()).await, Err(refused.clone()));
    assert_eq!(look(&stores).await, Err(refused));
    let own = r#"{"version":1,"writtenBy":"0.1.0","since":"2026-01-01T00:00:00Z","next":{"version":2,"writtenBy":"0.1.0"}}"#;
    says(&stores, own).await;
    ready(&stores, now()).await.unwrap();
    let (found, _) = record::read(&stores).await.unwrap().unwrap();
    assert_eq!((found.version, found.next), (FORMAT, None));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_stops_everything() {
    let stores = stores();
    says(&stores, "{}").await;
    assert!(matches!(
        ready(&stores, now()).await,
        Err(Refused::Store(StoreError::Corrupt { .. }))
    ));
    assert!(look(&stores).await.is_err());
}

/// One row that cannot be read is told by the run that needs it.
#[tokio::test]
async fn a_broken_baseline_keeps_no_other_from_being_brought_forward() {
    let stores = stores();
    for (sync, value) in [
        ("a", "no json"),
        ("b", r#"{"version":1,"run":"gone","blob":"b"}"#),
        (
            "c",
            r#"{"version":1,"run":"gone","lists":{"source":"s","target":"t"}}"#,
        ),
    ] {
        let blob = format!("baselines/{sync}/baseline-x/run~1.json");
        stores.blobs.put(&blob, b"{}".to_vec()).await.unwrap();
        let insert = stores
            .records
            .insert(Table::State, sync, "baseline-x", value);
        insert.await.unwrap();
    }
    stores
        .blobs
        .put("baselines/d/no-row/run~1.json", Vec::new())
        .await
        .unwrap();
    says(
        &stores,
        r#"{"version":1,"writtenBy":"0.1.0","since":"2026-01-01T00:00:00Z"}"#,
    )
    .await;
    ready(&stores, now()).await.unwrap();
    let row = async |sync: &str| {
        let found = stores
            .records
            .get(Table::State, sync, "baseline-x")
            .await
            .unwrap();
        found.unwrap().value
    };
    assert_eq!(row("a").await, "no json");
    let unknown: serde_json::Value = serde_json::from_str(&row("b").await).unwrap();
    assert_eq!(
        unknown["lists"]["source"],
        serde_json::json!({ "connection": "", "list": "" })
    );
    assert_eq!(
        (&unknown["version"], &unknown["blob"]),
        (&2.into(), &"b".into())
    );
    let known: serde_json::Value = serde_json::from_str(&row("c").await).unwrap();
    assert_eq!(
        (&known["version"], &known["lists"]["source"]),
        (&2.into(), &"s".into())
    );
}
