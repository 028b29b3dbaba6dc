//! What the log is told of jobs: codes and numbers, nobody's name or address.

use crate::{
    job::Job,
    summary::{Status, Summary},
    telemetry::{spans, told_list},
};

/// A run has ended.
pub(super) fn run_ended(job: &Job, summary: &Summary) {
    let problem = summary
        .problem
        .as_ref()
        .map(|problem| problem.code.as_str());
    let is_failed = summary.status == Some(Status::Failed);
    let list = job.list.as_deref().map(told_list);
    spans::run_ended(status(summary), problem, is_failed);
    // The level of a line is part of where it comes from, so there is a place for each.
    macro_rules! tell {
        ($level:ident) => {
            tracing::$level!(
                event = "run.ended",
                sync = job.sync,
                list = list.as_deref(),
                run = job.run,
                mode = job.mode.name(),
                trigger = job.trigger.name(),
                status = status(summary),
                problem,
                milliseconds = milliseconds(summary),
                created = summary.done.created,
                added = summary.done.added,
                invited = summary.done.invited,
                updated = summary.done.updated,
                removed = summary.done.removed,
                already_so = summary.done.already_so,
                refused = summary.done.refused,
                failed = summary.done.failed,
                waiting = summary.done.waiting,
                handed_over = summary.done.handed_over,
                withheld = summary.planned.withheld,
                members_source = summary.members.source,
                members_target = summary.members.target,
                requests = summary.traffic.unwrap_or_default().requests,
                throttled = summary.traffic.unwrap_or_default().throttled,
                waited_milliseconds = summary.traffic.unwrap_or_default().waited_milliseconds,
                first_run = summary.first_run,
                deaths = summary.deaths,
                "a run has ended"
            )
        };
    }
    if is_failed {
        tell!(error);
    } else {
        tell!(info);
    }
}

/// A list was paused.
pub(super) fn list_paused(job: &Job, failures: u32) {
    let list = job.list.as_deref().map(told_list);
    tracing::error!(
        event = "list.paused",
        sync = job.sync,
        list = list.as_deref(),
        run = job.run,
        failures,
        "a list was paused after too many failures"
    );
}

/// A message that failed every time was written down as a failed run.
pub(super) fn job_poisoned(job: &Job, problem: &str) {
    tracing::error!(
        event = "job.poisoned",
        sync = job.sync,
        run = job.run,
        problem,
        "a job failed too often and was given up"
    );
}

/// A message that cannot be read was kept under this name.
pub(super) fn garbage_kept(name: &str) {
    tracing::error!(
        event = "job.poisoned",
        problem = "garbage",
        "a message that cannot be read was kept as `{name}`"
    );
}

/// Nobody came for a message of a newer rollcall; `named` is its run and its sync.
pub(super) fn newer_given_up(named: Option<&(String, String)>, blob: &str) {
    tracing::error!(
        event = "job.poisoned",
        sync = named.map(|(_, sync)| sync),
        run = named.map(|(run, _)| run),
        problem = "newer-message",
        "no newer rollcall came for a message of its own; it is kept as `{blob}`"
    );
}

fn status(summary: &Summary) -> &'static str {
    match (summary.split, summary.status) {
        (Some(_), Some(Status::Succeeded)) => "split",
        // Whoever tells of a run has seen its end.
        (_, status) => status.map_or("failed", Status::name),
    }
}

fn milliseconds(summary: &Summary) -> u64 {
    let ended = summary.finished.unwrap_or(summary.started);
    let took = ended.duration_since(summary.started).as_millis();
    u64::try_from(took).unwrap_or_default()
}
