//! Phone numbers as keys: where a platform knows its members by a number, the other side's number is the one that the
//! mapping sends there, read the way the mapping says.

use crate::{
    definition::{
        mapping::{Rule, Transform},
        sync::Sync,
    },
    model::{
        attributes::{Attributes, Value},
        capabilities::Capabilities,
        list::{Side, Sides},
        member::Member,
        phone::PhoneNumber,
        reading::Reading,
    },
};

/// Gives everybody the phone number that they are known by on the other side. Changes nothing where neither platform
/// knows its members by a number, or the mapping sends none there.
pub fn with_mapped_phones(sync: &Sync, readings: &mut Sides<Reading>) {
    for side in [Side::Source, Side::Target] {
        let capabilities = readings.of(side).capabilities.clone();
        if rule_of_key(sync, side, &capabilities).is_none() {
            continue;
        }
        let other = readings.of_mut(side.other());
        let people = other.directory.iter_mut();
        let people = people.flat_map(|directory| &mut directory.people);
        for member in other.members.iter_mut().chain(people) {
            set_phone(sync, side, &capabilities, member);
        }
    }
}

fn set_phone(sync: &Sync, side: Side, capabilities: &Capabilities, member: &mut Member) {
    let key = key_of(sync, side, capabilities, &member.attributes);
    member.phones = key.ok().flatten().into_iter().collect();
}

/// The number by which the person with these attributes is known on `side`; why it cannot be used otherwise.
pub(super) fn key_of(
    sync: &Sync,
    side: Side,
    capabilities: &Capabilities,
    attributes: &Attributes,
) -> Result<Option<PhoneNumber>, String> {
    let Some(rule) = rule_of_key(sync, side, capabilities) else {
        return Ok(None);
    };
    let value = match side {
        Side::Target => rule.value(attributes)?,
        Side::Source => attributes.get(&rule.field).cloned(),
    };
    number(value, rule)
}

/// The value in E.164.
pub(super) fn in_e164(value: Option<Value>, rule: &Rule) -> Result<Option<Value>, String> {
    let number = number(value, rule)?;
    Ok(number.and_then(|number| Value::text(number.as_str())))
}

fn number(value: Option<Value>, rule: &Rule) -> Result<Option<PhoneNumber>, String> {
    let text = match &value {
        None => return Ok(None),
        Some(Value::Text(text)) => text,
        // The first of several (`businessPhones`).
        Some(Value::Texts(texts)) => match texts.first() {
            Some(text) => text,
            None => return Ok(None),
        },
        Some(Value::Flag(_)) => return Err(format!("{}: it is no text", rule.attribute)),
    };
    let region = rule
        .transforms
        .iter()
        .find_map(|transform| match transform {
            Transform::E164(region) => region.as_deref(),
            _ => None,
        });
    let parsed = PhoneNumber::parse(text, region);
    let unusable = |reason| format!("{}: {reason}", rule.attribute);
    parsed.map(Some).map_err(unusable)
}

fn rule_of_key<'a>(sync: &'a Sync, side: Side, capabilities: &Capabilities) -> Option<&'a Rule> {
    let key = capabilities.key_field.as_deref()?;
    let mut rules = sync.mapping.rules.iter();
    rules.find(|rule| match side {
        Side::Source => rule.attribute == key,
        Side::Target => rule.field == key,
    })
}
