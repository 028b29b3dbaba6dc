//! What every command that writes does at its end: forgets some of what was kept of old runs.

use jiff::SignedDuration;

use super::{Exit, Failure, Session, now};
use crate::{app, history, store::ports::Stores};

/// Of how many runs a command that writes forgets the files at most.
const MOST_FORGOTTEN: usize = 200;

impl Session {
    /// How long what is kept of runs beside their summaries is kept.
    pub(super) fn keep(&self) -> Result<SignedDuration, Failure> {
        app::keep(&self.settings).map_err(|message| Failure {
            exit: Exit::InvalidInput,
            message,
        })
    }

    /// Forgets some of what was kept long enough. That it cannot keeps nobody from their work.
    pub(super) async fn forget_old(&self, stores: &Stores, keep: SignedDuration) {
        if let Err(error) = history::sweep(stores, keep, now(), MOST_FORGOTTEN).await {
            tracing::warn!("old runs were not forgotten: {error}");
        }
    }
}
