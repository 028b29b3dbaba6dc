//! Logs: to standard error and quiet unless asked at the command line, as JSON lines under the Functions host.
//!
//! This room must know nothing of ours. A failure is logged once, where it is handled; never a secret, and addresses
//! only at debug.

mod events;
mod host_line;

use std::{
    io::IsTerminal,
    panic::{self, PanicHookInfo},
};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::filter_fn,
    fmt::{MakeWriter, format::JsonFields, writer::MakeWriterExt},
    layer::{Filter, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

pub use self::events::{EVENTS, Event, Field, Kind};
use self::host_line::HostLine;

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
pub fn start(wanted: Option<&str>) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true)
        .with_filter(may_be_said());
    // A second start in one process (tests) changes nothing.
    let _ = tracing_subscriber::registry()
        .with(asked_for(wanted, AT_THE_COMMAND_LINE))
        .with(lines)
        .try_init();
}

/// Starts logging under the Functions host.
///
/// Errors go to standard error, which the host shows as errors, everything else to
/// standard output; each line a JSON object with the fields of the invocation it belongs to. A panic is one such line.
pub fn start_for_host(wanted: Option<&str>) {
    let _ = tracing_subscriber::registry()
        .with(asked_for(wanted, UNDER_THE_HOST))
        .with(host_lines(std::io::stderr, std::io::stdout))
        .try_init();
    panic::set_hook(Box::new(panicked));
}

fn asked_for(wanted: Option<&str>, otherwise: &str) -> EnvFilter {
    EnvFilter::try_new(wanted.unwrap_or(otherwise)).unwrap_or_else(|_| EnvFilter::new(otherwise))
}

fn may_be_said<S>() -> impl Filter<S> {
    filter_fn(|said: &Metadata<'_>| {
        let library = said.target().split("::").next().unwrap_or_default();
        !NEVER_BELOW_WARN.contains(&library) || *said.level() <= Level::WARN
    })
}

fn host_lines<S, E, O>(errors: E, others: O) -> impl Layer<S>
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
        .with_filter(may_be_said())
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
