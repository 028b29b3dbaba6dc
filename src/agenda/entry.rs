//! What is known about one list between its runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    definition::schedule::Schedule,
    summary::{Done, Status, Summary},
};

/// The version of an entry's JSON, and the newest this program reads.
pub const ENTRY_VERSION: u32 = 1;

/// More missed times than this are not counted one by one.
const MOST_MISSED: usize = 100_000;

/// One sync, or one of the lists it routes people to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListKey {
    /// The sync.
    pub sync: String,
    /// The list, for a sync that routes people to many lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
}

/// What is known about one list between its runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The version of this form.
    pub version: u32,
    /// Which list.
    #[serde(flatten)]
    pub key: ListKey,
    /// How it stands.
    pub state: State,
    /// How it stood before: an index row of that state may be left over from a crash.
    pub previous: Option<State>,
    /// Since when it stands so.
    pub since: Timestamp,
    /// Its last run.
    pub last: Option<LastRun>,
    /// Why it does not run by itself, where it does not.
    pub paused: Option<Paused>,
    /// How many runs in a row failed.
    pub failures: u32,
    /// Until when its schedule is left alone: a retry comes before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backed_off: Option<Timestamp>,
    /// Up to when the times of its schedule are dealt with.
    pub mark: Option<Mark>,
    /// The run that a system's notice asked for last.
    pub notice: Option<String>,
}

/// How a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It never ran.
    New,
    /// Its last run found nothing to do.
    Unchanged,
    /// Its last run did everything.
    Succeeded,
    /// Its last run left something undone.
    Partial,
    /// What its last run left to do waits for an administrator, in a package.
    Packaged,
    /// Something waits for a person's approval.
    Held,
    /// Its last run did nothing.
    Failed,
    /// It does not run until somebody resumes it.
    Paused,
}

impl State {
    /// All of them, the ones that need a person first.
    pub const ALL: [Self; 8] = [
        Self::Paused,
        Self::Failed,
        Self::Held,
        Self::Partial,
        Self::Packaged,
        Self::New,
        Self::Succeeded,
        Self::Unchanged,
    ];

    /// The state as it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Packaged => "packaged",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Paused => "paused",
        }
    }
}

/// The last run of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// Its id.
    pub run: String,
    /// How it ended.
    pub status: Status,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished: Option<Timestamp>,
    /// What it did.
    pub done: Done,
}

/// Why a list does not run by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paused {
    /// Why, in words.
    pub reason: String,
    /// Who paused it: a person, or `rollcall` after too many failures.
    pub by: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// When it goes on by itself; `None` when somebody has to resume it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// Up to when the times of a schedule are dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// The schedule this is about: times of another one are not missed.
    pub schedule: String,
    /// When this schedule was found, where it came after another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Every time up to this one has its run on the queue.
    pub through: Timestamp,
    /// A run that is being put on the queue; it stays when the one who does it dies.
    pub pending: Option<Pending>,
}

/// A run that is being put on the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// The time it was due.
    pub due: Timestamp,
    /// When somebody began to put it on the queue.
    pub begun: Timestamp,
}

impl ListKey {
    /// Of a sync as it is run: the id of one of the lists it routes people to is `sync/list`.
    pub fn of(id: &str) -> Self {
        let (sync, list) = match id.split_once('/') {
            None => (id, None),
            Some((sync, list)) => (sync, Some(list.to_owned())),
        };
        let sync = sync.to_owned();
        Self { sync, list }
    }
}

impl Entry {
    /// A list that never ran.
    pub fn new(key: ListKey, now: Timestamp) -> Self {
        Self {
            version: ENTRY_VERSION,
            key,
            state: State::New,
            previous: None,
            since: now,
            last: None,
            paused: None,
            failures: 0,
            backed_off: None,
            mark: None,
            notice: None,
        }
    }

    /// Whether it does not run by itself at `now`.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused
            .as_ref()
            .is_some_and(|paused| paused.until.is_none_or(|until| now < until))
    }

    /// Whether its schedule may start a run at `now`.
    pub fn may_start(&self, now: Timestamp) -> bool {
        !self.is_paused(now) && self.backed_off.is_none_or(|until| until <= now)
    }

    /// Lets it run by itself again, as if nothing had failed.
    pub fn resume(&mut self) {
        self.paused = None;
        self.failures = 0;
        self.backed_off = None;
    }

    /// Notes how a run ended. A run that began before the last one says nothing new.
    pub fn ran(&mut self, summary: &Summary) {
        let Some(status) = summary.status else { return };
        if self
            .last
            .as_ref()
            .is_some_and(|last| last.started > summary.started)
        {
            return;
        }
        self.failures = match status {
            Status::Failed
                if self
                    .last
                    .as_ref()
                    .is_some_and(|last| last.run == summary.run) =>
            {
                self.failures
            }
            Status::Failed => self.failures.saturating_add(1),
            _ => 0,
        };
        if status != Status::Failed {
            self.backed_off = None;
        }
        self.last = Some(LastRun {
            run: summary.run.clone(),
            status,
            started: summary.started,
            finished: summary.finished,
            done: summary.done,
        });
    }

    /// The state that follows from everything else.
    pub fn judged(&self, now: Timestamp) -> State {
        if self.is_paused(now) {
            return State::Paused;
        }
        match self.last.as_ref().map(|last| last.status) {
            None | Some(Status::Previewed) => State::New,
            Some(Status::Unchanged) => State::Unchanged,
            Some(Status::Succeeded) => State::Succeeded,
            Some(Status::Partial) => State::Partial,
            Some(Status::Packaged) => State::Packaged,
            Some(Status::Held) => State::Held,
            Some(Status::Failed) => State::Failed,
        }
    }

    /// When it runs by itself next; not after `now` when a run is due already. `None` when it does not run by itself.
    pub fn next_due(&self, schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
        let paused = self.paused.as_ref().filter(|_| self.is_paused(now));
        let pause_ends = match paused {
            Some(paused) => Some(paused.until?),
            None => None,
        };
        let left_alone = self.backed_off.filter(|until| now < *until);
        match pause_ends.max(left_alone) {
            None => {
                let missed = self.due(schedule, now);
                missed.or_else(|| schedule.next_after(now))
            }
            // What was missed meanwhile is caught up as soon as that ends.
            Some(end) => {
                let missed = self.due(schedule, end).map(|_| end);
                missed.or_else(|| schedule.next_after(end))
            }
        }
    }

    /// The newest time that is due at `now` and has no run yet. All that were missed become one run.
    ///
    /// A list that has no mark, or one of another schedule, has missed nothing.
    pub fn due(&self, schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
        let mark = self
            .mark
            .as_ref()
            .filter(|mark| mark.schedule == schedule_text(schedule))?;
        let mut due = None;
        let mut at = mark.through;
        for _ in 0..MOST_MISSED {
            match schedule.next_after(at) {
                Some(next) if next <= now => {
                    due = Some(next);
                    at = next;
                }
                _ => break,
            }
        }
        due
    }
}

/// The schedule as a mark remembers it.
pub fn schedule_text(schedule: &Schedule) -> String {
    use crate::definition::schedule::When;
    match (&schedule.when, schedule.automatic) {
        (Some(When::Cron(cron)), true) => format!("{cron} {}", schedule.zone),
        (Some(When::TimesPerDay(times)), true) => format!("{times} times a day {}", schedule.zone),
        _ => "off".to_owned(),
    }
}
