//! What somebody is known by besides the entry that opted out: how another address or number does not bring them back.
//!
//! Some keys are sure (an id, an employee id, the first address) and some are shared by several people (an alias that
//! went over to a colleague, a switchboard's number). The shared ones count only while nothing tells the two apart.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    address::Address,
    list::{Side, Sides},
    member::{ExternalId, Member},
    phone::PhoneNumber,
};

/// Everything somebody was known by on either list, for as long as the opt-out is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KnownBy {
    /// The ids on each list's platform.
    #[serde(skip_serializing_if = "no_ids")]
    pub ids: Sides<BTreeSet<ExternalId>>,
    /// The ids of directory objects.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub directory_ids: BTreeSet<ExternalId>,
    /// The first addresses on either list, now and before.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub addresses: BTreeSet<Address>,
    /// The other addresses.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub aliases: BTreeSet<Address>,
    /// The numbers.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub phones: BTreeSet<PhoneNumber>,
    /// The numbers HR gave.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub employee_ids: BTreeSet<String>,
}

fn no_ids(ids: &Sides<BTreeSet<ExternalId>>) -> bool {
    ids.source.is_empty() && ids.target.is_empty()
}

/// A member of one of the lists, and what its ids are.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The list's side.
    pub side: Side,
    /// Whether the list's ids are those of directory objects.
    pub is_directory: bool,
    /// The member.
    pub member: &'a Member,
}

impl Seen<'_> {
    fn directory_ids(&self) -> impl Iterator<Item = &ExternalId> {
        let own = self.member.id.iter().filter(|_| self.is_directory);
        own.chain(&self.member.directory_id)
    }

    fn own_id(&self) -> Option<&ExternalId> {
        self.member.id.as_ref().filter(|_| !self.is_directory)
    }
}

/// Which keys tell people apart, beside ids and addresses.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// Whether the platform tells people by nothing but their numbers.
    pub by_number: bool,
    /// Whether a number is one person's alone.
    pub number: &'a dyn Fn(&PhoneNumber) -> bool,
    /// Whether a number that HR gave is one person's alone.
    pub employee_id: &'a dyn Fn(&str) -> bool,
}

impl KnownBy {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds everything that `seen` is known by, without the numbers that several people have.
    pub fn learn(&mut self, seen: Seen<'_>, telling: Telling<'_>) {
        let Member {
            addresses,
            phones,
            employee_id,
            ..
        } = seen.member;
        self.directory_ids.extend(seen.directory_ids().cloned());
        let ids = self.ids.of_mut(seen.side);
        ids.extend(seen.own_id().cloned());
        self.addresses.extend(addresses.first().cloned());
        self.aliases.extend(addresses.iter().skip(1).cloned());
        let theirs = |phone: &&PhoneNumber| telling.by_number || (telling.number)(phone);
        self.phones.extend(phones.iter().filter(theirs).cloned());
        let employee_id = employee_id.iter().filter(|id| (telling.employee_id)(id));
        self.employee_ids.extend(employee_id.cloned());
    }

    /// Whether `seen` is the person beyond doubt: by an id, or by what they are first reached by.
    pub fn surely(&self, seen: Seen<'_>, telling: Telling<'_>) -> bool {
        let Member {
            addresses,
            phones,
            employee_id,
            ..
        } = seen.member;
        let ids = self.ids.of(seen.side);
        let is_known = |id: &&String| self.employee_ids.contains(*id);
        let mut employee_id = employee_id.iter().filter(is_known);
        seen.own_id().is_some_and(|id| ids.contains(id))
            || seen
                .directory_ids()
                .any(|id| self.directory_ids.contains(id))
            || addresses
                .first()
                .is_some_and(|first| self.addresses.contains(first))
            || employee_id.any(|id| (telling.employee_id)(id))
            || telling.by_number && phones.iter().any(|phone| self.phones.contains(phone))
    }

    /// Whether `seen` is the person, as far as can be told: whoever shares an alias or a number with them is, unless an
    /// id says that these are two people.
    pub fn fits(&self, seen: Seen<'_>, telling: Telling<'_>) -> bool {
        if self.surely(seen, telling) {
            return true;
        }
        let has_other_id = seen.own_id().is_some() && !self.ids.of(seen.side).is_empty();
        let is_other_object =
            seen.directory_ids().next().is_some() && !self.directory_ids.is_empty();
        if has_other_id || is_other_object {
            return false;
        }
        let mut addresses = seen.member.addresses.iter();
        let mut phones = seen.member.phones.iter();
        addresses.any(|address| self.addresses.contains(address) || self.aliases.contains(address))
            || phones.any(|phone| self.phones.contains(phone) && (telling.number)(phone))
    }

    /// Every key, for an index.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let ids = self.ids.source.iter().chain(&self.ids.target);
        let ids = ids.chain(&self.directory_ids).map(ExternalId::as_str);
        let addresses = self.addresses.iter().chain(&self.aliases);
        let addresses = addresses.map(Address::as_str);
        let phones = self.phones.iter().map(PhoneNumber::as_str);
        let numbers = self.employee_ids.iter().map(String::as_str);
        ids.chain(addresses).chain(phones).chain(numbers)
    }
}
