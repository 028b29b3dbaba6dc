//! What rollcall itself did to people's places on lists, and what it waits for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    baseline::Identity,
    list::{Side, Sides},
};

/// One time rollcall put somebody on a list or took them off it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Move {
    /// The list.
    pub side: Side,
    /// The run.
    pub run: String,
    /// When.
    pub at: Timestamp,
    /// The times at which rollcall turned the same person's way round shortly before, this one included, oldest first:
    /// what it had done was undone, or it undid what it had done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Timestamp>,
}

/// Since when each list may show less of one person than rollcall did, beside what a [`Move`] says: their fields were
/// written, or the platform said that they were on the list already.
pub type Settling = Sides<Option<Timestamp>>;

/// How many members a list has, as far as its readings are believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counted {
    /// How many the last reading that was believed had, without those whom that run took off.
    pub members: usize,
    /// A reading since then that had far fewer, and that no later run has confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fewer: Option<Fewer>,
}

/// A reading that had far fewer members than the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fewer {
    /// How many.
    pub members: usize,
    /// When the list was first read so.
    pub since: Timestamp,
    /// By which run.
    pub run: String,
}

/// Somebody whom rollcall took off a list, or who it was told is off it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taken {
    /// As whom they were on that list.
    pub who: Identity,
    /// When and by which run.
    pub by: Move,
}

/// An entry of a list that names nobody the other side knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unresolved {
    /// The list that would have gained a member.
    pub side: Side,
    /// The entry, by the name plans use.
    pub label: String,
    /// Since when.
    pub since: Timestamp,
}

/// A guest whom rollcall invited and whom the list did not show yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invited {
    /// As whom, and when.
    pub who: Identity,
    /// The list, the run and the time.
    pub by: Move,
    /// Whether the answer to the invitation was lost, so that it may never have been sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
}

/// A guest whom the tenant or the list did not take, by a rule of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefusedGuest {
    /// As whom.
    pub who: Identity,
    /// The list, the run and the time.
    pub by: Move,
    /// What was said, in words.
    pub said: String,
}
