//! Whoever goes back and forth between two systems that disagree is left where they are, until somebody has looked.

use super::{
    ledger::{WINDOW, is_within},
    matching::Person,
    situation::Situation,
};
use crate::{
    model::{list::Side, member::Member},
    plan::change::Because,
};

/// After so many turns within [`WINDOW`] nobody is moved again. Somebody who leaves and comes back by mistake is turned
/// round twice.
const MOST_TURNS: usize = 4;

/// Why somebody is not moved, where they were turned round too often and lately. `newcomer` is who they would be on the
/// list they would be added to.
pub(super) fn freezes(
    situation: &Situation<'_>,
    person: &Person,
    newcomer: Option<(Side, &Member)>,
) -> Option<Because> {
    let last = situation.last_move(person, newcomer)?;
    let is_frozen = last.turns.len() >= MOST_TURNS && is_within(WINDOW, last.at, situation.now);
    is_frozen.then(|| Because::Oscillates {
        turns: u32::try_from(last.turns.len()).unwrap_or(u32::MAX),
        since: last.at,
    })
}
