//! What a person should do about changes that wait for a reason of their own: no proof, or going back and forth.

use crate::plan::{
    change::{Because, Considered},
    value::Plan,
};

/// How many people who go back and forth are named.
const MOST_NAMED: usize = 3;

/// The steps, in words.
pub(super) fn steps(plan: &Plan) -> Vec<String> {
    let mut steps = without_proof(plan);
    steps.extend(back_and_forth(plan));
    steps
}

/// Why removals waited, each reason once. Doubts about a whole list are told by themselves.
fn without_proof(plan: &Plan) -> Vec<String> {
    let mut told: Vec<(&str, bool)> = Vec::new();
    let doubts = || plan.doubts.source.iter().chain(&plan.doubts.target);
    for withheld in &plan.withheld {
        let Because::NoProof(why) = &withheld.because else {
            continue;
        };
        let is_empty = *plan.members.of(withheld.side.other()) == 0;
        for why in why
            .iter()
            .filter(|_| withheld.considered == Considered::Remove)
        {
            let why = (why.as_str(), is_empty);
            if !told.contains(&why) && !doubts().any(|doubt| doubt == why.0) {
                told.push(why);
            }
        }
    }
    let removals = |(why, is_empty)| match is_empty {
        true => format!("removals waited: {why}; set `emptyUntil` for it if this is meant"),
        false => format!("removals waited: {why}"),
    };
    told.into_iter().map(removals).collect()
}

fn back_and_forth(plan: &Plan) -> Vec<String> {
    let frozen: Vec<_> = plan
        .withheld
        .iter()
        .filter(|withheld| matches!(withheld.because, Because::Oscillates { .. }))
        .collect();
    let named = frozen.iter().take(MOST_NAMED).map(|withheld| {
        let (who, list) = (&withheld.label, plan.lists.of(withheld.side));
        format!(
            "`{who}` goes back and forth: two systems disagree about `{list}`; find out who else changes it, and let one \
             of them decide"
        )
    });
    let others = frozen.len().saturating_sub(MOST_NAMED);
    let others = (others > 0).then(|| format!("the same for {others} more who go back and forth"));
    named.chain(others).collect()
}
