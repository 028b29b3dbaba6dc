//! What the log is told of a tick.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{Standing, Tick};
use crate::telemetry::told_list;

/// How long it is until the log is told again how every list stands. Less than a quarter of an hour, so that every
/// quarter of an hour has its telling.
const BETWEEN: SignedDuration = SignedDuration::from_mins(14);

/// Tells the log of ticks; remembers when it told how every list stands.
#[derive(Debug, Default)]
pub struct Telling(Mutex<Option<Timestamp>>);

impl Telling {
    /// Tells of a tick that ended at `now`.
    pub fn tell(&self, tick: &Tick, now: Timestamp) {
        for problem in &tick.problems {
            tracing::error!("{problem}");
        }
        tracing::info!(
            event = "tick.ended",
            syncs = tick.syncs,
            due = tick.enqueued.len(),
            forgotten = tick.forgotten,
            problems = tick.problems.len(),
            "looked for what is due"
        );
        if self.is_time(now) {
            for standing in &tick.standings {
                tell_standing(standing, now);
            }
        }
    }

    fn is_time(&self, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = last.is_none_or(|last| now.duration_since(last).abs() >= BETWEEN);
        if is_time {
            *last = Some(now);
        }
        is_time
    }
}

fn tell_standing(standing: &Standing, now: Timestamp) {
    let list = standing.key.list.as_deref().map(told_list);
    tracing::info!(
        event = "list.standing",
        sync = standing.key.sync,
        list = list.as_deref(),
        state = standing.state.name(),
        hours = now.duration_since(standing.since).as_secs_f64().max(0.0) / 3600.0,
        failures = standing.failures,
        last_run = standing.last_run,
        last_ended = standing.last_ended.map(|ended| ended.to_string()),
        next_due = standing.next_due.map(|due| due.to_string()),
        overdue_periods = standing.overdue_periods,
        "how a list stands"
    );
}
