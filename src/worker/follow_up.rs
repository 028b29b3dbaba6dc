//! What follows from how a run ended: another try, the rest of it, a pause, or nothing.
//!
//! Pure, and judged by what is stored of the run alone: a job that is delivered again after its run ended comes to the
//! same answer.

use std::time::Duration;

use crate::{
    job::{Job, Mode},
    summary::{Status, Summary},
};

/// How long each retry waits after the one before it failed: together more than eight hours.
const RETRIES: [Duration; 7] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(4 * 60 * 60),
];

/// So many failed runs in a row pause the list: the retries of one run, and the run itself.
const PAUSE_AFTER: u32 = RETRIES.len() as u32 + 1;

/// The same for failures that no repetition helps, such as a missing permission: those come once for each due time.
const PAUSE_AFTER_LASTING: u32 = 3;

/// A run may be continued this often; one that is not done then has no end.
const MOST_PARTS: u32 = 500;

/// The longest that a message may be hidden on a queue, with a margin.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 24 * 60 * 60);

/// What follows from how a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FollowUp {
    /// Nothing: the next run comes when it is due.
    Nothing,
    /// It failed for a reason that may pass: again, after so long.
    Retry(Duration),
    /// It was stopped with something left to do: the rest, after so long.
    Rest(Duration),
    /// It failed too often: the list is paused for this reason.
    Pause(String),
}

/// What follows. `failures` is how many runs of the list failed in a row, this one included.
pub(super) fn follow_up(summary: &Summary, job: &Job, failures: u32) -> FollowUp {
    if job.mode == Mode::Preview {
        return FollowUp::Nothing;
    }
    let asked = summary.asked_to_wait.map(Duration::from_secs);
    if summary.status == Some(Status::Failed) {
        return after_failure(summary, failures, asked);
    }
    let is_stopped = summary.cut_short || asked.is_some();
    if is_stopped && job.parts < MOST_PARTS {
        return FollowUp::Rest(asked.unwrap_or_default().min(LONGEST_WAIT));
    }
    FollowUp::Nothing
}

fn after_failure(summary: &Summary, failures: u32, asked: Option<Duration>) -> FollowUp {
    let problem = summary.problem.as_ref().or(summary
        .first_failures
        .first()
        .map(|failure| &failure.problem));
    let may_pass = summary.cut_short
        || asked.is_some()
        || problem.is_some_and(|problem| may_pass(&problem.code));
    let most = if may_pass {
        PAUSE_AFTER
    } else {
        PAUSE_AFTER_LASTING
    };
    if failures >= most {
        let why = problem.map_or("no run came to an end", |problem| problem.message.as_str());
        return FollowUp::Pause(format!(
            "{failures} runs in a row failed, the last one: {why}"
        ));
    }
    let earlier = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    match RETRIES.get(earlier) {
        Some(wait) if may_pass => FollowUp::Retry(
            asked
                .map_or(*wait, |asked| asked.max(*wait))
                .min(LONGEST_WAIT),
        ),
        _ => FollowUp::Nothing,
    }
}

/// Whether a problem may be gone later without anybody doing anything about it. A list that was just made or renamed may
/// not be found for a while.
fn may_pass(code: &str) -> bool {
    matches!(
        code,
        "unavailable"
            | "throttled"
            | "conflict"
            | "file"
            | "bad-data"
            | "not-found"
            | "not-tried"
            | "poisoned"
    )
}
