//! What every queue must do.

use std::time::Instant;

use rollcall::store::ports::QueueMessage;

use super::*;

/// The message that is due at second `at`, waited for where the storage has its own clock.
async fn receive_due(
    stores: &Stores,
    queue: &str,
    visibility: Duration,
    second: i64,
) -> QueueMessage {
    let start = Instant::now();
    loop {
        let received = stores.queue.receive(queue, visibility, at(second)).await;
        if let Some(message) = received.unwrap() {
            return message;
        }
        assert!(start.elapsed() < MINUTE, "nothing came in `{queue}`");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn assert_count(stores: &Stores, queue: &str, expected: usize) {
    let start = Instant::now();
    loop {
        let count = stores.queue.count(queue).await.unwrap();
        if count == expected {
            return;
        }
        assert!(
            start.elapsed() < MINUTE,
            "`{queue}` has {count}, not {expected}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn a_received_message_is_hidden_and_comes_back(stores: &Stores) {
    let queue = &stores.queue;
    queue.send("hidden", "job", NO_DELAY, at(0)).await.unwrap();
    let received = receive_due(stores, "hidden", MINUTE, 0).await;
    assert_eq!((received.body.as_str(), received.attempts), ("job", 1));
    assert_eq!(queue.receive("hidden", MINUTE, at(59)).await, Ok(None));
    assert_count(stores, "hidden", 1).await;

    queue
        .send("returning", "job", NO_DELAY, at(0))
        .await
        .unwrap();
    let first = receive_due(stores, "returning", SECOND, 0).await;
    let second = receive_due(stores, "returning", MINUTE, 1).await;
    assert_eq!((&second.id, second.attempts), (&first.id, 2));
    assert!(is_conflict(queue.delete("returning", &first).await));
    assert!(is_conflict(
        queue.extend("returning", &first, MINUTE, at(2)).await
    ));
    queue.delete("returning", &second).await.unwrap();
    assert!(is_conflict(queue.delete("returning", &second).await));
    assert_count(stores, "returning", 0).await;
    assert_eq!(queue.receive("returning", MINUTE, at(9999)).await, Ok(None));
}

pub(crate) async fn an_extended_message_stays_hidden(stores: &Stores) {
    let queue = &stores.queue;
    queue
        .send("extended", "job", NO_DELAY, at(0))
        .await
        .unwrap();
    let mut message = receive_due(stores, "extended", MINUTE, 0).await;
    let old = message.clone();
    message.receipt = queue
        .extend("extended", &message, MINUTE, at(50))
        .await
        .unwrap();
    assert!(is_conflict(queue.delete("extended", &old).await));
    assert_eq!(queue.receive("extended", MINUTE, at(109)).await, Ok(None));
    // Overdue where `now` counts, but nobody else has it yet.
    message.receipt = queue
        .extend("extended", &message, NO_DELAY, at(200))
        .await
        .unwrap();
    let again = receive_due(stores, "extended", MINUTE, 200).await;
    assert_eq!((again.attempts, again.body.as_str()), (2, "job"));
    assert!(is_conflict(queue.delete("extended", &message).await));
    let foreign = QueueMessage {
        id: "../../other/messages/1?x=".to_owned(),
        ..again.clone()
    };
    assert!(is_conflict(queue.delete("extended", &foreign).await));
    queue.delete("extended", &again).await.unwrap();
}

pub(crate) async fn a_message_comes_when_it_is_due(stores: &Stores) {
    let queue = &stores.queue;
    queue.send("due", "late", MINUTE, at(0)).await.unwrap();
    queue.send("due", "first", NO_DELAY, at(1)).await.unwrap();
    queue.send("due", "second", NO_DELAY, at(1)).await.unwrap();
    let elsewhere = queue.send("due-other", "elsewhere", NO_DELAY, at(0));
    elsewhere.await.unwrap();
    let hour = MINUTE * 60;
    let mut bodies = [
        receive_due(stores, "due", hour, 2).await.body,
        receive_due(stores, "due", hour, 2).await.body,
    ];
    bodies.sort();
    assert_eq!(bodies, ["first", "second"]);
    assert_eq!(queue.receive("due", hour, at(2)).await, Ok(None));
    assert_count(stores, "due", 3).await;

    queue.send("later", "late", SECOND, at(0)).await.unwrap();
    let late = receive_due(stores, "later", hour, 1).await;
    assert_eq!((late.body.as_str(), late.attempts), ("late", 1));
}

pub(crate) async fn messages_and_queue_names_have_bounds(stores: &Stores) {
    let queue = &stores.queue;
    let fits = "x".repeat(48 * 1024);
    queue.send("bounds", &fits, NO_DELAY, at(0)).await.unwrap();
    assert!(
        queue
            .send("bounds", &format!("{fits}x"), NO_DELAY, at(0))
            .await
            .is_err()
    );
    assert_count(stores, "bounds", 1).await;
    assert_eq!(receive_due(stores, "bounds", MINUTE, 0).await.body, fits);
    queue
        .send("bounds", "never", Duration::MAX, at(0))
        .await
        .unwrap();
    assert_eq!(queue.receive("bounds", MINUTE, at(1)).await, Ok(None));
    queue.send("bounds", "", NO_DELAY, at(0)).await.unwrap();
    assert_eq!(receive_due(stores, "bounds", MINUTE, 0).await.body, "");
    for name in ["", "Sync_Jobs", "a/b"] {
        let refused = queue.send(name, "x", NO_DELAY, at(0)).await;
        assert!(matches!(refused, Err(StoreError::BadKey(_))));
    }
}

pub(crate) async fn each_message_goes_to_one_receiver(one: &Stores, other: &Stores) {
    for number in 0..20 {
        one.queue
            .send("race", &number.to_string(), NO_DELAY, at(0))
            .await
            .unwrap();
    }
    let mut tasks = Vec::new();
    for number in 0..6 {
        let stores = if number % 2 == 0 {
            one.clone()
        } else {
            other.clone()
        };
        tasks.push(tokio::spawn(async move {
            let mut bodies = Vec::new();
            while let Some(message) = stores.queue.receive("race", MINUTE, at(1)).await.unwrap() {
                bodies.push(message.body.parse::<u32>().unwrap());
                stores.queue.delete("race", &message).await.unwrap();
            }
            bodies
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all.sort_unstable();
    assert_eq!(all, (0..20).collect::<Vec<_>>());
    assert_count(other, "race", 0).await;
}
