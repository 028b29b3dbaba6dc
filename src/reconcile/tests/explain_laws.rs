//! What is said of one person is what the plan does: for every member of both lists, and nothing beside it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    Case,
    laws::{cases, config, show},
    now,
};
use crate::{
    model::{
        list::{Side, Sides},
        member::Member,
    },
    plan::{
        change::{Action, Considered, Seen, Why},
        review::{Review, review},
    },
    reconcile::explain::{Asked, Does, Explanation, NextStep, PersonFound, explain, render},
};

/// What is done with an entry, as plan and explanation both tell it.
type Done = (Side, Does, bool);

/// What the plan says of the entry at a place.
fn planned(reviewed: &Review, side: Side, place: u32, member: &Member) -> Vec<Done> {
    let plan = reviewed.approved.plan();
    let goes_on: BTreeSet<usize> = reviewed.approved.changes().map(|(at, _)| at).collect();
    let is_it = |seen: &Seen| *seen.of(side) == Some(place);
    let changes = plan.changes.iter().enumerate().filter(|(_, change)| {
        // Further entries are removed by changes that speak for nobody.
        let is_second = change.seen == Seen::default() && change.side == side;
        is_it(&change.seen) || (is_second && change.member == *member)
    });
    let changes = changes.map(|(at, change)| {
        let does = match change.action {
            Action::Add => Does::Add,
            Action::Invite => Does::Invite,
            Action::Remove => Does::Remove,
            Action::Update(_) => Does::Update,
        };
        (change.side, does, !goes_on.contains(&at))
    });
    let withheld = plan.withheld.iter().filter(|one| is_it(&one.seen));
    let withheld = withheld.map(|one| {
        let does = match one.considered {
            Considered::Add => Does::NotAdded,
            Considered::Update => Does::NotUpdated,
            Considered::Remove => Does::Stays,
            Considered::Match => Does::LeftAlone,
        };
        (one.side, does, false)
    });
    let ignored = plan.ignored.iter().filter(|one| is_it(&one.seen));
    let ignored = ignored.map(|one| {
        let does = match one.why {
            Why::SecondEntry(_) => Does::SecondEntry,
            _ => Does::Ignored,
        };
        (one.side, does, false)
    });
    changes.chain(withheld).chain(ignored).collect()
}

fn told(next: &NextStep) -> Done {
    (next.side, next.does, next.waits)
}

fn explained(case: &Case, reviewed: &Review, asked: &str) -> Explanation {
    let readings = Sides {
        source: &case.source,
        target: &case.target,
    };
    let asked = Asked::parse(asked).unwrap();
    explain(
        &case.sync,
        readings,
        case.baseline.as_ref(),
        reviewed,
        &asked,
        now(),
    )
}

/// Whether an entry of the person can be this member: there is no telling apart members that are alike.
fn has(person: &PersonFound, side: Side, member: &Member) -> bool {
    let id = member.id.as_ref().map(|id| id.as_str());
    let mut entries = person.entries.iter();
    entries.any(|entry| {
        entry.side == side && entry.label == member.label() && entry.id.as_deref() == id
    })
}

/// What the first line has to say of a change that goes on, or waits.
fn words(next: &NextStep) -> Option<&'static str> {
    match (next.does, next.waits) {
        (Does::Add, false) => Some("the next run will add them"),
        (Does::Add, true) => Some("the next run would add them, and that waits for approval"),
        (Does::Invite, false) => Some("the next run will invite them as a guest"),
        (Does::Remove, false) => Some("the next run will remove them"),
        (Does::Remove, true) => Some("the next run would remove them, and that waits for approval"),
        _ => None,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_told_of_a_person_is_what_the_plan_does(case in cases(), limited in any::<bool>()) {
        let mut case = case;
        if !limited {
            case.sync.limits.removals = Default::default();
        }
        let reviewed = review(case.plan(), &case.sync.limits, None, now());
        for (side, reading) in [(Side::Source, &case.source), (Side::Target, &case.target)] {
            for (place, member) in (0..).zip(&reading.members) {
                let id = member.id.as_ref().map(|id| id.as_str());
                let Some(asked) = member.address().map(|address| address.as_str()).or(id) else {
                    continue;
                };
                let found = explained(&case, &reviewed, asked);
                let shown = || format!("{asked} on {side:?}\n{}\n{}", render(&found), show(&case, reviewed.approved.plan()));
                let theirs: Vec<&PersonFound> =
                    found.people.iter().filter(|person| has(person, side, member)).collect();
                prop_assert!(!theirs.is_empty(), "nobody is found: {}", shown());
                let all: Vec<Done> = theirs.iter().flat_map(|person| &person.next).map(told).collect();
                let planned = planned(&reviewed, side, place, member);
                for one in &planned {
                    prop_assert!(all.contains(one), "{one:?} is not told: {}", shown());
                }
                if planned.is_empty() {
                    prop_assert!(!all.is_empty(), "nothing is told: {}", shown());
                }
                if let [person] = found.people.as_slice() {
                    // Of somebody who is changed the first line says so.
                    let changed: Vec<&str> = person.next.iter().filter_map(words).collect();
                    prop_assert!(
                        changed.is_empty() || changed.iter().any(|words| found.verdict.contains(words)),
                        "{}", shown()
                    );
                    let is_unchanged = person.next.iter().any(|next| next.does == Does::Unchanged);
                    let is_quiet = planned.iter().all(|(_, does, _)| *does == Does::SecondEntry);
                    prop_assert!(is_quiet || !is_unchanged, "{}", shown());
                }
            }
        }
    }

    #[test]
    fn nothing_is_told_that_the_plan_does_not_say(case in cases()) {
        let reviewed = review(case.plan(), &case.sync.limits, None, now());
        let plan = reviewed.approved.plan();
        for (side, reading) in [(Side::Source, &case.source), (Side::Target, &case.target)] {
            for member in &reading.members {
                let Some(asked) = member.address() else { continue };
                let found = explained(&case, &reviewed, asked.as_str());
                for next in found.people.iter().flat_map(|person| &person.next) {
                    let in_plan = match next.does {
                        Does::Add | Does::Invite | Does::Update | Does::Remove => plan.changes_to(next.side).next().is_some(),
                        Does::NotAdded | Does::NotUpdated | Does::Stays | Does::LeftAlone => plan.withheld.iter().any(|one| {
                            one.side == next.side && one.because.to_string() == next.why
                        }),
                        Does::Ignored | Does::SecondEntry => plan.ignored.iter().any(|one| one.why.to_string() == next.why),
                        Does::Unchanged => plan.unchanged > 0,
                    };
                    prop_assert!(in_plan, "{next:?} of {asked} on {side:?}: {}", show(&case, plan));
                }
            }
        }
    }
}
