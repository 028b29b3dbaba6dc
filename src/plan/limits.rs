//! How much a run may change before a person has to look.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The limits of one sync. They hold on every run, the first one included, and for each list by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// How many members may be added to one list (invitations count).
    pub additions: Limit,
    /// How many members may be removed from one list.
    pub removals: Limit,
    /// How many aliases may be added to members of one list, those of new members included.
    #[serde(default)]
    pub aliases_added: Limit,
    /// How many aliases members of one list may lose, those of removed members included.
    #[serde(default)]
    pub aliases_removed: Limit,
    /// How many changes may be made to one list in all: members added, removed and changed, and each alias by itself.
    #[serde(default)]
    pub total: Limit,
    /// How many entries of one list may be unresolved before removals from the other list wait: many at once mean that
    /// the list, or the directory they are looked up in, broke.
    #[serde(default = "a_tenth")]
    pub unresolved: Limit,
    /// Percentages hold only for a list with more members than this: one of three is not yet a disaster. What would take
    /// away more than two and more than half of a smaller list is held to them all the same.
    pub only_above: usize,
    /// What waits when the limit for removals is exceeded. Over the limit for additions everything waits.
    pub over_limit: OverLimit,
}

/// One limit; the stricter of the two wins, and none at all means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    /// At most this many.
    pub count: Option<usize>,
    /// At most this many per hundred members the list has now.
    pub percent: Option<u8>,
}

/// What waits for approval when a run would remove too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverLimit {
    /// Additions and updates go on, removals wait.
    RemovalsWait,
    /// Everything waits.
    EverythingWaits,
}

fn a_tenth() -> Limit {
    Limit {
        count: None,
        percent: Some(10),
    }
}

impl Default for Limits {
    /// Removals of more than a tenth of a list with more than ten members wait, and so do all removals while more than a
    /// tenth of the other list is unresolved; additions have no limit.
    fn default() -> Self {
        Self {
            additions: Limit::default(),
            removals: a_tenth(),
            aliases_added: Limit::default(),
            aliases_removed: Limit::default(),
            total: Limit::default(),
            unresolved: a_tenth(),
            only_above: 10,
            over_limit: OverLimit::RemovalsWait,
        }
    }
}
