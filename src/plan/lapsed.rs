//! Changes of earlier runs that did not last.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{change::Considered, value::Plan};
use crate::model::list::Side;

/// A change of an earlier run that its list contradicts, although it had the time to show it: it never came to be, or
/// somebody else undid it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lapsed {
    /// The list.
    pub side: Side,
    /// What had been done: `add` or `remove`.
    pub was: Considered,
    /// The member, by the name plans use.
    pub label: String,
    /// The run that had done it.
    pub run: String,
    /// When.
    pub at: Timestamp,
}

impl Plan {
    /// How many changes of each earlier run to each list did not last, in the order of the runs' ids.
    pub fn lapsed_by_run(&self) -> BTreeMap<(&str, Side), usize> {
        let mut counts = BTreeMap::new();
        for lapsed in &self.lapsed {
            *counts
                .entry((lapsed.run.as_str(), lapsed.side))
                .or_default() += 1;
        }
        counts
    }
}
