//! The proof that a list was read whole, without which nobody is removed from the other one.
//!
//! A missing member is believed to be gone only then: an answer that is empty, broken off or much smaller than the one
//! before it is what a failed read looks like. [`Whole`] can be made nowhere else, and a draft takes removals for nothing
//! else. This room must not know what follows for one person.

use super::situation::Situation;
use crate::{
    model::list::Side,
    plan::{change::Reason, words::CAME_BACK_EMPTY},
};

/// The proof that one list was read whole, as far as one reason to remove somebody from the other list needs it.
pub(super) struct Whole<'a> {
    /// The list that was read whole.
    side: Side,
    reason: &'a Reason,
}

impl Whole<'_> {
    /// The list that somebody may be removed from.
    pub(super) fn removes_from(&self) -> Side {
        self.side.other()
    }

    /// Why somebody may be removed from it.
    pub(super) fn reason(&self) -> &Reason {
        self.reason
    }
}

/// Proves that the list on `side` was read whole, for somebody who would leave the other list for `reason`; what is
/// missing for the proof otherwise, in words.
pub(super) fn prove<'a>(
    situation: &Situation<'_>,
    side: Side,
    reason: &'a Reason,
) -> Result<Whole<'a>, Vec<String>> {
    let reading = situation.reading(side);
    let doubts = situation.doubts.of(side);
    if !doubts.is_empty() {
        return Err(doubts.clone());
    }
    let is_meant = reading.exists && situation.is_meant_to_shrink(side);
    if reading.members.is_empty() && !is_meant {
        return Err(vec![format!("{} {CAME_BACK_EMPTY}", reading.list)]);
    }
    // Whoever does not pass a filter that asks for what nobody has left no list.
    if let Reason::OutsideFilter(_) = reason
        && let Some(why) = situation.filter_is_blind(side)
    {
        return Err(why);
    }
    Ok(Whole { side, reason })
}
