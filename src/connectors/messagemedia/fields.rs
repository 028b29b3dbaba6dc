//! The fields of a contact as mappings call them, and the bodies that write them.
//!
//! It must not make requests. What is written has to read back equal, or a second run would write it again.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::contact::{Channel, Contact, Custom};
use crate::model::{
    attributes::{Attributes, Value},
    phone::PhoneNumber,
};

/// The whole name: first and last name together.
pub(super) const CONTACT_NAME: &str = "contact_name";
/// The number that messages go to.
pub(super) const PHONE_NUMBER: &str = "phone_number";
/// The texts every contact has: as mappings call them, and as the API does.
pub(super) const TEXTS: &[(&str, &str)] = &[
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("alias", "alias"),
    ("country", "country"),
    ("state", "state"),
    ("location", "location"),
    ("note", "note"),
    (DATE_OF_BIRTH, "dateOfBirth"),
];
const DATE_OF_BIRTH: &str = "date_of_birth";

/// What a contact shall hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// By the names of the API; an empty text empties the field.
    pub(super) texts: BTreeMap<&'static str, String>,
    /// By merge tag; `None` empties the field.
    pub(super) custom: BTreeMap<String, Option<String>>,
    /// The number that messages go to.
    pub(super) phone: Option<PhoneNumber>,
}

/// Why a wish cannot be written: a stable code, what is wrong, and what to do.
pub(super) type Unwritable = (&'static str, String, &'static str);

/// Whether a name is not the merge tag of a custom field, but a field that every contact has.
pub(super) fn is_built_in(name: &str) -> bool {
    [CONTACT_NAME, PHONE_NUMBER].contains(&name) || TEXTS.iter().any(|(field, _)| *field == name)
}

/// First and last name as one: what [`split_name`] takes apart.
pub(super) fn whole_name(first: &str, last: &str) -> String {
    match (first.trim().is_empty(), last.trim().is_empty()) {
        (false, false) => format!("{first} {last}"),
        (false, true) => first.to_owned(),
        (true, _) => last.to_owned(),
    }
}

/// First and last name of a whole one: the last word, and all before it. Where putting them together again would not
/// give the same name (two spaces before the last word), all of it is the first name.
pub(super) fn split_name(name: &str) -> (String, String) {
    let name = name.trim();
    match name.rsplit_once(char::is_whitespace) {
        Some((first, last)) if whole_name(first, last) == name && first.trim_end() == first => {
            (first.to_owned(), last.to_owned())
        }
        _ => (name.to_owned(), String::new()),
    }
}

impl Wish {
    /// What somebody who is added shall hold. Nothing is emptied.
    pub(super) fn of_newcomer(attributes: &Attributes) -> Result<Self, Unwritable> {
        let mut wish = Self::default();
        for (field, value) in in_order(attributes.iter()) {
            // The number is the key that the contact is made with.
            if field != PHONE_NUMBER {
                wish.add(field, Some(value))?;
            }
        }
        wish.texts.retain(|_, text| !text.is_empty());
        Ok(wish)
    }

    /// What fields that change shall hold.
    pub(super) fn of_changes<'a>(
        changes: impl Iterator<Item = (&'a String, &'a Option<Value>)>,
    ) -> Result<Self, Unwritable> {
        let mut wish = Self::default();
        for (field, value) in in_order(changes) {
            wish.add(field, value.as_ref())?;
        }
        Ok(wish)
    }

    fn add(&mut self, field: &str, value: Option<&Value>) -> Result<(), Unwritable> {
        let text = value.map(Value::to_line).unwrap_or_default();
        if field == CONTACT_NAME {
            let (first, last) = split_name(&text);
            self.texts.insert("firstName", first);
            self.texts.insert("lastName", last);
        } else if field == PHONE_NUMBER {
            if text.is_empty() {
                return Err((
                    "key-needed",
                    "the number of a contact cannot be taken away".to_owned(),
                    "take the person off the list, or give the number a value",
                ));
            }
            let unusable = |why: crate::model::phone::NotAPhoneNumber| {
                let help = "write it with its country code, as in +61491570006";
                ("unusable-value", format!("`{text}`: {why}"), help)
            };
            self.phone = Some(PhoneNumber::parse(&text, None).map_err(unusable)?);
        } else if let Some((_, name)) = TEXTS.iter().find(|(known, _)| *known == field) {
            if field == DATE_OF_BIRTH && text.parse::<jiff::civil::Date>().is_err() {
                let message = match text.as_str() {
                    "" => "a date of birth cannot be emptied".to_owned(),
                    text => format!("`{text}` is no date"),
                };
                return Err((
                    "unusable-value",
                    message,
                    "write it as YYYY-MM-DD; take it away in MessageMedia itself",
                ));
            }
            self.texts.insert(name, text);
        } else {
            let value = Some(text).filter(|text| !text.is_empty());
            self.custom.insert(field.to_owned(), value);
        }
        Ok(())
    }

    /// Whether the contact holds all of it.
    pub(super) fn is_held_by(&self, contact: &Contact) -> bool {
        let texts = self.texts.iter().all(|(name, text)| {
            contact.texts.get(name).map_or("", |text| text.trim()) == text.trim()
        });
        let custom = self.custom.iter().all(|(tag, value)| {
            let held = contact.custom_value(tag).map(str::trim);
            held.filter(|held| !held.is_empty()) == value.as_deref().map(str::trim)
        });
        let phone = self.phone.as_ref();
        texts && custom && phone.is_none_or(|phone| contact.phones().next().as_ref() == Some(phone))
    }

    /// The body that makes a new contact. It never says anything of a subscription: that is the person's to say.
    /// `ids` are those of the custom fields, by merge tag in lower case.
    pub(super) fn new_contact(&self, phone: &PhoneNumber, ids: &BTreeMap<String, String>) -> Json {
        let mut body = self.body_of_texts();
        body.insert(
            "channels".to_owned(),
            json!([{ "channelId": phone.as_str(), "type": "SMS" }]),
        );
        let custom = self.custom_with(&[], ids);
        if !custom.is_empty() {
            body.insert("customFields".to_owned(), Json::Array(custom));
        }
        Json::Object(body)
    }

    /// The body that changes a contact as it was read. An array that is sent is sent whole: the contract does not say
    /// whether it replaces what is there or is added to it.
    pub(super) fn changed_contact(
        &self,
        contact: &Contact,
        ids: &BTreeMap<String, String>,
    ) -> Result<Json, Unwritable> {
        let mut body = self.body_of_texts();
        if !self.custom.is_empty() {
            let read = contact.custom.as_deref().ok_or_else(not_read)?;
            let custom = self.custom_with(read, ids);
            body.insert("customFields".to_owned(), Json::Array(custom));
        }
        if let Some(phone) = &self.phone {
            body.insert("channels".to_owned(), channels_with(contact, phone)?);
        }
        Ok(Json::Object(body))
    }

    fn body_of_texts(&self) -> Map<String, Json> {
        let texts = self.texts.iter();
        texts
            .map(|(name, text)| ((*name).to_owned(), json!(text)))
            .collect()
    }

    /// The custom fields that were read, with those of the wish in their places.
    fn custom_with(&self, read: &[Custom], ids: &BTreeMap<String, String>) -> Vec<Json> {
        let wished = |field: &&Custom| {
            let mut tags = self.custom.keys();
            !tags.any(|tag| tag.eq_ignore_ascii_case(&field.tag))
        };
        let kept = read.iter().filter(wished);
        let kept = kept.map(|field| json!({ "id": field.id, "value": field.value }));
        let new = self.custom.iter().filter_map(|(tag, value)| {
            let id = ids.get(&tag.to_lowercase())?;
            Some(json!({ "id": id, "value": value.as_deref()? }))
        });
        kept.chain(new).collect()
    }
}

/// The channels that were read, with another number in place of the first one for SMS.
fn channels_with(contact: &Contact, phone: &PhoneNumber) -> Result<Json, Unwritable> {
    let read = contact.channels.as_deref().ok_or_else(not_read)?;
    if read.iter().any(|channel| !channel.subscribed) {
        return Err((
            "opted-out",
            "the person unsubscribed; another number would make them reachable again".to_owned(),
            "let the person subscribe again first",
        ));
    }
    let can_be_sent = |kind: &str| ["SMS", "WHATSAPP"].contains(&kind);
    if let Some(other) = read.iter().find(|channel| !can_be_sent(&channel.kind)) {
        return Err((
            "other-channels",
            format!(
                "the contact also has a channel `{}`, which the API takes from nobody and might lose",
                other.kind
            ),
            "change the number in MessageMedia itself",
        ));
    }
    let first = read.iter().position(|channel| channel.kind == "SMS");
    let mut channels: Vec<Json> = Vec::new();
    let is_that_number = |channel: &Channel| channel.kind == "SMS" && channel.id == phone.as_str();
    for (at, channel) in read.iter().enumerate() {
        // A number that stands there already moves to the first place.
        if Some(at) != first && is_that_number(channel) {
            continue;
        }
        let id = if Some(at) == first {
            phone.as_str()
        } else {
            &channel.id
        };
        channels.push(json!({ "channelId": id, "type": channel.kind }));
    }
    if first.is_none() {
        channels.push(json!({ "channelId": phone.as_str(), "type": "SMS" }));
    }
    Ok(Json::Array(channels))
}

fn not_read() -> Unwritable {
    (
        "bad-data",
        "MessageMedia did not tell all of this contact, so it is left as it is".to_owned(),
        "look whether the API key may read contacts whole",
    )
}

/// The whole name first, so that a first or last name that is mapped too has the last word.
fn in_order<'a, V>(
    fields: impl Iterator<Item = (&'a String, V)>,
) -> impl Iterator<Item = (&'a String, V)> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(name, _)| *name != CONTACT_NAME);
    fields.into_iter()
}

#[cfg(test)]
mod tests;
