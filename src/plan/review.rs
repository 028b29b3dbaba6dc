//! Limits and approvals: which part of a plan may be applied. `Approved` can be made nowhere else.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    aliases::{self, Aliases},
    change::Change,
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
    /// Why an approval that was given does not count.
    pub misfit: Option<String>,
    /// How many changes wait.
    pub waiting: usize,
}

/// One limit that was exceeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Breach {
    /// The list.
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
/// once, and the plan of the next run is without them.
pub fn review(plan: Plan, limits: &Limits, approval: Option<&Approval>, now: Timestamp) -> Review {
    // Where nothing is to be done there is nothing to approve.
    let approval = approval.filter(|_| !plan.is_empty());
    let breaches = breaches(&plan, limits);
    let over_everything = breaches.iter().any(|breach| {
        let takes_away = matches!(breach.of, Limited::Removals | Limited::AliasesRemoved);
        !takes_away || limits.over_limit == OverLimit::EverythingWaits
    });
    let over = |change: &Change| {
        over_everything
            || breaches.iter().any(|breach| match breach.of {
                Limited::Removals => change.is_removal(),
                _ => aliases::of(change).removed > 0,
            })
    };
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
        misfit,
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

fn breaches(plan: &Plan, limits: &Limits) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for side in [Side::Source, Side::Target] {
        let members = *plan.members.of(side);
        let changes = || plan.changes_to(side);
        let additions = changes().filter(|change| change.is_addition()).count();
        let removals = changes().filter(|change| change.is_removal()).count();
        let moved = changes().map(aliases::of).sum::<Aliases>();
        let others = changes()
            .filter(|change| aliases::is_beside(change))
            .count();
        let counted = [
            (Limited::Additions, limits.additions, additions),
            (Limited::Removals, limits.removals, removals),
            (Limited::AliasesAdded, limits.aliases_added, moved.added),
            (
                Limited::AliasesRemoved,
                limits.aliases_removed,
                moved.removed,
            ),
            (
                Limited::Total,
                limits.total,
                additions + removals + moved.added + moved.removed + others,
            ),
        ];
        for (of, limit, planned) in counted {
            if exceeds(planned, members, limit, limits.only_above) {
                breaches.push(Breach {
                    side,
                    of,
                    planned,
                    members,
                    limit,
                });
            }
        }
    }
    breaches
}

fn exceeds(planned: usize, members: usize, limit: Limit, only_above: usize) -> bool {
    let over_count = limit.count.is_some_and(|count| planned > count);
    let over_percent = members > only_above
        && limit.percent.is_some_and(|percent| {
            planned.saturating_mul(100) > members.saturating_mul(percent.into())
        });
    over_count || over_percent
}
