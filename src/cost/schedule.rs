//! How often a schedule runs.

use jiff::{SignedDuration, Timestamp};

use super::usage::DAYS;
use crate::definition::schedule::Schedule;

/// The scheduler looks once in a minute: what is due in between is one run.
const BETWEEN_TICKS: SignedDuration = SignedDuration::from_secs(60);

/// How many runs of a schedule there are in a month from `now` on; none where it does not run by itself.
pub fn runs_in_a_month(schedule: &Schedule, now: Timestamp) -> u64 {
    let month = SignedDuration::from_hours(24 * i64::try_from(DAYS).unwrap_or(0));
    let Ok(end) = now.checked_add(month) else {
        return 0;
    };
    let (mut runs, mut after) = (0, now);
    while let Some(due) = schedule.next_after(after) {
        if due > end {
            break;
        }
        runs += 1;
        // Times less than a tick apart are missed together.
        let tick = due.checked_add(BETWEEN_TICKS - SignedDuration::from_secs(1));
        let Ok(tick) = tick else { break };
        after = tick;
    }
    runs
}
