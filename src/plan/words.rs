//! The words for reasons, used by every view of a plan.

use std::fmt;

use jiff::Timestamp;

use super::{
    change::{Action, Because, Considered, Reason, Why},
    difference::WhyMoot,
    limits::Limit,
    review::Limited,
};
use crate::model::baseline::Origin;

/// How a list is told that showed nobody: whoever tells what to do about it knows it by these words.
pub const CAME_BACK_EMPTY: &str = "came back empty";

impl Action {
    /// What is done, in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Add => "add",
            Self::Update(_) => "update",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for WhyMoot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadySo => formatter.write_str("already so"),
            Self::Withheld(why) => write!(formatter, "withheld now: {why}"),
            Self::Otherwise => formatter.write_str("to be done otherwise now"),
            Self::NotCalledFor => formatter.write_str("not called for any more"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnSource => formatter.write_str("is on the source"),
            Self::NotOnSource => formatter.write_str("is not on the source"),
            Self::OutsideFilter(clause) => write!(formatter, "no longer fits the filter: {clause}"),
            Self::FirstRun => formatter.write_str("is on the other list; first run"),
            Self::JoinedOtherSide => formatter.write_str("joined the other list"),
            Self::LeftOtherSide => formatter.write_str("left the other list"),
            Self::OptedOutThere => formatter.write_str("opted out on the other list"),
            Self::Restores(run) => write!(formatter, "as it was before run {run}"),
            Self::FieldsDiffer => formatter.write_str("fields differ"),
        }
    }
}

impl fmt::Display for Considered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Add => "not added",
            Self::Update => "not updated",
            Self::Remove => "stays",
            Self::Match => "left alone",
        })
    }
}

impl fmt::Display for Because {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protected => formatter.write_str("protected"),
            Self::NotOurs => {
                formatter.write_str("not added by this sync, which removes only whom it added")
            }
            Self::NotShownYet { since } => write!(
                formatter,
                "written there on {}, and the list does not show it yet",
                moment(since)
            ),
            Self::StillShown { since } => write!(
                formatter,
                "removed on {}, and the list that it was removed from still shows it",
                moment(since)
            ),
            Self::Oscillates { turns, since } => write!(
                formatter,
                "goes back and forth: turned round {turns} times, last on {}; frozen until somebody has looked",
                moment(since)
            ),
            Self::Invited {
                since,
                unconfirmed: false,
            } => write!(
                formatter,
                "invited on {}; the directory does not show the guest yet",
                moment(since)
            ),
            Self::Invited {
                since,
                unconfirmed: true,
            } => write!(
                formatter,
                "an invitation of {} got no answer, and the directory does not show the guest; sent again after a day",
                moment(since)
            ),
            Self::OptedOut => formatter.write_str("opted out"),
            Self::GuestRefused { since, said } => write!(
                formatter,
                "the guest was not taken on {}, and is tried again after a day: {said}",
                moment(since)
            ),
            Self::NotTaken {
                since,
                said,
                origin: Origin::NotTaken,
            } => write!(
                formatter,
                "not taken on {}, and not tried again: {said}",
                since.strftime("%Y-%m-%d")
            ),
            Self::NotTaken {
                since,
                said,
                origin: Origin::OptedOut,
            } => write!(
                formatter,
                "opted out, first seen on {}: {said}",
                since.strftime("%Y-%m-%d")
            ),
            Self::Unresolved {
                nearest,
                hint,
                since,
            } => {
                formatter.write_str("unresolved: nobody in the directory has this address")?;
                if let Some(nearest) = nearest {
                    write!(formatter, "; nearest: {nearest}")?;
                }
                if let Some(hint) = hint {
                    write!(formatter, " ({hint})")?;
                }
                match since {
                    Some(since) => write!(formatter, "; since {}", since.strftime("%Y-%m-%d")),
                    None => Ok(()),
                }
            }
            Self::External => formatter
                .write_str("external address without a guest account; not invited by this sync"),
            Self::NoKey(read) => formatter.write_str(read),
            Self::Conflict { key, with } => {
                write!(
                    formatter,
                    "conflict: shares {key} with {}; a person has to decide",
                    with.join(", ")
                )
            }
            Self::FieldConflict {
                field,
                lost: Some(lost),
            } => {
                write!(
                    formatter,
                    "both sides changed {field}; not taken: {}",
                    lost.to_line()
                )
            }
            Self::FieldConflict { field, lost: None } => {
                write!(formatter, "both sides changed {field}; not taken: no value")
            }
            Self::UnusableValue(why) => formatter.write_str(why),
            Self::NoProof(doubts) => write!(
                formatter,
                "no proof that the other list was read whole: {}",
                doubts.join("; ")
            ),
            Self::SuddenlyEmpty(before) => write!(
                formatter,
                "the list came back empty, and {before} people were on it after the last run"
            ),
            Self::FirstRun => formatter.write_str("the first run removes nobody"),
            Self::UnresolvedPresent => {
                formatter.write_str("removals wait while members are unresolved")
            }
            Self::PerhapsMeant(entry) => {
                write!(
                    formatter,
                    "perhaps meant by an entry that names nobody: {entry}"
                )
            }
            Self::Unreadable => formatter
                .write_str("the connection shows nothing but an id: a read permission is missing"),
            Self::HandedOver { since } => write!(
                formatter,
                "in a package since {}; an administrator has to apply it",
                since.strftime("%Y-%m-%d")
            ),
            Self::ReadOnly(why) => write!(formatter, "the list cannot be written: {why}"),
            Self::Keeps(why) => write!(formatter, "nobody is removed there: {why}"),
            Self::Locked { field, why } => write!(formatter, "{field} cannot be changed: {why}"),
            Self::KeepsValues { field, values, why } => {
                write!(formatter, "{field} keeps {values}: {why}")
            }
            Self::OutsideFilter(clause) => write!(formatter, "outside the filter: {clause}"),
            Self::NotPutBack(why) => why.fmt(formatter),
        }
    }
}

/// A time as people read it.
pub(super) fn moment(time: &Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excluded => formatter.write_str("excluded by the definition"),
            Self::OutsideFilter(clause) => write!(formatter, "outside the filter: {clause}"),
            Self::NotAPerson(what) => write!(formatter, "not a person: {what}"),
            Self::SecondEntry(first) => write!(formatter, "second entry for {first}"),
            Self::OnlyOnTarget => formatter.write_str("only on the target; this sync only adds"),
            Self::AsBefore => formatter.write_str("is as it was before that run"),
            Self::NoLongerThere => formatter.write_str("is not on the list any more"),
        }
    }
}

impl Why {
    /// The reason without its particulars, for counting.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::OutsideFilter(_) => "outside the filter",
            Self::NotAPerson(_) => "no person",
            Self::SecondEntry(_) => "second entry",
            Self::OnlyOnTarget => "only on the target",
            Self::AsBefore => "as before already",
            Self::NoLongerThere => "no longer there",
        }
    }
}

impl fmt::Display for Limited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Additions => "additions",
            Self::Removals => "removals",
            Self::AliasesAdded => "aliases added",
            Self::AliasesRemoved => "aliases removed",
            Self::Total => "changes in all",
            Self::Unresolved => "unresolved",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.count, self.percent) {
            (Some(count), Some(percent)) => write!(formatter, "{count} or {percent} %"),
            (Some(count), None) => write!(formatter, "{count}"),
            (None, Some(percent)) => write!(formatter, "{percent} %"),
            (None, None) => formatter.write_str("none"),
        }
    }
}
