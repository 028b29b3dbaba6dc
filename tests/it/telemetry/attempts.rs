//! The span of an attempt says whether it ended.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_trait::async_trait;
use futures::FutureExt;
use rollcall::{
    service::Service,
    store::ports::StoreError,
    worker::{self, Again, Report},
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    collector::Collector,
    exporting::{Exporting, insights},
};
use crate::{
    jobs::{
        dying::dying,
        stage::{Stage, job},
    },
    store_hook::{Call, Fate, Hook, hooked},
};

/// A store that nobody comes back from a write to: it tells, and never answers, or panics.
struct Stuck {
    told: Notify,
    panics: bool,
}

#[async_trait]
impl Hook for Stuck {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if call.is_read() {
            return Ok(Fate::Done);
        }
        assert!(!self.panics, "told to panic");
        self.told.notify_one();
        std::future::pending().await
    }
}

async fn work(service: &Service, stage: &Stage, run: &str) -> Result<Report, Again> {
    worker::work(service, &job(run).render(), &stage.delivery()).await
}

#[tokio::test]
async fn an_attempt_that_does_not_end_is_an_error_that_comes_again() {
    let (collector, url) = Collector::start().await;
    let exporting = Exporting::start(insights(&url));
    let stage = Stage::with("ada bob");
    stage.define("staff", json!({})).await;

    let service = stage.service_over(dying(&stage.stores, 0, false));
    work(&service, &stage, "fails").await.unwrap_err();

    for panics in [false, true] {
        let told = Notify::new();
        let stuck = Arc::new(Stuck { told, panics });
        let service = stage.service_over(hooked(&stage.stores, stuck.clone()));
        let name = if panics { "panics" } else { "dropped" };
        let working = AssertUnwindSafe(work(&service, &stage, name)).catch_unwind();
        tokio::select! {
            ended = working => assert!(panics && ended.is_err(), "{name}"),
            () = stuck.told.notified() => assert!(!panics),
        }
    }

    stage.wait(61);
    work(&stage.service, &stage, "ends").await.unwrap();
    exporting.flush().await;
    let mut runs: Vec<(String, Value, Value)> = collector
        .envelopes()
        .iter()
        .map(|envelope| &envelope["data"]["baseData"])
        .filter(|span| span["name"] == "run")
        .map(|span| {
            let told = &span["properties"];
            let run = told["run"].as_str().unwrap().to_owned();
            (run, told["status"].clone(), span["success"].clone())
        })
        .collect();
    runs.sort_by(|one, other| one.0.cmp(&other.0));
    let run = |run: &str, status: &str, success: bool| {
        (run.to_owned(), Value::from(status), Value::from(success))
    };
    assert_eq!(
        runs,
        [
            run("dropped", "again", false),
            run("ends", "succeeded", true),
            run("fails", "again", false),
            run("panics", "again", false),
        ]
    );
}
