//! One member of a list, as its connection tells it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{address::Address, attributes::Attributes, phone::PhoneNumber};

/// A platform's own id of a member (an Entra object id); compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ExternalId(Arc<str>);

impl ExternalId {
    /// The id, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ExternalId {
    fn from(mut text: String) -> Self {
        text.make_ascii_lowercase();
        Self(text.into())
    }
}

impl From<&str> for ExternalId {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a member is. Only people are ever added, changed or removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A person, or an entry that stands for one.
    #[default]
    Person,
    /// Something else a group may hold: a nested group, a device, a service principal, a contact. Left alone.
    Other(String),
    /// The connection named the member but would not say who it is: a permission is missing.
    Unreadable,
}

/// Whether the platform lets this member be written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// An ordinary member.
    #[default]
    Subscribed,
    /// Unsubscribed, blocked or opted out on this platform: never re-added by a sync.
    OptedOut,
}

/// One member of one list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The platform's own id; absent where a member is nothing but its address (a CSV row).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// The id of the person's directory object, where another platform keeps it for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_id: Option<ExternalId>,
    /// What it is.
    #[serde(default)]
    pub kind: Kind,
    /// Every address that reaches this person, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Every phone number of this person, the one for messages first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<PhoneNumber>,
    /// The number HR gave this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    /// Whether the person opted out on this platform.
    #[serde(default)]
    pub standing: Standing,
    /// Everything else that was read.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Where it stood, for messages (`line 17`), and what could not be read of it (`not an address: jon.smith@`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why the sync does not want this member, whatever its filter says (`on the list Leavers`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Box<str>>,
    /// Fields of this member that cannot be changed where it was read, each with the reason and what to do instead;
    /// `*` stands for all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub locked: BTreeMap<String, String>,
}

impl Member {
    /// A person with one address and nothing else.
    pub fn with_address(address: Address) -> Self {
        Self {
            addresses: vec![address],
            ..Self::default()
        }
    }

    /// The primary address.
    pub fn address(&self) -> Option<&Address> {
        self.addresses.first()
    }

    /// What the member can be told by on its own platform: its id, its addresses and its numbers.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let ids = self.id.iter().chain(&self.directory_id);
        let addresses = self.addresses.iter().map(Address::as_str);
        let phones = self.phones.iter().map(PhoneNumber::as_str);
        ids.map(ExternalId::as_str).chain(addresses).chain(phones)
    }

    /// Whether this and another entry of the same platform are one person, so that who is left out is left out on every
    /// list. Ids decide where both have them; but some platforms number the entries of each list, so that the same
    /// primary address decides as well. People may share a mailbox or a telephone and be two.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let same =
            |one: &Option<ExternalId>, other: &Option<ExternalId>| one.is_some() && one == other;
        if same(&self.id, &other.id)
            || same(&self.directory_id, &other.directory_id)
            || self.address().is_some() && self.address() == other.address()
        {
            return true;
        }
        let mut addresses = self.addresses.iter();
        let mut phones = self.phones.iter();
        let one_has_no_address = self.addresses.is_empty() || other.addresses.is_empty();
        (self.id.is_none() || other.id.is_none())
            && (addresses.any(|address| other.addresses.contains(address))
                || one_has_no_address && phones.any(|phone| other.phones.contains(phone)))
    }

    /// Why a field of this member cannot be changed; `None` when it can.
    pub fn lock(&self, field: &str) -> Option<&str> {
        let lock = self.locked.get(field).or_else(|| self.locked.get("*"));
        lock.map(String::as_str)
    }

    /// How the member is named in plans and reports: its primary address, else its phone number, else its id, else
    /// what is known of where it stood.
    pub fn label(&self) -> &str {
        if let Some(address) = self.addresses.first() {
            address.as_str()
        } else if let Some(phone) = self.phones.first() {
            phone.as_str()
        } else if let Some(id) = &self.id {
            id.as_str()
        } else {
            self.note
                .as_deref()
                .unwrap_or("(nothing is known of this member)")
        }
    }
}
