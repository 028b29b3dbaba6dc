//! How much of everything is used in a month.

use std::collections::BTreeMap;

use super::{
    figures::{
        BASELINE_BYTES, CHANGE_BYTES, CHANGING, HOST_BLOB_READS, HOST_BLOB_WRITES,
        HOST_QUEUE_OPERATIONS, LEAST_MILLISECONDS, OPERATION_BYTES, OPERATION_MILLISECONDS, PAGE,
        QUEUES, RECORD_BYTES, RECORDS_AN_EXECUTION, REQUEST_MILLISECONDS, REQUESTS, RUN, RUN_BYTES,
        SECONDS_BETWEEN_POLLS, SNAPSHOT_BYTES, SPANS_A_RUN, STANDINGS_A_DAY, STEP_MILLISECONDS,
        TICK, TICKS_A_DAY,
    },
    meter::Meter,
};

/// The days of a month.
pub const DAYS: u64 = 30;

/// So many rows come with one query.
const ROWS: u64 = 1000;

/// The bytes of a GB, as they are charged.
const GB: f64 = 1e9;

/// How much there is to do, and with what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Lists that are kept in step.
    pub lists: u64,
    /// Runs of all lists in a month.
    pub runs: u64,
    /// Runs in a month that split people up on many lists, beside the runs of these lists.
    pub splits: u64,
    /// Members of a list, on average.
    pub members: u64,
    /// Changes of a list on a day, on average.
    pub changes: u64,
    /// MB of an instance.
    pub instance_mb: u64,
    /// Private endpoints.
    pub endpoints: u64,
    /// Secrets in the key vault that app settings refer to.
    pub secrets: u64,
    /// For how many days what is kept of runs is kept.
    pub keep_days: u64,
}

/// What a month is made of.
struct Month {
    ticks: u64,
    /// Jobs: runs of lists, and runs that split.
    jobs: u64,
    /// The runs among them that change something.
    changing: u64,
    /// The changes of all runs.
    changes: u64,
    /// The queries of a tick beyond those it makes when there are few lists.
    more_queries: u64,
}

impl Month {
    fn of(size: &Size) -> Self {
        // As many runs change something as there are changes, or all of them.
        let wanted = size.lists * size.changes * DAYS;
        let changing = size.runs.min(wanted);
        Self {
            ticks: TICKS_A_DAY * DAYS,
            jobs: size.runs + size.splits,
            changing,
            changes: if size.runs == 0 { 0 } else { wanted },
            // Definitions of syncs and their entries are read whole by each tick.
            more_queries: 2 * (size.lists / ROWS),
        }
    }

    /// A count of operations over the month: for each tick, for each job, and for each job that changes something.
    fn count(&self, tick: u64, job: u64, changing: u64) -> u64 {
        self.ticks * tick + self.jobs * job + self.changing * changing
    }
}

/// How much of each meter a month uses.
pub fn usage(size: &Size) -> BTreeMap<Meter, f64> {
    let month = Month::of(size);
    let table_reads = month.count(
        TICK.table_reads + month.more_queries,
        RUN.table_reads,
        CHANGING.table_reads,
    );
    let table_writes = month.count(TICK.table_writes, RUN.table_writes, CHANGING.table_writes);
    let blob_reads = month.count(
        TICK.blob_reads + HOST_BLOB_READS,
        RUN.blob_reads,
        CHANGING.blob_reads,
    );
    let blob_writes = month.count(
        TICK.blob_writes + HOST_BLOB_WRITES,
        RUN.blob_writes,
        CHANGING.blob_writes,
    );
    let sent = month.count(TICK.sent, RUN.sent, CHANGING.sent);
    let taken = month.jobs * HOST_QUEUE_OPERATIONS;
    let polls = QUEUES * DAYS * 24 * 3600 / SECONDS_BETWEEN_POLLS;
    let queue = sent + taken + polls;
    let executions = month.ticks + month.jobs;
    let stored = stored_bytes(size, &month);
    // Reads of blobs are logged like writes; those of tables and queues are not.
    let logged = table_writes + blob_reads + blob_writes + sent + month.jobs;
    let operations = table_reads + table_writes + blob_reads + blob_writes + queue;
    let spans = month.jobs * (SPANS_A_RUN + requests(size)) + month.changes;
    let records =
        executions * RECORDS_AN_EXECUTION + size.lists * STANDINGS_A_DAY * DAYS + spans + logged;
    let amounts = [
        (Meter::ExecutionTime, gb_seconds(size, &month)),
        (Meter::Executions, amount(executions)),
        (Meter::TableOperations, amount(table_reads + table_writes)),
        (Meter::QueueOperations, amount(queue)),
        (Meter::BlobWrites, amount(blob_writes)),
        (Meter::BlobReads, amount(blob_reads)),
        (Meter::StoredData, amount(stored) / GB),
        (Meter::Logs, amount(records * RECORD_BYTES) / GB),
        (Meter::VaultOperations, amount(size.secrets * DAYS)),
        (Meter::EndpointHours, amount(size.endpoints * DAYS * 24)),
        (
            Meter::EndpointTraffic,
            endpoint_gb(size, &month, operations),
        ),
    ];
    amounts.into_iter().collect()
}

/// Requests of a run that changes nothing: both lists are read, in pages.
fn requests(size: &Size) -> u64 {
    REQUESTS + 2 * size.members.div_ceil(PAGE)
}

/// As if each execution had an instance of its own.
fn gb_seconds(size: &Size, month: &Month) -> f64 {
    let waiting = |operations: u64| operations * OPERATION_MILLISECONDS;
    let reading = requests(size) * REQUEST_MILLISECONDS + waiting(RUN.all());
    let changes = month.changes.div_ceil(month.changing.max(1));
    let changing = reading + changes * REQUEST_MILLISECONDS + waiting(CHANGING.all());
    let quiet = month.jobs - month.changing;
    let milliseconds = month.ticks * charged(waiting(TICK.all() + month.more_queries))
        + quiet * charged(reading)
        + month.changing * charged(changing);
    amount(milliseconds) / 1000.0 * amount(size.instance_mb) / 1024.0
}

/// The milliseconds of an execution as they are charged.
fn charged(milliseconds: u64) -> u64 {
    milliseconds
        .next_multiple_of(STEP_MILLISECONDS)
        .max(LEAST_MILLISECONDS)
}

/// What lies in the storage when everything has been running for as long as it is kept.
fn stored_bytes(size: &Size, month: &Month) -> u64 {
    let kept = |month: u64| month * size.keep_days / DAYS;
    // Summaries stay: those of a year.
    let summaries = month.jobs * 12 * RUN_BYTES;
    let snapshots = kept(month.changing) * size.members * SNAPSHOT_BYTES;
    let changes = kept(month.changes) * CHANGE_BYTES;
    let baselines = size.lists * size.members * BASELINE_BYTES;
    summaries + snapshots + changes + baselines
}

fn endpoint_gb(size: &Size, month: &Month, operations: u64) -> f64 {
    if size.endpoints == 0 {
        return 0.0;
    }
    let blobs = month.jobs * size.members * BASELINE_BYTES
        + month.changing * size.members * (SNAPSHOT_BYTES + BASELINE_BYTES)
        + month.changes * CHANGE_BYTES;
    amount(operations * OPERATION_BYTES + blobs) / GB
}

/// A count as an amount; beyond 2⁵³ it is not exact, which no count here comes near.
fn amount(count: u64) -> f64 {
    count as f64
}
