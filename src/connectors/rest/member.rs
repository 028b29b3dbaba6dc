//! One item of an answer as a member.
//!
//! Nothing is dropped: what cannot be read stands in the member's note.

use serde_json::Value;

use super::{
    description::MemberPaths,
    path::{JsonPath, text_of},
};
use crate::{
    connectors::http::shorten,
    model::{
        address::Address,
        attributes::{Attributes, Value as Attribute},
        member::{ExternalId, Member, Standing},
        phone::PhoneNumber,
    },
};

/// The member that an item describes.
pub(super) fn member(item: &Value, paths: &MemberPaths) -> Member {
    let mut member = Member {
        id: id(item, paths).map(ExternalId::from),
        attributes: attributes(item, paths),
        ..Member::default()
    };
    let text = |path: &Option<JsonPath>| path.as_ref().and_then(|path| path.text(item));
    member.employee_id = text(&paths.employee_id);
    member.directory_id = text(&paths.directory_id).map(ExternalId::from);
    let mut problems = Vec::new();
    for address in texts(item, &paths.addresses) {
        match Address::parse(&address) {
            Ok(address) if member.addresses.contains(&address) => {}
            Ok(address) => member.addresses.push(address),
            Err(_) => problems.push(format!("not an e-mail address: `{}`", shorten(&address))),
        }
    }
    for phone in texts(item, &paths.phones) {
        match PhoneNumber::parse(&phone, paths.region.as_deref()) {
            Ok(phone) if member.phones.contains(&phone) => {}
            Ok(phone) => member.phones.push(phone),
            Err(why) => problems.push(format!(
                "not a phone number: `{}` ({})",
                shorten(&phone),
                why.0
            )),
        }
    }
    if let Some((path, values)) = &paths.opted_out
        && opted_out(path, values.as_deref(), item)
    {
        member.standing = Standing::OptedOut;
    }
    if problems.is_empty()
        && member.addresses.is_empty()
        && member.phones.is_empty()
        && member.id.is_none()
    {
        problems.push("no address, phone number or id".to_owned());
    }
    if !problems.is_empty() {
        member.note = Some(problems.join("; "));
    }
    member
}

/// The id of an item, as the platform spells it.
pub(super) fn id(item: &Value, paths: &MemberPaths) -> Option<String> {
    paths.id.as_ref()?.text(item)
}

/// Whether two values say the same: texts without case, a number as it is written.
pub(super) fn says(found: &Value, wanted: &Value) -> bool {
    if found == wanted {
        return true;
    }
    match (text_of(found), text_of(wanted)) {
        (Some(found), Some(wanted)) => found.eq_ignore_ascii_case(&wanted),
        _ => false,
    }
}

fn texts(item: &Value, paths: &[JsonPath]) -> Vec<String> {
    paths.iter().flat_map(|path| path.texts(item)).collect()
}

fn opted_out(path: &JsonPath, values: Option<&[Value]>, item: &Value) -> bool {
    let found = path.select(item);
    match values {
        Some(values) => found
            .iter()
            .any(|found| values.iter().any(|value| says(found, value))),
        // Whoever may have unsubscribed is left alone: a date or a word that is not known means yes.
        None => found.iter().any(|found| match found {
            Value::Null | Value::Bool(false) => false,
            Value::Array(values) => !values.is_empty(),
            Value::Bool(true) | Value::Object(_) => true,
            Value::String(_) | Value::Number(_) => text_of(found).is_some_and(|text| {
                !["no", "false", "0", "n", "none", "null"]
                    .iter()
                    .any(|no| text.eq_ignore_ascii_case(no))
            }),
        }),
    }
}

fn attributes(item: &Value, paths: &MemberPaths) -> Attributes {
    let own = item.as_object().into_iter().flatten();
    let own = own.filter_map(|(name, value)| Some((name.clone(), attribute(value)?)));
    let mut attributes: Attributes = own.collect();
    for (name, path) in &paths.attributes {
        let found = path.select(item);
        let value = match found.as_slice() {
            [one] if !path.is_many() => attribute(one),
            several => {
                let texts: Vec<String> =
                    several.iter().filter_map(|value| text_of(value)).collect();
                (!texts.is_empty()).then_some(Attribute::Texts(texts))
            }
        };
        match value {
            Some(value) => attributes.insert(name.clone(), value),
            // The name is taken: what stands there under the same name means something else.
            None => attributes.remove(name),
        };
    }
    attributes
}

/// Texts, numbers, yes and no, and lists of texts; objects are no attributes.
fn attribute(value: &Value) -> Option<Attribute> {
    match value {
        Value::Bool(flag) => Some(Attribute::Flag(*flag)),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(text_of).collect();
            (!texts.is_empty() && texts.len() == values.len()).then_some(Attribute::Texts(texts))
        }
        other => Attribute::text(&text_of(other)?),
    }
}
