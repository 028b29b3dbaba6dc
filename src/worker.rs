//! Does one job from the queue: a run, and what follows from how it ended.
//!
//! Whatever is sent or written here is the same when the job is delivered again, so a worker may die anywhere. This
//! room must not know the Functions host: it takes the text of a message and says whether it is done with.

mod follow_up;
mod split;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::{
    agenda::{self, ListKey, Paused},
    catalog,
    connectors::ports::{Unwatched, Writers},
    definition::{
        fault::Fault,
        sync::{Endpoint, Sync},
    },
    history,
    job::{self, Job, Mode, NotAJob, Trigger},
    model::list::{ListRef, Sides},
    plan::{outcome::Problem, review::Approval},
    run::{self, Ports, RunError, RunRequest},
    service::Service,
    store::ports::{StoreError, Stores},
    summary::{Status, Summary},
};

use follow_up::{FollowUp, follow_up};

/// A job is put back this often while somebody else writes its list: with a pause of a minute each, for half a day.
const MOST_WAITS: u32 = 720;

/// The least and the longest time until a job that was put back comes again.
const WAIT: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// After a retry was to begin, its list's schedule is left alone for this long, so that the two do not meet.
const TIME_FOR_A_RETRY: Duration = Duration::from_secs(10 * 60);

/// One delivery of a message.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Names this attempt in logs and leases (the host's invocation id).
    pub invocation: String,
    /// When this attempt has to be over.
    pub deadline: Timestamp,
}

/// What came of a message that is done with: short lines for people.
pub type Report = Vec<String>;

/// The message is not done with and has to be delivered again; why, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Again(pub String);

impl From<StoreError> for Again {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// Does the job in `message`.
pub async fn work(service: &Service, message: &str, delivery: &Delivery) -> Result<Report, Again> {
    let job = match Job::parse(message) {
        Ok(job) => job,
        // A newer rollcall may be starting beside this one.
        Err(newer @ NotAJob::Newer(_)) => return Err(Again(newer.to_string())),
        Err(garbage) => return keep_garbage(&service.stores, message, &garbage).await,
    };
    let span = tracing::info_span!("job", run = job.run, sync = job.sync, list = job.list);
    work_on(service, &job, delivery).instrument(span).await
}

async fn work_on(service: &Service, job: &Job, delivery: &Delivery) -> Result<Report, Again> {
    if job.mode == Mode::Apply
        && let Some(paused) = pause_of(service, job).await?
    {
        return stay_paused(service, job, paused).await;
    }
    let (definition, sync) = match catalog::sync(&service.stores, &service.kinds, &job.sync).await?
    {
        None => {
            return Ok(vec![format!(
                "sync `{}` was deleted; nothing to do",
                job.sync
            )]);
        }
        Some(Ok(found)) => found,
        Some(Err(faults)) => {
            let summary = unstarted(job, service.now(), definition_problem(&faults));
            return conclude(service, job, end_unstarted(service, summary).await?).await;
        }
    };
    let opened = service.opener.open(&definition);
    let now = || service.now();
    let ports = Ports {
        readers: opened.readers(),
        stores: &service.stores,
        watch: &Unwatched,
        now: &now,
        lease: service.lease,
    };
    let is_routed = sync.mapping.route.is_some();
    let summary = match (&job.list, is_routed) {
        (None, true) => split::split(service, ports, &sync, job).await?,
        (Some(list), true) => {
            match run_one(
                service,
                ports,
                opened.writers(),
                &sync.for_list(list),
                job,
                delivery,
            )
            .await?
            {
                Ran::Ended(summary) => *summary,
                Ran::PutBack(report) => return Ok(report),
            }
        }
        // A list of a sync that routes nobody any more has nothing to say.
        (Some(list), false) => {
            return Ok(vec![format!(
                "sync `{}` routes nobody to `{list}` any more; nothing to do",
                job.sync
            )]);
        }
        (None, false) => {
            match run_one(service, ports, opened.writers(), &sync, job, delivery).await? {
                Ran::Ended(summary) => *summary,
                Ran::PutBack(report) => return Ok(report),
            }
        }
    };
    conclude(service, job, summary).await
}

/// Writes down that the job in `message` failed too often, and clears the way for the next.
pub async fn bury(service: &Service, message: &str) -> Result<Report, Again> {
    let job = match Job::parse(message) {
        Ok(job) => job,
        Err(garbage) => return keep_garbage(&service.stores, message, &garbage).await,
    };
    let problem = Problem {
        code: "poisoned".to_owned(),
        message: "the job failed every time it was delivered, or took its worker with it"
            .to_owned(),
        help: Some("look at the log of these invocations, then start the run again".to_owned()),
    };
    let summary = end_unstarted(service, unstarted(&job, service.now(), problem)).await?;
    tracing::error!(
        run = job.run,
        sync = job.sync,
        "a job failed too often and was given up"
    );
    conclude(service, &job, summary).await
}

/// How the run of one list went.
enum Ran {
    /// It ended, now or before.
    Ended(Box<Summary>),
    /// Somebody else writes the list: it comes again later.
    PutBack(Report),
}

async fn run_one(
    service: &Service,
    ports: Ports<'_>,
    writers: &dyn Writers,
    sync: &Sync,
    job: &Job,
    delivery: &Delivery,
) -> Result<Ran, Again> {
    if job.mode == Mode::Preview {
        return preview(ports, sync, job).await;
    }
    let request = RunRequest {
        run: job.run.clone(),
        cause: job.cause.clone(),
        worker: delivery.invocation.clone(),
        approval: job.approval.clone(),
        deadline: Some(delivery.deadline),
    };
    match run::run(ports, writers, sync, &request).await {
        Ok(finished) => Ok(Ran::Ended(Box::new(finished.summary))),
        Err(RunError::Connection(error)) => {
            let problem = crate::apply::problem(&error);
            let summary = unstarted(job, service.now(), problem);
            Ok(Ran::Ended(Box::new(end_unstarted(service, summary).await?)))
        }
        Err(RunError::Busy { holder, until, .. }) => {
            put_back(
                service,
                job,
                &format!("`{holder}` is writing the list"),
                until,
            )
            .await
        }
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
    let begun = |lists| Summary::begun(&job.run, &sync.id, lists, &job.cause, started);
    let summary = match run::plan(ports, sync).await {
        Ok(preview) => {
            let plan = preview.review.approved.plan();
            let held = preview.review.held.clone();
            let summary = begun(plan.lists.clone()).previewed(plan, held, (ports.now)());
            history::keep_preview(ports.stores, &summary, plan).await?;
            summary
        }
        Err(RunError::Connection(error)) => {
            let problem = crate::apply::problem(&error);
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
    Ok(Ran::PutBack(vec![format!(
        "run `{}` waits: {why}",
        job.run
    )]))
}

/// Notes how the run ended, and asks for what follows. Everything in it may be done twice.
async fn conclude(service: &Service, job: &Job, summary: Summary) -> Result<Report, Again> {
    let mut report = vec![told(&summary)];
    log(&summary);
    if job.mode == Mode::Preview || summary.status == Some(Status::Previewed) {
        return Ok(report);
    }
    let entry = agenda::change(&service.stores, &key_of(job), service.now(), |entry| {
        entry.ran(&summary);
    })
    .await?;
    match follow_up(&summary, job, entry.failures) {
        FollowUp::Nothing => {}
        FollowUp::Retry(wait) => {
            let retry = Job {
                run: job.follower('r', job.retries + 1),
                retries: job.retries + 1,
                waits: 0,
                ..job.clone()
            };
            send(service, &retry, wait).await?;
            let ended = summary.finished.unwrap_or(summary.started);
            let until = SignedDuration::try_from(wait + TIME_FOR_A_RETRY).ok();
            let until = until.and_then(|wait| ended.checked_add(wait).ok());
            agenda::change(&service.stores, &key_of(job), service.now(), |entry| {
                entry.backed_off = until;
            })
            .await?;
            report.push(format!("tried again in {} minutes", wait.as_secs() / 60));
        }
        FollowUp::Rest(wait) => {
            let rest = Job {
                run: job.follower('c', job.parts + 1),
                parts: job.parts + 1,
                waits: 0,
                approval: approval_of_rest(service, job, &summary).await?,
                ..job.clone()
            };
            send(service, &rest, wait).await?;
            report.push(format!("the rest follows as run `{}`", rest.run));
        }
        FollowUp::Pause(reason) => {
            let paused = Paused {
                reason,
                by: "rollcall".to_owned(),
                since: summary.finished.unwrap_or(summary.started),
                until: None,
            };
            tracing::error!(
                run = job.run,
                sync = job.sync,
                reason = paused.reason,
                "a list was paused after too many failures"
            );
            report.push(format!("paused: {}", paused.reason));
            agenda::change(&service.stores, &key_of(job), service.now(), |entry| {
                entry.paused = Some(paused.clone());
            })
            .await?;
        }
    }
    Ok(report)
}

/// Whoever approved a plan approved what a deadline left of it.
async fn approval_of_rest(
    service: &Service,
    job: &Job,
    summary: &Summary,
) -> Result<Option<Approval>, Again> {
    let Some(approval) = &job.approval else {
        return Ok(None);
    };
    let file = history::run_file(&service.stores, &summary.sync, &summary.run).await?;
    let rest = file.and_then(|file| Some(file.plan.digest_of_rest(&file.outcomes?)));
    Ok(rest.map(|digest| Approval {
        digest: digest.as_str().to_owned(),
        ..approval.clone()
    }))
}

/// The job of a paused list: somebody who asked for it by hand is told, the others come again when they are due.
async fn stay_paused(service: &Service, job: &Job, paused: Paused) -> Result<Report, Again> {
    let report = vec![format!(
        "`{}` is paused by {}: {}",
        job.sync, paused.by, paused.reason
    )];
    if matches!(job.trigger, Trigger::Hand | Trigger::Approval) {
        let problem = Problem {
            code: "paused".to_owned(),
            message: format!("paused by {}: {}", paused.by, paused.reason),
            help: Some("resume the list and start the run again".to_owned()),
        };
        end_unstarted(service, unstarted(job, service.now(), problem)).await?;
    }
    Ok(report)
}

/// Why the list of a job does not run: it is paused itself, or its whole sync is.
async fn pause_of(service: &Service, job: &Job) -> Result<Option<Paused>, Again> {
    let list = key_of(job);
    let whole = ListKey {
        list: None,
        ..list.clone()
    };
    for key in [whole, list] {
        let entry = agenda::get(&service.stores, &key).await?;
        let paused = entry.filter(|(entry, _)| entry.is_paused(service.now()));
        if let Some(paused) = paused.and_then(|(entry, _)| entry.paused) {
            return Ok(Some(paused));
        }
    }
    Ok(None)
}

/// What is no job is kept for a person to look at: nobody else knows what it was about.
async fn keep_garbage(stores: &Stores, message: &str, problem: &NotAJob) -> Result<Report, Again> {
    let hash = Sha256::digest(message.as_bytes());
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = format!("garbage/{digits}.txt");
    stores.blobs.put(&name, message.as_bytes().to_vec()).await?;
    tracing::error!(blob = name, bytes = message.len(), "{problem}");
    Ok(vec![format!("{problem}; it is kept as `{name}`")])
}

async fn send(service: &Service, job: &Job, delay: Duration) -> Result<(), Again> {
    let (queue, text) = (&service.stores.queue, job.render());
    Ok(queue.send(job::QUEUE, &text, delay, service.now()).await?)
}

/// A run that ended before it could begin.
fn unstarted(job: &Job, now: Timestamp, problem: Problem) -> Summary {
    let nowhere = || ListRef {
        connection: String::new(),
        list: job.list.clone().unwrap_or_default(),
    };
    let lists = Sides {
        source: nowhere(),
        target: nowhere(),
    };
    let sync = match &job.list {
        None => job.sync.clone(),
        Some(list) => format!("{}/{list}", job.sync),
    };
    Summary::begun(&job.run, &sync, lists, &job.cause, now).stopped(problem, now)
}

/// Writes down a run that could not begin, or that never ended. One that did end stays as it was.
async fn end_unstarted(service: &Service, summary: Summary) -> Result<Summary, Again> {
    let stores = &service.stores;
    match history::find(stores, &summary.run).await? {
        Some(earlier) if earlier.finished.is_some() => return Ok(earlier),
        Some(earlier) => {
            let (problem, now) = (summary.problem.clone(), service.now());
            let stopped = match problem {
                Some(problem) => earlier.stopped(problem, now),
                None => summary,
            };
            history::end(stores, &stopped).await?;
            return Ok(stopped);
        }
        None => {}
    }
    history::begin(stores, &summary).await?;
    Ok(summary)
}

fn definition_problem(faults: &[Fault]) -> Problem {
    let first = faults.first().map_or_else(String::new, ToString::to_string);
    Problem {
        code: "definition".to_owned(),
        message: format!(
            "the definition has {} faults, the first one: {first}",
            faults.len()
        ),
        help: Some("correct the definition and put it again".to_owned()),
    }
}

fn key_of(job: &Job) -> ListKey {
    ListKey {
        sync: job.sync.clone(),
        list: job.list.clone(),
    }
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

fn log(summary: &Summary) {
    let (done, ended) = (summary.done, summary.finished.unwrap_or(summary.started));
    tracing::info!(
        status = summary.status.map_or("not ended", Status::name),
        added = done.added + done.invited,
        updated = done.updated,
        removed = done.removed,
        failed = done.failed + done.refused,
        waiting = done.waiting,
        milliseconds = ended.duration_since(summary.started).as_millis(),
        problem = summary
            .problem
            .as_ref()
            .map(|problem| problem.code.as_str()),
        "the run ended"
    );
}

/// One line about a run, for the host's own page.
fn told(summary: &Summary) -> String {
    let status = summary.status.map_or("not ended", Status::name);
    let mut line = format!("run `{}` of `{}`: {status}", summary.run, summary.sync);
    if let Some(lists) = summary.split {
        line.push_str(&format!("; split into {lists} lists"));
    }
    let done = summary.done;
    for (count, what) in [
        (done.created, "created"),
        (done.added, "added"),
        (done.invited, "invited"),
        (done.updated, "updated"),
        (done.removed, "removed"),
        (done.refused, "refused"),
        (done.failed, "failed"),
        (done.waiting, "waiting for approval"),
    ] {
        if count > 0 {
            line.push_str(&format!(", {count} {what}"));
        }
    }
    if let Some(problem) = &summary.problem {
        line.push_str(&format!("; {}", problem.message));
    }
    line
}
