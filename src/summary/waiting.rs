//! What a person should do about changes that wait for a reason of their own: no proof, a platform that does not show them
//! yet, or going back and forth.

use crate::plan::{
    change::{Because, Considered},
    put_back::NotPutBack,
    value::Plan,
    words::CAME_BACK_EMPTY,
};

/// How many people who go back and forth are named.
const MOST_NAMED: usize = 3;

/// The steps, in words.
pub(super) fn steps(plan: &Plan) -> Vec<String> {
    let mut steps = doubts(plan);
    steps.extend(without_proof(plan));
    steps.extend(not_shown(plan));
    steps.extend(back_and_forth(plan));
    steps
}

/// Doubts about whole lists. What is undone needs no proof of the other list; where a doubt matters there, the plan tells
/// it of each member.
fn doubts(plan: &Plan) -> Vec<String> {
    if plan.restores.is_some() {
        return Vec::new();
    }
    let of_source = plan
        .doubts
        .source
        .iter()
        .map(|doubt| removals_waited(doubt));
    // Nobody leaves the source of a one-way sync, whatever its target shows.
    let of_target = plan.doubts.target.iter().map(|doubt| match plan.two_way {
        true => removals_waited(doubt),
        false => format!("not everything may be known: {doubt}"),
    });
    of_source.chain(of_target).collect()
}

/// That removals waited, and how an empty list is believed.
fn removals_waited(why: &str) -> String {
    let if_meant = match why.contains(CAME_BACK_EMPTY) {
        true => "; if this is meant, set `emptyUntil` for it, or put one member back by hand",
        false => "",
    };
    format!("removals waited: {why}{if_meant}")
}

/// Why single changes waited, each reason once. Doubts about a whole list are told by themselves.
fn without_proof(plan: &Plan) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for withheld in &plan.withheld {
        let (why, step): (_, fn(&str) -> String) = match &withheld.because {
            Because::NoProof(why) if withheld.considered == Considered::Remove => {
                (why, removals_waited)
            }
            Because::NoProof(why) => (why, |why| format!("additions waited: {why}")),
            Because::NotPutBack(NotPutBack::Doubtful(why)) => (why, |why| {
                format!("not put back: {why}; restore the run again once it is read whole")
            }),
            _ => continue,
        };
        let doubts = || plan.doubts.source.iter().chain(&plan.doubts.target);
        for why in why
            .iter()
            .filter(|why| !doubts().any(|doubt| doubt == *why))
        {
            let step = step(why);
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
    }
    steps
}

/// What was done, or may have been, and a platform does not show.
fn not_shown(plan: &Plan) -> Vec<String> {
    let count = |fits: fn(&Because) -> bool| {
        let withheld = plan.withheld.iter();
        withheld.filter(|one| fits(&one.because)).count()
    };
    let is_sent = |because: &Because| {
        matches!(
            because,
            Because::Invited {
                unconfirmed: false,
                ..
            }
        )
    };
    let is_lost = |because: &Because| {
        matches!(
            because,
            Because::Invited {
                unconfirmed: true,
                ..
            }
        )
    };
    let lags = |because: &Because| {
        matches!(
            because,
            Because::NotShownYet { .. } | Because::StillShown { .. }
        )
    };
    let told = [
        (
            count(is_sent),
            "guest who was invited is not shown by the directory yet",
            "guests who were invited are not shown by the directory yet",
            "the next runs add them once it does",
        ),
        (
            count(is_lost),
            "invitation got no answer",
            "invitations got no answer",
            "the next runs look for the guest, and invite again after a day",
        ),
        (
            count(lags),
            "change of an earlier run is not shown by its list yet",
            "changes of earlier runs are not shown by their lists yet",
            "the next runs look again",
        ),
    ];
    let told = told.into_iter().filter(|(count, ..)| *count > 0);
    let told = told.map(|(count, one, many, what)| match count {
        1 => format!("nothing: 1 {one}; {what}"),
        _ => format!("nothing: {count} {many}; {what}"),
    });
    told.collect()
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
