//! Who leaves a list when a run is undone: whom the run put there.

use super::{
    super::matching::{Found, Person},
    proof::prove,
    touched::Touch,
    undoing::Undoing,
};
use crate::{
    model::{list::Side, member::Member},
    plan::change::{Because, Change, Considered, Seen, Why},
};

impl<'a> Undoing<'a> {
    /// Takes somebody off a list whom the run put there.
    pub(super) fn undo_addition(&mut self, touch: Touch, change: &Change) {
        let Change { side, member, .. } = change;
        let side = *side;
        let standing = match self.find(side, member, true) {
            Ok(Some(standing)) => standing,
            Ok(None) => return self.absent_already(side, member, touch),
            Err(because) => {
                return self.withhold(side, Considered::Remove, member, because, Seen::default());
            }
        };
        let Some(person) = self.person(standing.person).cloned() else {
            return;
        };
        if self.situation.is_excluded(&person) {
            return self.ignore(side, standing.member, Why::Excluded);
        }
        let proven = match self.why_not_remove(side, &person) {
            Some(because) => Err(because),
            None => prove(self, side, &standing, touch).map_err(Because::NotPutBack),
        };
        let put_there = match proven {
            Ok(put_there) => put_there,
            Err(because) => {
                let seen = person.at;
                return self.withhold(side, Considered::Remove, standing.member, because, seen);
            }
        };
        // A further entry of somebody says nothing about the first one.
        let is_first = *person.at.of(side) == Some(standing.place);
        let seen = if is_first { person.at } else { Seen::default() };
        if is_first {
            self.remember(standing.person, |_| ());
        }
        self.leaving.insert((side, standing.place));
        self.take_off(&put_there, seen);
    }

    fn absent_already(&mut self, side: Side, member: &Member, touch: Touch) {
        let because = self
            .unsettled(side, member, touch)
            .or_else(|| self.doubt(side));
        match because {
            Some(because) => {
                let because = Because::NotPutBack(because);
                self.withhold(side, Considered::Remove, member, because, Seen::default());
            }
            None => {
                self.forget_absent(side, member);
                self.ignore(side, member, Why::AsBefore);
            }
        }
    }

    /// What speaks against taking somebody off a list, the strongest first.
    fn why_not_remove(&self, side: Side, person: &Person) -> Option<Because> {
        let capabilities = &self.situation.reading(side).capabilities;
        if let Some(why) = &capabilities.read_only {
            return Some(Because::ReadOnly(why.clone()));
        }
        if let Some(why) = &capabilities.keeps {
            return Some(Because::Keeps(why.clone()));
        }
        // Two candidates on the other list make nobody uncertain who was found here.
        let because = why_nobody(person);
        if let Some(because) = because.filter(|because| !is_conflict(because)) {
            return Some(because);
        }
        if self.situation.is_protected(person) {
            return Some(Because::Protected);
        }
        if self.situation.is_opted_out(person, side) {
            // The entry is the record of the opt-out.
            return Some(Because::OptedOut);
        }
        None
    }
}

/// Why a member is nobody who can be put back or taken away.
pub(super) fn why_nobody(person: &Person) -> Option<Because> {
    match &person.found {
        Found::Person => None,
        Found::NotAPerson(what) => Some(Because::NoKey(format!("not a person: {what}"))),
        Found::Unreadable => Some(Because::Unreadable),
        Found::NoKey(why) => Some(Because::NoKey(why.clone())),
        Found::Conflict { key, with } => Some(Because::Conflict {
            key: key.clone(),
            with: with.clone(),
        }),
    }
}

pub(super) fn is_conflict(because: &Because) -> bool {
    matches!(because, Because::Conflict { .. })
}
