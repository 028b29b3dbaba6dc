//! What other programs put where ours is, and accounts that refuse us.

use std::time::Duration;

use azure_core_021::{ClientOptions, RetryOptions, TransportOptions, auth::Secret};
use azure_storage::{CloudLocation, StorageCredentials};
use azure_storage_queues::{QueueClient, QueueServiceClientBuilder};
use jiff::Timestamp;
use rollcall::{
    azure as over_http,
    store::{
        azure::{self, connection::Connection},
        ports::{StoreError, Table},
    },
};

use super::{accounts, open};

const MINUTE: Duration = Duration::from_secs(60);

/// The queue as another program sees it, which puts bodies there as they are.
fn bare_queue(account: &str, queue: &str) -> QueueClient {
    let part = |name: &str| {
        let part = account.split(';').find_map(|part| part.strip_prefix(name));
        part.unwrap().to_owned()
    };
    let location = CloudLocation::Custom {
        account: part("AccountName="),
        uri: part("QueueEndpoint="),
    };
    let key = Secret::new(accounts::key());
    let credentials = StorageCredentials::access_key(part("AccountName="), key);
    let http = over_http::client(true).unwrap();
    let through = over_http::transport_021::Through::new(http);
    let options = ClientOptions::new(TransportOptions::new(std::sync::Arc::new(through)));
    QueueServiceClientBuilder::with_location(location, credentials)
        .client_options(options.retry(RetryOptions::none()))
        .build()
        .queue_client(queue)
}

#[tokio::test]
async fn a_body_that_is_not_ours_is_reported_and_put_aside() {
    let account = accounts::account();
    let stores = open(&account).await;
    let bare = bare_queue(&account, "race");
    // No base64; base64 of no UTF-8.
    for body in ["{\"version\":1}", "//79"] {
        bare.put_message(body).await.unwrap();
    }
    let now = Timestamp::now();
    stores
        .queue
        .send("race", "ours", Duration::ZERO, now)
        .await
        .unwrap();
    let mut problems = 0;
    let ours = loop {
        match stores.queue.receive("race", Duration::ZERO, now).await {
            Ok(message) => break message.unwrap(),
            Err(problem) => {
                assert!(matches!(problem, StoreError::Corrupt { .. }), "{problem}");
                let text = problem.to_string();
                assert!(text.contains("queue race, message "), "{text}");
                assert!(text.contains("hidden for seven days"), "{text}");
                problems += 1;
                assert!(problems <= 2, "it came again");
            }
        }
    };
    assert_eq!(ours.body, "ours");
    stores.queue.delete("race", &ours).await.unwrap();
    while let Err(problem) = stores.queue.receive("race", MINUTE, now).await {
        problems += 1;
        assert!(problems <= 2, "it came again: {problem}");
    }
    assert_eq!(problems, 2);
    assert_eq!(
        stores.queue.count("race").await,
        Ok(2),
        "they are not thrown away"
    );
}

#[tokio::test]
async fn our_messages_are_base64_on_the_wire() {
    let account = accounts::account();
    let stores = open(&account).await;
    let text = "{\"sync\":\"Zürich <&> \u{1f600}\"}";
    let now = Timestamp::now();
    stores
        .queue
        .send("texts", text, Duration::ZERO, now)
        .await
        .unwrap();
    let peeked = bare_queue(&account, "texts").peek_messages().await.unwrap();
    let body = &peeked.messages[0].message_text;
    assert_eq!(body, "eyJzeW5jIjoiWsO8cmljaCA8Jj4g8J+YgCJ9");
}

#[tokio::test]
async fn a_queue_that_was_never_made_says_so() {
    let stores = open(&accounts::account()).await;
    let problem = stores.queue.count("nowhere").await.unwrap_err().to_string();
    assert!(problem.contains("`QueueNotFound`"), "{problem}");
    assert!(problem.contains("queue nowhere"), "{problem}");
}

#[tokio::test]
async fn a_wrong_key_is_refused_with_what_to_do_and_without_the_key() {
    let wrong = "d3Jvbmcta2V5LXdyb25nLWtleS13cm9uZy1rZXk=";
    let account = accounts::account().replace(accounts::key(), wrong);
    let connection = Connection::from_text(&account).unwrap();
    let Err(problem) = azure::open(&connection, &[]).await else {
        panic!("opened with a wrong key")
    };
    let text = problem.to_string();
    assert!(text.contains("answered 403"), "{text}");
    assert!(text.contains("check the key"), "{text}");
    assert!(
        !text.contains(wrong) && !text.contains("SharedKey"),
        "{text}"
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_is_reported_soon() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let endpoint = format!("http://127.0.0.1:{port}/contoso");
    let connection = Connection::from_text(&format!(
        "AccountName=contoso;AccountKey=a2V5;BlobEndpoint={endpoint};QueueEndpoint={endpoint};\
         TableEndpoint={endpoint}"
    ));
    let Err(problem) = azure::open(&connection.unwrap(), &["jobs"]).await else {
        panic!("opened")
    };
    assert!(
        problem.to_string().contains("cannot be reached"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_version_of_ours_is_asked_for_and_nothing_that_fits_any_row() {
    let stores = open(&accounts::account()).await;
    let records = &stores.records;
    records.insert(Table::State, "p", "r", "1").await.unwrap();
    for version in ["*", "", "1", "W/\"\n\""] {
        let version = rollcall::store::ports::Version(version.to_owned());
        let replaced = records.replace(Table::State, "p", "r", "2", &version).await;
        assert!(
            matches!(replaced, Err(StoreError::Conflict(_))),
            "{replaced:?}"
        );
        let deleted = records.delete(Table::State, "p", "r", &version).await;
        assert!(
            matches!(deleted, Err(StoreError::Conflict(_))),
            "{deleted:?}"
        );
    }
}
