//! A sync that routes people to many lists, split into a job for each of them.

use sha2::{Digest, Sha256};

use super::Again;
use crate::{
    apply,
    connectors::ports::meter,
    definition::sync::Sync,
    history::{self, Beginning},
    job::{self, Job},
    model::list::{ListRef, Sides},
    run::{self, Ports, RunError},
    service::Service,
    summary::Summary,
    telemetry::spans,
};

/// How far apart the jobs of two lists begin.
const APART: std::time::Duration = std::time::Duration::from_millis(500);

/// Puts a job for each list on the queue. Lists that were routed to before and have nobody now are among them.
///
/// The jobs first, then the summary: a crash in between sends them again under the same ids.
pub(super) async fn split(
    service: &Service,
    ports: Ports<'_>,
    sync: &Sync,
    job: &Job,
) -> Result<Summary, Again> {
    let lists = Sides {
        source: list_of(&sync.source.connection, &sync.source.lists),
        target: list_of(&sync.target.connection, &[]),
    };
    let stores = &service.stores;
    let begun = Summary::begun(&job.run, &sync.id, lists, &job.cause, service.now());
    if let Beginning::EndedBefore(summary) = history::begin(stores, &begun).await? {
        return Ok(*summary);
    }
    let summary = match run::lists(ports, sync).await {
        Ok(lists) => {
            for (position, list) in lists.iter().enumerate() {
                let one = Job {
                    run: run_of(&job.run, list),
                    list: Some(list.clone()),
                    ..job.clone()
                };
                let one = one.traced(spans::traceparent());
                let delay = APART * u32::try_from(position).unwrap_or(u32::MAX);
                stores
                    .queue
                    .send(job::QUEUE, &one.render(), delay, service.now())
                    .await?;
            }
            begun
                .split_into(lists.len(), service.now())
                .with_traffic(meter::so_far())
        }
        Err(RunError::Connection(error)) => {
            let mut stopped = begun;
            stopped.asked_to_wait = apply::asked_wait(&error).map(|wait| wait.as_secs());
            stopped
                .stopped(apply::problem(&error), service.now())
                .with_traffic(meter::so_far())
        }
        Err(error) => return Err(Again(error.to_string())),
    };
    history::end(stores, &summary).await?;
    Ok(summary)
}

/// The id of one list's run: the same for every delivery of the job that asked for it.
fn run_of(run: &str, list: &str) -> String {
    let hash = Sha256::digest(list.to_lowercase().as_bytes());
    let digits: String = hash
        .iter()
        .take(5)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{run}-{digits}")
}

fn list_of(connection: &str, lists: &[String]) -> ListRef {
    ListRef {
        connection: connection.to_owned(),
        list: lists.first().cloned().unwrap_or_default(),
    }
}
