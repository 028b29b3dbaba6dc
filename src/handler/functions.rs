//! The port the protocol calls: what the app does, without a word about how it is asked.

use async_trait::async_trait;
use jiff::Timestamp;

/// What the functions app does.
///
/// Each call gives short lines for people on success, and on failure why it has to be tried again: the host delivers the
/// message once more. Both end up in logs, so neither may hold an address or a secret.
///
/// A call that outlives its deadline is dropped where it waits, as if the process had been killed there.
#[async_trait]
pub trait Functions: Send + Sync + 'static {
    /// Finds the lists that are due and puts one job each on the queue.
    async fn scheduler(&self, invocation: &Invocation) -> Result<Vec<String>, String>;
    /// Does one job; `message` is the text of the message as it was put on the queue.
    async fn sync_worker(
        &self,
        message: &str,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String>;
    /// Records a job that failed too often. Nothing comes after this: what it refuses is brought back for ever.
    async fn sync_poison(
        &self,
        message: &str,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String>;
}

/// One call by the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The host's id of it, or a made-up one: at most 100 printable characters. Each delivery of a message has its own.
    pub id: String,
    /// The function's name: `SyncWorker`.
    pub function: &'static str,
    /// When the work has to be over: before the host loses patience and kills the process.
    pub deadline: Timestamp,
    /// The trace it belongs to, as W3C Trace Context says it; `None` when there is none, or none of that form.
    pub traceparent: Option<String>,
    /// Whether a timer's occurrence was missed. Always false for messages.
    pub past_due: bool,
}
