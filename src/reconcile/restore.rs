//! A run undone: everybody it touched back to what they were before it, and nobody else.
//!
//! Whom the run added is removed, whom it removed is added again, and a field it changed gets its old value. Nothing
//! follows from who is on the other list, so no proof of that list is needed; what is needed instead is the run's own
//! record, the snapshot from before it, and the list as it is now. Whatever somebody changed since stays as it is and is
//! told; opt-outs, protected members and lists that cannot be written are respected as by every other run.
//!
//! **What both sides agree on afterwards.** The lists that the run did not write are not touched by what is undone,
//! and nobody is taken for a leaver of them because of it:
//! - an undone addition is forgotten, so that the next plan offers it again, as an addition, where the other list still
//!   has the person. It never takes them off that list;
//! - an undone removal is forgotten as well. One-way, the next plan wants the removal again while the source is without
//!   the person. Two-way, the next plan brings them to the other list, or finds them there; it never removes them again;
//! - an undone field goes back to the value both sides agreed on before, so that the next plan wants the same write
//!   again, and never writes the old value over the other list's.
//!
//! What was undone already (by an attempt that died, or by hand) is remembered in the same way, so that it does not
//! matter how many attempts it took.

mod coming_back;
mod fields;
mod known;
mod leaving;
mod people;
mod proof;
mod touched;
mod undoing;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{matching::match_members, situation::Situation};
use crate::{
    definition::sync::Sync,
    model::{
        baseline::{Baseline, Identity},
        list::{Side, Sides},
        reading::Reading,
        snapshot::Snapshot,
    },
    plan::{
        change::{Action, Change},
        outcome::Outcome,
        value::Plan,
    },
};
use touched::touched;
use undoing::Undoing;

/// A run that is to be undone, and what is kept of it.
#[derive(Debug, Clone, Copy)]
pub struct Undone<'a> {
    /// Its id.
    pub run: &'a str,
    /// When it ended, or began where it died.
    pub ended: Timestamp,
    /// Both lists before it.
    pub snapshot: &'a Snapshot,
    /// What it planned.
    pub plan: &'a Plan,
    /// What became of the changes, in their order; `None` for what was held.
    pub outcomes: &'a [Option<Outcome>],
    /// Whether the outcomes were written down at its end. Those of a run that died are known in part, or not at all:
    /// whatever has none may have been made.
    pub is_told: bool,
    /// What earlier runs that undid it have done: the list shows that, however soon it is read.
    pub put_right: &'a [Change],
}

/// What undoing a run of `sync` would do `now`, given both sides as they are and what they agreed on.
///
/// The readings need no directory; where one does, the plan says so in `wants_directory`, and what depends on it is
/// withheld until this is asked again with it.
pub fn restore(
    sync: &Sync,
    undone: &Undone<'_>,
    readings: Sides<&Reading>,
    baseline: Option<&Baseline>,
    now: Timestamp,
) -> Plan {
    let Sides { source, target } = readings;
    let situation = Situation::new(sync, source, target, baseline, now);
    let people = match_members(&sync.matching, source, target, baseline);
    let mut undoing = Undoing::new(undone, &situation, people, now);
    let mut removed = Vec::new();
    for (touch, change) in touched(undone) {
        match &change.action {
            _ if change.member.is_forgotten() => undoing.leave_forgotten(change),
            Action::Update(fields) => undoing.undo_update(touch, change, fields),
            // Who comes back is found once it is known who leaves.
            _ if change.is_removal() => removed.push((touch, change)),
            _ => undoing.undo_addition(touch, change),
        }
    }
    undoing.undo_removals(&removed);
    undoing.finish()
}

/// Ends the entries of `next`, the baseline after a restore, that would turn what was undone into the opposite on the
/// other list: see above. `old` is the baseline that `plan` was made with.
pub fn forget(
    next: &mut Baseline,
    old: Option<&Baseline>,
    plan: &Plan,
    outcomes: &[Option<Outcome>],
) {
    let is_done = |outcome: &Option<Outcome>| outcome.as_ref().is_some_and(Outcome::is_done);
    let done = plan.changes.iter().zip(outcomes);
    let done = done.filter(|(_, outcome)| is_done(outcome));
    let done: Vec<&Change> = done.map(|(change, _)| change).collect();
    // Whoever is on both lists now is agreed on.
    let is_alone = |change: &&Change| {
        change.is_removal() || change.is_addition() && change.seen.of(change.side.other()).is_none()
    };
    let moved = Names::of(done.iter().copied().filter(is_alone));
    let old = old.map_or(&[][..], |old| &old.entries);
    let forgotten = plan.forgets.iter();
    let forgotten: BTreeSet<(&Identity, &Identity)> = forgotten
        .filter_map(|entry| old.get(*entry as usize))
        .map(|entry| (&entry.who.source, &entry.who.target))
        .collect();
    next.entries.retain(|entry| {
        let Sides { source, target } = &entry.who;
        !moved.has(Side::Source, source)
            && !moved.has(Side::Target, target)
            && !forgotten.contains(&(source, target))
    });
    let back = Names::of(done.iter().copied().filter(|change| change.is_addition()));
    next.taken
        .retain(|taken| !back.has(taken.by.side, &taken.who));
}

/// What the members of changes are known by. Where both tell an id, it alone decides.
#[derive(Default)]
struct Names<'a> {
    ids: BTreeSet<(Side, &'a str)>,
    keys: BTreeSet<(Side, &'a str)>,
    keys_of_the_nameless: BTreeSet<(Side, &'a str)>,
}

impl<'a> Names<'a> {
    fn of(changes: impl Iterator<Item = &'a Change>) -> Self {
        let mut names = Self::default();
        for Change { side, member, .. } in changes {
            let address = member.addresses.first().map(|address| address.as_str());
            let phone = member.phones.first().map(|phone| phone.as_str());
            let keys = address.into_iter().chain(phone);
            let keys = keys.map(|key| (*side, key));
            match &member.id {
                Some(id) => {
                    names.ids.insert((*side, id.as_str()));
                }
                None => names.keys_of_the_nameless.extend(keys.clone()),
            }
            names.keys.extend(keys);
        }
        names
    }

    fn has(&self, side: Side, who: &Identity) -> bool {
        let among =
            |known: &BTreeSet<(Side, &str)>| who.keys().any(|key| known.contains(&(side, key)));
        match &who.id {
            Some(id) => {
                self.ids.contains(&(side, id.as_str())) || among(&self.keys_of_the_nameless)
            }
            None => among(&self.keys),
        }
    }
}
