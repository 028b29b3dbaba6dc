//! Attributes, field by field.
//!
//! Every comparison is made in the target's words: the source's attribute goes through the rule's transforms first.

use super::{draft::Draft, matching::Person, situation::Situation};
use crate::{
    definition::{mapping::Rule, sync::Direction},
    model::{
        attributes::{Attributes, Value},
        list::Side,
        member::Member,
    },
    plan::change::{Action, Because, Considered, FieldChange, Reason},
};

/// Brings the mapped fields of a person who is on both lists into step.
pub(super) fn merge(
    situation: &Situation<'_>,
    person: &Person,
    source: &Member,
    target: &Member,
    draft: &mut Draft,
) {
    let base = situation.entry(person).map(|entry| &entry.fields);
    let mut agreed = Attributes::new();
    let mut to_source: Vec<FieldChange> = Vec::new();
    let mut to_target: Vec<FieldChange> = Vec::new();
    for (position, rule) in situation.sync.mapping.rules.iter().enumerate() {
        let ours = match situation.value(rule, &source.attributes) {
            Ok(value) => value,
            Err(why) => {
                let because = Because::UnusableValue(why);
                draft.withhold(
                    Side::Target,
                    Considered::Update,
                    source.label(),
                    because,
                    person.at.clone(),
                );
                continue;
            }
        };
        if let Some(why) = rule.left_out(&source.attributes) {
            draft.withhold(
                Side::Target,
                Considered::Update,
                source.label(),
                Because::UnusableValue(why),
                person.at.clone(),
            );
        }
        let theirs = situation.seen(target.attributes.get(&rule.field).cloned());
        let before = base.and_then(|fields| fields.get(&rule.field)).cloned();
        let verdict = judge(
            situation,
            rule,
            &Values {
                ours: &ours,
                theirs: &theirs,
                before: &before,
                known: base.is_some(),
            },
        );
        let empties_for_all = match verdict {
            Verdict::WriteTarget { .. } => {
                ours.is_none() && !situation.shows(Side::Source, position)
            }
            Verdict::WriteSource { .. } => {
                theirs.is_none() && !situation.shows(Side::Target, position)
            }
            Verdict::Agreed | Verdict::Leave => false,
        };
        let value = match verdict {
            Verdict::Agreed => ours,
            // What both agreed on stays known for the day the field is back.
            _ if empties_for_all => before,
            Verdict::Leave => continue,
            Verdict::WriteTarget { conflict } => {
                if conflict {
                    report(draft, person, Side::Target, target, rule, theirs.clone());
                }
                to_target.push(FieldChange {
                    field: rule.field.clone(),
                    before: theirs,
                    after: ours.clone(),
                });
                ours
            }
            Verdict::WriteSource { conflict } => {
                if conflict {
                    report(draft, person, Side::Source, source, rule, ours.clone());
                }
                let before = source.attributes.get(&rule.attribute).cloned();
                to_source.push(FieldChange {
                    field: rule.attribute.clone(),
                    before,
                    after: theirs.clone(),
                });
                theirs
            }
        };
        if let Some(value) = value {
            agreed.insert(rule.field.clone(), value);
        }
    }
    if to_source.is_empty() && to_target.is_empty() {
        draft.unchanged();
    }
    for (side, member, fields) in [
        (Side::Source, source, to_source),
        (Side::Target, target, to_target),
    ] {
        if !fields.is_empty() {
            let member = Member {
                attributes: Attributes::new(),
                ..member.clone()
            };
            draft.change(
                side,
                Action::Update(fields),
                member,
                Reason::FieldsDiffer,
                person.at.clone(),
            );
        }
    }
    draft.in_play(person, agreed);
}

fn report(
    draft: &mut Draft,
    person: &Person,
    side: Side,
    member: &Member,
    rule: &Rule,
    lost: Option<Value>,
) {
    let because = Because::FieldConflict {
        field: rule.field.clone(),
        lost,
    };
    draft.withhold(
        side,
        Considered::Update,
        member.label(),
        because,
        person.at.clone(),
    );
}

struct Values<'a> {
    /// The source's value, in the target's words.
    ours: &'a Option<Value>,
    theirs: &'a Option<Value>,
    /// What both agreed on last time.
    before: &'a Option<Value>,
    /// Whether there was a last time.
    known: bool,
}

enum Verdict {
    /// Both have the same.
    Agreed,
    /// They differ, and nothing may be done about it.
    Leave,
    WriteTarget {
        /// Both sides changed the field.
        conflict: bool,
    },
    WriteSource {
        /// Both sides changed the field.
        conflict: bool,
    },
}

fn judge(situation: &Situation<'_>, rule: &Rule, values: &Values<'_>) -> Verdict {
    let Values {
        ours,
        theirs,
        before,
        known,
    } = *values;
    if ours == theirs {
        return Verdict::Agreed;
    }
    let writable = |side: Side, field: &str| {
        let capabilities = &situation.reading(side).capabilities;
        capabilities.read_only.is_none() && capabilities.updatable.allows(field)
    };
    let to_target = writable(Side::Target, &rule.field);
    let to_source = situation.sync.direction == Direction::TwoWay
        && writable(Side::Source, &rule.attribute)
        && rule.goes_back();
    // A value that is missing on one side wins over a value only if that side is known to have had it: a missing read
    // permission looks like an empty field.
    let source_changed = if known {
        ours != before
    } else {
        ours.is_some()
    };
    let target_changed = if known {
        theirs != before
    } else {
        theirs.is_some()
    };
    match (to_source, to_target) {
        (false, false) => Verdict::Leave,
        // Only one side can be written, so the other one's value stands.
        (false, true) if ours.is_some() || (known && source_changed) => {
            Verdict::WriteTarget { conflict: false }
        }
        (true, false) if theirs.is_some() || (known && target_changed) => {
            Verdict::WriteSource { conflict: false }
        }
        (false, true) | (true, false) => Verdict::Leave,
        (true, true) => match (source_changed, target_changed) {
            (true, false) => Verdict::WriteTarget { conflict: false },
            (false, true) => Verdict::WriteSource { conflict: false },
            (true, true) | (false, false) => match rule.owner {
                Side::Source => Verdict::WriteTarget { conflict: true },
                Side::Target => Verdict::WriteSource { conflict: true },
            },
        },
    }
}

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
            Side::Source => (&rule.attribute, Ok(from.get(&rule.field).cloned())),
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
                from.attributes.get(&rule.field).cloned(),
                takes_fields(&rule.attribute),
            ),
        };
        if let (Some(value), true) = (value, taken) {
            agreed.insert(rule.field.clone(), value);
        }
    }
    agreed
}
