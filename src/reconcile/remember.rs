//! What both sides agree on after a run: the next baseline.

mod earlier;
mod moves;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use self::earlier::with_earlier;
use self::moves::Moves;
use super::{consent, counted, guests, situation::A_LIST, unresolved};
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
    let mut moves = Moves::new(&readings, old, run, now);
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
        entries.extend(next_entry(&readings, person, &done, old, &mut moves));
    }
    let nobody_overlooked = shows_everybody(&readings, plan);
    let left = old_entries
        .iter()
        .zip(&spoken_for)
        .filter(|(entry, spoken_for)| {
            !**spoken_for && (!nobody_overlooked || moves.may_show_later(entry))
        });
    entries.extend(left.map(|(entry, _)| entry.clone()));
    for (change, outcome) in plan.changes.iter().zip(outcomes) {
        let is_done = outcome.as_ref().is_some_and(Outcome::is_done);
        // A further entry of somebody speaks for no place of its own.
        if is_done && change.is_removal() && change.seen == Seen::default() {
            moves.take(change, None);
        } else if is_done && change.is_addition() {
            moves.put_back(change);
        }
    }
    let sizes = |side: Side| {
        let reading = *readings.of(side);
        counted::next(old, reading, side, (plan, outcomes), (run, now))
    };
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
        read: Sides {
            source: sizes(Side::Source),
            target: sizes(Side::Target),
        },
        taken: moves.into_taken(),
        ..Baseline::default()
    }
}

/// Whether whoever is on neither list has left both. A list that is not believed may be without people who are still on it:
/// they would seem to have joined it once it shows them again.
fn shows_everybody(readings: &Sides<&Reading>, plan: &Plan) -> bool {
    let sides = [Side::Source, Side::Target];
    let is_whole = |side: Side| readings.of(side).is_whole();
    let is_empty = |side: Side| readings.of(side).members.is_empty();
    let is_undoing = plan.restores.is_some();
    // Two lists that are both empty agree on nobody. Nobody can be taken off them for it.
    if !is_undoing
        && sides
            .into_iter()
            .all(|side| is_whole(side) && is_empty(side))
    {
        return true;
    }
    // Whoever undoes a run judges each list for each person, and an empty one proves nothing there either.
    let is_believed = |side: Side| {
        is_whole(side) && plan.doubts.of(side).is_empty() && !(is_undoing && is_empty(side))
    };
    sides.into_iter().all(is_believed)
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

/// One change of the plan, and what became of it.
#[derive(Clone, Copy)]
struct Did<'a> {
    change: &'a Change,
    outcome: Option<&'a Outcome>,
}

impl Did<'_> {
    fn is_done(&self) -> bool {
        self.outcome.is_some_and(Outcome::is_done)
    }
}

/// The changes of the plan by the place of the member they speak for.
#[derive(Default)]
struct Done<'a> {
    changes: BTreeMap<(Side, u32), Vec<Did<'a>>>,
    /// Whether there are any for a place: for most people there are none.
    any: Sides<Vec<bool>>,
}

impl<'a> Done<'a> {
    fn add(&mut self, side: Side, place: u32, did: Did<'a>) {
        let any = self.any.of_mut(side);
        if any.len() <= place as usize {
            any.resize(place as usize + 1, false);
        }
        if let Some(any) = any.get_mut(place as usize) {
            *any = true;
        }
        self.changes.entry((side, place)).or_default().push(did);
    }

    fn of(&self, side: Side, place: u32) -> &[Did<'a>] {
        match self.any.of(side).get(place as usize) {
            Some(true) => self.changes.get(&(side, place)).map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }
}

fn done_by_position<'a>(plan: &'a Plan, outcomes: &'a [Option<Outcome>]) -> Done<'a> {
    let mut done = Done::default();
    for (position, change) in plan.changes.iter().enumerate() {
        let outcome = outcomes.get(position).and_then(Option::as_ref);
        let did = Did { change, outcome };
        for (side, place) in [
            (Side::Source, change.seen.source),
            (Side::Target, change.seen.target),
        ] {
            if let Some(place) = place {
                done.add(side, place, did);
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
    moves: &mut Moves<'_>,
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
    let (source, target) = (member(Side::Source), member(Side::Target));
    let removals = changes
        .iter()
        .filter(|did| did.is_done() && did.change.is_removal());
    let mut is_removed = false;
    for did in removals {
        moves.take(did.change, old);
        is_removed = true;
    }
    if is_removed && (source.is_some() || target.is_some()) {
        return None;
    }
    match (source, target) {
        (Some(source), Some(target)) => {
            let fields = if changes.iter().all(Did::is_done) {
                person.fields.clone()
            } else {
                old.map(|entry| entry.fields.clone()).unwrap_or_default()
            };
            let invited = || {
                let target = moves.invited(Side::Target, target);
                target.or_else(|| moves.invited(Side::Source, source))
            };
            let updated = changes.iter().filter(|did| did.is_done());
            Some(BaselineEntry {
                who: Sides {
                    source: Identity::of(source),
                    target: Identity::of(target),
                },
                fields,
                put: match old {
                    Some(old) => old.put.clone(),
                    None => invited(),
                },
                settling: moves.settling(old, updated.map(|did| did.change.side)),
            })
        }
        (None, None) => old.cloned(),
        (source, target) => match changes {
            [
                Did {
                    change,
                    outcome: Some(outcome),
                },
            ] if outcome.is_done() && change.action == Action::Add => {
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
                let (put, settling) = moves.put(change, outcome, old);
                Some(BaselineEntry {
                    who,
                    fields: person.fields.clone(),
                    put,
                    settling,
                })
            }
            _ => old.cloned(),
        },
    }
}
