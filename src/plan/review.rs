//! Limits and approvals: which part of a plan may be applied. `Approved` can be made nowhere else.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    aliases,
    breaches::breaches,
    change::Change,
    difference::Difference,
    digest::PlanDigest,
    limits::{Limit, Limits, OverLimit},
    value::Plan,
};
use crate::model::list::Side;

/// A person's consent to one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approval {
    /// The digest as the person gave it; see [`PlanDigest::is_named_by`].
    pub digest: String,
    /// Who approved.
    pub by: String,
    /// When it stops to hold.
    pub expires: Timestamp,
}

/// A plan that was held against its limits: what goes on, and what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The part that may be applied; perhaps nothing.
    pub approved: Approved,
    /// The part that waits for a person, with the reason.
    pub held: Option<Held>,
}

/// The part of a plan that may be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    plan: Plan,
    goes_on: Vec<bool>,
    creates: bool,
}

/// The part of a plan that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// What has to be approved: the digest of the changes over the limit, or of the whole plan where none are.
    #[schema(value_type = String)]
    pub digest: PlanDigest,
    /// The limits that were exceeded.
    pub breaches: Vec<Breach>,
    /// The parts of the definition that changed since the last run, where everything waits because of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub redefined: Vec<String>,
    /// Why an approval that was given does not count.
    pub misfit: Option<String>,
    /// How what was approved differs from what waits now, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// Who rejected exactly this before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<RejectedBefore>,
    /// How many changes wait.
    pub waiting: usize,
}

/// A person's no to exactly these changes, in an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RejectedBefore {
    /// The run that was rejected.
    pub run: String,
    /// Who rejected it.
    pub by: String,
    /// Why, in words.
    pub reason: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// One limit that was exceeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Breach {
    /// The list; of unresolved entries the one they stand on.
    pub side: Side,
    /// What there is too much of.
    pub of: Limited,
    /// How many are planned.
    pub planned: usize,
    /// How many members the list has now.
    pub members: usize,
    /// The limit.
    pub limit: Limit,
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Limited {
    /// Additions and invitations.
    Additions,
    /// Removals.
    Removals,
    /// Aliases that are added.
    AliasesAdded,
    /// Aliases that are taken away.
    AliasesRemoved,
    /// Changes of all kinds.
    Total,
    /// Entries of the list that name nobody the other side knows.
    Unresolved,
}

impl Limited {
    /// Whether it is about what goes away: additions may go on then.
    pub fn takes_away(self) -> bool {
        match self {
            Self::Removals | Self::AliasesRemoved | Self::Unresolved => true,
            Self::Additions | Self::AliasesAdded | Self::Total => false,
        }
    }
}

impl Breach {
    /// Whether a change waits because of it.
    fn holds(&self, change: &Change) -> bool {
        match self.of {
            Limited::Removals => change.is_removal(),
            Limited::AliasesRemoved => aliases::of(change).removed > 0,
            // Whom the broken entries stand for may be the very ones that would be removed from the other list.
            Limited::Unresolved => change.is_removal() && change.side == self.side.other(),
            Limited::Additions | Limited::AliasesAdded | Limited::Total => true,
        }
    }
}

impl Approved {
    /// The whole plan, with what waits.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The list to create first.
    pub fn create(&self) -> Option<Side> {
        if self.creates { self.plan.create } else { None }
    }

    /// The changes that may be made, with their positions in the plan.
    pub fn changes(&self) -> impl Iterator<Item = (usize, &Change)> {
        let goes_on = self.goes_on.iter();
        self.plan
            .changes
            .iter()
            .enumerate()
            .zip(goes_on)
            .filter(|(_, goes)| **goes)
            .map(|(change, _)| change)
    }
}

/// Holds a plan against its limits. `now` decides whether the approval still holds.
///
/// An approval names what waits, not what goes on without it: the additions of a run whose removals wait are made at
/// once, and the plan of the next run is without them. After a change of the definition everything waits, however little
/// it is.
pub fn review(plan: Plan, limits: &Limits, approval: Option<&Approval>, now: Timestamp) -> Review {
    // Where nothing is to be done there is nothing to approve.
    let approval = approval.filter(|_| !plan.is_empty());
    let breaches = breaches(&plan, limits);
    let redefined = if plan.is_empty() {
        Vec::new()
    } else {
        plan.redefined.clone()
    };
    let over_everything = !redefined.is_empty()
        || breaches.iter().any(|breach| {
            !breach.of.takes_away() || limits.over_limit == OverLimit::EverythingWaits
        });
    let over =
        |change: &Change| over_everything || breaches.iter().any(|breach| breach.holds(change));
    let waits: Vec<&Change> = plan.changes.iter().filter(|change| over(change)).collect();
    let digest = if waits.is_empty() {
        plan.digest()
    } else {
        plan.digest_of(over_everything && plan.create.is_some(), waits.into_iter())
    };
    let misfit = approval.and_then(|approval| misfit(approval, [&digest, &plan.digest()], now));
    let goes_on: Vec<bool> = match (approval, &misfit) {
        (None, _) => plan.changes.iter().map(|change| !over(change)).collect(),
        (Some(_), misfit) => vec![misfit.is_none(); plan.changes.len()],
    };
    let creates = match approval {
        None => !over_everything,
        Some(_) => misfit.is_none(),
    };
    let waiting = goes_on.iter().filter(|goes| !**goes).count();
    let holds = waiting > 0 || misfit.is_some() || (!creates && plan.create.is_some());
    let held = holds.then_some(Held {
        digest,
        breaches,
        redefined,
        misfit,
        difference: None,
        rejected: None,
        waiting,
    });
    Review {
        approved: Approved {
            plan,
            goes_on,
            creates,
        },
        held,
    }
}

/// Why an approval does not count. It may name what waits or the whole plan.
fn misfit(approval: &Approval, digests: [&PlanDigest; 2], now: Timestamp) -> Option<String> {
    let given = &approval.digest;
    if !digests.iter().any(|digest| digest.is_named_by(given)) {
        let digits = super::digest::SHOWN_DIGITS;
        let [waits, _] = digests;
        return Some(format!(
            "the approval names `{given}`, the plan now is `{}` (at least {digits} digits have to agree)",
            waits.short()
        ));
    }
    (approval.expires <= now).then(|| format!("the approval expired at {}", approval.expires))
}
