//! Asks for a run of each sync that depends on a connection: one run for all notices of a while.
//!
//! The while is part of the run's id, and its job stays hidden until the while is over, so a run asked for at any moment
//! begins after it, and sees what was kept before it.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    agenda::{self, ListKey},
    catalog::{self, Shelf},
    job::{Job, QUEUE, Trigger, notice_run},
    service::Service,
    store::ports::StoreError,
    telemetry::spans,
};

/// How long after its while a run begins: clocks differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// How many syncs are asked at a time.
const AT_A_TIME: usize = 16;

/// Who was asked.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The runs on the queue.
    pub(super) runs: Vec<String>,
    /// The syncs that are paused, and were not asked.
    pub(super) paused: Vec<String>,
}

enum Answer {
    Run(String),
    Paused(String),
}

/// Asks every sync that reads or writes `connection`. `now` has to be after what they are to see was kept.
pub(super) async fn ask(
    service: &Service,
    connection: &str,
    window_seconds: u32,
    now: Timestamp,
) -> Result<Asked, StoreError> {
    let syncs = catalog::list(&service.stores, Shelf::Syncs).await?;
    let concerned = syncs
        .into_iter()
        .filter(|sync| catalog::uses(sync, connection));
    let end = window_end(now, window_seconds);
    let answers: Vec<Answer> = stream::iter(concerned)
        .map(|sync| ask_one(service, connection, sync.name, end, now))
        .buffered(AT_A_TIME)
        .try_collect()
        .await?;
    let mut asked = Asked::default();
    for answer in answers {
        match answer {
            Answer::Run(run) => asked.runs.push(run),
            Answer::Paused(sync) => asked.paused.push(sync),
        }
    }
    Ok(asked)
}

async fn ask_one(
    service: &Service,
    connection: &str,
    sync: String,
    end: Timestamp,
    now: Timestamp,
) -> Result<Answer, StoreError> {
    let stores = &service.stores;
    let run = notice_run(end, &sync);
    let key = ListKey {
        sync: sync.clone(),
        list: None,
    };
    let found = match agenda::get(stores, &key).await {
        Err(StoreError::Corrupt { place, problem }) => {
            // The job itself needs no entry, and the broken one must not keep the others from being asked.
            tracing::warn!(sync, "{place} cannot be read: {problem}");
            send(service, connection, &sync, &run, end, now).await?;
            return Ok(Answer::Run(run));
        }
        found => found?,
    };
    if let Some((entry, _)) = &found {
        if entry.is_paused(now) {
            return Ok(Answer::Paused(sync));
        }
        if entry.notice.as_ref() == Some(&run) {
            return Ok(Answer::Run(run));
        }
    }
    // Sent first: a mark without a message would keep every other notice of this while from being answered.
    send(service, connection, &sync, &run, end, now).await?;
    agenda::change(stores, &key, now, |entry| entry.notice = Some(run.clone())).await?;
    Ok(Answer::Run(run))
}

async fn send(
    service: &Service,
    connection: &str,
    sync: &str,
    run: &str,
    end: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let cause = format!("notice of `{connection}`");
    let job = Job::new(run.to_owned(), sync, Trigger::Notice, cause);
    let delay = now.duration_until(end) + MARGIN;
    let delay = Duration::try_from(delay).unwrap_or_default();
    let queue = &service.stores.queue;
    let message = job.traced(spans::traceparent()).render();
    queue.send(QUEUE, &message, delay, now).await
}

/// When the while that `now` is in ends; always after `now`.
pub(super) fn window_end(now: Timestamp, seconds: u32) -> Timestamp {
    let seconds = i64::from(seconds.max(1));
    let begun = now.as_second().div_euclid(seconds) * seconds;
    Timestamp::from_second(begun.saturating_add(seconds)).unwrap_or(now)
}
