//! The process under the Functions host: the port first, everything slow behind it, and a good end.
//!
//! What the host does when the process ends, as it was recorded:
//!
//! | Exit code | The host |
//! |---|---|
//! | 0 | stays up without a handler for ever: every message fails and runs into the poison queue |
//! | 200 | starts it again and does not count it |
//! | any other, or a signal's | starts it again at once; the third one within 30 minutes takes the whole host down |
//!
//! So 0 never; 200 where the end has nothing to do with us (somebody asked for it, the parent is gone); and 1 only where
//! a new host with another port is the remedy, that is, where the port stays taken.

use std::{io, time::Duration};

use axum::serve::ListenerExt;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet, time::Instant};

use super::{router::host_router, set_up, stop};
pub use set_up::{Parts, Reason, Refused};

/// How long a port that is taken is tried: the process before this one may still be dying.
const PORT_PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// How long requests under way may take after a request to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// Why serving has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked for it. Requests under way were finished, as far as they took no longer than half a minute.
    Asked,
    /// The process that started this one is gone. Nothing was finished.
    Orphaned,
}

/// Serves the Functions host on 127.0.0.1 until the process has to stop.
///
/// Readiness is answered at once; `set_up` is
/// called behind it, again after a growing pause while it fails. `timeout` is how long the host lets an invocation run.
///
/// The only error is a port that cannot be listened on.
pub async fn serve<S, F>(port: u16, timeout: Duration, set_up: S) -> Result<Ended, String>
where
    S: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<Parts, Refused>> + Send + 'static,
{
    let asked = stop::asked();
    let orphaned = stop::orphaned();
    tokio::pin!(asked, orphaned);
    let listener = tokio::select! {
        // In this order: the signals are heard from the first moment on.
        biased;
        () = &mut asked => return Ok(Ended::Asked),
        () = &mut orphaned => return Ok(Ended::Orphaned),
        listener = listen(port, PORT_PATIENCE) => listener?,
    };
    Ok(serve_on(listener, timeout, set_up, asked, orphaned, DRAIN).await)
}

async fn listen(port: u16, patience: Duration) -> Result<TcpListener, String> {
    let started = Instant::now();
    let mut said = false;
    loop {
        let error = match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => error,
        };
        if error.kind() != io::ErrorKind::AddrInUse || started.elapsed() >= patience {
            return Err(format!(
                "the port `{port}` of 127.0.0.1 cannot be listened on: {error}"
            ));
        }
        if !said {
            tracing::warn!(port, "somebody else has the port; trying again for a while");
            said = true;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

async fn serve_on<S, F>(
    listener: TcpListener,
    timeout: Duration,
    set_up: S,
    asked: impl Future<Output = ()>,
    orphaned: impl Future<Output = ()>,
    drain: Duration,
) -> Ended
where
    S: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<Parts, Refused>> + Send + 'static,
{
    let (progress, functions, public) = set_up::deferred();
    // Dropped, and so ended, with this function.
    let mut tasks = JoinSet::new();
    tasks.spawn(progress.make(set_up));

    let (stop, stopped) = oneshot::channel::<()>();
    let listener = listener.tap_io(|stream| {
        // Small answers to somebody who waits for them.
        let _ = stream.set_nodelay(true);
    });
    let server = axum::serve(listener, host_router(functions, public, timeout));
    let server = server.with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let mut server = tokio::spawn(server.into_future());
    tokio::pin!(orphaned);
    tokio::select! {
        () = &mut orphaned => {
            tracing::error!("the process that started this one is gone; stopping");
            return Ended::Orphaned;
        }
        () = asked => tracing::info!("asked to stop"),
    }
    let _ = stop.send(());
    tokio::select! {
        () = &mut orphaned => return Ended::Orphaned,
        ended = tokio::time::timeout(drain, &mut server) => if ended.is_err() {
            tracing::error!(seconds = drain.as_secs(), "requests under way were dropped");
        }
    }
    Ended::Asked
}

#[cfg(test)]
mod tests;
