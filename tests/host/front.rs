//! The host's public port: which function a request is for, whether its key fits, and how it reaches the program.

mod rewrite;
#[cfg(test)]
mod tests;

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use uuid::Uuid;

use crate::{
    deployed::{Function, Trigger},
    encode::{self, Call, Received},
    invoke::{client, invoke},
    process::{self, Host},
    timer::Timer,
};
use rewrite::{decoded, without_dots};

/// The largest body the host takes.
const LARGEST: usize = 100 * 1024 * 1024;

/// How often a proxied request is sent when the program does not answer it.
const TRIES: u32 = 10;

/// The key that opens everything.
pub(crate) const MASTER_KEY: &str = "the-master-key";

/// How HTTP functions reach the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As newer hosts do.
    Proxied,
    /// As older hosts do.
    Forwarded,
}

/// A public port; it closes when it is dropped.
pub(crate) struct Front {
    url: String,
    serving: JoinHandle<()>,
}

struct Desk {
    host: Host,
    mode: Mode,
    client: reqwest::Client,
}

/// A request as it goes to the program.
struct Sent {
    method: reqwest::Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    is_chunked: bool,
}

impl Front {
    /// Opens a port in front of a host.
    pub(crate) async fn open(host: &Host, mode: Mode) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            host: host.clone(),
            mode,
            client: client(),
        });
        let router = Router::new().fallback(answer).with_state(desk);
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self { url, serving }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The key of one function.
pub(crate) fn function_key(function: &str) -> String {
    format!("the-key-of-{function}")
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let path = without_dots(&decoded(request.uri().path()));
    if path == "/" {
        return StatusCode::OK.into_response();
    }
    if let Some(name) = path.strip_prefix("/admin/functions/") {
        let name = name.to_owned();
        return by_hand(&desk, &name, request).await;
    }
    let functions = &desk.host.deployed().functions;
    let prefix = desk
        .host
        .deployed()
        .host(&["extensions", "http", "routePrefix"]);
    let prefix = prefix.as_ref().and_then(Value::as_str).unwrap_or("api");
    let method = request.method().as_str();
    let found = functions
        .iter()
        .find(|function| is_for(function, prefix, &path, method));
    let Some(function) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !opens(&request, function) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let is_chunked = parts.headers.contains_key(header::TRANSFER_ENCODING);
    let (query, id) = (parts.uri.query(), Uuid::new_v4().to_string());
    let (path, headers) = match desk.mode {
        Mode::Proxied => (
            rewrite::proxied_path(&path, query),
            rewrite::proxied_headers(&parts.headers, &id),
        ),
        // A body of unknown length cannot be forwarded.
        Mode::Forwarded if is_chunked => {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        Mode::Forwarded => (
            rewrite::forwarded_path(&path, query),
            rewrite::forwarded_headers(&parts.headers, &id),
        ),
    };
    let sent = Sent {
        method: parts.method,
        path,
        headers,
        body,
        is_chunked,
    };
    desk.pass_on(sent).await
}

impl Desk {
    async fn pass_on(&self, sent: Sent) -> Response {
        // What was read once cannot be sent again.
        let is_repeatable = self.mode == Mode::Proxied && sent.body.is_empty();
        let tries = if is_repeatable { TRIES } else { 1 };
        for tried in 0..tries {
            if matches!(
                self.host.settled().await,
                process::State::Down(_) | process::State::Stopped
            ) {
                break;
            }
            if let Ok(answer) = self.send(&sent).await {
                return self.answered(answer).await;
            }
            let pause = (50 << tried.min(3)).min(250);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    async fn send(&self, sent: &Sent) -> reqwest::Result<reqwest::Response> {
        let url = format!("http://{}{}", self.host.address(), sent.path);
        let request = self
            .client
            .request(sent.method.clone(), url)
            .headers(sent.headers.clone());
        let request = match (sent.is_chunked, sent.body.is_empty()) {
            (true, _) => request.body(crate::invoke::chunked(sent.body.to_vec())),
            (false, true) => request,
            (false, false) => request.body(sent.body.clone()),
        };
        request.send().await
    }

    async fn answered(&self, answer: reqwest::Response) -> Response {
        let mut response = Response::builder().status(answer.status());
        let collected = self.mode == Mode::Forwarded;
        for (name, value) in answer.headers() {
            let is_of_connection = name == header::TRANSFER_ENCODING || name == header::CONNECTION;
            let is_written_anew = collected && name == header::CONTENT_LENGTH;
            if is_of_connection || is_written_anew {
                continue;
            }
            response = response.header(name, value);
        }
        if !collected {
            return response
                .body(Body::from_stream(answer.bytes_stream()))
                .unwrap();
        }
        match answer.bytes().await {
            Ok(bytes) => response.body(Body::from(bytes)).unwrap(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// Whether a function takes this method at this path. Routes are matched without regard to case.
fn is_for(function: &Function, prefix: &str, path: &str, method: &str) -> bool {
    let Trigger::Http { route, methods, .. } = &function.trigger else {
        return false;
    };
    let route = format!("{prefix}/{route}");
    let mut wanted = route.split('/');
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut given = path.split('/');
    let fits = loop {
        match (wanted.next(), given.next()) {
            (Some(rest), given_part) if rest.starts_with("{*") => {
                break given_part.is_none_or(|part| !part.is_empty())
                    && given.all(|part| !part.is_empty());
            }
            (Some(part), Some(given)) => {
                let is_open = part.starts_with('{') && !given.is_empty();
                if !is_open && !part.eq_ignore_ascii_case(given) {
                    break false;
                }
            }
            (None, None) => break true,
            _ => break false,
        }
    };
    let is_doubled = path.contains("//");
    fits && !is_doubled && methods.iter().any(|allowed| allowed == method)
}

/// Whether the key of a request opens a function.
fn opens(request: &Request, function: &Function) -> bool {
    if matches!(
        function.trigger,
        Trigger::Http {
            anonymous: true,
            ..
        }
    ) {
        return true;
    }
    key(request).is_some_and(|key| key == function_key(&function.name) || key == MASTER_KEY)
}

fn key(request: &Request) -> Option<String> {
    if let Some(key) = request.headers().get("x-functions-key") {
        return key.to_str().ok().map(str::to_owned);
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "code")
        .map(|(_, key)| key.into_owned())
}

/// `POST /admin/functions/NAME`: 202 whatever comes of it. A queue function without an input is not called.
async fn by_hand(desk: &Desk, name: &str, request: Request) -> Response {
    if key(&request).as_deref() != Some(MASTER_KEY) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let functions = &desk.host.deployed().functions;
    let Some(function) = functions
        .iter()
        .find(|function| function.name.eq_ignore_ascii_case(name))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body = to_bytes(request.into_body(), LARGEST)
        .await
        .unwrap_or_default();
    let input: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (function, host) = (function.clone(), desk.host.clone());
    let input = input["input"].as_str().map(str::to_owned);
    tokio::spawn(async move {
        let now = Timestamp::now();
        match (&function.trigger, input) {
            (Trigger::Timer { .. }, _) => {
                let timer = Timer::of(&host, &function.name);
                let _ = timer.by_hand(&host, now).await;
            }
            (Trigger::Queue(_), Some(text)) => {
                let envelope = message_by_hand(&function, &text, now);
                let _ = invoke(&host, &function.name, envelope).await;
            }
            _ => {}
        }
    });
    StatusCode::ACCEPTED.into_response()
}

/// The envelope of a message that was never on a queue.
pub(crate) fn message_by_hand(function: &Function, text: &str, now: Timestamp) -> String {
    let call = Call {
        function: &function.name,
        binding: &function.binding,
        now,
        random: Uuid::new_v4().to_string(),
    };
    let message = Received {
        id: None,
        receipt: String::new(),
        deliveries: 0,
        inserted: now,
        expires: None,
        visible: None,
    };
    encode::queue(&call, &message, text)
}
