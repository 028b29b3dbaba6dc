//! Two HR connections, a folder of lists, syncs between them, and a router that takes calls.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, http::Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rollcall::{
    agenda::{self, ListKey},
    app,
    catalog::{self, Expected, Shelf},
    definition::sync::Definition,
    format, handler,
    job::{Job, QUEUE},
    service::{Opened, Opener, Service},
    store::{embedded, ports::Stores},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::{
    call::{Answer, Call},
    watched::Watched,
};

pub(crate) const TOKEN: &str = "a-token-that-nobody-guesses-in-a-thousand-years";
pub(crate) const PEOPLE: &str = "email,name\nada@acme.org,Ada\nbob@acme.org,Bob\n";

/// The secrets: one for each variable.
pub(crate) fn secret(variable: &str) -> Vec<u8> {
    Sha256::digest(variable).to_vec()
}

pub(crate) struct Stage {
    pub(crate) service: Service,
    pub(crate) watched: Arc<Watched>,
    pub(crate) router: Router,
    pub(crate) folder: tempfile::TempDir,
    clock: Arc<AtomicI64>,
    sent: Mutex<Vec<Job>>,
}

/// The intake opens no connection.
struct Closed;

impl Opener for Closed {
    fn open(&self, _definition: &Definition) -> Box<dyn Opened> {
        unreachable!("the intake opens no connection")
    }
}

impl Stage {
    /// `workday` is signed by `ROLLCALL_OLD` or `ROLLCALL_NEW`, or shows the token; `bamboo` is signed by
    /// `ROLLCALL_BAMBOO`; of `silent` no secret is set. `staff` and `phones` depend on `workday`, `others` on `bamboo`.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        let stores = embedded::open(folder.path()).unwrap();
        // As the start of the app does.
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        format::ready(&stores, start).await.unwrap();
        let (stores, watched) = Watched::over(&stores);
        // The first second of a minute.
        let clock = Arc::new(AtomicI64::new(1_800_000_000_000));
        let service = Service {
            stores,
            kinds: Arc::new(app::kinds()),
            opener: Arc::new(Closed),
            now: {
                let clock = clock.clone();
                Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap())
            },
            started: start,
            lease: Duration::from_secs(60),
            keep: jiff::SignedDuration::from_hours(90 * 24),
        };
        let value = |variable: &str| {
            let is_set = variable.starts_with("ROLLCALL_") && variable != "ROLLCALL_NOT_SET";
            is_set.then(|| format!("whsec_{}", STANDARD.encode(secret(variable))))
        };
        let stage = Self {
            router: handler::intake::router(service.clone(), Arc::new(value)),
            service,
            watched,
            folder,
            clock,
            sent: Mutex::default(),
        };
        let hash: String = Sha256::digest(TOKEN)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let secrets = ["ROLLCALL_OLD", "ROLLCALL_NEW"];
        let workday = json!({ "type": "hr", "secretVariables": secrets, "bearerSha256": [hash] });
        stage.put(Shelf::Connections, "workday", workday).await;
        for (name, variable) in [
            ("bamboo", "ROLLCALL_BAMBOO"),
            ("silent", "ROLLCALL_NOT_SET"),
        ] {
            let connection = json!({ "type": "hr", "secretVariables": [variable] });
            stage.put(Shelf::Connections, name, connection).await;
        }
        let files = json!({ "type": "csv", "folder": "lists" });
        stage.put(Shelf::Connections, "files", files).await;
        for (sync, source) in [
            ("staff", "workday"),
            ("phones", "workday"),
            ("others", "bamboo"),
        ] {
            stage.put(Shelf::Syncs, sync, one_way(source, sync)).await;
        }
        stage.watched.writes();
        stage
    }

    pub(crate) fn stores(&self) -> &Stores {
        &self.service.stores
    }

    pub(crate) async fn put(&self, shelf: Shelf, name: &str, value: Value) {
        let (stores, kinds) = (self.stores(), &self.service.kinds);
        let found = catalog::get(stores, shelf, name).await.unwrap();
        let expected = match found {
            None => Expected::Nothing,
            Some(item) => Expected::Version(item.version),
        };
        catalog::put(stores, kinds, shelf, name, value, &expected, self.now())
            .await
            .unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.service.now()
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub(crate) fn list(&self, name: &str) -> PathBuf {
        self.folder.path().join("lists").join(name)
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        let response = self.router.clone().oneshot(call.request(self.now()));
        Answer::of(response.await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).unwrap();
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// The jobs that were sent so far, hidden ones too. Takes them off the queue.
    pub(crate) async fn jobs(&self) -> Vec<Job> {
        let far = self.now() + jiff::SignedDuration::from_hours(24 * 365);
        let (queue, hour) = (&self.stores().queue, Duration::from_secs(3600));
        while let Some(message) = queue.receive(QUEUE, hour, far).await.unwrap() {
            queue.delete(QUEUE, &message).await.unwrap();
            let job = Job::parse(&message.body).unwrap();
            self.sent.lock().unwrap().push(job);
        }
        self.sent.lock().unwrap().clone()
    }

    /// The ids of the runs that were asked for so far, each once.
    pub(crate) async fn runs(&self) -> Vec<String> {
        let jobs = self.jobs().await.into_iter();
        let mut runs: Vec<String> = jobs.map(|job| job.run).collect();
        runs.sort();
        runs.dedup();
        runs
    }

    pub(crate) async fn blobs(&self, prefix: &str) -> Vec<String> {
        self.stores().blobs.list(prefix).await.unwrap()
    }

    /// The newest load, as text.
    pub(crate) async fn latest(&self, connection: &str) -> Option<String> {
        let latest = rollcall::intake::feed::latest(self.stores(), connection).await;
        latest
            .unwrap()
            .map(|latest| String::from_utf8(latest.bytes).unwrap())
    }

    pub(crate) async fn change(&self, sync: &str, change: impl FnMut(&mut agenda::Entry)) {
        let key = ListKey {
            sync: sync.to_owned(),
            list: None,
        };
        agenda::change(self.stores(), &key, self.now(), change)
            .await
            .unwrap();
    }
}

pub(crate) fn one_way(source: &str, list: &str) -> Value {
    json!({
        "source": source,
        "target": { "connection": "files", "list": list },
        "direction": "one-way",
        "mapping": { "name": "name" },
    })
}
