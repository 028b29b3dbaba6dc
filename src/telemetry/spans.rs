//! The spans of a trace: what came in, what was worked on, and what was asked of others.
//!
//! Only what is said here leaves the process, so a field may hold no address, no name of a person and no secret. Without
//! an exporter nobody asks for these spans, and they cost nothing. They are no part of the log: its lines get their ids.

use std::collections::HashMap;

use opentelemetry::{
    propagation::TextMapPropagator,
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::told_list;

/// The target of these spans: nothing else is exported.
pub(super) const TARGET: &str = "rollcall::traces";

/// The header of W3C Trace Context.
const TRACEPARENT: &str = "traceparent";

/// A call that came in over HTTP and is answered under this name, as part of the trace that its header names.
/// `lines` is the span of the log around it.
pub fn call(name: &str, invocation: &str, traceparent: Option<&str>, lines: &Span) -> Span {
    let span = lines.in_scope(|| {
        tracing::info_span!(
            target: TARGET,
            "call",
            otel.name = name,
            otel.kind = "server",
            otel.status_code = Empty,
            http.response.status_code = Empty,
            invocation,
        )
    });
    if let Some(parent) = remote(traceparent) {
        let _ = span.set_parent(parent);
    }
    join(lines, &span);
    span
}

/// The call was answered with this HTTP status.
pub fn answered(call: &Span, status: u16) {
    call.record("http.response.status_code", status);
    if status >= 500 {
        call.record("otel.status_code", "ERROR");
    }
}

/// One piece of work that a message asked for.
///
/// It is part of the trace that the message names, linked to the call that brought it; without one it is part of that call.
/// `lines` is the span of the log around it.
pub fn run(sync: &str, list: Option<&str>, run: &str, trace: Option<&str>, lines: &Span) -> Span {
    let brought = context(&Span::current());
    let list = list.map(told_list);
    let span = lines.in_scope(|| {
        tracing::info_span!(
            target: TARGET,
            "run",
            otel.name = "run",
            otel.kind = "consumer",
            otel.status_code = Empty,
            sync,
            list = list.as_deref(),
            run,
            status = Empty,
            problem = Empty,
        )
    });
    if let Some(parent) = remote(trace) {
        let _ = span.set_parent(parent);
        if let Some(brought) = brought {
            span.add_link(brought);
        }
    }
    join(lines, &span);
    span
}

/// The run whose work this is called in ended so; `problem` is a code.
pub fn run_ended(status: &str, problem: Option<&str>, is_failed: bool) {
    let span = Span::current();
    span.record("status", status);
    if let Some(problem) = problem {
        span.record("problem", problem);
    }
    if is_failed {
        span.record("otel.status_code", "ERROR");
    }
}

/// One attempt at a run.
///
/// Until it is told that it ended, dropping it marks the run's span as an error that comes again: whoever works on a run may
/// be dropped at a deadline, or panic, and says nothing then.
#[must_use]
pub struct Attempt(Option<Span>);

impl Attempt {
    /// The attempt that this span of a [`run`] is about.
    pub fn at(run: &Span) -> Self {
        Self(Some(run.clone()))
    }

    /// It ended, however that was, and does not come again.
    pub fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(run) = &self.0 {
            run.record("status", "again");
            run.record("otel.status_code", "ERROR");
        }
    }
}

/// A request to somebody else: `name` says what is asked for without naming anybody, `host` whom.
pub fn request(name: &str, method: &str, host: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = name,
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method,
        server.address = host,
        http.response.status_code = Empty,
    )
}

/// What became of the request; `None` when there was no answer. That something is not there, or is there already, is an
/// answer like others.
pub fn request_ended(request: &Span, status: Option<u16>) {
    if let Some(status) = status {
        request.record("http.response.status_code", status);
    }
    if status.is_none_or(|status| status >= 400 && !matches!(status, 404 | 409)) {
        request.record("otel.status_code", "ERROR");
    }
}

/// The trace that this is called in, as the header `traceparent` says it; `None` where there is none.
pub fn traceparent() -> Option<String> {
    let context = context(&Span::current())?;
    let (trace, span) = (context.trace_id(), context.span_id());
    Some(format!("00-{trace}-{span}-{:02x}", context.trace_flags()))
}

/// Gives the lines of the log the ids of the trace.
fn join(lines: &Span, span: &Span) {
    if let Some(context) = context(span) {
        lines.record("trace", context.trace_id().to_string());
        lines.record("span", context.span_id().to_string());
    }
}

fn context(span: &Span) -> Option<SpanContext> {
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then_some(context)
}

fn remote(traceparent: Option<&str>) -> Option<opentelemetry::Context> {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent?.to_owned())]);
    let context = TraceContextPropagator::new().extract(&carrier);
    let is_valid = context.span().span_context().is_valid();
    is_valid.then_some(context)
}
