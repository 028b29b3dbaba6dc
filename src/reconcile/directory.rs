//! The people a connection knows, ready to be searched.

use std::{cell::OnceCell, collections::BTreeMap};

use super::{
    guests::guest_name,
    matching::keys::{Keyed, search, searchable},
};
use crate::{
    definition::sync::MatchKey,
    model::{
        address::Address,
        attributes::Value,
        member::{ExternalId, Kind, Member},
        reading::Directory,
    },
};

/// A directory with its keys ready to be searched.
pub(super) struct DirectoryIndex<'a> {
    directory: &'a Directory,
    tells_strangers: bool,
    ids: Vec<Keyed<'a>>,
    addresses: Vec<Keyed<'a>>,
    phones: Vec<Keyed<'a>>,
    employee_ids: Vec<Keyed<'a>>,
    /// Guests by the names of their accounts; made when somebody is about to be invited.
    guests: OnceCell<BTreeMap<String, Vec<usize>>>,
}

/// Who could be meant.
pub(super) enum Candidates<'a> {
    /// Nobody.
    Nobody,
    /// One person.
    One(&'a Member),
    /// Several, by the same key; the key in words.
    Several(String, Vec<&'a Member>),
}

impl<'a> DirectoryIndex<'a> {
    pub(super) fn new(directory: &'a Directory) -> Self {
        let people = || {
            let people = (0..).zip(&directory.people);
            people.filter(|(_, person)| person.kind == Kind::Person)
        };
        let ids = people().flat_map(|(at, person)| {
            let ids = person.id.iter().chain(&person.directory_id);
            ids.map(move |id| (id.as_str(), at))
        });
        let addresses = people().flat_map(|(at, person)| {
            let addresses = person.addresses.iter();
            addresses.map(move |address| (address.as_str(), at))
        });
        let phones = people().flat_map(|(at, person)| {
            let phones = person.phones.iter();
            phones.map(move |phone| (phone.as_str(), at))
        });
        let employee_ids =
            people().filter_map(|(at, person)| Some((person.employee_id.as_deref()?, at)));
        let hides_somebody = directory
            .people
            .iter()
            .any(|person| person.kind == Kind::Unreadable);
        Self {
            directory,
            tells_strangers: !directory.own_domains.is_empty() && !hides_somebody,
            ids: searchable(ids),
            addresses: searchable(addresses),
            phones: searchable(phones),
            employee_ids: searchable(employee_ids),
            guests: OnceCell::new(),
        }
    }

    pub(super) fn own_domains(&self) -> &'a [String] {
        &self.directory.own_domains
    }

    /// Whether somebody who is not found here really is from outside.
    pub(super) fn tells_strangers(&self) -> bool {
        self.tells_strangers
    }

    /// The address as the directory holds it, when somebody has it.
    pub(super) fn existing(&self, address: &str) -> Option<&'a str> {
        let known = self.with_address(address)?.addresses.iter();
        known.map(Address::as_str).find(|known| *known == address)
    }

    /// Somebody who has the address.
    fn with_address(&self, address: &str) -> Option<&'a Member> {
        let position = search(&self.addresses, address).next()?;
        self.directory.people.get(position as usize)
    }

    /// Whether the account behind an address is disabled.
    pub(super) fn is_disabled(&self, address: &str) -> bool {
        let person = self.with_address(address);
        let enabled = person.and_then(|person| person.attributes.get("accountEnabled"));
        enabled == Some(&Value::Flag(false))
    }

    /// Who has this object id.
    pub(super) fn with_id(&self, id: &ExternalId) -> Option<&'a Member> {
        let position = search(&self.ids, id.as_str()).next()?;
        self.directory.people.get(position as usize)
    }

    /// The guests whose accounts were named so; see [`Address::as_guest_name`].
    pub(super) fn guests_named(&self, name: &str) -> Vec<&'a Member> {
        let people = &self.directory.people;
        let guests = self.guests.get_or_init(|| {
            let mut guests: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (place, person) in people.iter().enumerate() {
                let name = guest_name(person).filter(|_| person.kind == Kind::Person);
                if let Some(name) = name {
                    guests.entry(name).or_default().push(place);
                }
            }
            guests
        });
        let places = guests.get(name).into_iter().flatten();
        places.filter_map(|place| people.get(*place)).collect()
    }

    /// Every address in the directory, in no order that means anything.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &'a str> {
        self.addresses.iter().map(|address| address.text)
    }

    /// Who `wanted` is. The first kind of key that finds anybody decides.
    pub(super) fn find(&self, matching: &[MatchKey], wanted: &Member) -> Candidates<'a> {
        for key in matching {
            // Somebody with an address nobody has is unresolved; a shared phone number must not resolve them, unless
            // the definition says that addresses mean nothing here.
            let by_address = matching.contains(&MatchKey::Address) && !wanted.addresses.is_empty();
            if *key == MatchKey::Phone && by_address {
                continue;
            }
            match self.having(*key, wanted) {
                Candidates::Nobody => {}
                somebody => return somebody,
            }
        }
        Candidates::Nobody
    }

    /// Who has a key of this kind in common with `wanted`.
    pub(super) fn having(&self, key: MatchKey, wanted: &Member) -> Candidates<'a> {
        let (keys, in_words): (Vec<&str>, _) = match key {
            MatchKey::ObjectId => {
                let ids = wanted.id.iter().chain(&wanted.directory_id);
                (ids.map(|id| id.as_str()).collect(), "an object id")
            }
            MatchKey::Address => (
                wanted.addresses.iter().map(Address::as_str).collect(),
                "an address",
            ),
            MatchKey::Phone => (
                wanted.phones.iter().map(|phone| phone.as_str()).collect(),
                "a phone number",
            ),
            MatchKey::EmployeeId => (
                wanted.employee_id.as_deref().into_iter().collect(),
                "an employee id",
            ),
        };
        let mut found: Vec<u32> = keys
            .iter()
            .flat_map(|text| search(self.keys(key), text))
            .collect();
        found.sort_unstable();
        found.dedup();
        let people: Vec<&Member> = found
            .iter()
            .filter_map(|position| self.directory.people.get(*position as usize))
            .collect();
        match people.as_slice() {
            [] => Candidates::Nobody,
            [one] => Candidates::One(one),
            _ => Candidates::Several(in_words.to_owned(), people),
        }
    }

    fn keys(&self, key: MatchKey) -> &[Keyed<'a>] {
        match key {
            MatchKey::ObjectId => &self.ids,
            MatchKey::Address => &self.addresses,
            MatchKey::Phone => &self.phones,
            MatchKey::EmployeeId => &self.employee_ids,
        }
    }
}
