//! The plan of a run and what became of it, without one person. Every change keeps its place and its outcome, so that
//! numbers stay true; the digest is the one that was computed when the plan was whole.

use super::person::{Person, Seen};
use crate::{
    history::RunFile,
    model::{forgotten::FORGOTTEN, list::Side, member::Member},
    plan::{
        change::{Action, Because, Change, Considered},
        outcome::{Outcome, Problem},
        put_back::NotPutBack,
    },
};

/// Takes the person out of a run's file; says in how many places.
pub(super) fn without(file: &mut RunFile, person: &Person) -> usize {
    let RunFile { plan, outcomes } = file;
    let lists = plan.lists.clone();
    let mut erased = 0;
    let mut outcomes = outcomes.iter_mut().flatten();
    for change in &mut plan.changes {
        let outcome = outcomes.next();
        if !person.is(&Seen::member(lists.of(change.side), &change.member)) {
            continue;
        }
        erased += 1;
        change.member = Member::forgotten();
        if let Action::Update(fields) = &mut change.action {
            for field in fields {
                (field.before, field.after) = (None, None);
            }
        }
        if let Some(Some(Outcome::Refused(problem) | Outcome::Failed(problem))) = outcome {
            say_nothing(problem);
        }
    }
    for withheld in &mut plan.withheld {
        if person.is_called(&withheld.label, &lists) {
            erased += 1;
            FORGOTTEN.clone_into(&mut withheld.label);
            without_details(&mut withheld.because);
        }
    }
    let ignored = plan.ignored.iter_mut().map(|ignored| &mut ignored.label);
    let lapsed = plan.lapsed.iter_mut().map(|lapsed| &mut lapsed.label);
    for label in ignored.chain(lapsed) {
        if person.is_called(label, &lists) {
            erased += 1;
            FORGOTTEN.clone_into(label);
        }
    }
    erased
}

/// The sides on which the person was after this run, as far as its file says.
pub(super) fn sides_with(file: &RunFile, person: &Person) -> Vec<Side> {
    let (plan, mut sides) = (&file.plan, Vec::new());
    let mut outcomes = file.outcomes.iter().flatten();
    for change in &plan.changes {
        let outcome = outcomes.next().and_then(Option::as_ref);
        if person.is(&Seen::member(plan.lists.of(change.side), &change.member)) {
            let is_done = outcome.is_some_and(Outcome::is_done);
            sides.extend(sides_after(change, is_done));
        }
    }
    for withheld in &plan.withheld {
        if person.is_called(&withheld.label, &plan.lists) {
            sides.push(match withheld.considered {
                Considered::Add => withheld.side.other(),
                Considered::Update | Considered::Remove | Considered::Match => withheld.side,
            });
        }
    }
    for ignored in &plan.ignored {
        if person.is_called(&ignored.label, &plan.lists) {
            sides.push(ignored.side);
        }
    }
    sides
}

fn sides_after(change: &Change, is_done: bool) -> Vec<Side> {
    let (here, other) = (change.side, change.side.other());
    match (&change.action, is_done) {
        (Action::Add | Action::Invite, true) | (Action::Update(_), _) => vec![here, other],
        (Action::Add | Action::Invite, false) => vec![other],
        (Action::Remove, true) => Vec::new(),
        (Action::Remove, false) => vec![here],
    }
}

fn say_nothing(problem: &mut Problem) {
    FORGOTTEN.clone_into(&mut problem.message);
    problem.help = None;
}

/// What a reason says of the person besides their keys: values, and words of a platform.
fn without_details(because: &mut Because) {
    match because {
        Because::FieldConflict { lost, .. } => *lost = None,
        Because::Unresolved { nearest, hint, .. } => (*nearest, *hint) = (None, None),
        Because::NotPutBack(NotPutBack::FieldChangedSince { written, now, .. }) => {
            (*written, *now) = (None, None);
        }
        Because::GuestRefused { said, .. }
        | Because::NotTaken { said, .. }
        | Because::UnusableValue(said)
        | Because::NoKey(said)
        | Because::PerhapsMeant(said)
        | Because::KeepsValues { values: said, .. } => FORGOTTEN.clone_into(said),
        Because::Conflict { key, .. } => FORGOTTEN.clone_into(key),
        _ => {}
    }
}
