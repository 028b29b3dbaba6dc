//! What a piece of work asked of platforms, in numbers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a piece of work asked of platforms, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// Requests that were sent, those to sign in included.
    pub requests: u64,
    /// Answers that asked to wait: 429, and 503 with a time. Each item of a batch counts.
    pub throttled: u64,
    /// For how many milliseconds requests were held back before they were sent once more.
    pub waited_milliseconds: u64,
}
