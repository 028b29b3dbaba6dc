//! One run of one list for a job, or a preview of it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Again, Delivery, Report, send,
    standing_back::stand_back,
    unstarted::{end_unstarted, unstarted},
};
use crate::{
    agenda::Paused,
    apply::problem,
    connectors::ports::{Writers, meter},
    definition::sync::{Endpoint, Sync},
    history,
    job::{Job, MOST_WAITS, Mode, QUEUE},
    model::list::{ListRef, Sides},
    plan::outcome::Problem,
    run::{self, Ports, RunError, RunRequest},
    service::Service,
    summary::Summary,
};

/// The least and the longest time until a job that was put back comes again.
const WAIT: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// How the run of one list went.
pub(super) enum Ran {
    /// It ended, now or before.
    Ended(Box<Summary>),
    /// Somebody else writes the list: it comes again later.
    PutBack(Report),
    /// The list was paused meanwhile.
    Paused(Paused),
}

pub(super) async fn run_one(
    service: &Service,
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    job: &Job,
    delivery: &Delivery,
) -> Result<Ran, Again> {
    if job.mode == Mode::Preview {
        return meter::metered(Box::pin(preview(ports, sync, job))).await;
    }
    let request = RunRequest {
        run: job.run.clone(),
        cause: job.cause.clone(),
        worker: delivery.invocation.clone(),
        approval: job.approval.clone(),
        deadline: Some(delivery.deadline),
    };
    let ran = match &job.restores {
        None => run::run(ports, writers, sync, &request).await,
        Some(undone) => run::restore(ports, writers, sync, &request, undone).await,
    };
    match ran {
        Ok(finished) => Ok(Ran::Ended(Box::new(finished.summary))),
        Err(RunError::Connection(error)) => {
            let problem = problem(&error);
            let summary = unstarted(job, service.now(), problem);
            Ok(Ran::Ended(Box::new(end_unstarted(service, summary).await?)))
        }
        Err(RunError::CannotRestore(problem)) => {
            let summary = unstarted(job, service.now(), problem);
            Ok(Ran::Ended(Box::new(end_unstarted(service, summary).await?)))
        }
        Err(RunError::Paused(paused)) => Ok(Ran::Paused(paused)),
        Err(RunError::Busy { holder, until, .. }) => {
            put_back(
                service,
                job,
                &format!("`{holder}` is writing the list"),
                until,
            )
            .await
        }
        Err(RunError::Refused(why)) => Ok(Ran::PutBack(
            stand_back(service, QUEUE, &job.render(), &why).await?,
        )),
        Err(error @ (RunError::Store(_) | RunError::NotRecorded { .. })) => {
            Err(Again(error.to_string()))
        }
    }
}

async fn preview(ports: Ports<'_>, sync: &Sync, job: &Job) -> Result<Ran, Again> {
    if let Some(earlier) = history::find(ports.stores, &job.run).await? {
        return Ok(Ran::Ended(Box::new(earlier)));
    }
    let started = (ports.now)();
    let undone = job.restores.as_deref();
    let begun =
        |lists| Summary::begun(&job.run, &sync.id, lists, &job.cause, started).restoring(undone);
    let preview = match undone {
        None => run::plan(ports, sync).await,
        Some(undone) => run::restore_plan(ports, sync, undone).await,
    };
    let summary = match preview {
        Ok(preview) => {
            let plan = preview.review.approved.plan();
            let held = preview.review.held.clone();
            let summary = begun(plan.lists.clone())
                .previewed(plan, held, (ports.now)())
                .with_traffic(meter::so_far());
            history::keep_preview(ports.stores, &summary, plan).await?;
            summary
        }
        Err(RunError::Connection(error)) => {
            let problem = problem(&error);
            let summary = begun(lists_of(sync))
                .stopped(problem, (ports.now)())
                .with_traffic(meter::so_far());
            history::begin(ports.stores, &summary).await?;
            summary
        }
        Err(RunError::CannotRestore(problem)) => {
            let summary = begun(lists_of(sync)).stopped(problem, (ports.now)());
            history::begin(ports.stores, &summary).await?;
            summary
        }
        Err(error) => return Err(Again(error.to_string())),
    };
    Ok(Ran::Ended(Box::new(summary)))
}

/// Puts the job back: a new message that comes later, and this one is done with.
async fn put_back(service: &Service, job: &Job, why: &str, until: Timestamp) -> Result<Ran, Again> {
    if job.waits >= MOST_WAITS {
        let problem = Problem {
            code: "busy".to_owned(),
            message: format!("the list was never free: {why}"),
            help: Some("look at the runs of this list; one of them does not end".to_owned()),
        };
        let summary = end_unstarted(service, unstarted(job, service.now(), problem)).await?;
        return Ok(Ran::Ended(Box::new(summary)));
    }
    let later = Job {
        waits: job.waits + 1,
        ..job.clone()
    };
    let left = until.duration_since(service.now());
    let left = Duration::try_from(left.max(SignedDuration::ZERO)).unwrap_or_default();
    send(service, &later, left.clamp(WAIT.0, WAIT.1)).await?;
    // Not who: the name of whoever holds the list is for the history, and not for logs.
    Ok(Ran::PutBack(vec![format!(
        "run `{}` waits: somebody else is writing the list",
        job.run
    )]))
}

fn lists_of(sync: &Sync) -> Sides<ListRef> {
    let list = |endpoint: &Endpoint| ListRef {
        connection: endpoint.connection.clone(),
        list: endpoint.lists.first().cloned().unwrap_or_default(),
    };
    Sides {
        source: list(&sync.source),
        target: list(&sync.target),
    }
}
