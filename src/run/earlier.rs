//! What an earlier attempt at this run had done before it died: otherwise the history would call a run that changed a
//! list "unchanged".
//!
//! Only what the lists themselves show counts: a change of the earlier plan that is no longer planned and that is so now.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    history::RunFile,
    model::{
        list::{Side, Sides},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change},
        outcome::Outcome,
        review::Approved,
        value::Plan,
    },
};

/// The changes of the earlier attempt that are done. `went_on` is what of its plan was not held.
pub(super) fn found_done(
    earlier: &RunFile,
    went_on: &Approved,
    plan: &Plan,
    readings: Sides<&Reading>,
) -> Vec<Change> {
    let still_planned: BTreeSet<_> = plan.changes.iter().flat_map(names).collect();
    let members = Sides {
        source: by_key(readings.source),
        target: by_key(readings.target),
    };
    let went_on: BTreeSet<usize> = went_on.changes().map(|(position, _)| position).collect();
    let known = earlier.outcomes.iter().flatten();
    let known = known.map(Option::as_ref).chain(std::iter::repeat(None));
    let changes = earlier.plan.changes.iter().zip(known).enumerate();
    let done = changes.filter(|(position, (change, known))| {
        known.is_some_and(Outcome::is_done)
            || went_on.contains(position)
                && !names(change).any(|name| still_planned.contains(&name))
                && shows(change, readings.of(change.side))
                && is_so(change, members.of(change.side))
    });
    done.map(|(_, (change, _))| change.clone()).collect()
}

/// Whether a list tells if a change was made: one with gaps does not tell that somebody is gone.
fn shows(change: &Change, reading: &Reading) -> bool {
    !change.is_removal() || reading.is_whole()
}

/// A run's file with what an earlier attempt had done in front. `outcomes` is absent while the run is at work.
pub(super) fn file(
    earlier: &[Change],
    plan: &Plan,
    outcomes: Option<&[Option<Outcome>]>,
) -> RunFile {
    if earlier.is_empty() {
        return RunFile {
            plan: plan.clone(),
            outcomes: outcomes.map(<[_]>::to_vec),
        };
    }
    let mut whole = plan.clone();
    whole.changes.splice(0..0, earlier.iter().cloned());
    let mut all = vec![Some(Outcome::Applied); earlier.len()];
    all.extend(outcomes.unwrap_or_default().iter().cloned());
    all.resize(whole.changes.len(), None);
    RunFile {
        plan: whole,
        outcomes: Some(all),
    }
}

/// What a change is about, by each of its member's keys.
fn names(change: &Change) -> impl Iterator<Item = (Side, &'static str, &str)> {
    // Whether somebody is invited first makes no difference to whether they are on the list.
    let action = match change.action {
        Action::Invite | Action::Add => "add",
        Action::Update(_) => "update",
        Action::Remove => "remove",
    };
    keys(&change.member).map(move |key| (change.side, action, key))
}

fn keys(member: &Member) -> impl Iterator<Item = &str> {
    let id = member.id.iter().map(|id| id.as_str());
    let addresses = member.addresses.iter().map(|address| address.as_str());
    let phones = member.phones.iter().map(|phone| phone.as_str());
    id.chain(addresses).chain(phones)
}

/// The members of a list by each of their keys.
pub(super) fn by_key(reading: &Reading) -> BTreeMap<&str, &Member> {
    let members = reading.members.iter();
    members
        .flat_map(|member| keys(member).map(move |key| (key, member)))
        .collect()
}

/// Whether a list shows already what a change wanted.
pub(super) fn is_so(change: &Change, members: &BTreeMap<&str, &Member>) -> bool {
    let found = keys(&change.member).find_map(|key| members.get(key));
    match (&change.action, found) {
        (Action::Invite | Action::Add, found) => found.is_some(),
        (Action::Remove, found) => found.is_none(),
        (Action::Update(fields), Some(member)) => fields
            .iter()
            .all(|field| member.attributes.get(&field.field) == field.after.as_ref()),
        (Action::Update(_), None) => false,
    }
}
