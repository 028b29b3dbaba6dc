//! What was not seen is not taken for absent.

use rollcall::sandbox::Effect;

use super::*;

#[tokio::test]
async fn nobody_is_made_a_contact_while_the_search_for_them_is_in_doubt() {
    let mut account = account(1, 0);
    account.contacts[0].unsubscribe();
    let stand_in = start(account).await;
    let connection = connection(&stand_in, json!({}));
    let cut = Fault::new(Effect::TruncatedListing { size: 0 });
    stand_in.inject(cut.on("GET", "channelIds="));
    let newcomer = change(Action::Add, stranger(0));
    let outcomes = write(&connection, std::slice::from_ref(&newcomer)).await;
    assert_eq!(codes(&outcomes), ["not-seen"]);
    assert!(matches!(outcomes[0], Outcome::Failed(_)));
    assert_eq!(stand_in.counters().writes, 0);
    let outcomes = write(&connection, &[newcomer]).await;
    assert_eq!(codes(&outcomes), ["opted-out"]);
}
