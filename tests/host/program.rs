//! The real program under the host, where no storage is needed: how it starts, ends and answers.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    deployed::{self, Deployed, Trigger},
    front::{Front, MASTER_KEY, Mode, message_by_hand},
    invoke::{client, invoke},
    process::{self, Host, Level},
};

fn start() -> Host {
    let schedule = ("ROLLCALL_SCHEDULE".to_owned(), "0 * * * * *".to_owned());
    let settings = BTreeMap::from([schedule]);
    process::start(Deployed::read(deployed::package(), settings))
}

#[tokio::test]
async fn it_is_ready_without_storage_and_again_after_it_was_killed() {
    let host = start();
    host.ready().await;
    host.crash().await;
    host.launched(2).await;
    host.crash().await;
    host.launched(3).await;
    for line in host
        .lines()
        .iter()
        .filter(|line| line.level == Level::Information)
    {
        let json: Result<Value, _> = serde_json::from_str(&line.text);
        assert!(json.is_ok_and(|json| json.is_object()), "{}", line.text);
    }
}

#[tokio::test]
async fn without_storage_every_invocation_fails_and_none_ends_it() {
    let host = start();
    host.ready().await;
    for function in &host.deployed().functions {
        if !matches!(function.trigger, Trigger::Http { .. }) {
            let envelope = message_by_hand(function, "{}", jiff::Timestamp::now());
            let failed = invoke(&host, &function.name, envelope).await;
            assert!(failed.is_err(), "{}: {failed:?}", function.name);
        }
    }
    assert_eq!(host.launches(), 1, "{}", host.written());
}

#[tokio::test]
async fn no_public_path_leads_to_an_envelope() {
    let host = start();
    host.ready().await;
    for mode in [Mode::Proxied, Mode::Forwarded] {
        let front = Front::open(&host, mode).await;
        for path in [
            "/SyncWorker",
            "//SyncWorker",
            "/api/SyncWorker",
            "/api/../SyncWorker",
            "/api/v1/..%2f..%2fSyncWorker",
            "/api/v1/%2e%2e/%2e%2e/SyncWorker",
            "/api/hooks/..%2f..%2f..%2fSyncWorker",
        ] {
            // As a client that tidies nothing up would send it. The public part has no storage either and says 503; an
            // invocation that fails would be 500.
            let status = raw_post(&front, path).await;
            assert!(
                [400, 404, 503].contains(&status),
                "{mode:?} {path}: {status}"
            );
        }
    }
}

/// Posts an envelope to exactly this path.
async fn raw_post(front: &Front, path: &str) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let place = front.url().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(place).await.unwrap();
    let body = r#"{"Data":{"job":"\"garbage\""},"Metadata":{}}"#;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {place}\r\nx-functions-key: {MASTER_KEY}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_program_alone_serves_the_public_paths_and_nothing_else() {
    let host = start();
    host.ready().await;
    let url = |path: &str| format!("http://{}{path}", host.address());
    let missing = client().get(url("/nowhere")).send().await.unwrap();
    assert_eq!(missing.status().as_u16(), 404);
    let root = client().get(url("/")).send().await.unwrap();
    assert_eq!(root.status().as_u16(), 200);
}
