//! The entries of the baseline, found by those they are about.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{baseline::BaselineEntry, list::Side, member::Member},
    reconcile::{matching::Person, situation::Situation},
};

/// What both sides agreed on, ready to be searched.
pub(super) struct Known<'a> {
    entries: &'a [BaselineEntry],
    /// The entries that name somebody on a list, by what they are known by there.
    by_name: BTreeMap<(Side, &'a str), Vec<u32>>,
    /// Who of the people an entry is about.
    by_entry: BTreeMap<u32, u32>,
}

impl<'a> Known<'a> {
    pub(super) fn new(situation: &Situation<'a>, people: &[Person]) -> Self {
        let entries = situation.baseline.map_or(&[][..], |known| &known.entries);
        let mut by_name: BTreeMap<(Side, &str), Vec<u32>> = BTreeMap::new();
        for (number, entry) in (0..).zip(entries) {
            for side in [Side::Source, Side::Target] {
                for name in entry.who.of(side).keys() {
                    by_name.entry((side, name)).or_default().push(number);
                }
            }
        }
        let by_entry = (0..).zip(people);
        let by_entry = by_entry.filter_map(|(number, person)| Some((person.entry?, number)));
        Self {
            entries,
            by_name,
            by_entry: by_entry.collect(),
        }
    }

    /// The entries that name this member of a list.
    pub(super) fn naming(&self, side: Side, member: &Member) -> BTreeSet<u32> {
        let entries = keys_of(member).filter_map(|key| self.by_name.get(&(side, key)));
        let mut entries: BTreeSet<u32> = entries.flatten().copied().collect();
        // Where both tell an id, it alone decides.
        entries.retain(|entry| {
            let entry = self.entries.get(*entry as usize);
            let id = entry.and_then(|entry| entry.who.of(side).id.as_ref());
            id.is_none() || member.id.is_none() || id == member.id.as_ref()
        });
        entries
    }

    /// Whom an entry is about, by their place among the people.
    pub(super) fn person(&self, entry: u32) -> Option<u32> {
        self.by_entry.get(&entry).copied()
    }
}

/// What an entry may know a member by.
fn keys_of(member: &Member) -> impl Iterator<Item = &str> {
    let id = member.id.iter().map(|id| id.as_str());
    let address = member.addresses.first().map(|address| address.as_str());
    let phone = member.phones.first().map(|phone| phone.as_str());
    id.chain(address).chain(phone)
}
