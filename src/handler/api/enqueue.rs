//! A run that is asked for: written down first, then on the queue. Asking again after a crash in between sends what was
//! not sent; nothing is lost, and a message too many finds its run done.

use std::time::Duration;

use axum::{
    http::{StatusCode, header},
    response::Response,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    answer,
    problem::{Code, Problem},
    syncs::no_sync,
};
use crate::{
    agenda::{self, ListKey, Paused},
    handler::standing::whole,
    history::{self, WrittenDown},
    job::{self, Job, Mode},
    service::Service,
    telemetry::spans,
};

/// When to look whether a run has begun, in seconds.
pub(super) const LOOK_AGAIN: &str = "5";

/// A run that was asked for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accepted {
    /// Its id.
    run: String,
    /// The sync.
    sync: String,
    /// The list, for one of the lists a sync routes people to.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
    /// Whether lists are written.
    mode: Mode,
    /// Where to look what became of it.
    location: String,
}

/// The answer to somebody who asked for this run. The same for the same run, however often it is asked for.
pub(super) fn accepted(job: &Job) -> Result<Response, Problem> {
    let location = format!("/api/v1/runs/{}", job.run);
    let accepted = Accepted {
        run: job.run.clone(),
        sync: job.sync.clone(),
        list: job.list.clone(),
        mode: job.mode,
        location: location.clone(),
    };
    let answer = answer::json(StatusCode::ACCEPTED, &accepted)?;
    let answer = answer::with(answer, header::LOCATION, &location);
    Ok(answer::with(answer, header::RETRY_AFTER, LOOK_AGAIN))
}

/// Puts a run on the queue, unless it is there already. Another job under the same id is refused.
pub(super) async fn enqueue(service: &Service, job: &Job) -> Result<(), Problem> {
    let (stores, now) = (&service.stores, service.now());
    let (at, version) = match history::write_down(stores, job, now).await? {
        WrittenDown::New(version) => (now, version),
        WrittenDown::Before(earlier, _) if earlier.job != *job => return Err(other_request()),
        WrittenDown::Before(earlier, _) if earlier.sent => return Ok(()),
        WrittenDown::Before(earlier, version) => (earlier.at, version),
    };
    // Not in what was written down: whoever asks again under the same key is in another trace.
    let message = job.clone().traced(spans::traceparent()).render();
    stores
        .queue
        .send(job::QUEUE, &message, Duration::ZERO, now)
        .await?;
    if let Err(error) = history::mark_sent(stores, job, at, &version).await {
        // It is on the queue; at worst it is sent once more.
        tracing::warn!(run = job.run, "a request is not marked as sent: {error}");
    }
    Ok(())
}

/// The idempotency key was used for something else.
pub(super) fn other_request() -> Problem {
    let detail = "this idempotency key was used for another run of this sync";
    Problem::new(Code::OtherRequest, detail).help("use a new key for each run")
}

/// Refuses what would write a list that is paused, by itself or with its whole sync.
pub(super) async fn refuse_paused(service: &Service, key: &ListKey) -> Result<(), Problem> {
    match agenda::pause_of(&service.stores, key, service.now()).await? {
        None => Ok(()),
        Some(Paused { by, reason, .. }) => {
            let detail = format!("paused by {by}: {reason}");
            Err(Problem::new(Code::Paused, detail)
                .help("resume it first; a preview is possible all the same"))
        }
    }
}

/// The id of a run that was asked for with this idempotency key: the same for the same sync and key.
pub(super) fn keyed_run(sync: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    // Length first, so that no other pair reads the same.
    hash.update((sync.len() as u64).to_be_bytes());
    hash.update(sync.as_bytes());
    hash.update(key.as_bytes());
    let digits: String = hash
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("key-{digits}")
}

/// The sync and the list that a summary or a history partition is about.
pub(super) fn key_of_history(sync: &str) -> Result<ListKey, Problem> {
    match sync.split_once('/') {
        None if sync.is_empty() => Err(no_sync()),
        None => Ok(whole(sync)),
        Some((sync, list)) => Ok(ListKey {
            sync: sync.to_owned(),
            list: Some(list.to_owned()),
        }),
    }
}

/// The partition of a list's history.
pub(super) fn history_of(key: &ListKey) -> String {
    match &key.list {
        None => key.sync.clone(),
        Some(list) => format!("{}/{list}", key.sync),
    }
}
