//! Does one job from the queue: a run, and what follows from how it ended.
//!
//! Whatever is sent or written here is the same when the job is delivered again, so a worker may die anywhere. This
//! room must not know the Functions host: it takes the text of a message and says whether it is done with.

mod ending;
mod follow_up;
mod running;
mod split;
mod standing_back;
mod telling;
#[cfg(test)]
mod tests;
mod unstarted;

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tracing::{Instrument, field::Empty};

use self::{
    ending::conclude,
    running::{Ran, run_one},
    standing_back::{leave_to_newer, stand_back},
    unstarted::{definition_problem, end_unstarted, unstarted},
};
use crate::{
    agenda::{self, ListKey, Paused},
    catalog,
    connectors::ports::{Unwatched, meter},
    format,
    job::{self, Job, Mode, NotAJob, Trigger},
    plan::outcome::Problem,
    run::Ports,
    service::Service,
    store::ports::{StoreError, Stores},
    telemetry::{
        spans::{self, Attempt},
        told_list,
    },
};

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

/// Does the job in `message`. What is for a newer rollcall, or has to wait until everything that is stored can be read,
/// goes back to the queue.
pub async fn work(service: &Service, message: &str, delivery: &Delivery) -> Result<Report, Again> {
    if let Err(why) = format::ready(&service.stores, service.now()).await {
        return stand_back(service, job::QUEUE, message, &why).await;
    }
    let job = match Job::parse(message) {
        Ok(job) => job,
        // A newer rollcall may be starting beside this one.
        Err(newer @ NotAJob::Newer(_)) => {
            return leave_to_newer(service, job::QUEUE, message, &newer).await;
        }
        Err(NotAJob::Garbage(_)) => return keep_garbage(&service.stores, message).await,
    };
    let list = job.list.as_deref();
    let told = list.map(told_list);
    let lines = tracing::info_span!(
        "job",
        run = job.run,
        sync = job.sync,
        list = told.as_deref(),
        trace = Empty,
        span = Empty,
    );
    let run = spans::run(&job.sync, list, &job.run, job.trace.as_deref(), &lines);
    let attempt = Attempt::at(&run);
    // In a box: each layer around it would have to keep room for all of it.
    let work = Box::pin(work_on(service, &job, delivery));
    let done = work.instrument(run).instrument(lines).await;
    if done.is_ok() {
        attempt.ended();
    }
    done
}

async fn work_on(service: &Service, job: &Job, delivery: &Delivery) -> Result<Report, Again> {
    // What is undone pauses the list itself.
    if job.mode == Mode::Apply
        && job.restores.is_none()
        && let Some(paused) = agenda::pause_of(&service.stores, &key_of(job), service.now()).await?
    {
        return stay_paused(service, job, paused).await;
    }
    let (definition, sync) = match catalog::sync(&service.stores, &service.kinds, &job.sync).await?
    {
        None => return nothing_to_do(service, job, "the sync was deleted").await,
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
        (None, true) if job.restores.is_some() => {
            let why = "the sync routes people to many lists now, and did not then";
            return nothing_to_do(service, job, why).await;
        }
        (None, true) => meter::metered(Box::pin(split::split(service, ports, &sync, job))).await?,
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
                Ran::Paused(paused) => return stay_paused(service, job, paused).await,
            }
        }
        (Some(_), false) => {
            return nothing_to_do(service, job, "nobody is routed to this list any more").await;
        }
        (None, false) => {
            match run_one(service, ports, opened.writers(), &sync, job, delivery).await? {
                Ran::Ended(summary) => *summary,
                Ran::PutBack(report) => return Ok(report),
                Ran::Paused(paused) => return stay_paused(service, job, paused).await,
            }
        }
    };
    conclude(service, job, summary).await
}

/// Writes down that the job in `message` failed too often, and clears the way for the next. A message for a newer rollcall
/// is left to it, on the queue of those that failed.
pub async fn bury(service: &Service, message: &str) -> Result<Report, Again> {
    if let Err(why) = format::ready(&service.stores, service.now()).await {
        return stand_back(service, job::POISON_QUEUE, message, &why).await;
    }
    let job = match Job::parse(message) {
        Ok(job) => job,
        Err(newer @ NotAJob::Newer(_)) => {
            return leave_to_newer(service, job::POISON_QUEUE, message, &newer).await;
        }
        Err(NotAJob::Garbage(_)) => return keep_garbage(&service.stores, message).await,
    };
    let problem = Problem {
        code: "poisoned".to_owned(),
        message: "the job failed every time it was delivered, or took its worker with it"
            .to_owned(),
        help: Some("look at the log of these invocations, then start the run again".to_owned()),
    };
    let summary = end_unstarted(service, unstarted(&job, service.now(), problem)).await?;
    telling::job_poisoned(&job, "poisoned");
    conclude(service, &job, summary).await
}

/// The job of a list that is not synced any more. Somebody who asked for it by hand is told.
async fn nothing_to_do(service: &Service, job: &Job, why: &str) -> Result<Report, Again> {
    if matches!(job.trigger, Trigger::Hand | Trigger::Approval) {
        let problem = Problem {
            code: "definition".to_owned(),
            message: why.to_owned(),
            help: None,
        };
        end_unstarted(service, unstarted(job, service.now(), problem)).await?;
    }
    Ok(vec![format!("`{}`: {why}; nothing to do", job.sync)])
}

/// The job of a paused list: somebody who asked for it by hand is told, the others come again when they are due.
async fn stay_paused(service: &Service, job: &Job, paused: Paused) -> Result<Report, Again> {
    // Not by whom and why: that is for the history, and not for logs.
    let report = vec![format!("`{}` is paused", job.sync)];
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

/// What is no job is kept for a person to look at: nobody else knows what it was about.
async fn keep_garbage(stores: &Stores, message: &str) -> Result<Report, Again> {
    let name = keep_text(stores, message).await?;
    telling::garbage_kept(&name);
    // Not what is wrong with it: that would quote it, and nobody knows what it holds.
    Ok(vec![format!(
        "the message cannot be read; it is kept as `{name}`"
    )])
}

/// Keeps the text of a message; gives the name of the blob.
async fn keep_text(stores: &Stores, message: &str) -> Result<String, Again> {
    let hash = Sha256::digest(message.as_bytes());
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = format!("garbage/{digits}.txt");
    stores.blobs.put(&name, message.as_bytes().to_vec()).await?;
    Ok(name)
}

async fn send(service: &Service, job: &Job, delay: Duration) -> Result<(), Again> {
    // What follows from a run is part of its trace.
    let job = job.clone().traced(spans::traceparent());
    let (queue, text) = (&service.stores.queue, job.render());
    Ok(queue.send(job::QUEUE, &text, delay, service.now()).await?)
}

fn key_of(job: &Job) -> ListKey {
    ListKey {
        sync: job.sync.clone(),
        list: job.list.clone(),
    }
}
