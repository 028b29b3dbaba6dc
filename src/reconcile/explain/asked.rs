//! Whom somebody asks for, and everything that person turns out to be known by.

use std::collections::BTreeSet;

use crate::model::{
    address::Address,
    baseline::Identity,
    member::{ExternalId, Member},
    phone::PhoneNumber,
};

/// Whom somebody asks for: an address, a phone number in E.164, an id on a platform or an employee id, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked(String);

/// What a person is known by. Built from what was asked for, and from the entries that were found by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    ids: BTreeSet<ExternalId>,
    addresses: BTreeSet<Address>,
    phones: BTreeSet<PhoneNumber>,
    employee_ids: BTreeSet<String>,
    /// As it was typed: how an entry is found that holds no usable key.
    typed: String,
}

impl Asked {
    /// What was typed, without white space around it. `None` when nothing is left.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The address it is, if it is one.
    pub(super) fn address(&self) -> Option<Address> {
        Address::parse(&self.0).ok()
    }

    /// Everything it can mean.
    pub fn keys(&self) -> Keys {
        Keys {
            ids: [ExternalId::from(self.text())].into(),
            addresses: self.address().into_iter().collect(),
            phones: PhoneNumber::parse(&self.0, None).into_iter().collect(),
            employee_ids: [self.0.clone()].into(),
            typed: self.0.to_lowercase(),
        }
    }
}

impl Keys {
    /// Whether the member has one of these keys.
    pub fn fit(&self, member: &Member) -> bool {
        let mut ids = member.id.iter().chain(&member.directory_id);
        let employee_id = member.employee_id.as_ref();
        ids.any(|id| self.ids.contains(id))
            || member
                .addresses
                .iter()
                .any(|address| self.addresses.contains(address))
            || member
                .phones
                .iter()
                .any(|phone| self.phones.contains(phone))
            || employee_id.is_some_and(|id| self.employee_ids.contains(id))
            || self.stands_in_unusable(member)
    }

    /// Whether a run remembers one of these keys.
    pub fn name(&self, who: &Identity) -> bool {
        who.id.as_ref().is_some_and(|id| self.ids.contains(id))
            || who
                .address
                .as_ref()
                .is_some_and(|address| self.addresses.contains(address))
            || who
                .phone
                .as_ref()
                .is_some_and(|phone| self.phones.contains(phone))
    }

    /// Whether a plan calls somebody by one of these keys.
    pub fn are_called(&self, label: &str) -> bool {
        self.typed == label.to_lowercase()
            || self
                .addresses
                .iter()
                .any(|address| address.as_str() == label)
            || self.phones.iter().any(|phone| phone.as_str() == label)
            || self.ids.iter().any(|id| id.as_str() == label)
    }

    /// Learns what else the member is known by. People may share a telephone: a number counts only where there is
    /// nothing better, or where the sync knows people `by_phone`.
    pub fn take(&mut self, member: &Member, by_phone: bool) {
        self.ids
            .extend(member.id.iter().chain(&member.directory_id).cloned());
        self.addresses.extend(member.addresses.iter().cloned());
        if by_phone || member.id.is_none() && member.addresses.is_empty() {
            self.phones.extend(member.phones.iter().cloned());
        }
    }

    /// An entry that could not be read as anything (`not an address: jon.smith@`) is found by its own text.
    fn stands_in_unusable(&self, member: &Member) -> bool {
        let has_keys = member.id.is_some()
            || !member.addresses.is_empty()
            || !member.phones.is_empty()
            || member.employee_id.is_some();
        let note = member.note.as_deref().filter(|_| !has_keys);
        note.is_some_and(|note| {
            let mut words = note.split_whitespace();
            words.any(|word| word.trim_matches('`').to_lowercase() == self.typed)
        })
    }
}
