//! What a thousand people cost in requests.

use super::*;

/// Adds these people in hand-overs as long as the settings make them.
async fn add_all(stand_in: &StandIn<MessageMedia>, people: usize) -> (u64, u64) {
    let connection = connection(stand_in, json!({ "pageSize": 1000, "chunk": 250 }));
    let mut writer = connection.writer(&wanted("Staff"), Some(STAFF)).unwrap();
    stand_in.clear_log();
    let changes: Vec<Change> = (0..people)
        .map(|number| change(Action::Add, stranger(number)))
        .collect();
    for chunk in changes.chunks(250) {
        let outcomes = writer.write(chunk, &Unwatched).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    }
    let counters = stand_in.counters();
    (counters.requests, counters.writes)
}

#[tokio::test]
async fn a_newcomer_costs_one_request_and_a_list_hardly_more() {
    let stand_in = start(account(0, 0)).await;
    let (requests, writes) = add_all(&stand_in, 1_000).await;
    assert_eq!(writes, 1_004, "each of them once, and the list four times");
    assert!(requests <= 1_012, "{requests}");

    let connection = connection(&stand_in, json!({ "pageSize": 1000 }));
    stand_in.clear_log();
    assert_eq!(
        read(&connection, "Staff").await.unwrap().members.len(),
        1_000
    );
    assert_eq!(
        stand_in.counters().requests,
        3,
        "the list's name, its page, the block list"
    );
}

#[tokio::test]
async fn who_is_known_is_looked_up_once() {
    let stand_in = start(account(1_000, 0)).await;
    let (requests, writes) = add_all(&stand_in, 1_000).await;
    assert_eq!(writes, 4);
    assert!(requests <= 1_014, "{requests}");
}
