//! The requests that change something, as people write them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// A request that changes something.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The path, with gaps.
    pub path: String,
    /// The JSON body, with gaps. What there is nothing to say about is left out with its key.
    #[serde(default)]
    pub body: Option<Value>,
    /// One of `{members}`, for a call that is for many.
    #[serde(default)]
    pub item: Option<Value>,
    /// How many members one call takes at most; 100 unless it is said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10000))]
    pub chunk: Option<usize>,
    /// The answers that say that it was done; every 2xx unless it is said.
    #[serde(default)]
    pub done: Vec<When>,
    /// The answers that say that it was so before.
    #[serde(default)]
    pub already_so: Vec<When>,
    /// The answers that say no for good; 400, 403, 404, 405, 409, 410, 413, 415 and 422 unless it is said.
    #[serde(default)]
    pub refused: Vec<When>,
    /// With `create`: where the answer says the new list's id. Without it the list is looked up by its name.
    #[serde(default)]
    pub id: Option<String>,
}

/// The methods that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a status, or an object with `status`, `path` and `equals`"
)]
pub enum When {
    /// With this status.
    Status(u16),
    /// With this status and this value there.
    That(StatusAnd),
}

/// A status, and what stands in the answer.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatusAnd {
    /// The status.
    pub status: u16,
    /// Where to look.
    pub path: String,
    /// What stands there; texts are compared without case.
    pub equals: Value,
}
