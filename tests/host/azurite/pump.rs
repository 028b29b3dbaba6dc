//! The queue trigger, with the fake program behind it, held against what the real host did.

use std::{
    path::Path,
    sync::OnceLock,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use super::accounts;
use crate::{
    fake,
    process::Host,
    queues::{self, Pump},
    storage::{Account, Queues},
};

/// How much faster the host's clock goes: its hold on a message lasts 2 seconds.
const FASTER: u32 = 300;

struct Stage {
    folder: TempDir,
    host: Host,
    queues: Queues,
    queue: String,
    aside: String,
    pump: Pump,
}

/// A queue of its own, in an account that these tests share.
async fn stage(settings: &[(&str, &str)]) -> Stage {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    let account = ACCOUNT.get_or_init(|| Account::parse(&accounts::account()));
    let queues = Queues::of(account);
    let queue = format!("work-{}", Uuid::new_v4().simple());
    queues.create(&queue).await;
    on(queues, queue, settings)
}

fn on(queues: Queues, queue: String, settings: &[(&str, &str)]) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let aside = format!("{queue}-poison");
    let names = [("QUEUE", queue.as_str()), ("ASIDE", aside.as_str())];
    let host = fake::start(folder.path(), &[settings, &names].concat());
    let pump = queues::listen(&host, &queues, "Work", FASTER);
    Stage {
        folder,
        host,
        queues,
        queue,
        aside,
        pump,
    }
}

/// Polls until the queue holds so many messages, hidden ones included.
async fn holds(queues: &Queues, queue: &str, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let found = queues.count(queue).await;
        if found.unwrap_or_default() == count {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "`{queue}` holds {found:?}, not {count}"
        );
    }
}

/// The texts that were delivered, with the count of each delivery.
fn deliveries(folder: &Path) -> Vec<(String, String)> {
    let calls = fake::calls(folder);
    calls
        .iter()
        .map(|call| {
            let envelope: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
            let count = envelope["Metadata"]["DequeueCount"]
                .as_str()
                .unwrap()
                .to_owned();
            (fake::text_of(call), count)
        })
        .collect()
}

#[tokio::test]
async fn a_message_that_is_done_is_deleted_and_the_empty_one_is_a_message_too() {
    let stage = stage(&[]).await;
    for text in ["hello", "", "{\"id\":\"42\"}"] {
        stage.queues.put(&stage.queue, text).await;
    }
    holds(&stage.queues, &stage.queue, 0).await;
    let mut delivered = deliveries(stage.folder.path());
    delivered.sort();
    let once = |text: &str| (text.to_owned(), "1".to_owned());
    assert_eq!(
        delivered,
        [once(""), once("hello"), once("{\"id\":\"42\"}")]
    );
    assert_eq!(
        stage.queues.count(&stage.aside).await,
        None,
        "nothing was put aside"
    );
}

#[tokio::test]
async fn a_message_that_fails_three_times_is_put_aside_with_its_bytes() {
    let stage = stage(&[]).await;
    stage.queues.put(&stage.queue, "fail").await;
    holds(&stage.queues, &stage.aside, 1).await;
    holds(&stage.queues, &stage.queue, 0).await;
    let counts: Vec<String> = deliveries(stage.folder.path())
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    assert_eq!(counts, ["1", "2", "3"]);
    assert_eq!(
        stage.queues.peek(&stage.aside).await,
        [BASE64_STANDARD.encode("fail")]
    );
}

#[tokio::test]
async fn what_is_no_base64_or_no_text_is_put_aside_unseen() {
    let stage = stage(&[]).await;
    stage
        .queues
        .put_raw(&stage.queue, "<not base64> & more")
        .await;
    holds(&stage.queues, &stage.aside, 1).await;
    assert_eq!(
        stage.queues.peek(&stage.aside).await,
        ["<not base64> & more"]
    );
    let bytes = BASE64_STANDARD.encode([0xff, 0xfe]);
    stage.queues.put_raw(&stage.queue, &bytes).await;
    holds(&stage.queues, &stage.aside, 2).await;
    assert!(stage.queues.peek(&stage.aside).await.contains(&bytes));
    assert!(fake::calls(stage.folder.path()).is_empty());
}

#[tokio::test]
async fn twelve_messages_are_worked_on_four_at_a_time() {
    let stage = stage(&[]).await;
    stage.host.ready().await;
    for _ in 0..12 {
        stage.queues.put(&stage.queue, "work:300").await;
    }
    holds(&stage.queues, &stage.queue, 0).await;
    let most = stage.pump.seen().most_at_once();
    assert!((4..=6).contains(&most), "{most} at once");
    assert_eq!(stage.pump.seen().invocations(), 12);
}

#[tokio::test]
async fn a_message_is_held_as_long_as_it_is_worked_on() {
    let stage = stage(&[]).await;
    stage.queues.put(&stage.queue, "work:5000").await;
    holds(&stage.queues, &stage.queue, 0).await;
    assert_eq!(
        deliveries(stage.folder.path()).len(),
        1,
        "its hold of 2 s was renewed"
    );
}

#[tokio::test]
async fn what_a_killed_program_was_doing_comes_again() {
    let stage = stage(&[]).await;
    stage.queues.put(&stage.queue, "work:1500").await;
    fake::until(stage.folder.path(), 1).await;
    stage.host.crash().await;
    holds(&stage.queues, &stage.queue, 0).await;
    let counts: Vec<String> = deliveries(stage.folder.path())
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    assert_eq!(counts, ["1", "2"]);
    assert_eq!(stage.host.launches(), 2);
}

#[tokio::test]
async fn what_a_stopped_host_was_doing_goes_to_another() {
    let first = stage(&[]).await;
    first.queues.put(&first.queue, "work:60000").await;
    fake::until(first.folder.path(), 1).await;
    first.host.stop().await;
    assert_eq!(first.queues.count(&first.queue).await, Some(1));
    let second = on(first.queues.clone(), first.queue.clone(), &[]);
    let calls = fake::until(second.folder.path(), 1).await;
    assert_eq!(fake::text_of(&calls[0]), "work:60000");
    assert_eq!(deliveries(second.folder.path())[0].1, "2");
}

#[tokio::test]
async fn an_answer_without_content_kills_what_runs_beside_it() {
    let stage = stage(&[("AzureFunctionsJobHost__functionTimeout", "00:00:01")]).await;
    stage.queues.put(&stage.queue, "empty").await;
    holds(&stage.queues, &stage.aside, 1).await;
    assert_eq!(deliveries(stage.folder.path()).len(), 3);
    stage.host.launched(4).await;
    stage.queues.put(&stage.queue, "hello").await;
    holds(&stage.queues, &stage.queue, 0).await;
}

#[tokio::test]
async fn what_fails_in_a_poison_queue_stays_there() {
    let stage = stage(&[]).await;
    stage.queues.create(&stage.aside).await;
    let mut aside = queues::listen(&stage.host, &stage.queues, "WorkPoison", FASTER);
    stage.queues.put(&stage.aside, "fail").await;
    fake::until(stage.folder.path(), 4).await;
    assert_eq!(stage.queues.count(&stage.aside).await, Some(1));
    assert_eq!(
        stage.queues.count(&format!("{}-poison", stage.aside)).await,
        None
    );
    aside.stop().await;
}
