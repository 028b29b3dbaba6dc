//! The `rollcall` program: arguments and environment in, one command, an exit code out.

use std::process::ExitCode;

use clap::Parser;
use rollcall::{
    cli::{self, Arguments, Exit},
    settings, telemetry,
};

fn main() -> anyhow::Result<ExitCode> {
    let settings = settings::from_environment();
    telemetry::start(settings.log.as_deref());
    // One TLS implementation for every client in the process; a client built before this would panic.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::try_parse().unwrap_or_else(|error| {
        let _ = error.print();
        let exit = if error.use_stderr() {
            Exit::InvalidInput
        } else {
            Exit::Done
        };
        std::process::exit(exit as i32)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let exit = runtime
        .block_on(cli::execute(arguments, settings))
        .unwrap_or_else(|failure| {
            cli::complain(&format!("error: {failure}"));
            failure.exit()
        });
    Ok(ExitCode::from(exit as u8))
}
