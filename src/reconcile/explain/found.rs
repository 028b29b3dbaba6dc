//! Who was found: entries of the lists, people of the directories, and how they are known to be one.

use super::{EntryFound, Filtered, Keys, KnownThere, PersonFound};
use crate::{
    definition::{filter::Filter, pattern::Pattern, sync::MatchKey},
    model::{
        address::Address,
        capabilities::AddsBy,
        list::Side,
        member::{Kind, Member, Standing},
    },
    reconcile::{
        matching::{Found, Person, recognised},
        situation::{Situation, positions},
    },
};

/// Who the connections know by these keys. Exactly one person there is who was meant: whatever else they are known by is
/// looked for on the lists too.
pub(super) fn known(situation: &Situation<'_>, keys: &mut Keys) -> Vec<KnownThere> {
    let mut known = Vec::new();
    for side in [Side::Source, Side::Target] {
        let Some(directory) = &situation.reading(side).directory else {
            known.push(KnownThere {
                side,
                asked: false,
                people: Vec::new(),
            });
            continue;
        };
        let people = directory.people.iter().filter(|person| keys.fit(person));
        let people: Vec<&Member> = people.collect();
        let labels = people.iter().map(|person| person.label().to_owned());
        known.push(KnownThere {
            side,
            asked: true,
            people: labels.collect(),
        });
        if let [one] = people.as_slice() {
            keys.take(one, by_phone(situation));
        }
    }
    known
}

/// Whether any entry of the person has one of the keys.
pub(super) fn is_meant(situation: &Situation<'_>, person: &Person, keys: &Keys) -> bool {
    members(situation, person).any(|(_, member)| keys.fit(member))
}

/// Learns what else the person is known by.
pub(super) fn take_keys(situation: &Situation<'_>, person: &Person, keys: &mut Keys) {
    for (_, member) in members(situation, person) {
        keys.take(member, by_phone(situation));
    }
}

/// Whether one of the platforms tells its members apart by nothing but their numbers.
fn by_phone(situation: &Situation<'_>) -> bool {
    let sides = [Side::Source, Side::Target].into_iter();
    let mut added_by = sides.map(|side| situation.reading(side).capabilities.adds_by);
    added_by.any(|adds_by| adds_by == AddsBy::Phone)
}

/// Every entry of a person, with what the definition says of it.
pub(super) fn entries(situation: &Situation<'_>, person: &Person) -> Vec<EntryFound> {
    let entries = positions(person).filter_map(|(side, position)| {
        let member = situation.member(side, position)?;
        let second = person.second.contains(&(side, position));
        Some(entry(situation, side, member, second))
    });
    entries.collect()
}

fn entry(situation: &Situation<'_>, side: Side, member: &Member, second: bool) -> EntryFound {
    let sync = situation.sync;
    let filter = sync.filters.of(side);
    let is_none = matches!(filter, Filter::All(parts) if parts.is_empty());
    let addresses = member.addresses.iter().map(Address::to_string);
    let phones = member.phones.iter().map(ToString::to_string);
    EntryFound {
        side,
        label: member.label().to_owned(),
        id: member.id.as_ref().map(ToString::to_string),
        keys: addresses.chain(phones).collect(),
        note: member.note.clone(),
        second,
        opted_out: member.standing == Standing::OptedOut,
        no_person: match &member.kind {
            Kind::Person => None,
            Kind::Other(what) => Some(what.clone()),
            Kind::Unreadable => Some("shown by nothing but its id".to_owned()),
        },
        filter: (!is_none && member.kind == Kind::Person).then(|| {
            let clause = filter.why_not(&member.attributes);
            Filtered {
                passes: clause.is_none(),
                clause,
            }
        }),
        left_out: member.left_out.as_deref().map(str::to_owned),
        excluded_by: first_fit(&sync.exclude, member),
        protected_by: first_fit(&sync.protected, member),
    }
}

fn first_fit(patterns: &[Pattern], member: &Member) -> Option<String> {
    let pattern = patterns.iter().find(|pattern| pattern.fits(member))?;
    Some(pattern.0.clone())
}

/// How the entries of both lists are known to be one person, or why there is none on the other list.
pub(super) fn matched(situation: &Situation<'_>, person: &Person) -> String {
    match &person.found {
        Found::Conflict { key, with } => {
            return format!("not told apart: shares {key} with {}", with.join(", "));
        }
        Found::NoKey(_) => return "there is nothing to recognise anybody by".to_owned(),
        Found::NotAPerson(what) => return format!("not looked for: it is no person but {what}"),
        Found::Unreadable => return "not looked for: nothing but an id is shown".to_owned(),
        Found::Person => {}
    }
    let source = situation.member_of(person, Side::Source);
    let target = situation.member_of(person, Side::Target);
    match (source, target) {
        (Some(source), Some(target)) => {
            let entry = situation.entry(person);
            recognised(&situation.sync.matching, entry, source, target)
        }
        (Some(_), None) => nobody_there(situation, Side::Target),
        (None, Some(_)) => nobody_there(situation, Side::Source),
        (None, None) => String::new(),
    }
}

fn nobody_there(situation: &Situation<'_>, side: Side) -> String {
    let reading = situation.reading(side);
    if !reading.exists {
        return format!("{} is not there yet", reading.list);
    }
    let keys = situation.sync.matching.iter().map(|key| match key {
        MatchKey::ObjectId => "object id",
        MatchKey::Address => "address",
        MatchKey::Phone => "phone number",
        MatchKey::EmployeeId => "employee id",
    });
    let keys: Vec<&str> = keys.collect();
    format!(
        "nobody on {} has the same {}",
        reading.list,
        keys.join(" or ")
    )
}

pub(super) fn members<'a>(
    situation: &Situation<'a>,
    person: &Person,
) -> impl Iterator<Item = (Side, &'a Member)> {
    let members = positions(person);
    members.filter_map(|(side, position)| Some((side, situation.member(side, position)?)))
}

impl PersonFound {
    /// The first entry of the person on a list.
    pub(super) fn on(&self, side: Side) -> Option<&EntryFound> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.side == side && !entry.second)
    }
}
