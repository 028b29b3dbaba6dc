//! Who leaves a list when a run is undone: whom the run put there.

use super::{
    super::matching::{Found, Person},
    touched::Touch,
    undoing::{Standing, Undoing},
};
use crate::{
    model::{list::Side, member::Member},
    plan::{
        change::{Action, Because, Change, Considered, Seen, Why},
        put_back::NotPutBack,
    },
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
        if let Some(because) = self.why_not_remove(side, &standing, &person, touch) {
            let seen = person.at;
            return self.withhold(side, Considered::Remove, standing.member, because, seen);
        }
        // A further entry of somebody says nothing about the first one.
        let is_first = *person.at.of(side) == Some(standing.place);
        let seen = if is_first { person.at } else { Seen::default() };
        if is_first {
            self.remember(standing.person, |_| ());
        }
        self.leaving.insert((side, standing.place));
        self.change(side, Action::Remove, standing.member.clone(), seen);
    }

    fn absent_already(&mut self, side: Side, member: &Member, touch: Touch) {
        let because = self.unsettled(side, touch).or_else(|| self.doubt(side));
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
    fn why_not_remove(
        &self,
        side: Side,
        standing: &Standing<'_>,
        person: &Person,
        touch: Touch,
    ) -> Option<Because> {
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
        let mut was_there = self.before.of(side).perhaps(standing.member);
        let was_there = was_there.next().is_some();
        if was_there || touch == Touch::FoundSo {
            return Some(Because::NotPutBack(NotPutBack::SoBefore));
        }
        let doubts = self.undone.plan.doubts.of(side);
        if touch == Touch::Perhaps && !doubts.is_empty() {
            // Whoever the snapshot is without may have been there before.
            return Some(Because::NotPutBack(NotPutBack::Doubtful(doubts.clone())));
        }
        let put = self.entry(standing.person)?.put.as_ref()?;
        (put.side == side && self.is_later(put))
            .then(|| Because::NotPutBack(NotPutBack::DoneSince(put.run.clone())))
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
