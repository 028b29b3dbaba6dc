//! Sockets and HTTP: takes requests in, hands them on, writes answers out, and closes connections on purpose.
//!
//! Knows nothing of Graph beyond which part of the sandbox answers which path.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::control;
use super::fault::{Effect, strike};
use super::graph;
use super::record::Entry;
use super::refusal;
use super::sign_in;
use super::wire::{Answer, Body, Call, READ_HEADERS};
use super::world::World;

/// Bytes a request body may have.
pub(super) const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// The world, shared by all requests.
pub(crate) type Shared = Arc<Mutex<World>>;

/// The world for as long as the guard lives; a request that panicked does not take the others down.
pub(crate) fn locked(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A listener whose connections can be cut from inside a request.
pub(crate) struct CuttableListener(pub(crate) TcpListener);

/// One connection: once the switch is thrown, nothing more is written and it closes.
pub(crate) struct Cuttable {
    stream: TcpStream,
    switch: Switch,
}

/// Cuts one connection.
#[derive(Clone, Default)]
pub(crate) struct Switch(Arc<AtomicBool>);

impl Switch {
    pub(super) fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Listener for CuttableListener {
    type Io = Cuttable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Small answers must not wait for each other.
                    let _ = stream.set_nodelay(true);
                    return (
                        Cuttable {
                            stream,
                            switch: Switch::default(),
                        },
                        address,
                    );
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Switch {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().switch.clone()
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.switch.is_cut() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Answers any request.
pub(crate) async fn handle(
    State(world): State<Shared>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let method = head.method.as_str().to_owned();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(body, LARGEST_BODY)
        .await
        .unwrap_or_default();
    if path.starts_with("/_sandbox") {
        return written(control::answer(&world, &method, &path, &body));
    }
    let host = header(&head.headers, "host").unwrap_or("127.0.0.1");
    let target = if query.is_empty() {
        path.clone()
    } else {
        format!("{path}?{query}")
    };
    let mut entry = Entry {
        method: method.clone(),
        url: format!("http://{host}{target}"),
        headers: logged(&head.headers),
        body: body.clone(),
        answer: None,
    };
    let below = target
        .strip_prefix("/v1.0")
        .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let mut call = Call::new(
        &method,
        below.unwrap_or(&target),
        entry.headers.clone(),
        &format!("http://{host}/v1.0"),
    );
    call.body = parsed(&body);
    let effect = {
        let mut world = locked(&world);
        let url = format!("/v1.0{}", call.decoded_url());
        strike(
            &mut world.faults,
            &method,
            if below.is_some() { &url } else { &target },
            false,
        )
    };
    if let Some(Effect::Slow { milliseconds }) = effect {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let mut world = locked(&world);
    let drops = matches!(effect, Some(Effect::DropBefore | Effect::DropAfter));
    let answer = if effect == Some(Effect::DropBefore) {
        world.counters.faults += 1;
        world.counters.requests += u64::from(below.is_some());
        None
    } else if below.is_some() {
        world.counters.requests += 1;
        let authorization = header(&head.headers, "authorization").map(str::to_owned);
        let signed_in = move |world: &World| sign_in::holds(world, authorization.as_deref());
        let answer = graph::respond(&mut world, call, signed_in, effect);
        world.follow(&method);
        Some(answer)
    } else {
        Some(beside_graph(
            &mut world,
            &call,
            &path,
            &head.headers,
            &body,
            effect,
        ))
    };
    let date = date(world.settings.clock_ahead_seconds);
    let answer = answer.map(|answer| match date {
        Some(date) => answer.with("date", date),
        None => answer,
    });
    let bytes = answer.as_ref().map(|answer| {
        (
            answer.status,
            answer.headers.clone(),
            bytes_of(&answer.body),
        )
    });
    if drops {
        world.log.push(entry);
        switch.cut();
        return Response::new(HttpBody::empty());
    }
    entry.answer.clone_from(&bytes);
    world.log.push(entry);
    drop(world);
    let (status, headers, body) = bytes.unwrap_or_default();
    response(status, &headers, body)
}

/// What a clock that differs from this machine's tells; a clock that does not differ is told by the server itself.
fn date(ahead_seconds: i64) -> Option<String> {
    let seconds = Some(ahead_seconds).filter(|seconds| *seconds != 0)?;
    let there = Timestamp::now()
        .checked_add(SignedDuration::from_secs(seconds))
        .ok()?;
    Some(there.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// The token endpoints, and whatever else is not below `/v1.0`.
fn beside_graph(
    world: &mut World,
    call: &Call,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    effect: Option<Effect>,
) -> Answer {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let is_token = matches!(
        segments.as_slice(),
        [_, "oauth2", "v2.0", "token"] | ["msi", "token"]
    );
    world.counters.token_requests += u64::from(is_token);
    if let Some(answer) = effect.as_ref().and_then(graph::instead_of_an_answer) {
        world.counters.faults += 1;
        return with_content_type(answer);
    }
    world.counters.faults += u64::from(effect.is_some());
    let answer = match (call.method.as_str(), segments.as_slice()) {
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => sign_in::token(world, tenant, body),
        ("GET", ["msi", "token"]) => {
            sign_in::managed_identity(world, &call.raw_query, header(headers, "x-identity-header"))
        }
        _ => {
            world.counters.unknown_paths += 1;
            refusal::unknown_path(path.trim_start_matches('/'))
        }
    };
    with_content_type(answer)
}

fn with_content_type(answer: Answer) -> Answer {
    let kind = match answer.body {
        Body::Text(_, kind) => kind,
        Body::Empty | Body::Json(_) => "application/json; charset=utf-8",
    };
    answer.with("content-type", kind)
}

/// An answer as HTTP, without a log entry.
pub(super) fn written(answer: Answer) -> Response {
    let answer = with_content_type(answer);
    response(answer.status, &answer.headers, bytes_of(&answer.body))
}

pub(super) fn response(status: u16, headers: &BTreeMap<String, String>, body: Bytes) -> Response {
    let mut response = Response::new(HttpBody::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value.as_str()),
        ) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

pub(super) fn bytes_of(body: &Body) -> Bytes {
    match body {
        Body::Empty => Bytes::new(),
        Body::Json(value) => Bytes::from(value.to_string()),
        Body::Text(text, _) => Bytes::from(text.clone()),
    }
}

pub(super) fn parsed(body: &Bytes) -> Result<Option<serde_json::Value>, ()> {
    if body.is_empty() {
        Ok(None)
    } else {
        serde_json::from_slice(body).map(Some).map_err(|_| ())
    }
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn logged(headers: &HeaderMap) -> BTreeMap<String, String> {
    let kept = READ_HEADERS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), header(headers, name)?.to_owned())));
    kept.collect()
}
