//! What somebody who joins a list brings along.

use super::{matching::Person, situation::Situation};
use crate::model::{attributes::Attributes, list::Side};

/// The mapped fields for somebody about to join `side`, in that side's words, and what could not be used.
pub(super) fn for_newcomer(
    situation: &Situation<'_>,
    side: Side,
    from: &Attributes,
) -> (Attributes, Vec<String>) {
    let mut attributes = Attributes::new();
    let mut unusable = Vec::new();
    for rule in &situation.sync.mapping.rules {
        let (name, value) = match side {
            Side::Target => (&rule.field, situation.value(rule, from)),
            Side::Source => (&rule.attribute, situation.value_there(rule, from)),
        };
        if side == Side::Target {
            unusable.extend(rule.left_out(from));
        }
        match value {
            Ok(Some(value)) => {
                attributes.insert(name.clone(), value);
            }
            Ok(None) => {}
            Err(why) => unusable.push(why),
        }
    }
    (attributes, unusable)
}

/// What both sides agree on once somebody was added to `side`: the fields of the other side, if that side takes fields.
pub(super) fn agreed_after_adding(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
) -> Attributes {
    let Some(from) = situation.member_of(person, side.other()) else {
        return Attributes::new();
    };
    let takes_fields = |field: &str| situation.reading(side).capabilities.updatable.allows(field);
    let mut agreed = Attributes::new();
    for rule in &situation.sync.mapping.rules {
        let (value, taken) = match side {
            Side::Target => (
                situation.value(rule, &from.attributes).ok().flatten(),
                takes_fields(&rule.field),
            ),
            Side::Source => (
                situation.value_there(rule, &from.attributes).ok().flatten(),
                takes_fields(&rule.attribute),
            ),
        };
        if let (Some(value), true) = (value, taken) {
            agreed.insert(rule.field.clone(), value);
        }
    }
    agreed
}
