//! Deleting accounts: off unless the settings allow it, and only the account that the plan named.

use rollcall::{
    plan::{change::Action, outcome::Outcome},
    sandbox::{Effect, Fault},
};
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

#[tokio::test]
async fn a_deletion_that_failed_is_not_believed_because_a_listing_is_cut_off() {
    let stage = Stage::with(4, json!({ "deleteAccounts": true })).await;
    let reading = stage.read().await;
    let remove = |number: usize| {
        let who = format!("user{number:04}@harbor.example");
        change(Action::Remove, find(&reading, &who).clone())
    };
    let fails = Fault::new(Effect::ServerError).on("DELETE", "email_account");
    stage.stand_in.inject(fails.times(1_000));
    let cut_off = Fault::new(Effect::TruncatedListing { size: 0 }).on("GET", "id__in");
    stage.stand_in.inject(cut_off.after(1));
    let outcomes = stage.write(&[remove(1), remove(2)]).await;
    assert!(outcomes.iter().all(|one| !one.is_done()), "{outcomes:?}");
    assert_eq!(stage.stand_in.snapshot().accounts.len(), 4);
}
