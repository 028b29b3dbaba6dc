//! What Azure counts and asks money for.

use serde::Serialize;

/// One thing that is counted; the text beside each is its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Meter {
    /// GB-seconds of instances that work.
    ExecutionTime,
    /// Executions of functions.
    Executions,
    /// Operations on tables.
    TableOperations,
    /// Operations on queues.
    QueueOperations,
    /// Blobs written, and lists of blobs, which cost the same.
    BlobWrites,
    /// Blobs read, and every other operation on blobs.
    BlobReads,
    /// GB that are stored, for a month.
    StoredData,
    /// GB of logs taken in.
    Logs,
    /// Operations on secrets.
    VaultOperations,
    /// Hours of private endpoints.
    EndpointHours,
    /// GB that pass through private endpoints.
    EndpointTraffic,
}

impl Meter {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::ExecutionTime,
        Self::Executions,
        Self::TableOperations,
        Self::QueueOperations,
        Self::BlobWrites,
        Self::BlobReads,
        Self::StoredData,
        Self::Logs,
        Self::VaultOperations,
        Self::EndpointHours,
        Self::EndpointTraffic,
    ];

    /// Its key in a file of prices.
    pub fn key(self) -> &'static str {
        match self {
            Self::ExecutionTime => "executionTime",
            Self::Executions => "executions",
            Self::TableOperations => "tableOperations",
            Self::QueueOperations => "queueOperations",
            Self::BlobWrites => "blobWrites",
            Self::BlobReads => "blobReads",
            Self::StoredData => "storedData",
            Self::Logs => "logs",
            Self::VaultOperations => "vaultOperations",
            Self::EndpointHours => "endpointHours",
            Self::EndpointTraffic => "endpointTraffic",
        }
    }

    /// What it counts, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExecutionTime => "functions, execution time",
            Self::Executions => "functions, executions",
            Self::TableOperations => "tables, operations",
            Self::QueueOperations => "queues, operations",
            Self::BlobWrites => "blobs, writes and lists",
            Self::BlobReads => "blobs, reads and others",
            Self::StoredData => "storage, data",
            Self::Logs => "logs, taken in",
            Self::VaultOperations => "key vault, operations",
            Self::EndpointHours => "private endpoints, time",
            Self::EndpointTraffic => "private endpoints, traffic",
        }
    }

    /// What one of it is.
    pub fn unit(self) -> &'static str {
        match self {
            Self::ExecutionTime => "GB-s",
            Self::StoredData => "GB-month",
            Self::Logs | Self::EndpointTraffic => "GB",
            Self::EndpointHours => "h",
            Self::Executions
            | Self::TableOperations
            | Self::QueueOperations
            | Self::BlobWrites
            | Self::BlobReads
            | Self::VaultOperations => "",
        }
    }
}
