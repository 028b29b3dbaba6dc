//! The same call again: once more or a thousand times, it is taken in once.

use std::collections::BTreeSet;

use futures::future::join_all;
use rollcall::intake::Standing;

use super::{
    call::Call,
    stage::{PEOPLE, Stage, TOKEN},
};

#[tokio::test]
async fn a_call_that_comes_again_gets_the_same_receipt_and_changes_nothing() {
    let stage = Stage::new().await;
    let first = stage.send(Call::load("msg_1", PEOPLE)).await;
    let receipt = first.receipt();
    assert_eq!(receipt.status, Standing::Enqueued);
    assert_eq!(receipt.rows, Some(2));
    assert_eq!(
        receipt.runs,
        ["20270115T080100-phones.n", "20270115T080100-staff.n"]
    );
    let location = first.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(
        location,
        format!("/api/hooks/hr/workday/{}", receipt.receipt)
    );

    stage.watched.writes();
    for (wait, secret) in [
        (0, "ROLLCALL_OLD"),
        (200, "ROLLCALL_NEW"),
        (86_400, "ROLLCALL_NEW"),
    ] {
        stage.wait(wait);
        // As the standard has it, a repeated call is signed anew, at its own time.
        let again = stage
            .send(Call::load("msg_1", PEOPLE).signed_by(secret))
            .await;
        assert_eq!(again, first);
    }
    let status = stage.get(&location).await;
    assert_eq!(
        (status.is(200).json(), stage.watched.writes()),
        (first.json(), 0)
    );
    assert_eq!(stage.jobs().await.len(), 2);
}

/// What the status says about people is how many they are.
#[tokio::test]
async fn a_status_names_nobody() {
    let stage = Stage::new().await;
    let answer = stage.send(Call::load("msg_1", PEOPLE)).await;
    let location = answer.headers["location"].to_str().unwrap();
    let status = stage.get(location).await;
    let text = String::from_utf8(status.is(200).body.clone()).unwrap();
    assert!(
        !text.contains("acme.org") && !text.contains("Ada"),
        "{text}"
    );
    let mut keys: Vec<String> = status.json().as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "format",
            "morePaused",
            "moreRuns",
            "paused",
            "receipt",
            "received",
            "rows",
            "runs",
            "status"
        ]
    );
}

#[tokio::test]
async fn an_id_stands_for_one_body() {
    let stage = Stage::new().await;
    stage.send(Call::load("msg_1", PEOPLE)).await.is(202);
    stage.watched.writes();
    let other = Call::load("msg_1", "email\neve@acme.org\n");
    stage.send(other).await.problem(409, "id-used-before");
    assert_eq!(stage.watched.writes(), 0);
    assert_eq!(stage.latest("workday").await.as_deref(), Some(PEOPLE));
    // On another connection it is another id.
    let other = Call::load("msg_1", "email\neve@acme.org\n").to("bamboo");
    stage.send(other.signed_by("ROLLCALL_BAMBOO")).await.is(202);
    assert_eq!(stage.latest("workday").await.as_deref(), Some(PEOPLE));
}

#[tokio::test]
async fn who_shows_a_token_may_name_a_key() {
    let stage = Stage::new().await;
    let load = |csv: &str| Call::load("", csv).shows(TOKEN);
    let receipt = async |call: Call| stage.send(call).await.receipt().receipt;
    let keyed = receipt(load(PEOPLE).with("idempotency-key", "2027-01-15")).await;
    assert_eq!(
        receipt(load(PEOPLE).with("idempotency-key", "2027-01-15")).await,
        keyed
    );
    assert_eq!(
        receipt(load(PEOPLE).with("webhook-id", "2027-01-15")).await,
        keyed
    );
    let other = load("email\n").with("idempotency-key", "2027-01-15");
    stage.send(other).await.problem(409, "id-used-before");
    // Whoever signs has ids of his own.
    assert_ne!(receipt(Call::load("2027-01-15", PEOPLE)).await, keyed);

    // Without a key the same bytes may be meant once more, after others.
    let (one, two) = (
        receipt(load(PEOPLE)).await,
        receipt(load("email\nz@acme.org\n")).await,
    );
    stage.wait(1);
    let three = receipt(load(PEOPLE)).await;
    assert_eq!(BTreeSet::from([keyed, one, two, three]).len(), 4);
    assert_eq!(stage.latest("workday").await.as_deref(), Some(PEOPLE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_call_many_times_at_once_is_taken_in_once() {
    let stage = Stage::new().await;
    let calls = (0..16).map(|_| stage.send(Call::load("msg_1", PEOPLE)));
    let receipts: BTreeSet<String> = join_all(calls)
        .await
        .iter()
        .map(|answer| answer.receipt().receipt)
        .collect();
    assert_eq!(receipts.len(), 1);
    assert_eq!(stage.blobs("deliveries/").await.len(), 1);
    assert_eq!(stage.blobs("feeds/").await.len(), 1);
    assert_eq!(stage.runs().await.len(), 2);
    assert_eq!(stage.latest("workday").await.as_deref(), Some(PEOPLE));
}
