//! The spine: one run of one sync, from the lease to the history.
//!
//! This room must not know HTTP, Azure, or a concrete connector or store: it sees ports, and tests drive it with
//! memory. `plan` holds readers only, so previewing never constructs a writer.

mod keeper;

use std::{fmt, time::Duration};

use jiff::Timestamp;

use crate::{
    apply::{self, Applied, OpenWriters, Pulse},
    connectors::ports::{ConnectorError, Readers, Watch, Writers},
    definition::sync::Sync,
    history::{self, Beginning, LoadedBaseline, RunFile},
    model::{
        list::{ListRef, Side, Sides},
        reading::Reading,
    },
    plan::{
        outcome::Problem,
        review::{Approval, Approved, Held, Review, review},
        value::Plan,
    },
    read,
    reconcile::remember::next_baseline,
    store::ports::{StoreError, Stores},
    summary::Summary,
};
use keeper::Keeper;

/// How long a lease lasts without a heartbeat.
pub const LEASE: Duration = Duration::from_secs(60);

/// What a run works with. Readers, no writers: see [`run`].
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Opens lists for reading.
    pub readers: &'a dyn Readers,
    /// Where everything is kept.
    pub stores: &'a Stores,
    /// Who watches.
    pub watch: &'a dyn Watch,
    /// The time, asked at the edge.
    pub now: &'a (dyn Fn() -> Timestamp + Send + std::marker::Sync),
}

/// What asks for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// The run's id. The same id again finds the run done and does nothing.
    pub run: String,
    /// Why it runs, in words.
    pub cause: String,
    /// Who works on it: the holder of the lease, unique for each worker and attempt.
    pub worker: String,
    /// The approval that came with it.
    pub approval: Option<Approval>,
    /// When it has to stop; what is left is then left to the next run.
    pub deadline: Option<Timestamp>,
}

/// A preview: the plan, what of it would go on, and what would wait.
#[derive(Debug)]
pub struct Preview {
    /// The plan, reviewed.
    pub review: Review,
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished {
    /// Its summary, as it stands in the history.
    pub summary: Summary,
    /// Its plan and outcomes; absent when a read failed, and for a run that had ended before.
    pub file: Option<RunFile>,
    /// The error that stopped it before anything was written.
    pub stopped_by: Option<ConnectorError>,
}

/// Why there is no end that could be told as a summary.
#[derive(Debug)]
pub enum RunError {
    /// A connection could not be read.
    Connection(ConnectorError),
    /// Someone else writes to one of the lists.
    Busy {
        /// The list.
        list: ListRef,
        /// Who.
        holder: String,
        /// Until when, unless it goes on.
        until: Timestamp,
    },
    /// The storage failed before anything was written to a list.
    Store(StoreError),
    /// Changes were made, and the storage failed to take the result.
    NotRecorded {
        /// What the summary would have been.
        summary: Box<Summary>,
        /// What failed.
        error: StoreError,
    },
}

/// What a run would do, and what would wait for approval. Reads; writes nothing, not even history.
pub async fn plan(ports: Ports<'_>, sync: &Sync) -> Result<Preview, RunError> {
    let (_, _, plan) = read_and_plan(ports, sync).await?;
    Ok(Preview {
        review: review(plan, &sync.limits, None, (ports.now)()),
    })
}

/// One run: holds the lists, reads both, plans, reviews, applies what is approved, and writes down what happened.
pub async fn run(
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    request: &RunRequest,
) -> Result<Finished, RunError> {
    let lists = Sides {
        source: read::wanted(sync, Side::Source)?.list,
        target: read::wanted(sync, Side::Target)?.list,
    };
    let summary = Summary::begun(
        &request.run,
        &sync.id,
        lists.clone(),
        &request.cause,
        (ports.now)(),
    );
    let keeper = Keeper::acquire(ports, &lists, &request.worker).await?;
    let ended = keeper
        .while_held(ports, hold(ports, writers, sync, request, summary, &keeper))
        .await;
    keeper.release(ports).await;
    ended
}

/// The run itself, once the lists are held. What ends it for good is written down, as far as the storage still can.
async fn hold(
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    request: &RunRequest,
    mut summary: Summary,
    keeper: &Keeper,
) -> Result<Finished, RunError> {
    history::close_interrupted(ports.stores, &sync.id, &request.run, (ports.now)()).await?;
    if let Beginning::EndedBefore(summary) = history::begin(ports.stores, &summary).await? {
        return Ok(Finished {
            summary: *summary,
            file: None,
            stopped_by: None,
        });
    }
    summary.approved_by = request
        .approval
        .as_ref()
        .map(|approval| approval.by.clone());
    let ended = work_through(ports, writers, sync, request, summary.clone(), keeper).await;
    let problem = match &ended {
        Err(RunError::Connection(error)) => apply::problem(error),
        // What is stored is broken: no repetition helps. Other failures of the storage pass, and the same run, asked for
        // again, shall find itself unfinished then.
        Err(RunError::Store(error @ StoreError::Corrupt { .. })) => Problem {
            code: "storage".to_owned(),
            message: error.to_string(),
            help: Some("restore the storage from a copy".to_owned()),
        },
        Ok(_) | Err(_) => return ended,
    };
    let summary = summary.stopped(problem, (ports.now)());
    let recorded = history::end(ports.stores, &summary).await;
    match ended {
        Err(RunError::Connection(error)) => {
            recorded?;
            Ok(Finished {
                summary,
                file: None,
                stopped_by: Some(error),
            })
        }
        // The storage failed before: that it fails again now is no news.
        other => other,
    }
}

/// Reads, plans, reviews and writes. An error means that no list was written.
async fn work_through(
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    request: &RunRequest,
    summary: Summary,
    keeper: &Keeper,
) -> Result<Finished, RunError> {
    let (readings, loaded, plan) = read_and_plan(ports, sync).await?;
    let now = (ports.now)();
    let Review { approved, held } = review(plan, &sync.limits, request.approval.as_ref(), now);
    let work = Work {
        ports,
        sync,
        request,
        keeper,
        readings,
        loaded,
    };
    let open = work.open_writers(writers, &approved).await?;
    let applied = work.write(&approved, open).await?;
    work.write_down(summary, approved, held, applied).await
}

type Planned = (Sides<Reading>, LoadedBaseline, Plan);

async fn read_and_plan(ports: Ports<'_>, sync: &Sync) -> Result<Planned, RunError> {
    let open = read::open(ports.readers, sync).await?;
    let mut readings = read::both(&open, ports.watch).await?;
    let loaded = history::baseline(ports.stores, &sync.id, borrow(&readings)).await?;
    let plan = read::plan(
        &open,
        sync,
        &mut readings,
        loaded.baseline.as_ref(),
        ports.watch,
    )
    .await?;
    Ok((readings, loaded, plan))
}

/// What the second half of a run works with.
struct Work<'a> {
    ports: Ports<'a>,
    sync: &'a Sync,
    request: &'a RunRequest,
    keeper: &'a Keeper,
    readings: Sides<Reading>,
    loaded: LoadedBaseline,
}

impl Work<'_> {
    /// Opens a writer for each list that is written, and none for the others.
    async fn open_writers(
        &self,
        writers: &dyn Writers,
        approved: &Approved,
    ) -> Result<OpenWriters, ConnectorError> {
        let mut open = OpenWriters::default();
        for side in apply::written_sides(approved) {
            let list_id = self.readings.of(side).list_id.as_deref();
            *open.of_mut(side) = Some(
                writers
                    .writer(&read::wanted(self.sync, side)?, list_id)
                    .await?,
            );
        }
        Ok(open)
    }

    /// Keeps plan and snapshot, then writes.
    async fn write(&self, approved: &Approved, mut open: OpenWriters) -> Result<Applied, RunError> {
        let Ports { stores, watch, .. } = self.ports;
        if approved.plan().is_empty() {
            return Ok(Applied::nothing());
        }
        let file = RunFile {
            plan: approved.plan().clone(),
            outcomes: None,
        };
        history::keep_run_file(stores, &self.sync.id, &self.request.run, &file).await?;
        history::keep_snapshot(
            stores,
            &self.sync.id,
            &self.request.run,
            borrow(&self.readings),
        )
        .await?;
        let chunks = Sides {
            source: self.readings.source.capabilities.chunk,
            target: self.readings.target.capabilities.chunk,
        };
        let mut pulse = RunPulse {
            keeper: self.keeper,
            ports: self.ports,
            deadline: self.request.deadline,
        };
        Ok(apply::apply(approved, &mut open, chunks, &mut pulse, watch).await)
    }

    /// Writes down what happened: outcomes, baseline, summary. The baseline before the summary, so that a run the
    /// history calls ended has left nothing behind.
    async fn write_down(
        mut self,
        mut summary: Summary,
        approved: Approved,
        held: Option<Held>,
        applied: Applied,
    ) -> Result<Finished, RunError> {
        let plan = approved.plan();
        if let Some(creation) = &applied.creation {
            summary = summary.creation(creation);
        }
        let summary = summary.ended(plan, held, &applied.outcomes, (self.ports.now)());
        for side in [Side::Source, Side::Target] {
            if let Some(id) = applied.created.of(side) {
                self.readings.of_mut(side).list_id = Some(id.clone());
            }
        }
        let next = next_baseline(
            borrow(&self.readings),
            plan,
            &applied.outcomes,
            self.loaded.baseline.as_ref(),
        );
        let file = RunFile {
            plan: plan.clone(),
            outcomes: Some(applied.outcomes),
        };
        let recorded = self.record(&summary, &file, &next).await;
        match recorded {
            Ok(()) => Ok(Finished {
                summary,
                file: Some(file),
                stopped_by: None,
            }),
            Err(error) => Err(RunError::NotRecorded {
                summary: Box::new(summary),
                error,
            }),
        }
    }

    async fn record(
        &self,
        summary: &Summary,
        file: &RunFile,
        next: &crate::model::baseline::Baseline,
    ) -> Result<(), StoreError> {
        let (stores, sync, run) = (self.ports.stores, &self.sync.id, &self.request.run);
        if !file.plan.is_empty() || !file.plan.withheld.is_empty() {
            history::keep_run_file(stores, sync, run, file).await?;
        }
        // Whoever took over the lists writes the baseline. This run saw them before that.
        let is_new = !self.loaded.is_still(borrow(&self.readings), next);
        if is_new && !self.keeper.is_lost(self.ports).await {
            let token = self.keeper.token();
            history::keep_baseline(
                stores,
                sync,
                run,
                token,
                borrow(&self.readings),
                &self.loaded,
                next,
            )
            .await?;
        }
        history::end(stores, summary).await
    }
}

fn borrow(readings: &Sides<Reading>) -> Sides<&Reading> {
    Sides {
        source: &readings.source,
        target: &readings.target,
    }
}

/// A run may go on while its leases are ours and its deadline is ahead.
struct RunPulse<'a> {
    keeper: &'a Keeper,
    ports: Ports<'a>,
    deadline: Option<Timestamp>,
}

#[async_trait::async_trait]
impl Pulse for RunPulse<'_> {
    async fn may_go_on(&mut self) -> Result<(), String> {
        if self
            .deadline
            .is_some_and(|deadline| deadline <= (self.ports.now)())
        {
            return Err("the time for this run was up; the next run goes on".to_owned());
        }
        self.keeper.renew(self.ports).await
    }
}

impl From<ConnectorError> for RunError {
    fn from(error: ConnectorError) -> Self {
        Self::Connection(error)
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(formatter),
            Self::Store(error) => error.fmt(formatter),
            Self::Busy {
                list,
                holder,
                until,
            } => write!(
                formatter,
                "`{list}` is being written by `{holder}`\nwait for it to end; if it died, its hold ends at {until}"
            ),
            Self::NotRecorded { summary, error } => write!(
                formatter,
                "run `{}` made its changes ({} done), but the result could not be recorded: {error}\n\
                 make room or repair the storage and run again: the next run finds what is done and loses nothing",
                summary.run,
                summary.done.added
                    + summary.done.invited
                    + summary.done.updated
                    + summary.done.removed,
            ),
        }
    }
}

impl std::error::Error for RunError {}
