//! Opening an account: by many at once, again, and with a shared access signature.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use rollcall::{
    app,
    connectors::ports::examination::{Level, clock},
    doctor, job,
    settings::{Settings, Storage},
    store::{
        azure::{self, connection::Connection},
        ports::Table,
    },
};
use sha2::Sha256;

use super::{accounts, open, proxy::Proxy};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_open_a_new_account_at_once() {
    let account = accounts::account();
    let opened = futures::future::join_all((0..8).map(|_| open(&account))).await;
    for (number, stores) in opened.iter().enumerate() {
        let row = number.to_string();
        for table in Table::ALL {
            stores.records.insert(table, "p", &row, "1").await.unwrap();
        }
        stores.blobs.put(&row, Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn opening_what_is_there_asks_for_the_tables_once() {
    let account = accounts::account();
    let [.., port] = accounts::ports();
    let proxy = Proxy::before(port, |_, _| false).await;
    let through = account.replace(&format!(":{port}/"), &format!(":{}/", proxy.port));
    open(&through).await;
    assert_eq!(
        proxy.seen().len(),
        1 + Table::ALL.len(),
        "{:?}",
        proxy.seen()
    );
    proxy.forget();
    open(&through).await;
    assert_eq!(proxy.seen().len(), 1, "{:?}", proxy.seen());
}

#[tokio::test]
async fn the_account_is_tried_out_and_left_as_it_was() {
    let settings = Settings {
        storage: Storage {
            connection_string: Some(accounts::account()),
            ..Storage::default()
        },
        ..Settings::default()
    };
    let stores = app::azure_stores(&settings).await.unwrap();
    for unique in ["one", "one", "other"] {
        let findings = doctor::storage(&stores, unique).await;
        let levels: Vec<Level> = findings.iter().map(|finding| finding.level).collect();
        assert_eq!(levels, [Level::Ok; 3], "{findings:?}");
    }
    let left = stores.records.list(Table::State, "doctor", None, 10).await;
    assert!(left.unwrap().is_empty());
    assert!(stores.blobs.list("").await.unwrap().is_empty());
    let theirs = app::azure_clock(&settings).await.unwrap().unwrap();
    let finding = clock("the storage account", Timestamp::now(), theirs);
    assert_eq!(finding.level, Level::Ok, "{finding:?}");
}

#[tokio::test]
async fn the_settings_lead_to_an_account_with_the_queues_of_the_app() {
    let settings = Settings {
        storage: Storage {
            connection_string: Some(accounts::account()),
            ..Storage::default()
        },
        ..Settings::default()
    };
    let stores = app::azure_stores(&settings).await.unwrap();
    for queue in [job::QUEUE, job::POISON_QUEUE] {
        assert_eq!(stores.queue.count(queue).await, Ok(0));
    }
    let Err(problem) = app::azure_stores(&Settings::default()).await else {
        panic!("opened nothing")
    };
    assert!(
        problem.to_string().contains("set `AzureWebJobsStorage`"),
        "{problem}"
    );
}

/// An account's signature for everything, as the portal makes it.
/// <https://learn.microsoft.com/rest/api/storageservices/create-account-sas>
fn signature(account: &str) -> String {
    let expiry = "2099-01-01T00:00:00Z";
    let text = format!("{account}\nrwdlacup\nbqt\nsco\n\n{expiry}\n\n\n2022-11-02\n\n");
    let key = BASE64_STANDARD.decode(accounts::key()).unwrap();
    let mut hmac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    hmac.update(text.as_bytes());
    let signature = BASE64_STANDARD.encode(hmac.finalize().into_bytes());
    let signature: String = url::form_urlencoded::byte_serialize(signature.as_bytes()).collect();
    format!("sv=2022-11-02&ss=bqt&srt=sco&sp=rwdlacup&se={expiry}&sig={signature}")
}

#[tokio::test]
async fn a_shared_access_signature_opens_the_account() {
    let account = accounts::account();
    let name = &account["AccountName=".len()..account.find(';').unwrap()];
    let text = account.replace(
        &format!("AccountKey={}", accounts::key()),
        &format!("SharedAccessSignature={}", signature(name)),
    );
    let connection = Connection::from_text(&text).unwrap();
    let stores = azure::open(&connection, &["jobs"]).await.unwrap();
    let version = stores.records.insert(Table::State, "p", "r", "1").await;
    let found = stores
        .records
        .list(Table::State, "p", None, 5)
        .await
        .unwrap();
    assert_eq!(found[0].version, version.unwrap());
    let now = Timestamp::now();
    stores
        .queue
        .send("jobs", "x", Duration::ZERO, now)
        .await
        .unwrap();
    assert_eq!(stores.queue.count("jobs").await, Ok(1));
    stores.blobs.put("a/b", vec![1; 5_000_000]).await.unwrap();
    assert_eq!(
        stores.blobs.get("a/b").await.unwrap().unwrap().len(),
        5_000_000
    );
    assert_eq!(stores.blobs.list("a").await, Ok(vec!["a/b".to_owned()]));
}
