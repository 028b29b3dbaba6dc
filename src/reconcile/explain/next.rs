//! What the next run does with a person: what the plan says of them.

use std::collections::BTreeSet;

use super::{Does, NextStep};
use crate::{
    model::{attributes::Value, list::Side},
    plan::{
        change::{Action, Change, Considered, FieldChange, Seen, Why},
        review::Review,
    },
    reconcile::{
        matching::Person,
        situation::{Situation, positions},
    },
};

/// Everything the plan says of the person. Where it says nothing of somebody on both lists there is nothing to do.
pub(super) fn next(situation: &Situation<'_>, person: &Person, review: &Review) -> Vec<NextStep> {
    let plan = review.approved.plan();
    let goes_on: BTreeSet<usize> = review.approved.changes().map(|(at, _)| at).collect();
    let changes = plan.changes.iter().enumerate();
    let changes = changes.filter(|(_, change)| changes_them(situation, person, change));
    let mut next: Vec<NextStep> = changes
        .map(|(at, change)| NextStep {
            side: change.side,
            does: match &change.action {
                Action::Invite => Does::Invite,
                Action::Add => Does::Add,
                Action::Update(_) => Does::Update,
                Action::Remove => Does::Remove,
            },
            why: match &change.action {
                Action::Update(fields) => in_words(fields),
                Action::Invite | Action::Add | Action::Remove => change.reason.to_string(),
            },
            waits: !goes_on.contains(&at),
        })
        .collect();
    let withheld = plan.withheld.iter();
    next.extend(
        withheld
            .filter(|withheld| speaks_of(person, &withheld.seen))
            .map(|withheld| NextStep {
                side: withheld.side,
                does: match withheld.considered {
                    Considered::Add => Does::NotAdded,
                    Considered::Update => Does::NotUpdated,
                    Considered::Remove => Does::Stays,
                    Considered::Match => Does::LeftAlone,
                },
                why: withheld.because.to_string(),
                waits: false,
            }),
    );
    let ignored = plan.ignored.iter();
    next.extend(
        ignored
            .filter(|ignored| speaks_of(person, &ignored.seen))
            .map(|ignored| NextStep {
                side: ignored.side,
                does: match &ignored.why {
                    Why::SecondEntry(_) => Does::SecondEntry,
                    _ => Does::Ignored,
                },
                why: ignored.why.to_string(),
                waits: false,
            }),
    );
    let says_something = |next: &NextStep| next.does != Does::SecondEntry;
    let on_both = person.at.source.is_some() && person.at.target.is_some();
    if on_both && !next.iter().any(says_something) {
        next.push(NextStep {
            side: Side::Target,
            does: Does::Unchanged,
            why: "nothing differs".to_owned(),
            waits: false,
        });
    }
    next
}

fn speaks_of(person: &Person, seen: &Seen) -> bool {
    positions(person).any(|(side, position)| *seen.of(side) == Some(position))
}

/// Further entries of a person are removed by changes that speak for nobody: those are told by the member itself.
fn changes_them(situation: &Situation<'_>, person: &Person, change: &Change) -> bool {
    if change.seen != Seen::default() {
        return speaks_of(person, &change.seen);
    }
    positions(person).any(|(side, position)| {
        side == change.side && situation.member(side, position) == Some(&change.member)
    })
}

fn in_words(fields: &[FieldChange]) -> String {
    let show = |value: &Option<Value>| match value {
        Some(value) => value.to_line(),
        None => "(none)".to_owned(),
    };
    let fields = fields.iter().map(|field| {
        let (before, after) = (show(&field.before), show(&field.after));
        format!("{} {before} => {after}", field.field)
    });
    fields.collect::<Vec<_>>().join(", ")
}
