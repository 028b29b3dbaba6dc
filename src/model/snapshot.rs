//! Both lists as they were before a run changed anything: what it takes to undo the run.

use serde::{Deserialize, Serialize};

use super::{
    list::{ListRef, Sides},
    member::Member,
};

/// The version of a snapshot's JSON, and the newest this program reads.
pub const SNAPSHOT_VERSION: u32 = 1;

/// Both lists as they were before a run changed anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The version of this form.
    pub version: u32,
    /// The two lists.
    pub lists: Sides<ListRef>,
    /// The lists' own ids on their platforms, where they have one and were there. Older snapshots tell none.
    #[serde(default)]
    pub list_ids: Sides<Option<String>>,
    /// Their members, sorted by label.
    pub members: Sides<Vec<Member>>,
}
