use std::sync::{Arc, Mutex};

use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::*;

#[derive(Debug, Clone, Default)]
struct Sent(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Sent {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What is sent of the spans that `make` makes.
fn sent(share: f64, make: impl FnOnce(&SdkTracer)) -> Vec<SpanData> {
    let sent = Sent::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOn)
        .with_span_processor(Keep {
            inner: sent.clone(),
            share,
        })
        .build();
    make(&provider.tracer("test"));
    let sent = sent.0.lock().unwrap();
    sent.clone()
}

#[test]
fn a_share_of_the_traces_is_sent() {
    for (share, least, most) in [(0.0, 0, 0), (0.5, 800, 1200), (1.0, 2000, 2000)] {
        let spans = sent(share, |tracer| {
            for _ in 0..2000 {
                tracer.start("call").end();
            }
        });
        let count = spans.len();
        assert!((least..=most).contains(&count), "{share}: {count}");
    }
}

#[test]
fn runs_and_errors_are_sent_whatever_the_share_is() {
    let spans = sent(0.0, |tracer| {
        let of = |kind| tracer.span_builder("one").with_kind(kind);
        for kind in [SpanKind::Server, SpanKind::Client, SpanKind::Internal] {
            of(kind).start(tracer).end();
        }
        of(SpanKind::Consumer).start(tracer).end();
        let mut failed = of(SpanKind::Client).start(tracer);
        failed.set_status(Status::error("500"));
        failed.end();
    });
    let kinds: Vec<&SpanKind> = spans.iter().map(|span| &span.span_kind).collect();
    assert_eq!(kinds, [&SpanKind::Consumer, &SpanKind::Client]);
}
