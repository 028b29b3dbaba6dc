//! How many requests a thousand accounts cost, with one alias each.

use rollcall::connectors::ports::Unwatched;
use serde_json::json;

use super::stage::{Stage, add};

#[tokio::test]
async fn a_thousand_accounts_cost_little_more_than_their_aliases() {
    let stage = Stage::with(0, json!({})).await;
    let first = stage.read().await;
    let changes: Vec<_> = (0..1_000)
        .map(|number| {
            let alias = format!("alias{number:04}@harbor.example");
            add(&format!("user{number:04}@harbor.example"), &[&alias])
        })
        .collect();
    let mut writer = stage.writer();
    for chunk in changes.chunks(first.capabilities.chunk) {
        let outcomes = writer.write(chunk, &Unwatched).await;
        assert!(outcomes.iter().all(|outcome| outcome.is_done()));
    }
    let for_the_first_sync = stage.asked().len();
    stage.stand_in.clear_log();
    assert_eq!(stage.read().await.members.len(), 1_000);
    let for_an_idle_sync = stage.asked().len();
    println!("first sync {for_the_first_sync}, idle sync {for_an_idle_sync} requests");
    assert!(for_the_first_sync <= 1_100, "{for_the_first_sync}");
    assert_eq!(for_an_idle_sync, 11, "the domain and ten pages");
}
