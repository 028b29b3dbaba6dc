//! One-way: the target becomes what the source is, or only gains.

use super::{additions, draft::Draft, fields, matching::Person, removals, situation::Situation};
use crate::{
    definition::sync::Mode,
    model::list::Side,
    plan::change::{Because, Considered, Reason, Why},
};

/// What has to change for one person. Whom the target's own filter leaves out is out of this sync's hands.
pub(super) fn decide(situation: &Situation<'_>, person: &Person, draft: &mut Draft) {
    let source = situation.member_of(person, Side::Source);
    let target = situation.member_of(person, Side::Target);
    if let Some(clause) = situation.outside(person, Side::Target) {
        draft.ignore_first(situation, person, &Why::OutsideFilter(clause));
        draft.keep(person);
        return;
    }
    let outside = situation.outside(person, Side::Source);
    match (source, target, outside) {
        (Some(source), Some(_), None) if situation.is_opted_out(person, Side::Source) => {
            let because = Because::OptedOut;
            draft.withhold(
                Side::Target,
                Considered::Update,
                source.label(),
                because,
                person.at.clone(),
            );
            draft.keep(person);
        }
        (Some(source), Some(target), None) => {
            fields::merge(situation, person, source, target, draft)
        }
        (Some(_), None, None) => {
            additions::add(situation, person, Side::Target, &Reason::OnSource, draft)
        }
        (Some(source), Some(target), Some(clause)) => match situation.cannot_be_told(source) {
            Some(why) => {
                draft.withhold(
                    Side::Target,
                    Considered::Remove,
                    target.label(),
                    Because::UnusableValue(why),
                    person.at.clone(),
                );
                draft.keep(person);
            }
            None => leave(situation, person, &Reason::OutsideFilter(clause), draft),
        },
        (None, Some(_), _) => leave(situation, person, &Reason::NotOnSource, draft),
        (Some(_), None, Some(clause)) => {
            draft.ignore_first(situation, person, &Why::OutsideFilter(clause))
        }
        (None, None, _) => {}
    }
}

fn leave(situation: &Situation<'_>, person: &Person, reason: &Reason, draft: &mut Draft) {
    match situation.sync.mode {
        Mode::Mirror => removals::remove(situation, person, Side::Target, reason, draft),
        Mode::AddOnly => {
            draft.ignore_first(situation, person, &Why::OnlyOnTarget);
            draft.keep(person);
        }
    }
}
