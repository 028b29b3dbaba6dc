use std::sync::Arc;

use axum::body::Body;
use serde_json::json;
use tower::ServiceExt;

use super::*;
use crate::{
    agenda::{self, Entry, ListKey, Paused},
    app::kinds,
    catalog::{self, Expected, Shelf},
    definition::sync::Definition,
    service::{Opened, Opener},
    store::{embedded, ports::Table},
    summary::{Done, Status},
};

struct Shut;

impl Opener for Shut {
    fn open(&self, _definition: &Definition) -> Box<dyn Opened> {
        unreachable!("the dashboard opens no connection")
    }
}

fn service(folder: &tempfile::TempDir) -> Service {
    Service {
        stores: embedded::open(folder.path()).unwrap(),
        kinds: Arc::new(kinds()),
        opener: Arc::new(Shut),
        now: Arc::new(|| "2026-11-21T06:00:00Z".parse().unwrap()),
        started: "2026-11-21T05:00:00Z".parse().unwrap(),
        lease: Duration::from_secs(60),
        keep: jiff::SignedDuration::from_hours(90 * 24),
    }
}

async fn sync(service: &Service, id: &str, change: impl FnMut(&mut Entry)) {
    let value = json!({
        "source": "entra-id", "target": "messagemedia", "schedule": "0 7 * * *",
        "mapping": { "displayName": "contact_name", "mobilePhone": "phone_number", "department": "group" },
    });
    let (stores, now) = (&service.stores, service.now());
    let shelf = Shelf::Syncs;
    catalog::put(
        stores,
        &service.kinds,
        shelf,
        id,
        value,
        &Expected::Nothing,
        now,
    )
    .await
    .unwrap();
    agenda::change(stores, &standing::whole(id), now, change)
        .await
        .unwrap();
}

async fn call(service: &Service, method: &str, path: &str) -> (u16, axum::http::HeaderMap, String) {
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::empty()).unwrap();
    let response = router(service.clone()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    (parts.status.as_u16(), parts.headers, body)
}

fn ran(status: Status) -> LastRun {
    LastRun {
        run: "20261121T050000-x".to_owned(),
        status,
        started: "2026-11-21T05:00:00Z".parse().unwrap(),
        finished: Some("2026-11-21T05:01:00Z".parse().unwrap()),
        done: Done {
            added: 3,
            waiting: 12,
            ..Done::default()
        },
    }
}

#[tokio::test]
async fn what_needs_a_person_stands_first_and_every_text_is_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(&folder);
    sync(&service, "fine", |entry| {
        entry.last = Some(ran(Status::Succeeded))
    })
    .await;
    sync(&service, "waits", |entry| {
        entry.last = Some(ran(Status::Held))
    })
    .await;
    sync(&service, "stopped", |entry| {
        entry.failures = 7;
        entry.paused = Some(Paused {
            reason: "<script>alert(1)</script>".to_owned(),
            by: "\"ada\" & bob".to_owned(),
            since: entry.since,
            until: None,
        });
    })
    .await;
    let key = ListKey {
        sync: "waits".to_owned(),
        list: Some("<b>Größe</b>".to_owned()),
    };
    agenda::change(&service.stores, &key, service.now(), |_| {})
        .await
        .unwrap();
    let (status, headers, page) = call(&service, "GET", "/api/dashboard").await;
    assert_eq!(status, 200);
    let places: Vec<usize> = [
        "Paused (1)",
        "Waiting for approval (1)",
        "New (1)",
        "Succeeded (1)",
    ]
    .iter()
    .map(|text| {
        page.find(text)
            .unwrap_or_else(|| panic!("no `{text}` in {page}"))
    })
    .collect();
    assert!(places.is_sorted());
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    for text in [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;b&gt;Größe&lt;/b&gt;",
        "7 failed in a row",
        "3 added, 12 waiting",
        "2026-11-21 07:00 UTC",
        "4 lists at 2026-11-21 06:00 UTC",
    ] {
        assert!(page.contains(text), "no `{text}` in {page}");
    }
    assert_eq!(headers["cache-control"], "no-store");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(!policy.contains("unsafe"));
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(
        policy.contains(&hash),
        "the style is the one that is allowed"
    );
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("src="));
}

#[tokio::test]
async fn it_is_a_page_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(&folder);
    for (method, path, expected) in [
        ("GET", "/api/dashboard/", 200),
        ("GET", "/API/Dashboard?code=KEY", 200),
        ("POST", "/api/dashboard", 405),
        ("DELETE", "/api/dashboard/", 405),
        ("GET", "/api/dashboards", 404),
        ("GET", "/other/dashboard", 404),
    ] {
        let (status, headers, page) = call(&service, method, path).await;
        assert_eq!(status, expected, "{method} {path}");
        assert_eq!(headers.contains_key("allow"), expected == 405);
        assert!(headers.contains_key("content-security-policy"));
        assert!(!page.contains("KEY"), "{page}");
    }
    let (_, _, page) = call(&service, "GET", "/api/dashboard").await;
    assert!(page.contains("There are no syncs yet"), "{page}");
}

#[tokio::test]
async fn a_storage_that_fails_is_said_and_what_it_said_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(&folder);
    sync(&service, "a", |_| {}).await;
    let records = &service.stores.records;
    let found = records
        .get(Table::Lists, "all", "a")
        .await
        .unwrap()
        .unwrap();
    records
        .replace(Table::Lists, "all", "a", "{", &found.version)
        .await
        .unwrap();
    let (status, _, page) = call(&service, "GET", "/api/dashboard").await;
    assert_eq!(status, 200);
    assert!(
        page.contains("The state of 1 more cannot be read"),
        "{page}"
    );
    let found = records
        .get(Table::Definitions, "syncs", "a")
        .await
        .unwrap()
        .unwrap();
    records
        .replace(Table::Definitions, "syncs", "a", "secret", &found.version)
        .await
        .unwrap();
    let (status, _, page) = call(&service, "GET", "/api/dashboard").await;
    assert_eq!(status, 503);
    assert!(page.contains("could not be read") && !page.contains("secret"));
}

#[tokio::test]
async fn one_router_serves_all_that_is_public() {
    let folder = tempfile::tempdir().unwrap();
    let together = crate::handler::public::router(&service(&folder), Arc::new(|_| None));
    for (method, path, expected) in [
        ("GET", "/api/dashboard", 200),
        ("GET", "/API/Dashboard/", 200),
        ("GET", "/Api/V1/health", 200),
        ("POST", "/api/v1/health", 405),
        ("POST", "/Api/Hooks/hr/x", 401),
        ("PUT", "/api/hooks/hr/x", 404),
        ("GET", "/api/v1", 404),
        ("POST", "/SyncWorker", 404),
        ("GET", "/", 404),
    ] {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        let response = together.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), expected, "{method} {path}");
    }
}
