//! What a person should do next after a run, and which failures are shown first.

use super::{FIRST_FAILURES, FailedChange, Summary, waiting};
use crate::plan::{
    change::{Because, Change},
    handed::PackageState,
    outcome::Problem,
    review::Held,
    value::Plan,
};

impl Summary {
    /// What a person should do next, in words.
    pub(super) fn next_steps(&self, plan: &Plan) -> Vec<String> {
        let mut steps: Vec<String> = Vec::new();
        if let Some(held) = &self.held {
            steps.push(decide(plan, held));
        } else if plan.is_empty() && plan.hides_changes() && !plan.redefined.is_empty() {
            steps.push(format!(
                "the definition changed ({}); somebody will be asked once it is known what changes with it",
                plan.redefined.join(", ")
            ));
        }
        steps.extend(self.packages.iter().filter_map(|package| {
            let (run, list) = (&package.run, plan.lists.of(package.side));
            match package.state {
                PackageState::Superseded => Some(format!(
                    "do not apply the package of run {run} for `{list}`: it is superseded"
                )),
                PackageState::Applied => None,
                _ => {
                    let replaces = package.replaces.as_ref();
                    let instead = replaces.map_or(String::new(), |earlier| {
                        format!(", and no longer the one of run {earlier}")
                    });
                    Some(format!(
                        "`{list}`: let an administrator apply the package of run {run}{instead}; \
                         `rollcall hand-over {run} --to DIR` unpacks it"
                    ))
                }
            }
        }));
        steps.extend(
            plan.restores
                .iter()
                .flat_map(|run| self.after_restore(run, plan)),
        );
        let failures = self.first_failures.iter().map(|failure| &failure.problem);
        for help in self
            .problem
            .iter()
            .chain(failures)
            .flat_map(|problem| &problem.help)
        {
            if !steps.contains(help) {
                steps.push(help.clone());
            }
        }
        let count = |fits: fn(&Because) -> bool| {
            plan.withheld
                .iter()
                .filter(|withheld| fits(&withheld.because))
                .count()
        };
        let unusable = count(|because| matches!(because, Because::NoKey(_)));
        if unusable > 0 {
            steps.push(format!(
                "give {unusable} entr{} an address or number that can be used",
                if unusable == 1 { "y" } else { "ies" }
            ));
        }
        let unresolved = count(|because| matches!(because, Because::Unresolved { .. }));
        if unresolved > 0 {
            steps.push(format!(
                "correct {unresolved} address{} that nobody has{}",
                if unresolved == 1 { "" } else { "es" },
                oldest(plan)
            ));
        }
        let refused = count(|because| matches!(because, Because::GuestRefused { .. }));
        if refused > 0 {
            steps.push(format!(
                "see why {refused} guest{} not taken: check the address, and the rules for guests of the tenant and the group",
                if refused == 1 { " was" } else { "s were" }
            ));
        }
        let conflicts = count(|because| matches!(because, Because::Conflict { .. }));
        if conflicts > 0 {
            steps.push(format!(
                "decide {conflicts} conflict{}",
                if conflicts == 1 { "" } else { "s" }
            ));
        }
        let unwritable = plan.unwritable();
        steps.extend(
            unwritable
                .map(|(side, why)| format!("`{}` cannot be written: {why}", plan.lists.of(side))),
        );
        steps.extend(waiting::steps(plan));
        steps
    }
}

/// What to do about what waits.
fn decide(plan: &Plan, held: &Held) -> String {
    let approve = format!("`{} --approve {}`", plan.command(), held.digest.short());
    if let Some(rejected) = &held.rejected {
        let reason = rejected.reason.as_deref().unwrap_or("no reason was given");
        return format!(
            "nothing: {} rejected this as run {} ({reason}); if it is meant after all, {approve}",
            rejected.by, rejected.run
        );
    }
    if held.redefined.is_empty() {
        return format!("look at the plan, then {approve}");
    }
    let parts = held.redefined.join(", ");
    format!("the definition changed ({parts}): look at the plan, then {approve}")
}

/// Since when the oldest entry names nobody, where an earlier run saw one.
fn oldest(plan: &Plan) -> String {
    let since = plan
        .withheld
        .iter()
        .filter_map(|withheld| match &withheld.because {
            Because::Unresolved { since, .. } => *since,
            _ => None,
        });
    since.min().map_or_else(String::new, |since| {
        format!(", the oldest since {}", since.strftime("%Y-%m-%d"))
    })
}

/// The first changes that were not made. Each problem is among them before any is told again: what matters may have
/// happened once, and a hundred others followed from it.
pub(super) fn first_failures(not_made: &[(&Change, &Problem)]) -> Vec<FailedChange> {
    let mut told: Vec<&Problem> = Vec::new();
    let (firsts, others): (Vec<usize>, Vec<usize>) = (0..not_made.len()).partition(|position| {
        let problem = not_made.get(*position).map(|(_, problem)| *problem);
        let is_new =
            problem.filter(|problem| told.len() < FIRST_FAILURES && !told.contains(problem));
        told.extend(is_new);
        is_new.is_some()
    });
    let mut chosen: Vec<usize> = firsts
        .into_iter()
        .chain(others)
        .take(FIRST_FAILURES)
        .collect();
    chosen.sort_unstable();
    chosen
        .into_iter()
        .filter_map(|position| not_made.get(position))
        .map(|(change, problem)| FailedChange {
            side: change.side,
            member: change.member.label().to_owned(),
            action: change.action.name().to_owned(),
            problem: (*problem).clone().advised(),
        })
        .collect()
}
