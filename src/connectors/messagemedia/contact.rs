//! One contact as the API tells it, and the member that it is.
//!
//! The contract says that most fields are always there; what is missing or null is taken for absent all the same, and
//! what is new is left alone. It must not make requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::fields::{self, CONTACT_NAME, PHONE_NUMBER};
use crate::{
    connectors::ports::{ConnectorError, ErrorKind},
    model::{
        address::Address,
        attributes::{Attributes, Value},
        member::{Member, Standing},
        phone::PhoneNumber,
    },
};

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) id: String,
    /// The texts that every contact has, by the names of the API; never empty.
    pub(super) texts: BTreeMap<&'static str, String>,
    full_name: Option<String>,
    /// `None` when the answer did not tell: what was not read is not written.
    pub(super) channels: Option<Vec<Channel>>,
    pub(super) custom: Option<Vec<Custom>>,
    lists: Option<Vec<String>>,
}

/// One way to reach a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) id: String,
    /// In upper case: `SMS`.
    pub(super) kind: String,
    /// Whether the person may be written to. A state that is not known is none that may.
    pub(super) subscribed: bool,
}

/// One custom field of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Custom {
    pub(super) id: String,
    pub(super) tag: String,
    pub(super) value: String,
}

/// The account's block list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BlockList {
    /// The numbers on it.
    Known(BTreeSet<PhoneNumber>),
    /// The key may not read it; the answer in words.
    Unreadable(String),
}

impl BlockList {
    pub(super) fn has(&self, number: &PhoneNumber) -> bool {
        matches!(self, Self::Known(numbers) if numbers.contains(number))
    }

    /// Why it is not known who blocked messages.
    pub(super) fn doubt(&self) -> Option<String> {
        match self {
            Self::Known(_) => None,
            Self::Unreadable(answer) => Some(format!(
                "who is on the account's block list is not known: the API key needs the permission to read number \
                 authorisation ({answer})"
            )),
        }
    }
}

impl Contact {
    /// Reads a contact; one without an id cannot be told from others.
    pub(super) fn from_json(json: &Json) -> Result<Self, ConnectorError> {
        let unusable = || {
            let message = "MessageMedia gave a contact without an id";
            ConnectorError::new(ErrorKind::BadData, message)
        };
        let id = text(json, "id").ok_or_else(unusable)?;
        let texts = fields::TEXTS
            .iter()
            .filter_map(|(_, name)| Some((*name, text(json, name)?)));
        let all = |name: &str| json.get(name).and_then(Json::as_array);
        Ok(Self {
            id: id.to_ascii_lowercase(),
            texts: texts.collect(),
            full_name: text(json, "fullName"),
            channels: all("channels")
                .map(|channels| channels.iter().filter_map(Channel::from_json).collect()),
            custom: all("customFields")
                .map(|custom| custom.iter().filter_map(Custom::from_json).collect()),
            lists: all("lists").map(|lists| {
                let ids = lists.iter().filter_map(|list| text(list, "id"));
                ids.map(|id| id.to_ascii_lowercase()).collect()
            }),
        })
    }

    /// Whether it is on a list; `None` when the answer did not tell.
    pub(super) fn is_on(&self, list: &str) -> Option<bool> {
        let lists = self.lists.as_ref()?;
        Some(lists.iter().any(|known| known == list))
    }

    /// The numbers that messages go to, as they stand there, the first one first.
    fn sms(&self) -> impl Iterator<Item = &Channel> {
        let channels = self.channels.iter().flatten();
        channels.filter(|channel| channel.kind == "SMS")
    }

    /// The numbers that messages go to.
    pub(super) fn phones(&self) -> impl Iterator<Item = PhoneNumber> {
        self.sms()
            .filter_map(|channel| PhoneNumber::parse(&channel.id, None).ok())
    }

    /// Whether the person must not be written to: unsubscribed, or blocked for the whole account.
    pub(super) fn opted_out(&self, blocked: &BlockList) -> bool {
        self.sms().any(|channel| !channel.subscribed)
            || self.phones().any(|phone| blocked.has(&phone))
    }

    /// Whether it is reached on this number.
    pub(super) fn has_phone(&self, phone: &PhoneNumber) -> bool {
        self.phones().any(|known| known == *phone)
    }

    /// The value of a custom field, its merge tag compared without case.
    pub(super) fn custom_value(&self, tag: &str) -> Option<&str> {
        let mut custom = self.custom.iter().flatten();
        let field = custom.find(|field| field.tag.eq_ignore_ascii_case(tag))?;
        Some(&field.value)
    }

    /// The fields, as a mapping calls them. Custom fields are called as `wanted` spells them.
    pub(super) fn attributes(&self, wanted: &[String]) -> Attributes {
        let mut attributes = Attributes::new();
        for field in self.custom.iter().flatten() {
            let mut spellings = wanted.iter();
            let name = spellings.find(|name| name.eq_ignore_ascii_case(&field.tag));
            let name = name.unwrap_or(&field.tag);
            if let Some(value) = Value::text(&field.value)
                && !fields::is_built_in(name)
            {
                attributes.insert(name.clone(), value);
            }
        }
        for (field, name) in fields::TEXTS {
            if let Some(value) = self.texts.get(name).and_then(|text| Value::text(text)) {
                attributes.insert((*field).to_owned(), value);
            }
        }
        let of = |name: &str| self.texts.get(name).map_or("", String::as_str);
        let name = fields::whole_name(of("firstName"), of("lastName"));
        let name = Value::text(&name).or_else(|| Value::text(self.full_name.as_deref()?));
        let sms = || self.sms().next().and_then(|first| Value::text(&first.id));
        let phone = self.phones().next();
        let phone = phone.map_or_else(sms, |phone| Value::text(phone.as_str()));
        for (field, value) in [(CONTACT_NAME, name), (PHONE_NUMBER, phone)] {
            if let Some(value) = value {
                attributes.insert(field.to_owned(), value);
            }
        }
        attributes
    }

    /// The member that this contact is.
    pub(super) fn member(
        &self,
        blocked: &BlockList,
        object_id_field: Option<&str>,
        wanted: &[String],
    ) -> Member {
        let channels = self.channels.iter().flatten();
        let emails = channels.filter(|channel| channel.kind == "EMAIL");
        let emails = emails.map(|channel| channel.id.as_str());
        let mut addresses: Vec<Address> = Vec::new();
        for text in emails.chain(self.custom_value("email")) {
            if let Ok(address) = Address::parse(text)
                && !addresses.contains(&address)
            {
                addresses.push(address);
            }
        }
        let directory_id = object_id_field.and_then(|tag| self.custom_value(tag));
        let directory_id = directory_id.map(str::trim).filter(|id| !id.is_empty());
        let phones: Vec<PhoneNumber> = self.phones().collect();
        let is_recognisable = !phones.is_empty() || !addresses.is_empty() || directory_id.is_some();
        let note = phones.is_empty().then(|| self.without_number());
        Member {
            // An id of this platform's says nothing of who it is: without anything else the contact is unresolved.
            id: is_recognisable.then(|| self.id.as_str().into()),
            directory_id: directory_id.map(Into::into),
            addresses,
            phones,
            standing: if self.opted_out(blocked) {
                Standing::OptedOut
            } else {
                Standing::Subscribed
            },
            attributes: self.attributes(wanted),
            note,
            ..Member::default()
        }
    }

    /// Why there is no number.
    fn without_number(&self) -> String {
        let first = self.sms().next();
        let parsed = first.map(|first| PhoneNumber::parse(&first.id, None));
        let name = self.attributes(&[]).get(CONTACT_NAME).map(Value::to_line);
        let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
        match (first, parsed) {
            (Some(first), Some(Err(why))) => {
                format!("contact {}{name}: `{}`: {why}", self.id, first.id)
            }
            _ => format!("contact {}{name}: it has no number for SMS", self.id),
        }
    }
}

impl Channel {
    fn from_json(json: &Json) -> Option<Self> {
        let state = text(json, "subscriptionState");
        Some(Self {
            id: text(json, "channelId")?,
            kind: text(json, "type")?.to_ascii_uppercase(),
            subscribed: state.is_none_or(|state| state.eq_ignore_ascii_case("SUBSCRIBED")),
        })
    }
}

impl Custom {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            id: text(json, "id")?,
            tag: text(json, "mergeTag").unwrap_or_default(),
            value: text(json, "value").unwrap_or_default(),
        })
    }
}

/// A text that is there and says something.
pub(super) fn text(json: &Json, name: &str) -> Option<String> {
    let text = json.get(name)?.as_str()?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
