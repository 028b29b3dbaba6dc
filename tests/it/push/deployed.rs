//! An app that is deployed somewhere, and a person with a definition file.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use rollcall::{
    app::kinds,
    catalog::{self, Shelf},
    definition::sync::Definition,
    handler::api,
    service::{Opened, Opener, Service},
    store::{embedded, ports::Stores},
};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// The host key: it opens every function.
const KEY: &str = "S3CRETKEY";

/// The key of one function, which opens no other.
pub(super) fn key_of(function: &str) -> String {
    format!("{KEY}-of-{function}")
}

/// The function that the package gives this method to.
fn function_of(method: &str) -> &'static str {
    let takes = |definition: &str| {
        let definition: Value = serde_json::from_str(definition).unwrap();
        let methods = definition["bindings"][0]["methods"].as_array().unwrap();
        methods
            .iter()
            .any(|one| one.as_str().unwrap().eq_ignore_ascii_case(method))
    };
    let functions = [
        (
            "ApiRead",
            include_str!("../../../functions/ApiRead/function.json"),
        ),
        (
            "ApiWrite",
            include_str!("../../../functions/ApiWrite/function.json"),
        ),
    ];
    let found = functions
        .into_iter()
        .find(|(_, definition)| takes(definition));
    found.map_or("none", |(name, _)| name)
}

/// Nobody opens a connection here.
struct Shut;

impl Opener for Shut {
    fn open(&self, _definition: &Definition) -> Box<dyn Opened> {
        unreachable!("pushing opens no connection")
    }
}

/// An app that is deployed somewhere, and a folder with a definition file.
pub(super) struct Deployed {
    folder: TempDir,
    pub(super) stores: Stores,
    url: String,
    pub(super) door: Arc<Door>,
}

/// What stands before the API: it wants a key, notes who came, and does what a test asks for in between.
pub(super) struct Door {
    inner: Router,
    calls: Mutex<Vec<String>>,
    /// Somebody else changes each definition right before it is put.
    pub(super) meddles: AtomicBool,
    /// Nothing but refusals, with this status.
    pub(super) refuses: Mutex<Option<u16>>,
}

async fn pass(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let of_function = key_of(function_of(request.method().as_str()));
    let key = request.headers().get("x-functions-key");
    if key.is_none_or(|key| key != KEY && *key != of_function) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (method, path) = (
        request.method().to_string(),
        request.uri().path().to_owned(),
    );
    door.calls.lock().unwrap().push(format!("{method} {path}"));
    if let Some(status) = *door.refuses.lock().unwrap() {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    if method == "PUT" && door.meddles.load(Ordering::SeqCst) {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let other = Request::builder().method("PUT").uri(path);
        let other = other.header("content-type", "application/json");
        let other = match parts.headers.contains_key("if-match") {
            true => other.header("if-match", "*"),
            false => other,
        };
        let other = other.body(Body::from(body.clone())).unwrap();
        door.inner.clone().oneshot(other).await.unwrap();
        return next.run(Request::from_parts(parts, body.into())).await;
    }
    next.run(request).await
}

pub(super) struct Ran {
    code: i32,
    pub(super) out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(super) fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}` in:\n{}", self.err);
        self
    }
}

impl Deployed {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stores = embedded::open(&folder.path().join("state")).unwrap();
        let service = Service {
            stores: stores.clone(),
            kinds: Arc::new(kinds()),
            opener: Arc::new(Shut),
            now: Arc::new(jiff::Timestamp::now),
            started: jiff::Timestamp::UNIX_EPOCH,
            lease: Duration::from_secs(60),
            keep: jiff::SignedDuration::from_hours(90 * 24),
        };
        let inner = api::router(service);
        let door = Arc::new(Door {
            inner: inner.clone(),
            calls: Mutex::default(),
            meddles: AtomicBool::new(false),
            refuses: Mutex::default(),
        });
        let router = inner.layer(from_fn_with_state(door.clone(), pass));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            folder,
            stores,
            url,
            door,
        }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("rollcall.json")
    }

    pub(super) fn define(&self, definition: &Value) {
        std::fs::write(self.file(), definition.to_string()).unwrap();
    }

    pub(super) async fn push_with(&self, key: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command
            .arg("push")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("ROLLCALL_API_URL", &self.url)
            .env("ROLLCALL_API_KEY", key)
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = output.await.unwrap().unwrap();
        let ran = Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY));
        ran
    }

    pub(super) async fn push(&self, arguments: &[&str]) -> Ran {
        self.push_with(KEY, arguments).await
    }

    pub(super) async fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for shelf in [Shelf::Connections, Shelf::Syncs] {
            let items = catalog::list(&self.stores, shelf).await.unwrap();
            names.extend(items.into_iter().map(|item| item.name));
        }
        names
    }

    /// The requests that change something, in order, since the last look.
    pub(super) fn writes(&self) -> Vec<String> {
        let calls = std::mem::take(&mut *self.door.calls.lock().unwrap());
        calls
            .into_iter()
            .filter(|call| !call.starts_with("GET "))
            .map(|call| call.replace("/api/v1/", ""))
            .collect()
    }
}
