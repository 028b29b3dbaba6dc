//! Two-way: a three-way merge against what both sides agreed on after the last run.

use super::{additions, draft::Draft, fields, matching::Person, removals, situation::Situation};
use crate::{
    model::list::Side,
    plan::change::{Reason, Why},
};

/// What has to change for one person.
///
/// In one list only: was agreed on before, so the other side removed it and it goes; was not, so it joined here and
/// is added there. Who does not pass the filter is out of this sync's hands on both sides.
pub(super) fn decide(situation: &Situation<'_>, person: &Person, draft: &mut Draft) {
    let source = situation.member_of(person, Side::Source);
    let target = situation.member_of(person, Side::Target);
    if let Some(clause) =
        source.and_then(|member| situation.sync.filter.why_not(&member.attributes))
    {
        draft.ignore_first(situation, person, &Why::OutsideFilter(clause));
        draft.keep(person);
        return;
    }
    match (source, target) {
        (Some(source), Some(target)) => fields::merge(situation, person, source, target, draft),
        (Some(_), None) => in_one_list_only(situation, person, Side::Source, draft),
        (None, Some(_)) => in_one_list_only(situation, person, Side::Target, draft),
        (None, None) => {}
    }
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
