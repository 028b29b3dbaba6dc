//! One change to one list, and what was considered and not done.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::put_back::NotPutBack;
use crate::model::{
    attributes::Value,
    baseline::Origin,
    list::{Side, Sides},
    member::Member,
};

/// Positions in the two readings this entry speaks for: how the plan proves that nobody was dropped.
/// Not stored and no part of the digest.
pub type Seen = Sides<Option<u32>>;

/// One change to one member of one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The list that is written.
    pub side: Side,
    /// What is done.
    pub action: Action,
    /// The member as it is on that list (update, remove) or shall be (add, invite).
    pub member: Member,
    /// Why.
    pub reason: Reason,
    /// Whom it speaks for.
    #[serde(skip)]
    pub seen: Seen,
}

/// What is done to a member. The order is the order in which a run works: nobody is removed before others are added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// A guest is invited to the directory and then added.
    Invite,
    /// The member is added.
    Add,
    /// Fields of the member change.
    Update(Vec<FieldChange>),
    /// The member is removed from the list. The person stays.
    Remove,
}

/// One field of a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// The field, as the written list calls it.
    pub field: String,
    /// Its value now.
    pub before: Option<Value>,
    /// Its value after; `None` empties it.
    pub after: Option<Value>,
}

/// Why a change is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// One-way: it is on the source and not on the target.
    OnSource,
    /// One-way: it is on the target and not on the source.
    NotOnSource,
    /// One-way: it is on the source but does not pass the filter; the clause that failed.
    OutsideFilter(String),
    /// Two-way, first run: it is on the other side.
    FirstRun,
    /// Two-way: it joined the other side since the last run.
    JoinedOtherSide,
    /// Two-way: it left the other side since the last run.
    LeftOtherSide,
    /// Two-way: it opted out on the other list's platform, and the sync says that this goes for both.
    OptedOutThere,
    /// It was so before the run that is undone; the run.
    Restores(String),
    /// The fields differ.
    FieldsDiffer,
}

/// Something that was considered and deliberately not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Withheld {
    /// The list that would have been written.
    pub side: Side,
    /// What was considered.
    pub considered: Considered,
    /// The member it is about, by the name plans use.
    pub label: String,
    /// Why it is not done.
    pub because: Because,
    /// Whom it speaks for.
    #[serde(skip)]
    pub seen: Seen,
}

/// What was considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Considered {
    /// Adding (or inviting).
    Add,
    /// Changing fields.
    Update,
    /// Removing.
    Remove,
    /// Finding out who this is.
    Match,
}

/// Why something is not done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Because {
    /// The definition protects the member.
    Protected,
    /// The sync removes only whom it put there, and somebody else put this member there.
    NotOurs,
    /// rollcall put the member there, or wrote its fields, and the list does not show it yet.
    NotShownYet {
        /// When.
        since: Timestamp,
    },
    /// rollcall took the member off a list, and that list still shows it.
    StillShown {
        /// When.
        since: Timestamp,
    },
    /// The member goes back and forth: frozen until a person has looked.
    Oscillates {
        /// How often rollcall turned it round.
        turns: u32,
        /// When it did so last.
        since: Timestamp,
    },
    /// The guest was invited and the directory does not show it yet.
    Invited {
        /// When.
        since: Timestamp,
        /// Whether the answer to the invitation was lost: it is sent again after a day.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unconfirmed: bool,
    },
    /// The member opted out on that list's platform.
    OptedOut,
    /// The guest was not taken by a rule of the tenant or the list; tried again after a day.
    GuestRefused {
        /// When.
        since: Timestamp,
        /// What was said.
        said: String,
    },
    /// The member opted out on that list's platform before, or it did not take them without a reason.
    NotTaken {
        /// When it said so first.
        since: Timestamp,
        /// What it said.
        said: String,
        /// How that came to be known.
        #[serde(default)]
        origin: Origin,
    },
    /// No person in the directory has this address; who may be meant.
    Unresolved {
        /// The nearest existing address.
        nearest: Option<String>,
        /// What speaks for it (`spelled nearly so`), or what else is known of the address (`was ada@acme.example`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// Since when, where an earlier run saw it too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// An external address without a directory object, and the sync does not invite (or not this domain).
    External,
    /// The member carries nothing it could be recognised by; what was read.
    NoKey(String),
    /// More than one candidate: a person has to decide. What they share, and the candidates.
    Conflict {
        /// The kind of key they share, and its value.
        key: String,
        /// The others involved.
        with: Vec<String>,
    },
    /// Both sides changed a field since the last run; the owner's value stays.
    FieldConflict {
        /// The field, as the target calls it.
        field: String,
        /// The value that was not taken.
        lost: Option<Value>,
    },
    /// A value cannot be written to the other side as it is; why.
    UnusableValue(String),
    /// There is no proof that the other side was read whole; the doubts.
    NoProof(Vec<String>),
    /// The list came back empty although so many people were on it after the last run. Adding somebody would make an
    /// empty answer look like a list of one.
    SuddenlyEmpty(usize),
    /// The first run of this sync removes nobody.
    FirstRun,
    /// Unresolved members make removals wait.
    UnresolvedPresent,
    /// An unresolved entry on the other list probably means this member; the entry.
    PerhapsMeant(String),
    /// The connection would not say who this member is.
    Unreadable,
    /// It is in a package of an earlier run, which waits for an administrator.
    HandedOver {
        /// Since when.
        since: Timestamp,
    },
    /// The list cannot be written; why, and what to do.
    ReadOnly(String),
    /// Nobody is ever removed from this list; why, and what to do.
    Keeps(String),
    /// A field of this member cannot be changed; which, why, and what to do.
    Locked {
        /// The field, as the list calls it.
        field: String,
        /// Why, and what to do.
        why: String,
    },
    /// Values of a field are never taken away there; which, why, and what to do.
    KeepsValues {
        /// The field, as the list calls it.
        field: String,
        /// The values that stay.
        values: String,
        /// Why, and what to do.
        why: String,
    },
    /// The sync is not about this person: a filter on one of the lists says no; the clause that failed.
    OutsideFilter(String),
    /// It is not put back as it was before the run that is undone.
    NotPutBack(NotPutBack),
}

impl Because {
    /// Whether the reason may be gone at the next run with the same people on both lists, so that the change is made
    /// then.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NotShownYet { .. }
            | Self::StillShown { .. }
            | Self::Oscillates { .. }
            | Self::Invited { .. }
            | Self::GuestRefused { .. }
            | Self::NoProof(_)
            | Self::SuddenlyEmpty(_)
            | Self::FirstRun
            | Self::UnresolvedPresent
            | Self::PerhapsMeant(_)
            | Self::Unreadable
            | Self::HandedOver { .. }
            | Self::ReadOnly(_) => true,
            Self::Protected
            | Self::NotOurs
            | Self::OptedOut
            | Self::NotTaken { .. }
            | Self::Unresolved { .. }
            | Self::External
            | Self::NoKey(_)
            | Self::Conflict { .. }
            | Self::FieldConflict { .. }
            | Self::UnusableValue(_)
            | Self::Keeps(_)
            | Self::Locked { .. }
            | Self::KeepsValues { .. }
            | Self::OutsideFilter(_)
            | Self::NotPutBack(_) => false,
        }
    }

    /// Whether nobody can say yet how both lists should stand, or somebody is on a list only once the platform is through:
    /// no run is done as long as that is so.
    pub fn leaves_open(&self) -> bool {
        matches!(
            self,
            Self::NoProof(_)
                | Self::SuddenlyEmpty(_)
                | Self::Invited { .. }
                | Self::NotPutBack(NotPutBack::Doubtful(_))
        )
    }

    /// Nobody has this address; perhaps the nearest one was meant.
    pub fn unresolved(nearest: Option<&str>) -> Self {
        Self::Unresolved {
            nearest: nearest.map(str::to_owned),
            hint: None,
            since: None,
        }
    }
}

/// A member that was read and plays no part in this sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    /// The list it stands on.
    pub side: Side,
    /// Its label.
    pub label: String,
    /// Why it plays no part.
    pub why: Why,
    /// Whom it speaks for.
    #[serde(skip)]
    pub seen: Seen,
}

/// Why a member plays no part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// The definition excludes it.
    Excluded,
    /// It does not pass the filter, and is on one side only; the clause that failed.
    OutsideFilter(String),
    /// It is no person; what it is.
    NotAPerson(String),
    /// It is a second entry for a person who is already there; the entry that counts.
    SecondEntry(String),
    /// It is on the target alone, and the sync only adds.
    OnlyOnTarget,
    /// It is as it was before the run that is undone.
    AsBefore,
    /// The run that is undone changed a field of it, and it is not on the list any more.
    NoLongerThere,
}
