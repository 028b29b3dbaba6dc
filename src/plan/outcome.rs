//! What really happened to one change.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What really happened to one change. Anything that is not a confirmed success is not `Applied`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "result")]
pub enum Outcome {
    /// The platform confirmed the change.
    Applied,
    /// The platform said that it was so before.
    AlreadySo,
    /// The platform understood and said no; repeating will not help.
    Refused(Problem),
    /// It did not happen, or nobody knows; the next run tries again.
    Failed(Problem),
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A stable code (`permission-missing`, `guest-refused`, `not-tried`).
    pub code: String,
    /// What happened, in words; values in backticks, shortened, without secrets.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Outcome {
    /// Whether the list now is as the change wanted it.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Applied | Self::AlreadySo)
    }

    /// A failure for which no request was made, because the run had to stop.
    pub fn not_tried(why: &str) -> Self {
        Self::Failed(Problem {
            code: "not-tried".to_owned(),
            message: why.to_owned(),
            help: None,
        })
    }
}
