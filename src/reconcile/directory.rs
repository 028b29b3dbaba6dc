//! The people a connection knows, ready to be searched.

use super::matching::keys::{Keyed, search, searchable};
use crate::{
    definition::sync::MatchKey,
    model::{
        address::Address,
        member::{Kind, Member},
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
        let position = search(&self.addresses, address).next()?;
        let person = self.directory.people.get(position as usize)?;
        let known = person.addresses.iter().map(Address::as_str);
        known.into_iter().find(|known| *known == address)
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
