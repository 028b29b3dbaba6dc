//! What every command that writes does at its end: sweeps away some of what was kept of old runs.

use jiff::SignedDuration;

use super::{Exit, Failure, Session, now};
use crate::{app, history, store::ports::Stores};

/// Of how many runs a command that writes sweeps away the files at most.
const MOST_SWEPT: usize = 200;

impl Session {
    /// How long what is kept of runs beside their summaries is kept.
    pub(super) fn keep(&self) -> Result<SignedDuration, Failure> {
        app::keep(&self.settings).map_err(|message| Failure {
            exit: Exit::InvalidInput,
            message,
        })
    }

    /// Sweeps away some of what was kept long enough. That it cannot keeps nobody from their work.
    pub(super) async fn sweep(&self, stores: &Stores, keep: SignedDuration) {
        if let Err(error) = history::sweep(stores, keep, now(), MOST_SWEPT).await {
            tracing::warn!("old runs were not swept away: {error}");
        }
    }
}
