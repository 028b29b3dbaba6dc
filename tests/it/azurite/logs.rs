//! Nothing that opens the account is in the log, whatever the log is asked for.

use std::{env, time::Duration};

use jiff::Timestamp;
use rollcall::{store::ports::Table, telemetry};

use super::{accounts, open};

const CHILD: &str = "ROLLCALL_TEST_LOGS_EVERYTHING";

/// Runs itself as a process of its own, because a log is started once for a process.
#[tokio::test]
async fn no_key_and_no_signature_is_logged() {
    if env::var(CHILD).is_ok() {
        return work_and_log_everything().await;
    }
    let output = tokio::process::Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "azurite::logs::no_key_and_no_signature_is_logged",
        ])
        .arg("--nocapture")
        .env(CHILD, "1")
        .env("RUST_LOG", "trace")
        .output()
        .await
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(
        log.contains("TRACE it::azurite::logs"),
        "nothing was logged: {log}"
    );
    let said = format!("{}{log}", String::from_utf8_lossy(&output.stdout));
    for secret in [
        accounts::key(),
        "SharedKey",
        "authorization",
        "Authorization",
        "sig=",
    ] {
        assert!(!said.contains(secret), "`{secret}` is in the log:\n{said}");
    }
}

async fn work_and_log_everything() {
    telemetry::start(Some("trace"), None);
    tracing::trace!("the log is on");
    let stores = open(&accounts::account()).await;
    let records = &stores.records;
    let version = records.insert(Table::State, "p", "r", "1").await.unwrap();
    records
        .replace(Table::State, "p", "r", "2", &version)
        .await
        .unwrap();
    // Refusals are logged too.
    records
        .insert(Table::State, "p", "r", "1")
        .await
        .unwrap_err();
    records.list(Table::State, "p", None, 5).await.unwrap();
    let now = Timestamp::now();
    stores
        .queue
        .send("race", "x", Duration::ZERO, now)
        .await
        .unwrap();
    let received = stores
        .queue
        .receive("race", Duration::from_secs(60), now)
        .await;
    stores
        .queue
        .delete("race", &received.unwrap().unwrap())
        .await
        .unwrap();
    stores.blobs.put("x", vec![1; 5_000_000]).await.unwrap();
    stores.blobs.get("x").await.unwrap();
    stores.blobs.list("").await.unwrap();
    stores.blobs.delete("x").await.unwrap();
}
