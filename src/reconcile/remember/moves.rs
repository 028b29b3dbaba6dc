//! The ledger's part of the next baseline: who was put on a list and taken off it by this run, and what may not show yet.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    model::{
        baseline::{Baseline, BaselineEntry, Identity},
        ledger::{Move, Settling, Taken},
        list::{Side, Sides},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Change, Reason},
        outcome::Outcome,
    },
    reconcile::{
        lag,
        ledger::{TakenIndex, WINDOW, is_within, turns},
    },
};

/// What is written down of a run's moves.
pub(super) struct Moves<'a> {
    readings: Sides<&'a Reading>,
    run: &'a str,
    now: Timestamp,
    /// Whom earlier runs took off the lists.
    before: TakenIndex<'a>,
    /// Whom earlier runs invited, by address or number.
    invited: BTreeMap<(Side, &'a str), &'a Move>,
    /// Who is off a list because of this sync, and who put them there; each once.
    taken: BTreeMap<(Side, Identity), Move>,
}

impl<'a> Moves<'a> {
    pub(super) fn new(
        readings: &Sides<&'a Reading>,
        old: Option<&'a Baseline>,
        run: &'a str,
        now: Timestamp,
    ) -> Self {
        let before = old.map_or(&[][..], |old| &old.taken);
        let kept = before
            .iter()
            .filter(|taken| is_within(WINDOW, taken.by.at, now));
        let kept = kept.map(|taken| ((taken.by.side, taken.who.clone()), taken.by.clone()));
        let invited = old.map_or(&[][..], |old| &old.invited).iter();
        let invited = invited.flat_map(|invited| {
            invited
                .who
                .keys()
                .map(|key| ((invited.by.side, key), &invited.by))
        });
        Self {
            readings: readings.clone(),
            run,
            now,
            before: TakenIndex::new(before),
            invited: invited.collect(),
            taken: kept.collect(),
        }
    }

    /// Whoever is off a list now because of this sync, in a fixed order.
    pub(super) fn into_taken(self) -> Vec<Taken> {
        let taken = self.taken.into_iter();
        taken.map(|((_, who), by)| Taken { who, by }).collect()
    }

    /// Somebody was put on a list: who did that from now on, and since when the list may not show it. `old` is what both
    /// lists agreed on about them before.
    ///
    /// What was so already is nobody's doing, and what is put back as it was before is the doing of whoever had done it.
    /// But a list may not show either of them yet.
    pub(super) fn put(
        &mut self,
        change: &Change,
        outcome: &Outcome,
        old: Option<&BaselineEntry>,
    ) -> (Option<Box<Move>>, Option<Box<Settling>>) {
        let put_before = old.and_then(|old| old.put.clone());
        let is_put_back = matches!(change.reason, Reason::Restores(_));
        if *outcome != Outcome::Applied || is_put_back {
            let mut settling = Settling::default();
            *settling.of_mut(change.side) = Some(self.now);
            return (put_before, self.unsettled(settling));
        }
        let taken = self.taken_before(change);
        let previous = taken.into_iter().chain(put_before.as_deref());
        let previous = previous.max_by_key(|by| by.at);
        let put = self.by_this_run(change.side, turns(previous, true, self.now));
        (Some(Box::new(put)), None)
    }

    /// Nobody who is put back on a list is off it any more.
    pub(super) fn put_back(&mut self, change: &Change) {
        let back: Vec<(Side, Identity)> = self
            .as_members(change)
            .flat_map(|(side, member)| self.before.of(side, member))
            .map(|taken| (taken.by.side, taken.who.clone()))
            .collect();
        for who in back {
            self.taken.remove(&who);
        }
    }

    /// Somebody was taken off a list, or the platform said that they are off it already: the list may show them still.
    pub(super) fn take(&mut self, change: &Change, old: Option<&BaselineEntry>) {
        let put = old.and_then(|old| old.put.as_deref());
        let previous = self.taken_before(change).into_iter().chain(put);
        let previous = previous.max_by_key(|by| by.at);
        let undoes_a_put = put.is_some() && previous == put;
        let by = self.by_this_run(change.side, turns(previous, undoes_a_put, self.now));
        let who = Identity::of(&change.member);
        self.taken.insert((change.side, who), by);
    }

    /// Who put somebody there whom both lists show: nobody, unless an invitation of ours brought them.
    pub(super) fn invited(&self, side: Side, member: &Member) -> Option<Box<Move>> {
        if self.invited.is_empty() {
            return None;
        }
        let mut keys = member.keys();
        let by = keys.find_map(|key| self.invited.get(&(side, key)))?;
        Some(Box::new((*by).clone()))
    }

    /// Since when the lists may not show what was written of somebody's fields, now or before.
    pub(super) fn settling(
        &self,
        old: Option<&BaselineEntry>,
        updated: impl Iterator<Item = Side>,
    ) -> Option<Box<Settling>> {
        let mut settling = old
            .and_then(|old| old.settling.as_deref())
            .cloned()
            .unwrap_or_default();
        for side in updated {
            *settling.of_mut(side) = Some(self.now);
        }
        self.unsettled(settling)
    }

    /// Whether a list may not show yet what was done to somebody whom neither list shows: they may have left one list
    /// before the other one showed them.
    pub(super) fn may_show_later(&self, entry: &BaselineEntry) -> bool {
        let mut sides = [Side::Source, Side::Target].into_iter();
        sides.any(|side| {
            let reading = *self.readings.of(side);
            lag::settling(entry, reading, side, self.now).is_some()
        })
    }

    /// What is left of `settling` once the lists had their time.
    fn unsettled(&self, mut settling: Settling) -> Option<Box<Settling>> {
        for side in [Side::Source, Side::Target] {
            let reading = *self.readings.of(side);
            let since = settling.of_mut(side);
            since.take_if(|since| !lag::is_settling(reading, *since, self.now));
        }
        (settling != Settling::default()).then(|| Box::new(settling))
    }

    /// The last time the person of a change was taken off one of the lists.
    fn taken_before(&self, change: &Change) -> Option<&'a Move> {
        let members = self.as_members(change);
        let taken = members.flat_map(|(side, member)| self.before.of(side, member));
        taken.map(|taken| &taken.by).max_by_key(|by| by.at)
    }

    /// The person of a change, as whom they are on each list.
    fn as_members<'b>(
        &self,
        change: &'b Change,
    ) -> impl Iterator<Item = (Side, &'b Member)> + use<'a, 'b>
    where
        'a: 'b,
    {
        let other = change.side.other();
        let reading = *self.readings.of(other);
        let place = (*change.seen.of(other)).filter(|_| !change.is_removal());
        let origin = place.and_then(|place| reading.members.get(place as usize));
        let origin = origin.map(|origin| (other, origin));
        [(change.side, &change.member)].into_iter().chain(origin)
    }

    fn by_this_run(&self, side: Side, turns: Vec<Timestamp>) -> Move {
        Move {
            side,
            run: self.run.to_owned(),
            at: self.now,
            turns,
        }
    }
}
