//! The spine: one run of one sync, from the lease to the history.
//!
//! This room must not know HTTP, Azure, or a concrete connector or store: it sees ports, and tests drive it with
//! memory. `plan` holds readers only, so previewing never constructs a writer.

mod decided;
mod earlier;
mod error;
mod keeper;
mod lists;
mod lost;
mod packages;
mod planning;
mod restoring;
mod scope;
mod work;

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    agenda::{self, ListKey},
    apply,
    connectors::ports::{ConnectorError, Readers, Watch, Writers, meter},
    definition::sync::Sync,
    format,
    history::{self, Beginning, RunFile},
    model::list::{Side, Sides},
    plan::{
        outcome::Problem,
        review::{Approval, Review, review},
    },
    read,
    store::ports::{StoreError, Stores},
    summary::Summary,
};
pub use error::RunError;
use keeper::Keeper;
pub use lists::lists;
use packages::Packages;
use planning::plan_whole;
pub use planning::{Planned, read_and_plan};
use restoring::What;
use work::{Work, borrow};

/// How long a lease lasts without a heartbeat, unless somebody says otherwise.
pub const LEASE: Duration = Duration::from_secs(60);

/// After so many attempts that died a run is given up.
const MOST_DEATHS: u32 = 5;

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
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
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

/// What a run would do, and what would wait for approval. Reads; writes nothing, not even history.
pub async fn plan(ports: Ports<'_>, sync: &Sync) -> Result<Preview, RunError> {
    let (readings, _, plan) = read_and_plan(ports, sync).await?;
    let reviewed = review(plan, &sync.limits, None, (ports.now)());
    Ok(Preview {
        review: decided::explained(ports, sync, None, borrow(&readings), reviewed).await?,
    })
}

/// What undoing a run of `sync` would do. Reads; writes nothing, like [`plan`].
pub async fn restore_plan(
    ports: Ports<'_>,
    sync: &Sync,
    undone: &str,
) -> Result<Preview, RunError> {
    let (_, _, plan) = restoring::read_and_plan(ports, sync, undone, false).await?;
    Ok(Preview {
        review: review(plan, &sync.limits, None, (ports.now)()),
    })
}

/// One run that undoes another one of the same sync, like [`run`] in everything else.
///
/// The list is paused before anything is undone, also where all of it waits for an approval: its next run would do the
/// same again.
pub async fn restore(
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    request: &RunRequest,
    undone: &str,
) -> Result<Finished, RunError> {
    let what = What::Restore(undone);
    let work = run_or_restore(ports, writers, sync, request, what);
    meter::metered(Box::pin(work)).await
}

/// One run: holds the lists, reads both, plans, reviews, applies what is approved, and writes down what happened.
pub async fn run(
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    request: &RunRequest,
) -> Result<Finished, RunError> {
    // A run is long, and whoever waits for one should not have to keep room for all of it.
    let work = run_or_restore(ports, writers, sync, request, What::Sync);
    meter::metered(Box::pin(work)).await
}

async fn run_or_restore(
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    request: &RunRequest,
    what: What<'_>,
) -> Result<Finished, RunError> {
    let lists = Sides {
        source: read::wanted(sync, Side::Source)?.list,
        target: read::wanted(sync, Side::Target)?.list,
    };
    let summary = Summary::begun(&request.run, &sync.id, lists, &request.cause, (ports.now)())
        .restoring(what.undone());
    let held = Sides {
        source: read::written(sync, Side::Source)?.list,
        target: read::written(sync, Side::Target)?.list,
    };
    let keeper = Keeper::acquire(ports, &held, &request.worker).await?;
    let ended = keeper
        .while_held(
            ports,
            hold(ports, writers, sync, request, what, summary, &keeper),
        )
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
    what: What<'_>,
    mut summary: Summary,
    keeper: &Keeper,
) -> Result<Finished, RunError> {
    // Looked at under the hold: whoever brings what is stored to a newer form says so first and then waits for every hold,
    // so that one of the two sees the other.
    format::look(ports.stores).await?;
    // The same here: whoever undid a run just now has paused the list before they let go.
    if let What::Sync = what
        && let Some(paused) =
            agenda::pause_of(ports.stores, &ListKey::of(&sync.id), (ports.now)()).await?
    {
        return Err(RunError::Paused(paused));
    }
    history::close_interrupted(ports.stores, &sync.id, &request.run, (ports.now)()).await?;
    let earlier = match history::begin(ports.stores, &summary).await? {
        Beginning::New => None,
        Beginning::Died(earlier) => {
            summary.started = earlier.started;
            summary.deaths = earlier.deaths + 1;
            if summary.deaths >= MOST_DEATHS {
                return give_up(ports, summary).await;
            }
            history::end(ports.stores, &summary).await?;
            history::run_file(ports.stores, &sync.id, &request.run).await?
        }
        Beginning::EndedBefore(summary) => {
            return Ok(Finished {
                summary: *summary,
                file: None,
                stopped_by: None,
            });
        }
    };
    summary.approved_by = request
        .approval
        .as_ref()
        .map(|approval| approval.by.clone());
    let attempt = Attempt {
        request,
        what,
        keeper,
        earlier,
    };
    let ended = work_through(ports, writers, sync, attempt, summary.clone()).await;
    let problem = match &ended {
        Err(RunError::Connection(error)) => {
            summary.asked_to_wait = apply::asked_wait(error).map(|wait| wait.as_secs());
            apply::problem(error)
        }
        Err(RunError::CannotRestore(problem)) => problem.clone(),
        // What is stored is broken: no repetition helps. Other failures of the storage pass, and the same run, asked for
        // again, shall find itself unfinished then.
        Err(RunError::Store(error @ StoreError::Corrupt { .. })) => Problem {
            code: "storage".to_owned(),
            message: error.to_string(),
            help: Some("restore the storage from a copy".to_owned()),
        },
        Ok(_) | Err(_) => return ended,
    };
    let summary = summary
        .stopped(problem, (ports.now)())
        .with_traffic(meter::so_far());
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

/// A run whose workers died again and again is not tried once more: whatever kills them is in it.
async fn give_up(ports: Ports<'_>, summary: Summary) -> Result<Finished, RunError> {
    let problem = Problem {
        code: "died".to_owned(),
        message: format!(
            "{} attempts at this run died or did not end in time; some of its changes may have been made",
            summary.deaths
        ),
        help: Some(
            "look at the log of these attempts; a list too large for the time an invocation has needs a longer \
             `functionTimeout`"
                .to_owned(),
        ),
    };
    let summary = summary.stopped(problem, (ports.now)());
    history::end(ports.stores, &summary).await?;
    Ok(Finished {
        summary,
        file: None,
        stopped_by: None,
    })
}

/// One attempt at a run.
struct Attempt<'a> {
    request: &'a RunRequest,
    what: What<'a>,
    keeper: &'a Keeper,
    /// What is kept of an earlier attempt that died.
    earlier: Option<RunFile>,
}

/// Reads, plans, reviews and writes. An error means that no list was written.
async fn work_through(
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    attempt: Attempt<'_>,
    summary: Summary,
) -> Result<Finished, RunError> {
    let Attempt {
        request,
        what,
        keeper,
        earlier,
    } = attempt;
    let whole = match what {
        What::Sync => plan_whole(ports, sync, Some(&request.run)).await?,
        What::Restore(undone) => {
            let planned = restoring::read_and_plan(ports, sync, undone, true).await?;
            let (readings, loaded, plan) = planned;
            // What is undone says nothing about the definition, and goes into no package.
            (readings, loaded, None, plan, Packages::default())
        }
    };
    let (readings, loaded, scope, plan, packages) = whole;
    let (now, approval) = ((ports.now)(), request.approval.as_ref());
    let earlier = earlier.map_or_else(Vec::new, |earlier| {
        let went_on = review(earlier.plan.clone(), &sync.limits, approval, now).approved;
        earlier::found_done(&earlier, &went_on, &plan, borrow(&readings))
    });
    let reviewed = review(plan, &sync.limits, approval, now);
    let Review { approved, held } =
        decided::explained(ports, sync, approval, borrow(&readings), reviewed).await?;
    let work = Work {
        ports,
        sync,
        request,
        what,
        keeper,
        readings,
        loaded,
        scope,
        packages,
        earlier,
    };
    let open = work.open_writers(writers, &approved).await?;
    let applied = work.write(&approved, open).await?;
    work.write_down(summary, approved, held, applied).await
}
