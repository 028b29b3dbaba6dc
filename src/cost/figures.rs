//! What things take: operations and bytes that `tests/it/jobs/cost.rs` measures, and what is assumed.

/// Operations on the storage account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operations {
    /// Rows read, and queries of up to 1,000 rows.
    pub table_reads: u64,
    /// Rows written or deleted.
    pub table_writes: u64,
    /// Blobs read.
    pub blob_reads: u64,
    /// Blobs written, and lists of blobs. To delete one costs nothing.
    pub blob_writes: u64,
    /// Messages sent.
    pub sent: u64,
}

impl Operations {
    /// All of them together.
    pub const fn all(self) -> u64 {
        self.table_reads + self.table_writes + self.blob_reads + self.blob_writes + self.sent
    }
}

/// Measured: a tick of the scheduler that finds nothing due.
pub const TICK: Operations = Operations {
    table_reads: 5,
    table_writes: 0,
    blob_reads: 0,
    blob_writes: 0,
    sent: 0,
};

/// Measured: a run that changes nothing, from the tick that finds it due to the end of its job.
pub const RUN: Operations = Operations {
    table_reads: 19,
    table_writes: 10,
    blob_reads: 2,
    blob_writes: 0,
    sent: 1,
};

/// Measured: what a run takes beyond that because it changes something, however much, and the run after it.
pub const CHANGING: Operations = Operations {
    table_reads: 0,
    table_writes: 9,
    blob_reads: 1,
    blob_writes: 5,
    sent: 0,
};

/// Measured: bytes that are kept of each run: its summary, and where it is found.
pub const RUN_BYTES: u64 = 835;

/// Measured: bytes of plan and outcomes for each change of a run.
pub const CHANGE_BYTES: u64 = 166;

/// Measured: bytes of the snapshot that a changing run keeps of both lists, for each member with an address alone.
pub const SNAPSHOT_BYTES: u64 = 160;

/// Measured: bytes of what both lists agreed on, for each member with an address alone.
pub const BASELINE_BYTES: u64 = 127;

/// As `functions/Scheduler` is set up: a tick every minute.
pub const TICKS_A_DAY: u64 = 24 * 60;

/// As `host.json` says it: how many seconds the host waits between two looks at a quiet queue.
pub const SECONDS_BETWEEN_POLLS: u64 = 10;

/// The queues that the host looks at.
pub const QUEUES: u64 = 2;

/// Assumed: operations of the host on the queue for each message: to take it, and to delete it.
pub const HOST_QUEUE_OPERATIONS: u64 = 2;

/// Assumed: blobs the host writes for each tick: when the timer fired last, and the lock that only one instance holds.
pub const HOST_BLOB_WRITES: u64 = 2;

/// Assumed: other operations of the host on blobs for each tick: to look at these two, and to renew locks.
pub const HOST_BLOB_READS: u64 = 6;

/// Assumed: milliseconds that one operation on the storage takes.
pub const OPERATION_MILLISECONDS: u64 = 15;

/// Assumed: milliseconds that one request to Microsoft Graph or a platform takes.
pub const REQUEST_MILLISECONDS: u64 = 300;

/// Assumed: members on one page of the slower of the two lists.
pub const PAGE: u64 = 100;

/// Assumed: requests of a run beside the pages of its two lists: to find them, and to sign in.
pub const REQUESTS: u64 = 4;

/// As the Flex Consumption plan counts: the least milliseconds of an execution.
pub const LEAST_MILLISECONDS: u64 = 1_000;

/// As the Flex Consumption plan counts: longer executions are rounded up to so many milliseconds.
pub const STEP_MILLISECONDS: u64 = 100;

/// Assumed: records in the log for each execution: that it began, that it ended, the request, and a line of ours.
pub const RECORDS_AN_EXECUTION: u64 = 4;

/// As the program does it: how often on a day each list is told in the log.
pub const STANDINGS_A_DAY: u64 = 24 * 4;

/// Assumed: spans of a trace for each run, beside one for each request. Operations on the storage have none.
pub const SPANS_A_RUN: u64 = 4;

/// Assumed: bytes of one record in the log, with its columns.
pub const RECORD_BYTES: u64 = 1_000;

/// Assumed: bytes that one operation on the storage moves beside what is stored.
pub const OPERATION_BYTES: u64 = 2_000;
