//! Whether somebody may be removed.

use super::{
    Position, consent,
    draft::Draft,
    matching::Person,
    oscillation,
    proof::{Whole, prove},
    situation::Situation,
};
use crate::{
    definition::sync::Removes,
    model::{attributes::Attributes, list::Side},
    plan::change::{Because, Considered, Reason},
};

/// Plans to remove a person from the list on `side`, every entry of theirs, or says why not.
pub(super) fn remove(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    reason: &Reason,
    draft: &mut Draft,
) {
    let Some(member) = situation.member_of(person, side) else {
        return;
    };
    let whole = match allowed(situation, person, side, reason) {
        Ok(whole) => whole,
        Err(because) => {
            // Whoever is gone from a list together with their opt-out did not leave it. Were this not forgotten, they
            // would seem to have left once the platform says that they are subscribed again.
            if !matches!(because, Because::NotTaken { .. }) {
                draft.keep(person);
            }
            draft.withhold(
                side,
                Considered::Remove,
                member.label(),
                because,
                person.at.clone(),
            );
            return;
        }
    };
    draft.remove(&whole, member.clone(), person.at.clone());
    // Rows with one address go together; each other address is an entry of its own.
    let mut removed = vec![member.address()];
    for (_, position) in person.second.iter().filter(|(second, _)| *second == side) {
        let second = situation.member(side, *position);
        let Some(second) = second.filter(|second| !removed.contains(&second.address())) else {
            continue;
        };
        removed.push(second.address());
        draft.remove(&whole, second.clone(), Position::default());
    }
    draft.in_play(situation, person, Attributes::new());
}

/// The proof that a removal needs; what speaks against it otherwise, the strongest first.
fn allowed<'a>(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    reason: &'a Reason,
) -> Result<Whole<'a>, Because> {
    let capabilities = &situation.reading(side).capabilities;
    let objection = if let Some(why) = capabilities.closed() {
        Some(Because::ReadOnly(why.to_owned()))
    } else if let Some(why) = &capabilities.keeps {
        Some(Because::Keeps(why.clone()))
    } else if situation.is_protected(person) {
        Some(Because::Protected)
    } else if situation.is_opted_out(person, side) {
        // The entry is the record of the opt-out; without it the person could be added again as if they never had.
        Some(Because::OptedOut)
    } else if let Some(because) = consent::keeps(situation, person, side, reason) {
        Some(because)
    } else if situation.first_run_removes_nobody() {
        Some(Because::FirstRun)
    } else if situation.sync.removes == Removes::OnlyAdded && !situation.is_ours(person, side) {
        Some(Because::NotOurs)
    } else {
        None
    };
    if let Some(because) = objection {
        return Err(because);
    }
    let whole = prove(situation, side.other(), reason).map_err(Because::NoProof)?;
    // Whoever opted out is not brought back by anybody here: that is no going back and forth.
    let is_final = *reason == Reason::OptedOutThere;
    let frozen = oscillation::freezes(situation, person, None);
    match frozen.filter(|_| !is_final) {
        Some(because) => Err(because),
        None => Ok(whole),
    }
}
