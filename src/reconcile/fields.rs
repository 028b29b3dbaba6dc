//! Attributes, field by field.
//!
//! Every comparison is made in the target's words: the source's attribute goes through the rule's transforms first.

mod late;
mod verdict;

use std::collections::BTreeSet;

use self::verdict::{Values, Verdict, judge};
use super::{
    draft::{Draft, Harmless},
    matching::Person,
    situation::Situation,
};
use crate::{
    definition::mapping::Rule,
    model::{
        attributes::{Attributes, Value, say_the_same},
        list::Side,
        member::Member,
    },
    plan::{
        aliases,
        change::{Because, Considered, FieldChange, Reason},
    },
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
    if let Some((side, since)) = late::shown_as_before(situation, person, source, target) {
        let because = Because::NotShownYet { since };
        let seen = person.at.clone();
        let member = situation.member_of(person, side).unwrap_or(target);
        draft.withhold(side, Considered::Update, member.label(), because, seen);
        draft.in_play(situation, person, base.cloned().unwrap_or_default());
        return;
    }
    let mut agreed = Attributes::new();
    let mut to_source: Vec<FieldChange> = Vec::new();
    let mut to_target: Vec<FieldChange> = Vec::new();
    for (position, rule) in situation.sync.mapping.rules.iter().enumerate() {
        let before = base.and_then(|fields| fields.get(&rule.field)).cloned();
        let ours = match situation.value(rule, &source.attributes) {
            Ok(value) => value,
            Err(why) => {
                // What both agreed on stays known for the day the value can be used.
                agreed.extend(before.map(|before| (rule.field.clone(), before)));
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
        let theirs = match situation.value_there(rule, &target.attributes) {
            Ok(value) => value,
            Err(why) => {
                agreed.extend(before.map(|before| (rule.field.clone(), before)));
                let because = Because::UnusableValue(why);
                draft.withhold(
                    Side::Source,
                    Considered::Update,
                    target.label(),
                    because,
                    person.at.clone(),
                );
                continue;
            }
        };
        let (ours, theirs) = if rule.field == aliases::FIELD {
            aliases::beside(ours, theirs, source.address(), target.address())
        } else {
            (ours, theirs)
        };
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
        let value = match verdict {
            Verdict::Agreed => ours,
            Verdict::Leave => {
                // Values that the target alone has and keeps are told all the same: that is the drift people look for.
                let gains_only = &situation.reading(Side::Target).capabilities.gains_only;
                if ours.is_none() && theirs.is_some() && gains_only.contains_key(&rule.field) {
                    let write = Write {
                        side: Side::Target,
                        field: &rule.field,
                        before: theirs,
                        after: None,
                    };
                    written(situation, person, write, &mut to_target, draft);
                }
                continue;
            }
            Verdict::WriteTarget { conflict } => {
                let write = Write {
                    side: Side::Target,
                    field: &rule.field,
                    before: theirs.clone(),
                    after: ours,
                };
                // What both agreed on stays known for the day the field is back.
                if write.after.is_none() && !situation.shows(Side::Source, position) {
                    before
                } else {
                    if conflict {
                        report(draft, person, Side::Target, target, rule, theirs);
                    }
                    written(situation, person, write, &mut to_target, draft).unwrap_or(before)
                }
            }
            Verdict::WriteSource { conflict } => {
                let write = Write {
                    side: Side::Source,
                    field: &rule.attribute,
                    before: source.attributes.get(&rule.attribute).cloned(),
                    after: theirs,
                };
                if is_written_otherwise(situation, rule, &write, &ours) {
                    ours
                } else if write.after.is_none() && !situation.shows(Side::Target, position) {
                    before
                } else {
                    if conflict {
                        report(draft, person, Side::Source, source, rule, ours);
                    }
                    written(situation, person, write, &mut to_source, draft).unwrap_or(before)
                }
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
                Harmless::Update(fields),
                member,
                Reason::FieldsDiffer,
                person.at.clone(),
            );
        }
    }
    draft.in_play(situation, person, agreed);
}

/// A value that is about to be written.
pub(super) struct Write<'a> {
    pub(super) side: Side,
    /// The field, as that side calls it.
    pub(super) field: &'a str,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// Plans a write, as far as the list and the member allow it. Gives the value both sides then agree on; `None` when
/// nothing can be written.
pub(super) fn written(
    situation: &Situation<'_>,
    person: &Person,
    write: Write<'_>,
    changes: &mut Vec<FieldChange>,
    draft: &mut Draft,
) -> Option<Option<Value>> {
    let Write {
        side,
        field,
        before,
        mut after,
    } = write;
    let member = situation.member_of(person, side)?;
    let withhold = |draft: &mut Draft, because: Because| {
        let seen = person.at.clone();
        draft.withhold(side, Considered::Update, member.label(), because, seen);
    };
    let is_key = situation.reading(side).capabilities.key_field.as_deref() == Some(field);
    if is_key && situation.is_opted_out(person, side) {
        // Another number would start out as one that nobody asked to be left alone.
        withhold(draft, Because::OptedOut);
        return None;
    }
    if is_key && after.is_none() {
        let why = "members are known by it there, and the other list has none".to_owned();
        let field = field.to_owned();
        withhold(draft, Because::Locked { field, why });
        return None;
    }
    if let Some(why) = member.lock(field) {
        let (field, why) = (field.to_owned(), why.to_owned());
        withhold(draft, Because::Locked { field, why });
        return None;
    }
    if situation.reading(side).capabilities.hand_over.is_some() {
        let why = "a package for an administrator says who is on a list, and holds no fields; change it by hand";
        let (field, why) = (field.to_owned(), why.to_owned());
        withhold(draft, Because::Locked { field, why });
        return None;
    }
    let agreed = after.clone();
    if let Some(why) = situation.reading(side).capabilities.gains_only.get(field) {
        let (whole, kept) = with_all(before.as_ref(), after.as_ref());
        if !kept.is_empty() {
            let because = Because::KeepsValues {
                field: field.to_owned(),
                values: kept.join(", "),
                why: why.clone(),
            };
            withhold(draft, because);
            if whole == before {
                return None;
            }
            after = whole;
        }
    }
    changes.push(FieldChange {
        field: field.to_owned(),
        before,
        after,
    });
    Some(agreed)
}

/// The values of both, sorted and each once, and those of `before` that `after` is without.
fn with_all(before: Option<&Value>, after: Option<&Value>) -> (Option<Value>, Vec<String>) {
    let texts = |value: Option<&Value>| -> BTreeSet<String> {
        match value {
            Some(Value::Texts(texts)) => texts.iter().cloned().collect(),
            Some(Value::Text(text)) => [text.clone()].into(),
            Some(Value::Flag(_)) | None => BTreeSet::new(),
        }
    };
    let (before, after) = (texts(before), texts(after));
    let whole: Vec<String> = before.union(&after).cloned().collect();
    let kept = before.difference(&after).cloned().collect();
    ((!whole.is_empty()).then_some(Value::Texts(whole)), kept)
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

/// Whether the source holds the value already, and the target's is that value in another spelling: to write it would
/// change nothing, and would be planned again for ever.
fn is_written_otherwise(
    situation: &Situation<'_>,
    rule: &Rule,
    write: &Write<'_>,
    ours: &Option<Value>,
) -> bool {
    let there = write
        .after
        .clone()
        .map(|value| (rule.attribute.clone(), value));
    let sent = situation.value(rule, &there.into_iter().collect());
    say_the_same(write.before.as_ref(), write.after.as_ref())
        || sent.is_ok_and(|sent| say_the_same(sent.as_ref(), ours.as_ref()))
}
