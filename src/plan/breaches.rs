//! Counting a plan against its limits.

use super::{
    aliases::{self, Aliases},
    change::Because,
    limits::{Limit, Limits},
    review::{Breach, Limited},
    value::Plan,
};
use crate::model::list::Side;

/// Of so few that go, each can be looked at: a share of them says nothing.
pub const A_FEW: usize = 2;

/// Every limit that the plan exceeds.
pub(super) fn breaches(plan: &Plan, limits: &Limits) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for side in [Side::Source, Side::Target] {
        let members = *plan.members.of(side);
        for (of, limit, planned) in counted(plan, limits, side) {
            if exceeds(of, planned, members, limit, limits.only_above) {
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

fn counted(plan: &Plan, limits: &Limits, side: Side) -> [(Limited, Limit, usize); 6] {
    let changes = || plan.changes_to(side);
    let additions = changes().filter(|change| change.is_addition()).count();
    let removals = changes().filter(|change| change.is_removal()).count();
    let moved = changes().map(aliases::of).sum::<Aliases>();
    let others = changes()
        .filter(|change| aliases::is_beside(change))
        .count();
    let total = additions + removals + moved.added + moved.removed + others;
    let (added, removed) = (limits.aliases_added, limits.aliases_removed);
    [
        (Limited::Additions, limits.additions, additions),
        (Limited::Removals, limits.removals, removals),
        (Limited::AliasesAdded, added, moved.added),
        (Limited::AliasesRemoved, removed, moved.removed),
        (Limited::Total, limits.total, total),
        (
            Limited::Unresolved,
            limits.unresolved,
            unresolved(plan, side),
        ),
    ]
}

/// How many entries of the list on `side` the other side does not know; none where nobody would be removed because of
/// them.
///
/// Not counted: who is external and not invited, which is what the sync wants for them however many they are; and who
/// has nothing to be recognised by, for one such entry alone makes every removal wait.
fn unresolved(plan: &Plan, side: Side) -> usize {
    let written = side.other();
    if !plan.changes_to(written).any(|change| change.is_removal()) {
        return 0;
    }
    let withheld = plan.withheld.iter();
    withheld
        .filter(|withheld| withheld.side == written)
        .filter(|withheld| matches!(withheld.because, Because::Unresolved { .. }))
        .count()
}

fn exceeds(of: Limited, planned: usize, members: usize, limit: Limit, only_above: usize) -> bool {
    let over_count = limit.count.is_some_and(|count| planned > count);
    let over_percent = limit.percent.is_some_and(|percent| {
        planned.saturating_mul(100) > members.saturating_mul(percent.into())
    });
    // A list that is small by the definition is small to lose one of three; to lose most of it is a disaster there too.
    let most = planned > A_FEW && planned.saturating_mul(2) > members;
    let counts = members > only_above || (most && of.takes_away());
    over_count || (over_percent && counts)
}
