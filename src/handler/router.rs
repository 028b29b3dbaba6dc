//! Which request is which call. What the host sends to functions is served at the root, what comes from outside below
//! `/api/`; neither way leads to the other.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Request, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header::HOST},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use jiff::Timestamp;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, field::Empty};

use super::{
    answer, deadline, envelope,
    functions::{Functions, Invocation},
    problem::{NOT_FOUND, UNEXPECTED, problem},
    table::{FUNCTIONS, Function, SYNC_POISON, Trigger, public_function},
};
use crate::{
    job::is_traceparent,
    telemetry::{self, spans},
};

/// The header with the host's id of an invocation.
const INVOCATION: &str = "x-azure-functions-invocationid";

/// How long an answer to the host waits at most until what tells of its work is sent.
const TIME_TO_FLUSH: Duration = Duration::from_millis(500);

/// The router for the port that the Functions host alone can reach: readiness, the functions, and the public paths that
/// it passes on. `timeout` is how long the host lets an invocation run.
pub fn host_router(functions: Arc<dyn Functions>, public: Router, timeout: Duration) -> Router {
    let called = FUNCTIONS
        .into_iter()
        .filter(|function| match function.trigger {
            Trigger::Timer | Trigger::Queue(_) => true,
            Trigger::Http { .. } => false,
        });
    let mut router = Router::new();
    for function in called {
        let functions = Arc::clone(&functions);
        let call = move |headers: HeaderMap, body: Result<Bytes, BytesRejection>| async move {
            called_by_host(functions, function, timeout, &headers, body).await
        };
        router = router.route(&format!("/{}", function.name), post(call));
    }
    router
        .layer(DefaultBodyLimit::max(envelope::LARGEST))
        // Asked every 25 ms until somebody answers, and again whenever the host wants to know whether we are alive.
        .route("/", get(|| async { "rollcall\n" }))
        .method_not_allowed_fallback(nothing_here)
        .fallback_service(gated(public, true))
        .layer(CatchPanicLayer::custom(panicked))
}

/// The router for a port that is open to the world: the public paths and nothing else.
pub fn public_only(public: Router) -> Router {
    gated(public, false).layer(CatchPanicLayer::custom(panicked))
}

/// The public paths, each only with the methods of its function.
fn gated(public: Router, behind_host: bool) -> Router {
    public.layer(middleware::from_fn_with_state(behind_host, gate))
}

async fn gate(State(behind_host): State<bool>, mut request: Request, next: Next) -> Response {
    let function = public_function(request.method().as_str(), request.uri().path());
    let Some(function) = function else {
        return nothing_here().await;
    };
    if !behind_host {
        // Here anybody could have written it.
        request.headers_mut().remove(INVOCATION);
    }
    let id = invocation_id(request.headers());
    let lines = tracing::error_span!(
        "request",
        invocation = %id,
        function = function.name,
        trace = Empty,
        span = Empty,
    );
    let trace = traceparent(request.headers());
    let call = spans::call(function.name, &id, trace.as_deref(), &lines);
    let answer = next.run(request).instrument(call.clone()).instrument(lines);
    let answer = answer.await;
    spans::answered(&call, answer.status().as_u16());
    answer
}

async fn nothing_here() -> Response {
    problem(&NOT_FOUND, None, None)
}

async fn called_by_host(
    functions: Arc<dyn Functions>,
    function: Function,
    timeout: Duration,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !is_from_the_host(headers) {
        return nothing_here().await;
    }
    let started = Timestamp::now();
    let invocation = Invocation {
        id: invocation_id(headers),
        function: function.name,
        deadline: deadline::deadline(started, timeout),
        traceparent: traceparent(headers),
        past_due: false,
    };
    let lines = tracing::error_span!(
        "invocation",
        invocation = %invocation.id,
        function = function.name,
        trace = Empty,
        span = Empty,
    );
    let trace = invocation.traceparent.as_deref();
    let call = spans::call(function.name, &invocation.id, trace, &lines);
    let answer = Box::pin(async {
        let answer = match body {
            Ok(body) => invoke(functions, function, timeout, invocation, &body).await,
            Err(problem) => {
                let why = problem.body_text();
                tracing::error!(why, "the body of an invocation did not arrive");
                return answer::refused(problem.status(), &why);
            }
        };
        let milliseconds = Timestamp::now().duration_since(started).as_millis();
        let milliseconds = u64::try_from(milliseconds).unwrap_or_default();
        tracing::info!(milliseconds, status = answer.status().as_u16(), "answered");
        answer
    });
    let answer = answer.instrument(call.clone()).instrument(lines).await;
    spans::answered(&call, answer.status().as_u16());
    // The span ends here. Once the host has its answer it may kill the process, and what waits would be lost.
    drop(call);
    telemetry::flush(TIME_TO_FLUSH).await;
    answer
}

async fn invoke(
    functions: Arc<dyn Functions>,
    function: Function,
    timeout: Duration,
    mut invocation: Invocation,
    body: &[u8],
) -> Response {
    let work = async {
        match function.trigger {
            Trigger::Queue(_) if function.name == SYNC_POISON => {
                let message = envelope::message(body).unwrap_or_else(|problem| {
                    // Nothing comes after the poison queue: refused, this would come back for ever; answered and
                    // dropped, a message would be lost without a word. So it is recorded as it came.
                    tracing::error!(%problem, "recorded as it came");
                    String::from_utf8_lossy(body).into_owned()
                });
                functions.sync_poison(&message, &invocation).await
            }
            Trigger::Queue(_) => match envelope::message(body) {
                Ok(message) => functions.sync_worker(&message, &invocation).await,
                // The host tries it a few times and then puts the original on the poison queue: nothing is lost.
                Err(problem) => return Err((StatusCode::BAD_REQUEST, problem.to_string())),
            },
            Trigger::Timer | Trigger::Http { .. } => {
                invocation.past_due = envelope::past_due(body);
                functions.scheduler(&invocation).await
            }
        }
        .map_err(|why| (StatusCode::INTERNAL_SERVER_ERROR, why))
    };
    let (status, why) = match tokio::time::timeout(deadline::patience(timeout), work).await {
        Ok(Ok(lines)) => return answer::done(&lines),
        Ok(Err(failed)) => failed,
        Err(_elapsed) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "its time is up; what it was doing was dropped".to_owned(),
        ),
    };
    tracing::error!(why, "failed, and will be delivered again");
    match status {
        StatusCode::INTERNAL_SERVER_ERROR => answer::again(&why),
        status => answer::refused(status, &why),
    }
}

/// Whether a call of a function can be the host's own: it speaks to this machine, and passes nothing on. A request from
/// outside that was led astray by its path names the public host, or says for whom it was passed on.
fn is_from_the_host(headers: &HeaderMap) -> bool {
    let host = headers
        .get(HOST)
        .map_or("127.0.0.1", |host| host.to_str().unwrap_or_default());
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_passed_on = headers
        .keys()
        .any(|name| name.as_str().starts_with("x-forwarded-"));
    !is_passed_on && matches!(name, "127.0.0.1" | "localhost")
}

/// The host's id, as far as it can be printed; a new one where it sent none.
fn invocation_id(headers: &HeaderMap) -> String {
    let sent = headers.get(INVOCATION).and_then(|id| id.to_str().ok());
    let printable = sent
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_graphic);
    let id: String = printable.take(100).collect();
    if id.is_empty() {
        uuid::Uuid::new_v4().to_string()
    } else {
        id
    }
}

/// The trace, where it has the form of W3C Trace Context, version and all.
fn traceparent(headers: &HeaderMap) -> Option<String> {
    let sent = headers.get("traceparent")?.to_str().ok()?;
    is_traceparent(sent).then(|| sent.to_owned())
}

/// The panic itself is logged where it happens, once.
fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    problem(&UNEXPECTED, None, None)
}
