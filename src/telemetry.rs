//! Logs: to standard error, quiet unless asked.
//!
//! This room must know nothing of ours. A failure is logged once, where it is handled; never a secret, and addresses
//! only at debug.

use std::io::IsTerminal;

use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Libraries that log request headers, tokens among them, when they are allowed to say everything.
const NEVER_BELOW_WARN: [&str; 6] = [
    "azure_core",
    "azure_identity",
    "typespec_client_core",
    "hyper_util",
    "reqwest",
    "rustls",
];

/// Starts logging. `wanted` is what the person asked for; libraries that would log secrets stay quiet whatever it says,
/// be it as narrow as it may: they are held back by a filter of their own.
pub fn start(wanted: Option<&str>) {
    let asked_for =
        EnvFilter::try_new(wanted.unwrap_or("warn")).unwrap_or_else(|_| EnvFilter::new("warn"));
    let may_be_said = filter_fn(|said| {
        let library = said.target().split("::").next().unwrap_or_default();
        !NEVER_BELOW_WARN.contains(&library) || *said.level() <= tracing::Level::WARN
    });
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true)
        .with_filter(may_be_said);
    // A second start in one process (tests) changes nothing.
    let _ = tracing_subscriber::registry()
        .with(asked_for)
        .with(lines)
        .try_init();
}
