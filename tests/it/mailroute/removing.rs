//! Deleting accounts: off unless the settings allow it, and only the account that the plan named.

use rollcall::plan::{change::Action, outcome::Outcome};
use serde_json::json;

use super::stage::{Stage, change, find, member, refusal};

#[tokio::test]
async fn accounts_are_deleted_only_where_that_is_allowed_and_only_the_ones_meant() {
    let stage = Stage::with(4, json!({})).await;
    let reading = stage.read().await;
    let remove = |number: usize| {
        let who = format!("user{number:04}@harbor.example");
        change(Action::Remove, find(&reading, &who).clone())
    };
    let outcomes = stage.write(&[remove(1)]).await;
    assert_eq!(refusal(&outcomes[0]).code, "deletes-off");
    assert!(stage.writes().is_empty());

    let stage = Stage::with(4, json!({ "deleteAccounts": true })).await;
    assert_eq!(stage.read().await.capabilities.keeps, None);
    stage.stand_in.edit(|state| {
        "renamed".clone_into(&mut state.accounts[2].localpart);
        state.accounts.remove(3);
    });
    let nameless = change(Action::Remove, member("user0000@harbor.example"));
    let changes = [remove(1), remove(2), remove(3), nameless];
    let outcomes = stage.write(&changes).await;
    assert_eq!(outcomes[0], Outcome::Applied);
    assert_eq!(refusal(&outcomes[1]).code, "another-account");
    assert_eq!(outcomes[2], Outcome::AlreadySo);
    assert_eq!(outcomes[3], Outcome::Applied);
    let left = stage.stand_in.snapshot().accounts;
    assert_eq!(left.len(), 1);
    assert_eq!(stage.write(&changes[..1]).await, [Outcome::AlreadySo]);
}
