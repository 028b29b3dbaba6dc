//! The three kinds of storage, shaped so that one SQLite file and Azure Storage both fit behind them.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// Small rows with conditional writes; like an Azure table. Row keys sort as bytes.
///
/// Keys are made of ASCII letters, digits and `-_.:~`, at most 512 characters; `StoreError::BadKey` otherwise.
#[async_trait]
pub trait Records: Send + Sync {
    /// One row.
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError>;

    /// A new row; `StoreError::Conflict` when it is there already. Gives its version.
    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError>;

    /// Replaces a row that still has `version`; `StoreError::Conflict` otherwise. Gives its new version.
    async fn replace(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
        version: &Version,
    ) -> Result<Version, StoreError>;

    /// Deletes a row that still has `version`; `StoreError::Conflict` otherwise, also when it is gone.
    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError>;

    /// Up to `limit` rows of a partition whose row key is greater than `after`, in the order of their keys.
    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// The first partition of a table whose key is greater than `after`; `None` when there is none.
    async fn next_partition(
        &self,
        table: Table,
        after: Option<&str>,
    ) -> Result<Option<String>, StoreError>;
}

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// One row for each sync and list: where its baseline is, when it last ran.
    State,
    /// Run summaries: a partition for each sync, newest first.
    History,
    /// Where a run is found by its id.
    Runs,
    /// Who may write to a list at the moment.
    Leases,
    /// What people ask for: syncs and connections as they were put there.
    Definitions,
    /// How each list stands between its runs, and which lists stand so.
    Lists,
    /// Calls of other systems that were taken in.
    Deliveries,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::State,
        Self::History,
        Self::Runs,
        Self::Leases,
        Self::Definitions,
        Self::Lists,
        Self::Deliveries,
    ];

    /// Its name in every storage.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::History => "history",
            Self::Runs => "runs",
            Self::Leases => "leases",
            Self::Definitions => "definitions",
            Self::Lists => "lists",
            Self::Deliveries => "deliveries",
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its key within the partition.
    pub row: String,
    /// Its value: JSON text, at most 32 KiB (what is bigger is a blob).
    pub value: String,
    /// Its version; changes with every write.
    pub version: Version,
}

/// The version of a row (an ETag).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// Named bytes of any size.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Writes a blob whole: a reader sees the old or the new bytes, never a part.
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError>;

    /// Reads a blob.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Deletes a blob; one that is not there is fine.
    async fn delete(&self, name: &str) -> Result<(), StoreError>;

    /// The names that begin with `prefix`, sorted.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}

/// A queue that delivers at least once. A storage with a clock of its own (Azure) takes no notice of `now`.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Adds a message (text, at most 48 KiB), visible after `delay`. Azure holds it back for seven days at most, and
    /// only for whole seconds.
    async fn send(
        &self,
        queue: &str,
        body: &str,
        delay: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Takes the oldest visible message (in Azure: one of the oldest) and hides it for `visibility`. It comes back
    /// unless deleted in that time. `StoreError::Corrupt` when another program put there what is no text; the next
    /// call gets the next message.
    async fn receive(
        &self,
        queue: &str,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<Option<QueueMessage>, StoreError>;

    /// Hides a message that was received for `visibility` from `now`; `StoreError::Conflict` when someone else has it
    /// by now. Gives the receipt to use from here on.
    async fn extend(
        &self,
        queue: &str,
        message: &QueueMessage,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<String, StoreError>;

    /// Deletes a message that was received; `StoreError::Conflict` when someone else has it by now.
    async fn delete(&self, queue: &str, message: &QueueMessage) -> Result<(), StoreError>;

    /// How many messages there are, hidden ones included. Azure gives about the number.
    async fn count(&self, queue: &str) -> Result<usize, StoreError>;
}

/// A message as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// Its id.
    pub id: String,
    /// Proof that it is ours for now.
    pub receipt: String,
    /// How often it has been received, this time included.
    pub attempts: u32,
    /// Its text.
    pub body: String,
}

/// The three together, as the spine needs them.
#[derive(Clone)]
pub struct Stores {
    /// Records.
    pub records: std::sync::Arc<dyn Records>,
    /// Blobs.
    pub blobs: std::sync::Arc<dyn Blobs>,
    /// Queues.
    pub queue: std::sync::Arc<dyn Queue>,
}

/// Why storage did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else was faster; read again.
    #[error("`{0}` was changed by someone else")]
    Conflict(String),
    /// Another process holds the storage.
    #[error("the state file `{0}` is in use by another process")]
    Locked(String),
    /// What is stored cannot be read.
    #[error("the stored data at `{place}` cannot be read: {problem}")]
    Corrupt {
        /// Where.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// There is no room left.
    #[error("there is no room left to write `{0}`")]
    Full(String),
    /// A key with characters that not every storage takes.
    #[error("`{0}` cannot be a storage key")]
    BadKey(String),
    /// Anything else.
    #[error("storage failed at `{place}`: {problem}")]
    Other {
        /// Where.
        place: String,
        /// What happened.
        problem: String,
    },
}
