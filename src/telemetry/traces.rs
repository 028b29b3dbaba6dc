//! Traces on their way out: a bounded queue, small batches, and nobody who waits for them for long.
//!
//! An exporter never blocks what it tells of, nor fails it: what does not fit the queue, or is not taken, is lost. That
//! traces cannot be sent is told once, until they can be sent again.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
    },
};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::{
    insights::{Insights, InsightsExporter},
    keep::Keep,
    sender::Sender,
    spans::TARGET,
};

/// How many spans wait to be sent at most, and how many are sent at once.
const QUEUE: usize = 2048;
const BATCH: usize = 256;

/// How long a span waits for others. Short, because the process may be killed without a word.
const DELAY: Duration = Duration::from_secs(1);

/// How long the last spans may take when the process stops.
const LAST: Duration = Duration::from_secs(2);

/// Where traces go, and what is told of who sends them.
pub struct Export {
    /// Where they go.
    pub to: Destination,
    /// What they are sent with.
    pub http: reqwest::Client,
    /// Who sends them.
    pub role: Role,
    /// The share of traces that are sent, from 0 to 1; it leaves out no errors and no runs.
    pub share: f64,
}

/// Where traces go.
pub enum Destination {
    /// An Application Insights resource.
    Insights(Insights),
    /// A collector that speaks OTLP over HTTP, in protocol buffers.
    Otlp {
        /// Where it takes traces, the whole address: `http://localhost:4318/v1/traces`.
        endpoint: String,
        /// What is sent with each request; keys are among it.
        headers: HashMap<String, String>,
    },
}

/// Who sends traces.
#[derive(Debug, Clone)]
pub struct Role {
    /// The name of the app.
    pub name: String,
    /// Which one, where there are many.
    pub instance: Option<String>,
    /// The version of the program.
    pub version: &'static str,
}

/// Traces on their way out. Cheap to clone.
#[derive(Clone)]
pub struct Traces {
    provider: SdkTracerProvider,
    is_failing: Arc<AtomicBool>,
}

/// The traces of the process, once it has started to tell of itself.
static OF_THE_PROCESS: OnceLock<Traces> = OnceLock::new();

/// Lets whoever ends a piece of work wait a little until its spans are sent, because the process may be killed next.
/// Nobody waits while they cannot be sent.
pub async fn flush(at_most: Duration) {
    if let Some(traces) = OF_THE_PROCESS.get() {
        traces.flush(at_most).await;
    }
}

/// Sends the last spans; for the end of the process, outside of its runtime.
pub fn stop() {
    if let Some(traces) = OF_THE_PROCESS.get() {
        let _ = traces.provider.shutdown_with_timeout(LAST);
    }
}

impl Traces {
    /// Starts to export. Must be called on the runtime that sends. An error says what cannot be used, without its value.
    pub fn start(export: Export) -> Result<Self, String> {
        let sender = Sender::new(export.http).ok_or("there is no runtime to send from")?;
        let is_failing = Arc::new(AtomicBool::new(false));
        let exporter = Exporter {
            way: way(export.to, &export.role, export.share, sender)?,
            is_failing: is_failing.clone(),
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(DELAY);
        let batches = BatchSpanProcessor::builder(exporter)
            .with_batch_config(config.build())
            .build();
        let provider = SdkTracerProvider::builder()
            // All of them are recorded: whether a span is an error shows at its end.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource(export.role))
            .with_span_processor(Keep {
                inner: batches,
                share: export.share,
            })
            .build();
        Ok(Self {
            provider,
            is_failing,
        })
    }

    /// Sends what waits, unless that takes longer or cannot be done at the moment.
    pub async fn flush(&self, at_most: Duration) {
        if self.is_failing.load(Ordering::Relaxed) {
            return;
        }
        let provider = self.provider.clone();
        let flushed = tokio::task::spawn_blocking(move || provider.force_flush());
        let _ = tokio::time::timeout(at_most, flushed).await;
    }

    /// These are the traces of the process from now on.
    pub(super) fn of_the_process(&self) {
        let _ = OF_THE_PROCESS.set(self.clone());
    }

    /// Takes the spans of traces, and no others: what libraries or the log say of themselves stays here.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("rollcall"))
            .with_location(false)
            .with_threads(false)
            .with_level(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(|said: &Metadata<'_>| {
                said.is_span() && said.target() == TARGET
            }))
    }
}

fn resource(role: Role) -> Resource {
    let instance = role
        .instance
        .map(|it| KeyValue::new("service.instance.id", it));
    Resource::builder_empty()
        .with_service_name(role.name)
        .with_attribute(KeyValue::new("service.version", role.version))
        .with_attributes(instance)
        .build()
}

enum Way {
    Insights(InsightsExporter),
    Otlp(Box<opentelemetry_otlp::SpanExporter>),
}

fn way(to: Destination, role: &Role, share: f64, sender: Sender) -> Result<Way, String> {
    match to {
        Destination::Insights(insights) => Ok(Way::Insights(InsightsExporter {
            insights,
            role: role.clone(),
            share,
            sender,
        })),
        Destination::Otlp { endpoint, headers } => {
            let exporter = opentelemetry_otlp::SpanExporter::builder()
                .with_http()
                .with_http_client(sender)
                .with_endpoint(endpoint)
                .with_headers(headers)
                .with_retry_policy(RetryPolicy::disabled())
                .build();
            let exporter = exporter.map_err(|_| "the address of the collector cannot be used")?;
            Ok(Way::Otlp(Box::new(exporter)))
        }
    }
}

/// Sends spans, and tells when that does not work.
struct Exporter {
    way: Way,
    is_failing: Arc<AtomicBool>,
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Exporter")
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = match &self.way {
            Way::Insights(exporter) => exporter.export(batch).await,
            Way::Otlp(exporter) => exporter.export(batch).await,
        };
        let was_failing = self.is_failing.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Err(error) if !was_failing => tracing::warn!("traces are not sent: {}", reason(error)),
            Ok(()) if was_failing => tracing::info!("traces are sent again"),
            _ => {}
        }
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Way::Otlp(exporter) = &mut self.way {
            exporter.set_resource(resource);
        }
    }
}

/// What went wrong, in one line.
fn reason(error: &OTelSdkError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}
