//! The people a connection knows, ready to be searched.

use crate::{
    definition::sync::MatchKey,
    model::{
        address::Address,
        member::{Kind, Member},
        reading::Directory,
    },
};

/// A directory with its keys sorted.
pub(super) struct DirectoryIndex<'a> {
    directory: &'a Directory,
    ids: Vec<(&'a str, u32)>,
    addresses: Vec<(&'a str, u32)>,
    phones: Vec<(&'a str, u32)>,
    employee_ids: Vec<(&'a str, u32)>,
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
        let mut index = Self {
            directory,
            ids: Vec::new(),
            addresses: Vec::new(),
            phones: Vec::new(),
            employee_ids: Vec::new(),
        };
        let people = directory
            .people
            .iter()
            .enumerate()
            .filter(|(_, person)| person.kind == Kind::Person);
        for (position, person) in people.map(|(position, person)| (position as u32, person)) {
            index
                .ids
                .extend(person.id.iter().map(|id| (id.as_str(), position)));
            index.addresses.extend(
                person
                    .addresses
                    .iter()
                    .map(|address| (address.as_str(), position)),
            );
            index
                .phones
                .extend(person.phones.iter().map(|phone| (phone.as_str(), position)));
            index
                .employee_ids
                .extend(person.employee_id.iter().map(|id| (id.as_str(), position)));
        }
        for keys in [
            &mut index.ids,
            &mut index.addresses,
            &mut index.phones,
            &mut index.employee_ids,
        ] {
            keys.sort_unstable();
            keys.dedup();
        }
        index
    }

    pub(super) fn own_domains(&self) -> &'a [String] {
        &self.directory.own_domains
    }

    /// Whether somebody who is not found here really is from outside.
    pub(super) fn tells_strangers(&self) -> bool {
        let hides_somebody = self
            .directory
            .people
            .iter()
            .any(|person| person.kind == Kind::Unreadable);
        !self.directory.own_domains.is_empty() && !hides_somebody
    }

    /// Every address in the directory, sorted.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &'a str> {
        self.addresses.iter().map(|(address, _)| *address)
    }

    /// Who `wanted` is. The first kind of key that finds anybody decides.
    pub(super) fn find(&self, matching: &[MatchKey], wanted: &Member) -> Candidates<'a> {
        for key in matching {
            let (keys, in_words): (Vec<&str>, _) = match key {
                MatchKey::ObjectId => (
                    wanted.id.iter().map(|id| id.as_str()).collect(),
                    "an object id",
                ),
                MatchKey::Address => (
                    wanted.addresses.iter().map(Address::as_str).collect(),
                    "an address",
                ),
                // Somebody with an address nobody has is unresolved; a shared phone number must not resolve them.
                MatchKey::Phone if !wanted.addresses.is_empty() => continue,
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
                .flat_map(|text| lookup(self.keys(*key), text))
                .collect();
            found.sort_unstable();
            found.dedup();
            let people: Vec<&Member> = found
                .iter()
                .filter_map(|position| self.directory.people.get(*position as usize))
                .collect();
            match people.as_slice() {
                [] => {}
                [one] => return Candidates::One(one),
                _ => return Candidates::Several(in_words.to_owned(), people),
            }
        }
        Candidates::Nobody
    }

    fn keys(&self, key: MatchKey) -> &[(&'a str, u32)] {
        match key {
            MatchKey::ObjectId => &self.ids,
            MatchKey::Address => &self.addresses,
            MatchKey::Phone => &self.phones,
            MatchKey::EmployeeId => &self.employee_ids,
        }
    }
}

fn lookup(keys: &[(&str, u32)], text: &str) -> Vec<u32> {
    let start = keys.partition_point(|(key, _)| *key < text);
    let run = keys
        .get(start..)
        .unwrap_or_default()
        .iter()
        .take_while(|(key, _)| *key == text);
    run.map(|(_, position)| *position).collect()
}
