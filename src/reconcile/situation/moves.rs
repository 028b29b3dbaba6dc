//! What is known of the times rollcall moved somebody.

use super::{Situation, is_settling, positions};
use crate::{
    model::{
        ledger::{Move, Taken},
        list::Side,
        member::Member,
    },
    reconcile::matching::Person,
};

impl<'a> Situation<'a> {
    /// The times somebody was taken off one of the lists, as whom they stand on `side`.
    fn taken(&self, person: &Person, side: Side) -> impl Iterator<Item = &'a Taken> {
        let here = positions(person).filter(move |(at, _)| *at == side);
        let members = here.filter_map(move |(side, position)| self.member(side, position));
        members.flat_map(move |member| self.taken.of(side, member))
    }

    /// When somebody who is on the list on `side` was last taken off it.
    pub(in crate::reconcile) fn last_taken(
        &self,
        person: &Person,
        side: Side,
    ) -> Option<&'a Taken> {
        if self.taken.is_empty() {
            return None;
        }
        let taken = self.taken(person, side);
        let here = taken.filter(|taken| taken.by.side == side);
        here.max_by_key(|taken| taken.by.at)
    }

    /// The same, where the list may still be read as it was before that.
    pub(in crate::reconcile) fn lately_taken(
        &self,
        person: &Person,
        side: Side,
    ) -> Option<&'a Taken> {
        // Most runs come when every list had its time, and then nobody has to be looked for.
        if !self.still_shows.of(side) {
            return None;
        }
        let taken = self.last_taken(person, side);
        taken.filter(|taken| is_settling(self.reading(side), taken.by.at, self.now))
    }

    /// Whether a run of this sync put somebody on the list on `side`, under any of their entries.
    pub(in crate::reconcile) fn is_ours(&self, person: &Person, side: Side) -> bool {
        let entries = person.entry.iter().chain(&person.more_entries);
        let mut entries = entries.filter_map(|entry| self.baseline?.entries.get(*entry as usize));
        entries.any(|entry| entry.put.as_ref().is_some_and(|put| put.side == side))
    }

    /// The last time rollcall moved somebody, on whichever list. `newcomer` is who they would be on a list that they are
    /// not on.
    pub(in crate::reconcile) fn last_move(
        &self,
        person: &Person,
        newcomer: Option<(Side, &Member)>,
    ) -> Option<&'a Move> {
        let put = self.entry(person).and_then(|entry| entry.put.as_deref());
        let sides = [Side::Source, Side::Target].into_iter();
        let taken = sides.flat_map(|side| self.taken(person, side));
        let as_newcomer = newcomer.into_iter();
        let as_newcomer = as_newcomer.flat_map(|(side, member)| self.taken.of(side, member));
        let taken = taken.chain(as_newcomer).map(|taken| &taken.by);
        put.into_iter().chain(taken).max_by_key(|by| by.at)
    }
}
