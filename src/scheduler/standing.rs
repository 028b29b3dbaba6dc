//! How every list stands, from what a tick reads anyway.

use jiff::Timestamp;

use crate::{
    agenda::{Entry, ListKey, Paused, State, schedule_text},
    definition::schedule::Schedule,
};

/// More times of a schedule than this are not counted one by one.
const MOST_PERIODS: usize = 100;

/// How a list stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which list.
    pub key: ListKey,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// How many runs in a row failed.
    pub failures: u32,
    /// The id of its last run.
    pub last_run: Option<String>,
    /// When that ended.
    pub last_ended: Option<Timestamp>,
    /// When it runs by itself next; `None` when it does not.
    pub next_due: Option<Timestamp>,
    /// How many times of its schedule passed since its last run began, or since it stands so: at most 100, and 0 for a
    /// list that does not run by itself or is left alone for a while.
    pub overdue_periods: usize,
}

/// How a list stands at `now`. `whole` is the entry of its sync, which is its own where the sync routes people to one
/// list: a list runs when its sync does, and whoever is paused longer decides.
pub(super) fn standing(
    entry: &Entry,
    whole: &Entry,
    schedule: &Schedule,
    now: Timestamp,
) -> Standing {
    let state = entry.judged(now);
    let since = match &entry.paused {
        // Nobody has written down yet that the pause is over.
        Some(Paused {
            until: Some(until), ..
        }) if state != entry.state => *until,
        _ => entry.since,
    };
    let next_due = entry.next_due(schedule, now);
    let next_due = next_due.and_then(|own| Some(own.max(whole.next_due(schedule, now)?)));
    let mark = whole.mark.as_ref();
    // A schedule that was put there later has missed nothing, nor has a list that was just resumed.
    let is_known = mark.is_some_and(|mark| mark.schedule == schedule_text(schedule));
    let is_left_alone = !is_known || !entry.may_start(now) || !whole.may_start(now);
    let began = entry.last.as_ref().map(|last| last.started);
    let from = began.max(mark.and_then(|mark| mark.since)).max(Some(since));
    Standing {
        key: entry.key.clone(),
        state,
        since,
        failures: entry.failures,
        last_run: entry.last.as_ref().map(|last| last.run.clone()),
        last_ended: entry.last.as_ref().and_then(|last| last.finished),
        next_due,
        overdue_periods: from
            .filter(|_| !is_left_alone)
            .map_or(0, |from| passed(schedule, from, now)),
    }
}

/// How many times of a schedule lie after `from` and not after `now`.
fn passed(schedule: &Schedule, from: Timestamp, now: Timestamp) -> usize {
    let mut at = from;
    for count in 0..MOST_PERIODS {
        match schedule.next_after(at) {
            Some(next) if next <= now => at = next,
            _ => return count,
        }
    }
    MOST_PERIODS
}

#[cfg(test)]
mod tests;
