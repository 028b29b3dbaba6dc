//! What a person decided about a held plan. Written once and never changed: the first decision about a run stands.
//!
//! Beside it stands what was decided last about the same changes of the same sync, by their digest: when a rejected plan
//! comes again, nobody has to be asked anew.

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{find, list, parse, render};
use crate::{
    plan::review::{Approval, Held},
    store::{
        keys::key_of,
        ports::{StoreError, Stores, Table, Version},
        versions::refuse_newer,
    },
    summary::{Status, Summary},
};

/// The partition of `Table::Runs`.
pub(super) const DECISIONS: &str = "decisions";

/// How the rows begin of what was decided last.
pub(super) const ROWS: &str = "decided~";

/// The version of this form, and the newest this program reads.
pub const DECISION_VERSION: u32 = 1;

/// How long an approval holds, in hours.
const HOLDS: i64 = 24;

/// How far back somebody looks for the newest run that was no preview.
const LOOK_BACK: usize = 50;

/// How often a row is written again when somebody else writes it too.
const TRIES: usize = 4;

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

/// What somebody wants to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What.
    pub verdict: Verdict,
    /// What they looked at, at least the digits that are shown; `None` when the run they named says it.
    pub digest: Option<String>,
    /// Who decides.
    pub by: String,
    /// Why, in words.
    pub reason: Option<String>,
}

/// A decision that may be made, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// The run.
    pub summary: Summary,
    /// The decision, for [`decide`].
    pub decision: Decision,
    /// Whether nobody has made it yet; otherwise the same person decided the same before, and it stands.
    pub is_new: bool,
}

/// Why nothing can be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecidable {
    /// There is no such run.
    NoRun,
    /// Nothing of the run waits; how it stands, in a word.
    NotHeld(&'static str),
    /// A newer run saw newer lists; its id.
    Superseded(String),
    /// What waits is something else; the digits people are shown.
    Mismatch(String),
    /// Somebody decided otherwise before.
    Decided(Decision),
}

impl Verdict {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

impl Decision {
    /// Whether this is the same decision of the same person, whenever it was made.
    pub fn is_again(&self, other: &Self) -> bool {
        Self {
            at: other.at,
            ..self.clone()
        } == *other
    }

    /// The approval that the run which follows from it gets.
    pub fn approval(&self) -> Approval {
        Approval {
            digest: self.digest.clone(),
            by: self.by.clone(),
            expires: self.at.checked_add(HOLDS.hours()).unwrap_or(self.at),
        }
    }

    /// The id of the run that follows from it: the same one, however often it is asked for.
    pub fn following_run(&self) -> String {
        format!("{}.a", self.run)
    }

    /// Why that run runs, in words.
    pub fn cause(&self) -> String {
        format!("{} ({})", self.verdict.name(), self.by)
    }
}

/// Whether something may be decided about a run. The first decision stands, and only about the newest run is there
/// anything to decide: it saw the lists as they are. Writes nothing.
pub async fn weigh(
    stores: &Stores,
    run: &str,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Result<Weighed, Undecidable>, StoreError> {
    let Some(summary) = find(stores, run).await? else {
        return Ok(Err(Undecidable::NoRun));
    };
    let held = match held(&summary) {
        Ok(held) => held,
        Err(status) => return Ok(Err(Undecidable::NotHeld(status))),
    };
    let given = wanted.digest.as_deref();
    let is_named = given.is_none_or(|given| held.digest.is_named_by(given));
    let decision = Decision {
        version: DECISION_VERSION,
        run: summary.run.clone(),
        verdict: wanted.verdict,
        digest: held.digest.as_str().to_owned(),
        by: wanted.by.clone(),
        reason: wanted.reason.clone(),
        at: now,
    };
    if let Some(standing) = self::decision(stores, run).await? {
        // Asked again, perhaps because the answer was lost, it goes on where the first attempt stopped.
        return Ok(if is_named && decision.is_again(&standing) {
            Ok(Weighed {
                summary,
                decision: standing,
                is_new: false,
            })
        } else {
            Err(Undecidable::Decided(standing))
        });
    }
    if let Some(newer) = newer(stores, &summary).await? {
        return Ok(Err(Undecidable::Superseded(newer)));
    }
    if !is_named {
        let shown = held.digest.short().to_owned();
        return Ok(Err(Undecidable::Mismatch(shown)));
    }
    Ok(Ok(Weighed {
        summary,
        decision,
        is_new: true,
    }))
}

/// What of a run waits; otherwise how it stands.
fn held(summary: &Summary) -> Result<&Held, &'static str> {
    let is_over = summary.finished.is_some() && summary.status != Some(Status::Previewed);
    let held = summary.held.as_ref().filter(|_| is_over);
    held.ok_or_else(|| summary.status.map_or("not finished", Status::name))
}

/// The newest run of the same list, when it is another one.
async fn newer(stores: &Stores, summary: &Summary) -> Result<Option<String>, StoreError> {
    let newest = newest(stores, &summary.sync).await?;
    Ok(newest
        .filter(|newest| newest.run != summary.run)
        .map(|newest| newest.run))
}

/// The newest run of a sync (or of one of its lists, `sync/list`) that had its way or may still have it.
///
/// A preview decides nothing, and neither does a run that failed before it had a plan, unless there is no other.
pub async fn newest(stores: &Stores, sync: &str) -> Result<Option<Summary>, StoreError> {
    let mut runs = list(stores, sync, LOOK_BACK).await?;
    runs.retain(|run| run.status != Some(Status::Previewed));
    let is_blind = |run: &Summary| run.status == Some(Status::Failed) && run.digest.is_none();
    let place = runs.iter().position(|run| !is_blind(run));
    Ok(runs.into_iter().nth(place.unwrap_or(0)))
}

/// Writes a decision about a run of `sync` down, unless there is one. Gives the one that stands. Asked again it writes
/// what a crash kept it from writing.
pub async fn decide(
    stores: &Stores,
    sync: &str,
    wanted: &Decision,
) -> Result<Decision, StoreError> {
    let value = render("a decision", wanted)?;
    let row = key_of(&wanted.run);
    let records = &stores.records;
    let standing = match records.insert(Table::Runs, DECISIONS, &row, &value).await {
        Ok(_) => wanted.clone(),
        Err(StoreError::Conflict(place)) => decision(stores, &wanted.run)
            .await?
            .ok_or(StoreError::Conflict(place))?,
        Err(error) => return Err(error),
    };
    remember_decision(stores, sync, &standing).await?;
    Ok(standing)
}

/// What was decided about a run.
pub async fn decision(stores: &Stores, run: &str) -> Result<Option<Decision>, StoreError> {
    let place = format!("the decision about run `{run}`");
    let found = read(stores, (Table::Runs, DECISIONS, &key_of(run)), &place).await?;
    Ok(found.map(|(decision, _)| decision))
}

/// Who rejected exactly these changes of a sync, unless somebody approved them since.
pub async fn rejection(
    stores: &Stores,
    sync: &str,
    digest: &str,
) -> Result<Option<Decision>, StoreError> {
    let place = format!("the last decision about `{digest}` of `{sync}`");
    let at = (Table::State, &key_of(sync)[..], &row_of(digest)[..]);
    let found = read(stores, at, &place).await?;
    let found = found.map(|(decision, _)| decision);
    Ok(found.filter(|decision| decision.verdict == Verdict::Rejected))
}

/// Keeps a decision as the last one about its changes, where it says or undoes a no. An older one does not come after a
/// newer one.
pub async fn remember_decision(
    stores: &Stores,
    sync: &str,
    decision: &Decision,
) -> Result<(), StoreError> {
    let place = format!("the last decision about `{}` of `{sync}`", decision.digest);
    let (partition, row) = (key_of(sync), row_of(&decision.digest));
    let value = render("a decision", decision)?;
    for _ in 0..TRIES {
        let records = &stores.records;
        let written = match read(stores, (Table::State, &partition, &row), &place).await? {
            Some((last, _)) if last.at >= decision.at => return Ok(()),
            Some((_, version)) => {
                records
                    .replace(Table::State, &partition, &row, &value, &version)
                    .await
            }
            None if decision.verdict == Verdict::Approved => return Ok(()),
            None => records.insert(Table::State, &partition, &row, &value).await,
        };
        match written {
            Err(StoreError::Conflict(_)) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict(place))
}

/// The row of `Table::State`. A digest is made of hex digits, so nothing else is called like it.
fn row_of(digest: &str) -> String {
    format!("{ROWS}{digest}")
}

async fn read(
    stores: &Stores,
    (table, partition, row): (Table, &str, &str),
    place: &str,
) -> Result<Option<(Decision, Version)>, StoreError> {
    let Some(found) = stores.records.get(table, partition, row).await? else {
        return Ok(None);
    };
    let decision: Decision = parse(place, &found.value)?;
    refuse_newer(decision.version, DECISION_VERSION, || place.to_owned())?;
    Ok(Some((decision, found.version)))
}
