//! When to stop: because somebody asks for it, or because nobody is left who could.

use std::time::Duration;

/// How often the parent is looked for: an orphan is gone within a second or so.
#[cfg(unix)]
const LOOK: Duration = Duration::from_millis(500);

/// Ends when the process is asked to stop: Ctrl-C, or SIGTERM from an operator or a container. The Functions host never
/// asks; it kills.
pub async fn asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = async |kind| match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "signals cannot be heard; the process has to be killed");
                std::future::pending().await
            }
        };
        tokio::select! {
            () = heard(SignalKind::terminate()) => {}
            () = heard(SignalKind::interrupt()) => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// Ends when the process that started this one is gone. A host that gives up leaves its handler behind, with its port and
/// its work: it would be a second writer.
///
/// The parent of the first moment counts, not the number 1: in a container the host may well have it.
#[cfg(unix)]
pub(super) async fn orphaned() {
    use std::os::unix::process::parent_id;
    let parent = parent_id();
    let mut looks = tokio::time::interval(LOOK);
    while parent_id() == parent {
        looks.tick().await;
    }
}

/// Nothing says so here.
#[cfg(not(unix))]
pub(super) async fn orphaned() {
    std::future::pending().await
}
