//! How many requests a sync takes.

use super::*;

/// Adds this many people as a run does, and gives the requests it took.
async fn first_sync(people: &[Member]) -> (u64, Pair) {
    let pair = Pair::new(server("")).await;
    let reader = pair.connection.reader(&creating("Newcomers")).unwrap();
    let reading = reader.read(&Unwatched).await.unwrap();
    assert!(!reading.exists);
    let mut writer = pair.writer("Newcomers", None);
    writer.create_list().await.unwrap();
    let changes: Vec<Change> = people
        .iter()
        .map(|member| change(Action::Add, member.clone()))
        .collect();
    for chunk in changes.chunks(reading.capabilities.chunk) {
        let outcomes = writer.write(chunk, &Unwatched).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    }
    assert_eq!(
        pair.server.snapshot().emails_on("Newcomers").len(),
        people.len()
    );
    (pair.server.counters().requests, pair)
}

#[tokio::test]
async fn a_thousand_members_take_a_handful_of_requests() {
    let bare: Vec<Member> = (0..1_000)
        .map(|number| person(&format!("p{number}")))
        .collect();
    let (requests, pair) = first_sync(&bare).await;
    // Two looks for the list, one to make it; five chunks, each read again: one page each, and two from 501 on.
    assert_eq!(requests, 3 + 5 + 1 + 1 + 2 + 2 + 2);
    pair.server.clear_log();
    assert_eq!(pair.read("Newcomers").await.unwrap().members.len(), 1_000);
    assert_eq!(pair.server.counters().requests, 1 + 2, "idle");
    let names: Vec<Member> = (0..1_000)
        .map(|number| named(&format!("p{number}"), &[("FirstName", "P")]))
        .collect();
    assert_eq!(first_sync(&names).await.0, requests + 1_000);
}
