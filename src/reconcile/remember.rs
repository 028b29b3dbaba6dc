//! What both sides agree on after a run: the next baseline.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{consent, guests, situation::A_LIST, unresolved};
use crate::{
    model::{
        baseline::{Baseline, BaselineEntry, Identity},
        capabilities::AddsBy,
        list::{Side, Sides},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, Seen},
        outcome::Outcome,
        value::{InPlay, Plan},
    },
};

/// The next baseline, from what was read, what was planned and what really happened.
///
/// `outcomes` holds one entry for each change of the plan, in its order; `None` for a change that was held. `run` made
/// them.
///
/// Only what is known to be so is written down: a person counts as agreed on when both lists had them or an addition
/// is done; their entry goes when both lists are known to be without them.
pub fn next_baseline(
    readings: Sides<&Reading>,
    plan: &Plan,
    outcomes: &[Option<Outcome>],
    old: Option<&Baseline>,
    run: &str,
    now: Timestamp,
) -> Baseline {
    let done = done_by_position(plan, outcomes);
    let old_entries = old.map_or(&[][..], |baseline| &baseline.entries);
    let mut spoken_for = vec![false; old_entries.len()];
    let mut entries = Vec::with_capacity(plan.people.len());
    for person in &plan.people {
        let old = person
            .entry
            .and_then(|entry| old_entries.get(entry as usize));
        let place = person
            .entry
            .and_then(|entry| spoken_for.get_mut(entry as usize));
        let was_spoken_for = place.is_some_and(|place| std::mem::replace(place, true));
        let only_kept = person.seen == Seen::default();
        if only_kept && was_spoken_for {
            continue;
        }
        entries.extend(next_entry(&readings, person, &done, old));
    }
    let nobody_overlooked = readings.source.is_whole() && readings.target.is_whole();
    if !nobody_overlooked {
        let left = old_entries
            .iter()
            .zip(&spoken_for)
            .filter(|(_, spoken_for)| !**spoken_for);
        entries.extend(left.map(|(entry, _)| entry.clone()));
    }
    Baseline {
        entries,
        tombstones: consent::tombstones(&readings, plan, outcomes, old, now),
        unresolved: unresolved::remembered(&readings, plan, old, now),
        invited: guests::invited(&readings, plan, outcomes, old, (run, now)),
        refused: guests::refused(plan, outcomes, old, (run, now)),
        left_out: Sides {
            source: left_out(readings.source, old, Side::Source),
            target: left_out(readings.target, old, Side::Target),
        },
        ..Baseline::default()
    }
}

/// How many members each list had whose members are left out. One that is suddenly empty had what it had before.
fn left_out(reading: &Reading, old: Option<&Baseline>, side: Side) -> BTreeMap<String, usize> {
    let before = |name: &String| old?.left_out.of(side).get(name).copied();
    let counts = reading.left_out.counts.iter().map(|(name, count)| {
        let before = before(name).filter(|before| *count == 0 && *before >= A_LIST);
        (name.clone(), before.unwrap_or(*count))
    });
    counts.collect()
}

/// The changes of the plan by the place of the member they speak for, and whether each is done.
#[derive(Default)]
struct Done<'a> {
    changes: BTreeMap<(Side, u32), Vec<(&'a Change, bool)>>,
    /// Whether there are any for a place: for most people there are none.
    any: Sides<Vec<bool>>,
}

impl<'a> Done<'a> {
    fn add(&mut self, side: Side, place: u32, change: &'a Change, is_done: bool) {
        let any = self.any.of_mut(side);
        if any.len() <= place as usize {
            any.resize(place as usize + 1, false);
        }
        if let Some(any) = any.get_mut(place as usize) {
            *any = true;
        }
        let changes = self.changes.entry((side, place)).or_default();
        changes.push((change, is_done));
    }

    fn of(&self, side: Side, place: u32) -> &[(&'a Change, bool)] {
        match self.any.of(side).get(place as usize) {
            Some(true) => self.changes.get(&(side, place)).map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }
}

fn done_by_position<'a>(plan: &'a Plan, outcomes: &[Option<Outcome>]) -> Done<'a> {
    let mut done = Done::default();
    for (position, change) in plan.changes.iter().enumerate() {
        let is_done = outcomes
            .get(position)
            .and_then(Option::as_ref)
            .is_some_and(Outcome::is_done);
        for (side, place) in [
            (Side::Source, change.seen.source),
            (Side::Target, change.seen.target),
        ] {
            if let Some(place) = place {
                done.add(side, place, change, is_done);
            }
        }
    }
    done
}

/// How to find somebody again who was added just now. The platform gives them an id that nobody knows yet, so whatever
/// they were added by has to do until the next run reads it.
fn added(readings: &Sides<&Reading>, change: &Change) -> Identity {
    let mut who = Identity::of(&change.member);
    if readings.of(change.side).capabilities.adds_by == AddsBy::Phone {
        who.phone = change.member.phones.first().cloned();
    }
    who
}

fn next_entry(
    readings: &Sides<&Reading>,
    person: &InPlay,
    done: &Done<'_>,
    old: Option<&BaselineEntry>,
) -> Option<BaselineEntry> {
    let member = |side: Side| -> Option<&Member> {
        let place = (*person.seen.of(side))?;
        readings.of(side).members.get(place as usize)
    };
    let changes = [
        (Side::Source, person.seen.source),
        (Side::Target, person.seen.target),
    ]
    .into_iter()
    .filter_map(|(side, place)| Some(done.of(side, place?)))
    .find(|changes| !changes.is_empty())
    .unwrap_or_default();
    match (member(Side::Source), member(Side::Target)) {
        (Some(source), Some(target)) => {
            let removed = changes
                .iter()
                .any(|(change, is_done)| change.is_removal() && *is_done);
            let updated = changes.iter().all(|(_, is_done)| *is_done);
            let fields = if updated {
                person.fields.clone()
            } else {
                old.map(|entry| entry.fields.clone()).unwrap_or_default()
            };
            let who = Sides {
                source: Identity::of(source),
                target: Identity::of(target),
            };
            let put = old.and_then(|entry| entry.put.clone());
            (!removed).then_some(BaselineEntry { who, fields, put })
        }
        (None, None) => old.cloned(),
        (source, target) => match changes {
            [(change, true)] if change.action == Action::Add => {
                let added = added(readings, change);
                let who = match (source, target) {
                    (Some(source), _) => Sides {
                        source: Identity::of(source),
                        target: added,
                    },
                    (None, Some(target)) => Sides {
                        source: added,
                        target: Identity::of(target),
                    },
                    (None, None) => return old.cloned(),
                };
                Some(BaselineEntry {
                    who,
                    fields: person.fields.clone(),
                    put: None,
                })
            }
            changes
                if changes
                    .iter()
                    .any(|(change, is_done)| change.is_removal() && *is_done) =>
            {
                None
            }
            _ => old.cloned(),
        },
    }
}
