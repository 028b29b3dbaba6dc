//! What is known of a plan that is held: who rejected just this before, and how it differs from what was approved.

use std::collections::BTreeSet;

use super::{Ports, earlier};
use crate::{
    definition::sync::Sync,
    history::{self, RunFile},
    model::{list::Sides, reading::Reading},
    plan::{
        change::Change,
        difference::{Difference, difference},
        review::{Approval, Held, RejectedBefore, Review, review},
        value::Plan,
    },
    store::ports::StoreError,
};

/// How far back somebody looks for the run whose plan was approved.
const LOOK_BACK: usize = 50;

/// The same review with what people need to know to decide about what is held.
pub(super) async fn explained(
    ports: Ports<'_>,
    sync: &Sync,
    approval: Option<&Approval>,
    readings: Sides<&Reading>,
    mut reviewed: Review,
) -> Result<Review, StoreError> {
    let Some(held) = &mut reviewed.held else {
        return Ok(reviewed);
    };
    let plan = reviewed.approved.plan();
    let decided = history::rejection(ports.stores, &sync.id, held.digest.as_str()).await?;
    held.rejected = decided.map(|decision| RejectedBefore {
        run: decision.run,
        by: decision.by,
        reason: decision.reason,
        at: decision.at,
    });
    if let Some(approval) = approval
        && held.misfit.is_some()
    {
        held.difference = differs(ports, sync, approval, readings, plan, held).await?;
    }
    Ok(reviewed)
}

/// How what was approved differs from what waits now; `None` where nobody knows what was approved, or it does not.
async fn differs(
    ports: Ports<'_>,
    sync: &Sync,
    approval: &Approval,
    readings: Sides<&Reading>,
    plan: &Plan,
    held: &Held,
) -> Result<Option<Difference>, StoreError> {
    if held.digest.is_named_by(&approval.digest) {
        return Ok(None);
    }
    let runs = history::list(ports.stores, &sync.id, LOOK_BACK).await?;
    let named = runs.iter().find(|run| {
        let held = run.held.as_ref();
        held.is_some_and(|held| held.digest.is_named_by(&approval.digest))
    });
    let Some(named) = named else { return Ok(None) };
    let Some(file) = history::run_file(ports.stores, &sync.id, &named.run).await? else {
        return Ok(None);
    };
    let without = review(plan.clone(), &sync.limits, None, (ports.now)());
    let goes_on: BTreeSet<usize> = without.approved.changes().map(|(at, _)| at).collect();
    let waits = plan
        .changes
        .iter()
        .enumerate()
        // Under the limits nothing but the approval that does not fit holds it.
        .filter(|(at, _)| without.held.is_none() || !goes_on.contains(at))
        .map(|(_, change)| change);
    let waits: Vec<&Change> = waits.collect();
    let members = Sides {
        source: earlier::by_key(readings.source),
        target: earlier::by_key(readings.target),
    };
    let is_so = |change: &Change| earlier::is_so(change, members.of(change.side));
    let approved = held_by(&file);
    Ok(Some(difference(&named.run, &approved, plan, &waits, is_so)))
}

/// What of a run's plan was held. Of a preview, and of a run that died, that is everything.
fn held_by(file: &RunFile) -> Vec<&Change> {
    let outcomes = file.outcomes.iter().flatten().map(Option::as_ref);
    let outcomes = outcomes.chain(std::iter::repeat(None));
    let changes = file.plan.changes.iter().zip(outcomes);
    changes
        .filter(|(_, outcome)| outcome.is_none())
        .map(|(change, _)| change)
        .collect()
}
