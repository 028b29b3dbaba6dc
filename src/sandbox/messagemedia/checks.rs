//! What is wrong with a body, or with a state that somebody put there.

use serde_json::Value;

use super::{CustomField, MessageMedia, refusals::Invalid};

const TEXTS: [&str; 8] = [
    "firstName",
    "lastName",
    "alias",
    "country",
    "state",
    "location",
    "note",
    "dateOfBirth",
];
const ARRAYS: [&str; 3] = ["channels", "lists", "customFields"];

/// A text of a body.
pub(super) fn text_in<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name)?.as_str()
}

/// An array of a body.
pub(super) fn array_in<'a>(body: &'a Value, name: &str) -> Option<&'a Vec<Value>> {
    body.get(name)?.as_array()
}

/// Names that nobody knows.
pub(super) fn unknown_keys(body: &Value, known: &[&str]) -> Vec<Invalid> {
    let Some(map) = body.as_object() else {
        return vec![Invalid::new("", "must_not_be_null", "a body is needed")];
    };
    let unknown = map.keys().filter(|key| !known.contains(&key.as_str()));
    unknown
        .map(|key| Invalid::new(key, "constraint_violation", "nobody knows this field"))
        .collect()
}

/// The ids of an array; anything else is a fault.
pub(super) fn ids_in(body: &Value, name: &str, faults: &mut Vec<Invalid>) -> Vec<String> {
    let ids = match body.get(name) {
        None => return Vec::new(),
        Some(Value::Array(ids)) => ids,
        Some(_) => {
            faults.push(Invalid::new(name, "type_mismatch", "it is no array"));
            return Vec::new();
        }
    };
    let texts: Vec<String> = ids
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if texts.len() < ids.len() || texts.iter().any(|id| uuid::Uuid::try_parse(id).is_err()) {
        faults.push(Invalid::new(name, "invalid_format", "an id is no UUID"));
    }
    texts
}

/// All that is wrong with the body that makes or changes a contact.
pub(super) fn contact_faults(account: &MessageMedia, body: &Value) -> Vec<Invalid> {
    let known: Vec<&str> = TEXTS.into_iter().chain(ARRAYS).collect();
    let mut faults = unknown_keys(body, &known);
    for name in TEXTS {
        match body.get(name) {
            None | Some(Value::String(_)) => {}
            Some(_) => faults.push(Invalid::new(name, "type_mismatch", "it is no text")),
        }
    }
    let birth = text_in(body, "dateOfBirth");
    if birth.is_some_and(|date| date.parse::<jiff::civil::Date>().is_err()) {
        faults.push(Invalid::new(
            "dateOfBirth",
            "invalid_format",
            "it is no date",
        ));
    }
    for (at, channel) in elements(body, "channels").enumerate() {
        let name = format!("channels[{at}].channelId");
        match (text_in(channel, "type"), text_in(channel, "channelId")) {
            (Some("SMS" | "WHATSAPP"), Some(number)) if is_e164(number) => {}
            (Some("SMS" | "WHATSAPP"), _) => {
                let reason = "not an international number";
                faults.push(Invalid::new(name, "invalid_format", reason));
            }
            _ => {
                let name = format!("channels[{at}].type");
                faults.push(Invalid::new(
                    name,
                    "no_such_pattern",
                    "neither SMS nor WHATSAPP",
                ));
            }
        }
    }
    for (at, list) in elements(body, "lists").enumerate() {
        let id = text_in(list, "id").unwrap_or_default();
        if !account.lists.iter().any(|known| known.id == id) {
            let name = format!("lists[{at}].id");
            faults.push(Invalid::new(
                name,
                "invalid_reference",
                "no list has this id",
            ));
        }
    }
    for (at, value) in elements(body, "customFields").enumerate() {
        faults.extend(value_fault(account, at, value));
    }
    faults
}

fn value_fault(account: &MessageMedia, at: usize, value: &Value) -> Option<Invalid> {
    let id = text_in(value, "id").unwrap_or_default();
    let text = text_in(value, "value").unwrap_or_default();
    let name = format!("customFields[{at}].value");
    let Some(field) = account.custom_fields.iter().find(|field| field.id == id) else {
        let name = format!("customFields[{at}].id");
        return Some(Invalid::new(
            name,
            "invalid_reference",
            "no field has this id",
        ));
    };
    if text.is_empty() {
        return Some(Invalid::new(name, "must_not_be_empty", "it says nothing"));
    }
    if text.chars().count() > field.max_length {
        return Some(Invalid::new(name, "invalid_length", "it is too long"));
    }
    let is_bad = field.kind == "EMAIL" && !text.contains('@');
    is_bad.then(|| Invalid::new(name, "invalid_format", "it is no address"))
}

/// The body that makes a custom field, without an id.
pub(super) fn custom_field(body: Option<&Value>) -> Result<CustomField, Vec<Invalid>> {
    const KINDS: [&str; 8] = [
        "DATE", "NUMBER", "PHONE", "TEXT", "URL", "ZIP_CODE", "NAME", "EMAIL",
    ];
    let body = body.unwrap_or(&Value::Null);
    let mut faults = unknown_keys(body, &["label", "mergeTag", "maxLength", "type"]);
    for name in ["label", "mergeTag", "type"] {
        if text_in(body, name).is_none_or(str::is_empty) {
            faults.push(Invalid::new(name, "must_not_be_empty", "it is needed"));
        }
    }
    let kind = text_in(body, "type").unwrap_or_default();
    if !KINDS.contains(&kind) {
        faults.push(Invalid::new("type", "no_such_pattern", "no such type"));
    }
    let length = body.get("maxLength").and_then(Value::as_u64);
    let length = length.and_then(|length| usize::try_from(length).ok());
    if length.is_none_or(|length| length == 0) {
        faults.push(Invalid::new(
            "maxLength",
            "must_not_be_null",
            "it is needed",
        ));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let text = |name: &str| text_in(body, name).unwrap_or_default().to_owned();
    Ok(CustomField {
        id: String::new(),
        label: text("label"),
        merge_tag: text("mergeTag"),
        max_length: length.unwrap_or_default(),
        kind: text("type"),
    })
}

fn elements<'a>(body: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    array_in(body, name).into_iter().flatten()
}

fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

impl MessageMedia {
    /// What keeps this from being the state of an account.
    pub(super) fn state_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.default_page_size == 0 {
            faults.push("`defaultPageSize` is 0".to_owned());
        }
        let contacts = self.contacts.iter().map(|one| &one.id);
        let lists = self.lists.iter().map(|one| &one.id);
        let fields = self.custom_fields.iter().map(|one| &one.id);
        let mut seen = std::collections::BTreeSet::new();
        for id in contacts.chain(lists).chain(fields) {
            if uuid::Uuid::try_parse(id).is_err() {
                faults.push(format!("`{id}` is no id"));
            }
            if !seen.insert(id) {
                faults.push(format!("the id `{id}` is there twice"));
            }
        }
        for contact in &self.contacts {
            for list in &contact.lists {
                if !self.lists.iter().any(|known| known.id == *list) {
                    faults.push(format!(
                        "contact `{}` is on no known list `{list}`",
                        contact.id
                    ));
                }
            }
            for value in &contact.custom_fields {
                if !self.custom_fields.iter().any(|field| field.id == value.id) {
                    let id = &value.id;
                    faults.push(format!(
                        "contact `{}` has no known field `{id}`",
                        contact.id
                    ));
                }
            }
        }
        faults
    }
}
