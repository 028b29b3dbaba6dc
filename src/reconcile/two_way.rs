//! Two-way: a three-way merge against what both sides agreed on after the last run.

use super::{
    additions, draft::Draft, fields, matching::Person, opt_out, removals, situation::Situation,
};
use crate::{
    model::list::Side,
    plan::change::{Because, Considered, Reason, Why},
};

/// What has to change for one person.
///
/// In one list only: was agreed on before, so the other side removed it and it goes; was not, so it joined here and
/// is added there. The filter of a list says which of its members the sync is about.
pub(super) fn decide(situation: &Situation<'_>, person: &Person, draft: &mut Draft) {
    let source = situation.member_of(person, Side::Source);
    let target = situation.member_of(person, Side::Target);
    let outside = situation.outside_on(person);
    match (source, target, outside) {
        (Some(_), Some(_), Some((side, clause))) => {
            stopped_matching(situation, person, side, clause, draft)
        }
        // On one list, and not of those the sync is about: nothing to do with the other list, whatever was before.
        (_, _, Some((side, clause))) => {
            draft.ignore_first(situation, person, &Why::OutsideFilter(clause));
            // An attribute that nobody shows any more says nothing, and the day it is back they have not joined anew.
            if situation.filter_is_blind(side).is_some() {
                draft.keep(person);
            }
        }
        (Some(source), Some(target), None) => match opt_out::shown_on(situation, person) {
            Some(side) => opt_out::leave(situation, person, side, draft),
            None => fields::merge(situation, person, source, target, draft),
        },
        (Some(_), None, None) => in_one_list_only(situation, person, Side::Source, draft),
        (None, Some(_), None) => in_one_list_only(situation, person, Side::Target, draft),
        (None, None, None) => {}
    }
}

/// Somebody is on both lists, and the filter of the one on `side` leaves them out. Whom this sync brought to the other
/// list leaves it; whom somebody put there by hand stays, and is reported: removing them would undo a person's work,
/// and they would be put there again.
fn stopped_matching(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    clause: String,
    draft: &mut Draft,
) {
    if person.entry.is_some() {
        let reason = Reason::OutsideFilter(clause);
        removals::remove(situation, person, side.other(), &reason, draft);
        return;
    }
    let label = situation.member_of(person, side.other());
    draft.withhold(
        side.other(),
        Considered::Match,
        label.map_or("", |member| member.label()),
        Because::OutsideFilter(clause),
        person.at.clone(),
    );
}

fn in_one_list_only(situation: &Situation<'_>, person: &Person, here: Side, draft: &mut Draft) {
    if person.entry.is_some() {
        removals::remove(situation, person, here, &Reason::LeftOtherSide, draft);
    } else {
        let reason = if situation.baseline.is_none() {
            Reason::FirstRun
        } else {
            Reason::JoinedOtherSide
        };
        additions::add(situation, person, here.other(), &reason, draft);
    }
}
