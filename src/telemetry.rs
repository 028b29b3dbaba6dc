//! Logs: to standard error, quiet unless asked.
//!
//! This room must know nothing of ours. A failure is logged once, where it is handled; never a secret, and addresses
//! only at debug.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Libraries that log request headers, tokens among them, when they are allowed to say everything.
const NEVER_BELOW_WARN: &[&str] = &[
    "azure_core=warn",
    "azure_identity=warn",
    "typespec_client_core=warn",
    "hyper_util=warn",
    "reqwest=warn",
    "rustls=warn",
];

/// Starts logging. `wanted` is what the person asked for; libraries that would log secrets stay quiet whatever it says.
pub fn start(wanted: Option<&str>) {
    let mut filter =
        EnvFilter::try_new(wanted.unwrap_or("warn")).unwrap_or_else(|_| EnvFilter::new("warn"));
    for directive in NEVER_BELOW_WARN {
        if let Ok(directive) = directive.parse() {
            filter = filter.add_directive(directive);
        }
    }
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true);
    // A second start in one process (tests) changes nothing.
    let _ = subscriber.try_init();
}
