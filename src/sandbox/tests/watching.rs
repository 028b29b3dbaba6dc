//! Errors after the effect, reads from before it, and what came and went.

use super::*;
use crate::sandbox::Turn;

async fn client() -> Client {
    let mut scenario = Scenario::with_people(10).with_permissions(ALL);
    scenario.groups[0].members = (0..5).map(User::numbered_id).collect();
    Client::new(scenario).await
}

async fn shown(client: &Client) -> usize {
    client.get(MEMBERS).await.ids().len()
}

#[tokio::test]
async fn any_error_can_come_after_the_write() {
    let client = client().await;
    for (number, status) in (5..).zip([500, 502, 503, 504]) {
        client.inject(Effect::ErrorAfter { status });
        let reply = client.add_one(number).await;
        assert_eq!((reply.status, client.members()), (status, number + 1));
        assert_eq!(reply.text.contains("<html>"), status == 502);
    }
}

#[tokio::test]
async fn an_empty_listing_counts_nobody_either() {
    let client = client().await;
    client.inject(Effect::EmptyListing);
    assert_eq!(shown(&client).await, 0);
    client.inject(Effect::EmptyListing);
    let count = client.get(&format!("{MEMBERS}/$count")).await;
    assert_eq!((count.status, count.text.as_str()), (200, "0"));
    assert_eq!(shown(&client).await, 5);
}

#[tokio::test]
async fn reads_that_lag_show_what_was_before() {
    let client = client().await;
    client.sandbox.hold_back();
    assert_eq!(client.add_one(7).await.status, 204);
    assert_eq!(client.remove_one(0).await.status, 204);
    assert_eq!(client.remove_one(1).await.status, 204);
    assert_eq!((client.members(), shown(&client).await), (4, 5));
    // What is written is so all the same.
    assert_eq!(client.add_one(7).await.status, 400);
    client.sandbox.catch_up();
    assert_eq!(shown(&client).await, 4);
    assert_eq!(client.add_one(8).await.status, 204);
    assert_eq!(shown(&client).await, 5);
}

#[tokio::test]
async fn a_journal_tells_what_requests_did_and_nothing_else() {
    let client = client().await;
    client
        .sandbox
        .watch(|tenant| tenant.groups[0].members.clone());
    client.add_one(7).await;
    client.add_one(7).await;
    client.inject(Effect::DropAfter);
    let url = format!("{MEMBERS}/{}/$ref", User::numbered_id(0));
    assert!(client.try_send("DELETE", &url, None).await.is_err());
    client
        .sandbox
        .edit(|tenant| tenant.groups[0].members.clear());
    client.add_one(0).await;
    let turn = |number: usize, came: bool| Turn {
        fact: User::numbered_id(number),
        came,
    };
    let turns = [turn(7, true), turn(0, false), turn(0, true)];
    assert_eq!(client.sandbox.journal(), turns);
}

#[tokio::test]
async fn a_second_invitation_is_counted() {
    let client = client().await;
    let body = json!({"invitedUserEmailAddress": "bob@fabrikam.example", "inviteRedirectUrl": "https://x.example"});
    for repeated in [0, 1] {
        client
            .send("POST", "/invitations", Some(body.clone()))
            .await;
        let counters = client.sandbox.counters();
        assert_eq!(counters.invitations, repeated + 1);
        assert_eq!(counters.repeated_invitations, repeated);
    }
}
