//! What a person decided about a held plan. Written once and never changed: the first decision stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{parse, render};
use crate::store::{
    keys::key_of,
    ports::{StoreError, Stores, Table},
};

/// The partition of `Table::Runs`.
const DECISIONS: &str = "decisions";

/// The version of this form, and the newest this program reads.
pub const DECISION_VERSION: u32 = 1;

/// What a person decided about a held plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The version of this form.
    pub version: u32,
    /// The run whose plan was held.
    pub run: String,
    /// What was decided.
    pub verdict: Verdict,
    /// The whole digest of what waits.
    pub digest: String,
    /// Who decided.
    pub by: String,
    /// Why, in words.
    pub reason: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// The plan may be applied, if it still is the same one.
    Approved,
    /// It may not.
    Rejected,
}

impl Decision {
    /// Whether this is the same decision of the same person, whenever it was made.
    pub fn is_again(&self, other: &Self) -> bool {
        Self {
            at: other.at,
            ..self.clone()
        } == *other
    }
}

/// Writes a decision down, unless there is one. Gives the one that stands.
pub async fn decide(stores: &Stores, wanted: &Decision) -> Result<Decision, StoreError> {
    let value = render("a decision", wanted)?;
    let row = key_of(&wanted.run);
    let records = &stores.records;
    match records.insert(Table::Runs, DECISIONS, &row, &value).await {
        Ok(_) => Ok(wanted.clone()),
        Err(StoreError::Conflict(place)) => decision(stores, &wanted.run)
            .await?
            .ok_or(StoreError::Conflict(place)),
        Err(error) => Err(error),
    }
}

/// What was decided about a run.
pub async fn decision(stores: &Stores, run: &str) -> Result<Option<Decision>, StoreError> {
    let row = key_of(run);
    let Some(found) = stores.records.get(Table::Runs, DECISIONS, &row).await? else {
        return Ok(None);
    };
    let place = format!("the decision about run `{run}`");
    let decision: Decision = parse(&place, &found.value)?;
    if decision.version > DECISION_VERSION {
        return Err(StoreError::Corrupt {
            place,
            problem: format!("a newer rollcall wrote it (version {})", decision.version),
        });
    }
    Ok(Some(decision))
}
