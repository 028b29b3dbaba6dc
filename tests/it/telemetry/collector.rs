//! A place that telemetry is sent to: it keeps what comes, and is a managed identity's endpoint besides.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{AppendHeaders, IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The token that the endpoint gives.
pub(super) const TOKEN: &str = "a-token-for-the-ingestion";

#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) path: String,
    pub(super) authorization: Option<String>,
    pub(super) key: Option<String>,
    pub(super) body: Vec<u8>,
}

#[derive(Clone, Default)]
pub(super) struct Collector {
    taken: Arc<Mutex<Vec<Taken>>>,
    /// What is said to the next ones that come for Application Insights.
    says: Arc<Mutex<VecDeque<Said>>>,
}

/// An answer.
#[derive(Clone)]
pub(super) struct Said {
    status: StatusCode,
    header: Option<(&'static str, String)>,
    body: Value,
}

impl Said {
    pub(super) fn status(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            header: None,
            body: Value::Null,
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.header = Some((name, value.to_owned()));
        self
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }
}

impl Collector {
    /// Starts on a port of its own; gives its address.
    pub(super) async fn start() -> (Self, String) {
        let collector = Self::default();
        let router = Router::new().fallback(take).with_state(collector.clone());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, url)
    }

    /// Says this to the next one that comes for Application Insights.
    pub(super) fn says(&self, said: Said) {
        self.says.lock().unwrap().push_back(said);
    }

    /// What came on a path that begins so.
    pub(super) fn taken(&self, path: &str) -> Vec<Taken> {
        let taken = self.taken.lock().unwrap();
        let fitting = taken.iter().filter(|one| one.path.starts_with(path));
        fitting.cloned().collect()
    }

    /// The envelopes that came for Application Insights.
    pub(super) fn envelopes(&self) -> Vec<Value> {
        let taken = self.taken("/v2.1/track");
        let bodies = taken.iter().map(|one| serde_json::from_slice(&one.body));
        bodies
            .flat_map(|body: Result<Vec<Value>, _>| body.unwrap())
            .collect()
    }

    /// Everything that came, as text: names and values stand as they are in both forms.
    pub(super) fn text(&self) -> String {
        let taken = self.taken("/v");
        let texts = taken.iter().map(|one| String::from_utf8_lossy(&one.body));
        texts.collect()
    }
}

fn header(request: &Request, name: &str) -> Option<String> {
    let value = request.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}

async fn take(State(collector): State<Collector>, request: Request) -> Response {
    let path = request.uri().to_string();
    let authorization = header(&request, "authorization");
    let key = header(&request, "api-key");
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    collector.taken.lock().unwrap().push(Taken {
        path: path.clone(),
        authorization,
        key,
        body: body.to_vec(),
    });
    if path.starts_with("/msi/token") {
        let token = json!({
            "access_token": TOKEN, "expires_on": "4102444800", "resource": "r", "token_type": "Bearer",
        });
        return Json(token).into_response();
    }
    if path.starts_with("/v2.1") {
        if let Some(said) = collector.says.lock().unwrap().pop_front() {
            let headers = said.header.into_iter().collect::<Vec<_>>();
            let headers = AppendHeaders(headers);
            return (said.status, headers, Json(said.body)).into_response();
        }
        return Json(json!({ "itemsReceived": 1, "itemsAccepted": 1, "errors": [] }))
            .into_response();
    }
    // An empty answer is a whole one in protocol buffers.
    ([("content-type", "application/x-protobuf")], "").into_response()
}
