//! What an instance answers and does while what is stored is newer than it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{body::Body, http::Request};
use rollcall::{
    connectors::memory::list_ref,
    format, handler, history,
    job::QUEUE,
    store::{
        embedded,
        ports::{StoreError, Stores},
    },
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::recorded::{
    FORMAT_ROW, Stage, all, at, folder, of_a_newer_program, put, recorded, restore, text,
};
use crate::store_hook::{Call, Fate, Hook, hooked};

async fn ask(stage: &Stage, method: &str, path: &str) -> (u16, Value) {
    let router = handler::public::router(&stage.service, Arc::new(|_: &str| None));
    let request = Request::builder().method(method).uri(path).header(
        "authorization",
        "Bearer a-token-that-nobody-guesses-in-a-thousand-years",
    );
    let (kind, body) = match path.starts_with("/api/hooks") {
        true => ("text/csv", "email\nada@acme.example\n"),
        false => ("application/json", "{\"by\":\"ada\"}"),
    };
    let request = request.header("content-type", kind);
    let request = request.body(Body::from(body)).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn the_app_says_which_version_is_needed_and_does_nothing() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    let stage = Stage::over(&stores);
    let health = ask(&stage, "GET", "/api/v1/health").await;
    assert_eq!(
        (health.0, &health.1["format"]),
        (200, &json!(format::FORMAT))
    );
    let announced = json!({
        "version": format::FORMAT, "writtenBy": "0.1.0", "since": at(),
        "next": { "version": 7, "writtenBy": "9.1.0" },
    });
    for newer in [of_a_newer_program(), announced] {
        put(&stores, FORMAT_ROW, &newer).await;
        for (method, path) in [
            ("GET", "/api/v1/health"),
            ("GET", "/api/v1/syncs"),
            ("POST", "/api/v1/syncs/staff/resume"),
            ("DELETE", "/api/v1/syncs/staff"),
        ] {
            let (status, problem) = ask(&stage, method, path).await;
            assert_eq!(
                (status, &problem["type"]),
                (503, &json!("urn:rollcall:newer-data")),
                "{path}"
            );
            let told = problem.to_string();
            assert!(
                told.contains("format 7") && told.contains("run rollcall 9.1.0"),
                "{told}"
            );
        }
        let (status, page) = ask(&stage, "GET", "/api/dashboard").await;
        assert_eq!(status, 503);
        assert!(page["detail"].as_str().unwrap().contains("9.1.0"), "{page}");
        // The sender sends it again.
        let (status, _) = ask(&stage, "POST", "/api/hooks/hr/workday").await;
        assert_eq!(status, 503);
        assert_eq!(stores.blobs.list("deliveries/").await.unwrap().len(), 1);
        assert_eq!(ask(&stage, "GET", "/api/v1/openapi.json").await.0, 200);
    }
}

/// Somebody begins to bring the store forward just when a run takes its lists.
struct Upgrade(Stores);

#[async_trait]
impl Hook for Upgrade {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if matches!(&call, Call::Row(place) if place.starts_with("Leases/lease/mail:")) {
            put(&self.0, FORMAT_ROW, &of_a_newer_program()).await;
        }
        Ok(Fate::Done)
    }
}

#[tokio::test]
async fn a_run_that_takes_its_lists_while_the_store_is_brought_forward_does_not_begin() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    format::ready(&stores, at()).await.unwrap();
    let mut stage = Stage::over(&stores);
    stage.service.stores = hooked(&stores, Arc::new(Upgrade(stores.clone())));
    let message = text(&all(&recorded(), "messages")[0], "body").to_owned();
    let before = stage.world.labels(&list_ref("mail", "many"));
    let report = stage.work(&message).await.unwrap();
    assert!(
        report[0].starts_with("put back on `sync-jobs`: "),
        "{report:?}"
    );
    assert_eq!(stores.queue.count(QUEUE).await.unwrap(), 3);
    assert_eq!(stage.world.counters().reads, 0);
    assert_eq!(stage.world.labels(&list_ref("mail", "many")), before);
    let begun = history::find(&stores, "20261103T070000-many.a")
        .await
        .unwrap();
    assert_eq!(begun, None, "nothing of it is written down");
}
