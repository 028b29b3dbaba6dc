//! Whether somebody may be removed.

use super::{Position, draft::Draft, matching::Person, situation::Situation};
use crate::{
    model::{attributes::Attributes, list::Side},
    plan::change::{Action, Because, Considered, Reason},
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
    if let Some(because) = objection(situation, person, side, reason) {
        draft.withhold(
            side,
            Considered::Remove,
            member.label(),
            because,
            person.at.clone(),
        );
        draft.keep(person);
        return;
    }
    draft.change(
        side,
        Action::Remove,
        member.clone(),
        reason.clone(),
        person.at.clone(),
    );
    // Rows with one address go together; each other address is an entry of its own.
    let mut removed = vec![member.address()];
    for (_, position) in person.second.iter().filter(|(second, _)| *second == side) {
        let second = situation.member(side, *position);
        let Some(second) = second.filter(|second| !removed.contains(&second.address())) else {
            continue;
        };
        removed.push(second.address());
        draft.change(
            side,
            Action::Remove,
            second.clone(),
            reason.clone(),
            Position::default(),
        );
    }
    draft.in_play(person, Attributes::new());
}

/// What speaks against a removal, the strongest first. A missing member is believed to be gone only when the other
/// list was proven to be read whole; an empty list proves nothing, for that is what a failed read looks like.
fn objection(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    reason: &Reason,
) -> Option<Because> {
    let other = situation.reading(side.other());
    if let Some(why) = situation.reading(side).capabilities.closed() {
        Some(Because::ReadOnly(why.to_owned()))
    } else if let Some(why) = &situation.reading(side).capabilities.keeps {
        Some(Because::Keeps(why.clone()))
    } else if situation.is_protected(person) {
        Some(Because::Protected)
    } else if situation.is_opted_out(person, side) {
        // The entry is the record of the opt-out; without it the person could be added again as if they never had.
        Some(Because::OptedOut)
    } else if situation.first_run_removes_nobody() {
        Some(Because::FirstRun)
    } else if !other.is_whole() {
        Some(Because::NoProof(other.doubts.clone()))
    } else if !other.exists || other.members.is_empty() {
        Some(Because::NoProof(vec![format!(
            "{} came back empty",
            other.list
        )]))
    } else if let Reason::OutsideFilter(_) = reason {
        situation
            .filter_is_blind(side.other())
            .map(Because::NoProof)
    } else {
        None
    }
}
