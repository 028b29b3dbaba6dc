//! Logs: to standard error and quiet unless asked at the command line, as JSON lines under the Functions host. And
//! traces, where somebody says where they go.
//!
//! This room must know nothing of ours. A failure is logged once, where it is handled; never a secret, and addresses
//! only at debug.

mod events;
mod host_line;
mod insights;
mod keep;
mod names;
mod sender;
pub mod spans;
mod traces;

use std::{
    io::IsTerminal,
    panic::{self, PanicHookInfo},
};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt::{MakeWriter, format::JsonFields, writer::MakeWriterExt},
    layer::{Filter, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use self::host_line::HostLine;
pub use self::{
    events::{EVENTS, Event, Field, Kind},
    insights::{Insights, Token},
    names::told_list,
    traces::{Destination, Export, Role, Traces, flush, stop},
};

/// Libraries that log requests with their headers, tokens and signatures among them, when they are allowed to say
/// everything. Both generations of `azure_core` bear one name here.
const NEVER_BELOW_WARN: [&str; 12] = [
    "azure_core",
    "azure_data_tables",
    "azure_identity",
    "azure_storage",
    "azure_storage_blob",
    "azure_storage_common",
    "azure_storage_queues",
    "typespec",
    "typespec_client_core",
    "hyper_util",
    "reqwest",
    "rustls",
];

/// What is logged at the command line where nothing is said.
const AT_THE_COMMAND_LINE: &str = "warn";
/// What is logged under the host where nothing is said.
const UNDER_THE_HOST: &str = "warn,rollcall=info";

/// Starts logging. `wanted` is what the person asked for; libraries that would log secrets stay quiet whatever it says,
/// be it as narrow as it may: they are held back by a filter of their own.
pub fn start(wanted: Option<&str>, traces: Option<&Traces>) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true)
        .with_filter(asked_for(wanted, AT_THE_COMMAND_LINE).and(may_be_said()));
    // A second start in one process (tests) changes nothing.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(traces.map(Traces::layer))
        .try_init();
    if let Some(traces) = traces {
        traces.of_the_process();
    }
}

/// Starts logging under the Functions host.
///
/// Errors go to standard error, which the host shows as errors, everything else to
/// standard output; each line a JSON object with the fields of the invocation it belongs to. A panic is one such line.
pub fn start_for_host(wanted: Option<&str>, traces: Option<&Traces>) {
    let _ = for_host(wanted, traces, std::io::stderr, std::io::stdout).try_init();
    if let Some(traces) = traces {
        traces.of_the_process();
    }
    panic::set_hook(Box::new(panicked));
}

/// What [`start_for_host`] starts, with its lines written elsewhere.
pub fn for_host<E, O>(
    wanted: Option<&str>,
    traces: Option<&Traces>,
    errors: E,
    others: O,
) -> impl Subscriber + Send + Sync + use<E, O>
where
    E: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    O: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::registry()
        .with(host_lines(wanted, errors, others))
        .with(traces.map(Traces::layer))
}

fn asked_for(wanted: Option<&str>, otherwise: &str) -> EnvFilter {
    EnvFilter::try_new(wanted.unwrap_or(otherwise)).unwrap_or_else(|_| EnvFilter::new(otherwise))
}

/// Holds back libraries that would log secrets, and the spans that are no part of the log.
fn may_be_said<S>() -> impl Filter<S> {
    filter_fn(|said: &Metadata<'_>| {
        let library = said.target().split("::").next().unwrap_or_default();
        said.target() != spans::TARGET
            && (!NEVER_BELOW_WARN.contains(&library) || *said.level() <= Level::WARN)
    })
}

fn host_lines<S, E, O>(wanted: Option<&str>, errors: E, others: O) -> impl Layer<S> + use<S, E, O>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    E: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    O: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(HostLine)
        .with_ansi(false)
        .with_writer(errors.with_max_level(Level::ERROR).or_else(others))
        // A host that is gone reads nothing any more; complaining about that would end in a panic.
        .log_internal_errors(false)
        .with_filter(asked_for(wanted, UNDER_THE_HOST).and(may_be_said()))
}

/// A panic in the log. Its message is nobody's choice, so words that could be addresses are left out of it.
fn panicked(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("(no message)");
    let place = panic.location().map(ToString::to_string);
    let place = place.unwrap_or_default();
    tracing::error!(place, "panicked: {}", without_addresses(message));
}

fn without_addresses(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    words
        .map(|word| if word.contains('@') { "… " } else { word })
        .collect()
}

#[cfg(test)]
mod tests;
