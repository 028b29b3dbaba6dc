//! The `rollcall` program: arguments and environment in, one command, an exit code out.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use rollcall::{
    app,
    cli::{self, Arguments, Command, Exit},
    settings, telemetry,
};

fn main() -> anyhow::Result<ExitCode> {
    app::started();
    let settings = settings::from_environment();
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
    let wanted = settings.log.as_deref();
    // A command that somebody waits for sends no traces.
    let traces = match arguments.command {
        Command::Serve | Command::Local(_) => {
            let _on_it = runtime.enter();
            app::traces(&settings)
        }
        _ => Ok(None),
    };
    let sent = traces.as_ref().ok().and_then(Option::as_ref);
    match arguments.command {
        Command::Serve => telemetry::start_for_host(wanted, sent),
        Command::Local(_) => telemetry::start(Some(wanted.unwrap_or("warn,rollcall=info")), sent),
        _ => telemetry::start(wanted, None),
    }
    if let Err(problem) = &traces {
        tracing::warn!("traces are not sent: {problem}");
    }
    let exit = runtime
        .block_on(cli::execute(arguments, settings))
        .unwrap_or_else(|failure| {
            cli::complain(&format!("error: {failure}"));
            failure.exit()
        });
    telemetry::stop();
    // Everything is done or given up by now: a thread that still waits for something must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ExitCode::from(exit as u8))
}
