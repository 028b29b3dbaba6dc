//! What one list and its platform show now: who is subscribed, and who opted out.

use std::collections::BTreeSet;

use super::tells_by_number;
use crate::model::{
    address::Address,
    baseline::{Identity, Tombstone},
    member::{Member, Standing},
    phone::PhoneNumber,
    reading::Reading,
};

/// Of those who opted out before: who is shown as subscribed on the list, and who as opted out there or anywhere on the
/// platform.
pub(super) struct Consents<'a> {
    by_number: bool,
    /// Whether what is shown may be believed: a block list that could not be read shows everybody as subscribed.
    is_sure: bool,
    subscribed: BTreeSet<&'a str>,
    /// Entries of the platform's directory, with their ids.
    known: BTreeSet<(&'a str, &'a str)>,
    opted_out: BTreeSet<&'a str>,
}

impl<'a> Consents<'a> {
    pub(super) fn to(stones: &[&Tombstone], reading: &'a Reading) -> Self {
        let by_number = tells_by_number(reading);
        let asked = stones.iter().filter_map(|stone| stone.who.key(by_number));
        let asked: BTreeSet<&str> = asked.collect();
        let keys = |member: &'a Member, by_number| {
            let keys = addressed_by(member, by_number);
            keys.filter(|key| asked.contains(key))
        };
        let (mut subscribed, mut known) = (BTreeSet::new(), BTreeSet::new());
        let mut opted_out = BTreeSet::new();
        for member in &reading.members {
            match member.standing {
                Standing::Subscribed => subscribed.extend(keys(member, by_number)),
                Standing::OptedOut => opted_out.extend(keys(member, false)),
            }
        }
        let directory = reading.directory.iter();
        for person in directory.flat_map(|directory| &directory.people) {
            match (person.standing, &person.id) {
                (Standing::OptedOut, _) => opted_out.extend(keys(person, false)),
                (Standing::Subscribed, Some(id)) => {
                    known.extend(keys(person, by_number).map(|key| (id.as_str(), key)));
                }
                (Standing::Subscribed, None) => {}
            }
        }
        Self {
            by_number,
            is_sure: reading.is_whole(),
            subscribed,
            known,
            opted_out,
        }
    }

    /// Whether the list shows the very address or number as subscribed, or the platform the very entry.
    pub(super) fn are_for(&self, who: &Identity) -> bool {
        let Some(key) = who.key(self.by_number) else {
            return false;
        };
        let entry = who.id.as_ref().map(|id| (id.as_str(), key));
        let is_shown =
            self.subscribed.contains(key) || entry.is_some_and(|entry| self.known.contains(&entry));
        self.is_sure && is_shown && !self.opted_out.contains(key)
    }
}

/// The addresses and numbers of a member; the numbers alone where nothing else tells people apart and there is one.
fn addressed_by(member: &Member, by_number: bool) -> impl Iterator<Item = &str> {
    let only_numbers = by_number && !member.phones.is_empty();
    let addresses = member.addresses.iter().filter(move |_| !only_numbers);
    let phones = member.phones.iter().map(PhoneNumber::as_str);
    addresses.map(Address::as_str).chain(phones)
}
