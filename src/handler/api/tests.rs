//! The API as its clients see it, over the embedded store. Every answer is held against the OpenAPI document.

mod codes;
mod decisions;
mod definitions;
mod doctor;
mod doors;
mod explain;
mod hostile;
mod opt_outs;
mod packages;
mod people;
mod quiet;
mod restoring;
mod runs;
mod socket;
mod standing;
mod trouble;

use std::sync::{Arc, Mutex};

use axum::{
    body::Body,
    http::{HeaderMap, Request},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use self::{doors::Doors, trouble::Trouble};
use super::*;
use crate::{
    agenda::{self, Entry, ListKey},
    app::{Connections, kinds},
    catalog,
    connectors::ports::Unwatched,
    job::{self, Job},
    model::list::{ListRef, Sides},
    run::{self, Ports, RunRequest},
    settings::Settings,
    store::{embedded, ports::Stores},
    summary::{Status, Summary},
};

/// A store in a folder of its own, the API over it, and a clock that tests set.
struct Desk {
    folder: TempDir,
    stores: Stores,
    trouble: Arc<Trouble>,
    service: Service,
    router: Router,
    now: Arc<Mutex<Timestamp>>,
}

/// What came back.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
    bytes: Vec<u8>,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stores = embedded::open(folder.path()).unwrap();
        let trouble = Trouble::over(stores.clone());
        let now = Arc::new(Mutex::new(at("2026-11-21T06:00:00Z")));
        let clock = now.clone();
        let service = Service {
            stores: trouble.stores(),
            kinds: Arc::new(kinds()),
            opener: Arc::new(Doors(folder.path().to_owned())),
            now: Arc::new(move || *clock.lock().unwrap()),
            started: at("2026-11-21T05:00:00.987Z"),
            lease: Duration::from_secs(60),
            keep: jiff::SignedDuration::from_hours(90 * 24),
        };
        let router = router(service.clone());
        Self {
            folder,
            stores,
            trouble,
            service,
            router,
            now,
        }
    }

    /// With two connections, and the sync `everyone` between two files.
    async fn furnished() -> Self {
        let desk = Self::new();
        for name in ["hr", "lists"] {
            let folder = desk.folder.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            let body = json!({ "type": "csv", "folder": name });
            let path = format!("/api/v1/connections/{name}");
            desk.put(&path, &body).await.is(201);
        }
        desk.put("/api/v1/syncs/everyone", &everyone())
            .await
            .is(201);
        desk
    }

    fn set(&self, now: &str) {
        *self.now.lock().unwrap() = at(now);
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            // Only packages are no text.
            body: String::from_utf8_lossy(&body).into_owned(),
            bytes: body.to_vec(),
        };
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.body.is_empty(), "{path}");
        quiet::hold_to_the_document(&method, &path, &answer);
        answer
    }

    async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.send(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], "").await
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, &[], &body.to_string()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, &[], &body.to_string()).await
    }

    /// The same, where the path is made on the way.
    async fn post_owned(&self, path: String, body: Value) -> Answer {
        self.post(&path, body).await
    }

    /// The rows of a list.
    fn write(&self, file: &str, people: std::ops::Range<usize>) {
        let rows: String = people
            .map(|number| format!("user{number:03}@contoso.example,=Person {number}\n"))
            .collect();
        let text = format!("email,displayName\n{rows}");
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }

    /// A real run of a sync, as a worker would do it.
    async fn run(&self, sync: &str, run: &str) -> Summary {
        let found = catalog::sync(&self.stores, &self.service.kinds, sync).await;
        let (definition, sync) = found.unwrap().unwrap().unwrap();
        let settings = Settings::default();
        let connections = Connections::new(&definition, self.folder.path(), &settings, &|_| None);
        let now = || self.service.now();
        let ports = Ports {
            readers: &connections,
            stores: &self.stores,
            watch: &Unwatched,
            now: &now,
            lease: run::LEASE,
        };
        let request = RunRequest {
            run: run.to_owned(),
            cause: "by hand (ada)".to_owned(),
            worker: "a test".to_owned(),
            approval: None,
            deadline: None,
        };
        let finished = run::run(ports, &connections, &sync, &request).await;
        let summary = finished.unwrap().summary;
        let key = self.key(&sync.id, None);
        let note = |entry: &mut Entry| entry.ran(&summary);
        let noted = agenda::change(&self.stores, &key, self.service.now(), note).await;
        noted.unwrap();
        summary
    }

    /// A run that was held: 5 of 20 people left.
    async fn held(&self, run: &str) -> Summary {
        self.write("hr/staff.csv", 0..15);
        self.write("lists/everyone.csv", 0..20);
        let summary = self.run("everyone", run).await;
        assert_eq!(summary.status, Some(Status::Held), "{summary:?}");
        summary
    }

    fn key(&self, sync: &str, list: Option<&str>) -> ListKey {
        ListKey {
            sync: sync.to_owned(),
            list: list.map(str::to_owned),
        }
    }

    /// A run of one list of the sync `routed` that ended so.
    async fn routed_run(&self, list: &str, run: &str, status: Status) -> Summary {
        let reference = |connection: &str| ListRef {
            connection: connection.to_owned(),
            list: list.to_owned(),
        };
        let lists = Sides {
            source: reference("hr"),
            target: reference("lists"),
        };
        let sync = format!("routed/{list}");
        let mut summary = Summary::begun(run, &sync, lists, "schedule", self.service.now());
        summary.status = Some(status);
        summary.finished = Some(self.service.now());
        crate::history::begin(&self.stores, &summary).await.unwrap();
        let key = self.key("routed", Some(list));
        let note = |entry: &mut Entry| entry.ran(&summary);
        let noted = agenda::change(&self.stores, &key, self.service.now(), note).await;
        noted.unwrap();
        summary
    }

    /// The jobs on the queue, which stay there.
    async fn jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        let (visible, later) = (Duration::ZERO, Duration::from_secs(3600));
        let mut taken = Vec::new();
        while let Some(message) = self
            .stores
            .queue
            .receive(job::QUEUE, later, self.service.now())
            .await
            .unwrap()
        {
            jobs.push(Job::parse(&message.body).unwrap());
            taken.push(message);
        }
        for message in taken {
            let back = self
                .stores
                .queue
                .extend(job::QUEUE, &message, visible, self.service.now());
            back.await.unwrap();
        }
        jobs
    }
}

impl Answer {
    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// It has to be this problem.
    #[track_caller]
    fn problem(self, code: Code) -> Value {
        assert_eq!(self.status, code.status(), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:rollcall:{}", code.name()));
        assert_eq!(problem["title"], code.title());
        assert_eq!(problem["status"], code.status());
        problem
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    #[track_caller]
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Its `ETag`.
    #[track_caller]
    fn etag(&self) -> String {
        let etag = self.header("etag");
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10);
        etag.to_owned()
    }
}

/// Files of `hr` to files of `lists`.
fn everyone() -> Value {
    json!({
        "source": { "connection": "hr", "list": "staff.csv" },
        "target": { "connection": "lists", "list": "everyone.csv" },
        "schedule": "0 6 * * *",
        "mapping": { "displayName": "displayName" },
    })
}

/// A sync that routes people to many lists.
fn routed() -> Value {
    json!({
        "source": { "connection": "entra-id" }, "target": "messagemedia",
        "mapping": { "displayName": "contact_name", "mobilePhone": "phone_number", "department": "group" },
    })
}
