//! What rollcall itself did to people's places on lists, and what it waits for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{baseline::Identity, list::Side};

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
    /// How often rollcall had moved the same person on the same list shortly before, back and forth.
    #[serde(default, skip_serializing_if = "is_the_first")]
    pub turns: u32,
}

fn is_the_first(turns: &u32) -> bool {
    *turns == 0
}

/// Somebody whom rollcall took off a list.
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
