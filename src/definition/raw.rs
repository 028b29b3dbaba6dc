//! The file as it is written: what serde reads and the JSON Schema says. The doc comments are what an editor shows.
//!
//! Every field is optional here, also where the schema requires it: a missing key must not hide the other faults.

pub(crate) mod choices;
pub(crate) mod details;
pub(crate) mod endpoint;
pub(crate) mod forms;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use self::{
    choices::GuestPolicy,
    details::{Filters, RawGuests, RawLimits, RawRule, RawSchedule},
    endpoint::RawEndpoint,
    forms::{Choice, Object, TextOr},
};
use super::sync::{Direction, FirstRun, MatchKey, Mode, OptOuts, Removes, Unresolved};

/// Which lists and groups rollcall keeps in step: one `sync`, or `connections` and `syncs`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFile {
    /// Where the JSON Schema of this file is, for editors.
    #[serde(rename = "$schema")]
    pub(crate) _schema: Option<String>,
    /// The only sync of this file (short form).
    pub(crate) sync: Option<Object<RawSync>>,
    /// The outside systems by name. One that needs no settings can be left out.
    pub(crate) connections: Option<BTreeMap<String, serde_json::Value>>,
    /// The syncs (long form).
    pub(crate) syncs: Option<Vec<Object<RawSync>>>,
}

/// What is kept in step with what, when and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Sync")]
pub(crate) struct RawSync {
    /// The sync's name in commands, reports and the history: lower-case letters, digits, `-` and `_`.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_-]{0,62}$"))]
    pub(crate) id: Option<String>,
    /// Where a one-way sync reads: the name of a connection, or an object that also names a list.
    #[schemars(required)]
    pub(crate) source: Option<TextOr<String, RawEndpoint>>,
    /// Where a one-way sync writes: the name of a connection, or an object that also names a list.
    #[schemars(required)]
    pub(crate) target: Option<TextOr<String, RawEndpoint>>,
    /// Which sides are written; `one-way` unless it is said.
    pub(crate) direction: Option<Choice<Direction>>,
    /// Whether a one-way sync also removes; `mirror` unless it is said.
    pub(crate) mode: Option<Choice<Mode>>,
    /// What the first run may do; `mirror` for a one-way sync, `union` for a two-way sync.
    pub(crate) first_run: Option<Choice<FirstRun>>,
    /// When it runs by itself: a cron expression with 5 or 6 fields, or an object, which is off unless `enabled`.
    pub(crate) schedule: Option<TextOr<String, RawSchedule>>,
    /// Which members of the source are wanted; everyone unless it is said. The same as `filters` inside `source`.
    pub(crate) filters: Option<Filters>,
    /// Attribute of the source → field of the target. The field `group` names the target's list where `target` names
    /// none.
    pub(crate) mapping: Option<BTreeMap<String, TextOr<String, RawRule>>>,
    /// How members are recognised across the two sides, strongest key first.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub(crate) matching: Option<Vec<Choice<MatchKey>>>,
    /// How much may change without a person's approval.
    pub(crate) limits: Option<Object<RawLimits>>,
    /// Members that are never removed, on either side: addresses, object ids, or patterns with `*` and `?`.
    #[schemars(inner(length(min = 1)))]
    pub(crate) protected: Option<Vec<String>>,
    /// Members this sync does not see, on either side: addresses, object ids, or patterns with `*` and `?`.
    #[schemars(inner(length(min = 1)))]
    pub(crate) exclude: Option<Vec<String>>,
    /// Whom a run may remove; `anybody` unless it is said.
    pub(crate) removes: Option<Choice<Removes>>,
    /// What somebody's opt-out on the platform of one list does to their place on the other; `stay` unless it is said.
    pub(crate) opt_outs: Option<Choice<OptOuts>>,
    /// What unresolved members do to removals; `report` unless it is said.
    pub(crate) unresolved: Option<Choice<Unresolved>>,
    /// What happens to external addresses without a directory object; `report` unless it is said.
    pub(crate) guests: Option<TextOr<Choice<GuestPolicy>, RawGuests>>,
}
