//! Looking a connection over before people rely on it: what its rights are, and what a run will cost.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ConnectorError, WantedList};

/// How much a finding matters. The later ones matter more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Good to know; nothing has to be done.
    Note,
    /// Works, and is better looked at before people rely on it.
    Warning,
    /// Does not work, or is not safe.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What was looked at (`permissions`).
    pub what: String,
    /// What was found, without secrets and without people's addresses.
    pub found: String,
    /// What to do about it.
    pub todo: Option<String>,
}

/// What one sync does with one list of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The sync.
    pub sync: String,
    /// The list, opened the way the sync wants it. Of a sync that routes people to many lists any one of them.
    pub wanted: WantedList,
    /// Whether the sync writes the list.
    pub writes: bool,
    /// Whether this sync is one of those somebody asks about: what the others need is no fault of these.
    pub asked: bool,
}

/// What a run has to do with one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The list, opened the way the sync wants it.
    pub wanted: WantedList,
    /// How many members it has.
    pub members: usize,
    /// How many people the connection knows, where they have to be read to look somebody up.
    pub directory: Option<usize>,
    /// Whether the list is created first.
    pub create: bool,
    /// How many members are added.
    pub add: usize,
    /// How many guests are invited and added.
    pub invite: usize,
    /// How many members are changed.
    pub update: usize,
    /// How many members are removed.
    pub remove: usize,
}

/// What a run will cost, as far as it can be known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// How many requests it takes when nothing goes wrong.
    pub requests: usize,
    /// Whether there may be more of them, because something is not known before (`how many people there are`).
    pub at_least: bool,
    /// The shortest time that the service's limits for writing allow.
    pub least: Duration,
    /// The longest time that these limits ask for, by the less friendly reading of what they say.
    pub most: Duration,
}

/// Looks a connection over. No part of it writes to the platform.
#[async_trait]
pub trait Examination: Send + Sync {
    /// Everything that is to be said of the connection, given what syncs do with it. A check that fails is a finding
    /// itself, and stops no other. Where not `all_known`, there are syncs beside these that cannot be read, and nothing
    /// may be said to be more than is needed.
    async fn examine(&self, uses: &[Use], all_known: bool) -> Vec<Finding>;

    /// How many people own the list with this id of the platform's; `None` where lists have no owners.
    async fn owners(&self, _list_id: &str) -> Option<Result<usize, ConnectorError>> {
        None
    }

    /// What a run will cost; `None` where the platform's limits are not known.
    fn expected(&self, work: &Work) -> Option<Expected>;
}

impl Finding {
    /// Something as it should be.
    pub fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Level::Ok, what, found)
    }

    /// Something that is good to know.
    pub fn note(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Level::Note, what, found)
    }

    /// Something that is better looked at.
    pub fn warning(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Level::Warning, what, found)
    }

    /// Something that does not work, or is not safe.
    pub fn problem(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Level::Problem, what, found)
    }

    fn new(level: Level, what: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            level,
            what: what.into(),
            found: found.into(),
            todo: None,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn todo(mut self, todo: impl Into<String>) -> Self {
        self.todo = Some(todo.into());
        self
    }
}

/// From how many seconds on clocks differ: answers take a while, and the header tells whole seconds.
const SKEW: i64 = 60;

/// From how many seconds on leases and tokens cannot be relied on.
const TOO_MUCH_SKEW: i64 = 300;

/// What the difference between the clock here and the one of a service means. `ours` is the time here in the middle of
/// the request that was answered with `theirs`.
pub fn clock(whose: &str, ours: Timestamp, theirs: Timestamp) -> Finding {
    let ahead = ours.duration_since(theirs).as_secs();
    let seconds = ahead.abs();
    if seconds <= SKEW {
        return Finding::ok("clock", format!("within {SKEW} s of {whose}"));
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let found = format!("the clock here is {seconds} s {direction} {whose}");
    let finding = if seconds > TOO_MUCH_SKEW {
        Finding::problem("clock", found)
    } else {
        Finding::warning("clock", found)
    };
    finding.todo(
        "set the clock of this machine by a time server: leases, approvals and tokens depend on it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_a_little_and_not_much() {
        let now: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        for (theirs, level) in [
            ("2026-11-21T06:00:00Z", Level::Ok),
            ("2026-11-21T06:01:00Z", Level::Ok),
            ("2026-11-21T06:01:01Z", Level::Warning),
            ("2026-11-21T05:58:59Z", Level::Warning),
            ("2026-11-21T05:55:00Z", Level::Warning),
            ("2026-11-21T05:54:59Z", Level::Problem),
            ("2026-11-21T06:05:01Z", Level::Problem),
        ] {
            let finding = clock("Microsoft Graph", now, theirs.parse().unwrap());
            assert_eq!(finding.level, level, "{theirs}: {}", finding.found);
            assert_eq!(finding.todo.is_some(), level != Level::Ok);
        }
        let behind = clock("x", now, "2026-11-21T06:10:00Z".parse().unwrap());
        assert_eq!(behind.found, "the clock here is 600 s behind x");
    }
}
