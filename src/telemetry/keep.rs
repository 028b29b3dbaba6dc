//! Which spans are to be sent: all of them, or a share of the traces and those that no share leaves out.

use std::time::Duration;

use opentelemetry::{
    Context,
    trace::{SpanKind, Status},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

/// Lets through a share of the traces, and every span that no share leaves out.
#[derive(Debug)]
pub(super) struct Keep<P> {
    pub(super) inner: P,
    /// From 0 to 1.
    pub(super) share: f64,
}

/// Whether a span is let through whatever the share is: errors, and runs, which sum up what was done.
pub(super) fn is_always_kept(span: &SpanData) -> bool {
    span.span_kind == SpanKind::Consumer || matches!(span.status, Status::Error { .. })
}

/// Whether a trace is in the share. The same everywhere, because its id decides.
fn is_in_share(span: &SpanData, share: f64) -> bool {
    let [.., a, b, c, d, e, f, g] = span.span_context.trace_id().to_bytes();
    // Seven bytes: a number that a float holds whole.
    let place = u64::from_be_bytes([0, a, b, c, d, e, f, g]) as f64 / (1_u64 << 56) as f64;
    place < share
}

impl<P: SpanProcessor> SpanProcessor for Keep<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if is_always_kept(&span) || is_in_share(&span, self.share) {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests;
