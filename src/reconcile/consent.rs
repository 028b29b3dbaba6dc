//! Who must not be added again: what the platforms said, kept as tombstones while the entries come and go.
//!
//! A tombstone stands until the platform shows the same address or number as subscribed; that a person lifts one is
//! decided where baselines are loaded. It only ever keeps somebody from being added. `shown` says what the platforms show
//! now, `memory` what is known after a run.

mod memory;
mod shown;

use std::collections::BTreeMap;

use super::{
    additions::anybody_opted_out,
    draft::Draft,
    matching::Person,
    situation::{Situation, positions},
};
use crate::{
    definition::sync::{MatchKey, OptOuts},
    model::{
        baseline::{Baseline, Identity, Origin, Tombstone},
        capabilities::AddsBy,
        known_by::{KnownBy, Seen, Telling},
        list::{Side, Sides},
        member::Member,
        reading::Reading,
    },
    plan::change::{Because, Reason},
};
pub(super) use memory::tombstones;
use shown::Consents;

/// The tombstones that stand, by everything the people are known by.
pub(super) struct Tombstones<'a>(Sides<BTreeMap<&'a str, Vec<&'a Tombstone>>>);

impl<'a> Tombstones<'a> {
    /// Those that the platforms do not contradict now.
    pub(super) fn new(readings: Sides<&Reading>, baseline: Option<&'a Baseline>) -> Self {
        let mut index: Sides<BTreeMap<&str, Vec<&Tombstone>>> = Sides::default();
        for stone in standing(&readings, baseline) {
            for key in stone.who.keys().chain(stone.known_by.keys()) {
                let with_key = index.of_mut(stone.side).entry(key).or_default();
                with_key.push(stone);
            }
        }
        Self(index)
    }

    /// Those on `side` that share a key with `member`, each perhaps more than once.
    fn near(&self, side: Side, member: &Member) -> impl Iterator<Item = &'a Tombstone> {
        let index = self.0.of(side);
        let keys = member.keys().chain(member.employee_id.as_deref());
        keys.filter_map(|key| index.get(key)).flatten().copied()
    }

    fn are_none(&self, side: Side) -> bool {
        self.0.of(side).is_empty()
    }
}

/// Why nobody of a person's entries and former entries may be added to `side`; `None` when there is no such reason.
pub(super) fn forbids(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    from: &Member,
    draft: &mut Draft,
) -> Option<Because> {
    if situation.tombstones.are_none(side) {
        return None;
    }
    let other = side.other();
    let entries = positions(person).filter(|(at, _)| *at == other);
    let mut entries = entries.filter_map(|(side, position)| situation.member(side, position));
    let stone = entries
        .find_map(|member| stone_of(situation, side, other, member))
        .or_else(|| {
            let who = &situation.entry(person)?.who;
            let mut former = [Side::Source, Side::Target].into_iter();
            former.find_map(|at| stone_of(situation, side, at, &as_member(who.of(at))))
        })?;
    if situation.reading(side).capabilities.knows_people {
        match situation.directories.of(side) {
            // Only the platform's directory tells whether they subscribed there meanwhile.
            None => *draft.wants_directory.of_mut(side) = true,
            Some(known) => {
                let mut keys = situation.sync.matching.iter();
                if keys.any(|key| anybody_opted_out(&known.having(*key, from))) {
                    return Some(Because::OptedOut);
                }
            }
        }
    }
    Some(not_again(stone))
}

/// Why somebody must not be added to `side` as this entry of its platform.
pub(super) fn forbids_as(
    situation: &Situation<'_>,
    side: Side,
    member: &Member,
) -> Option<Because> {
    let id = member.id.clone()?;
    let stone = if is_directory(situation.reading(side)) {
        stone_of(situation, side, side, member)
    } else {
        // The rest is what they have on the other list, and was looked at there.
        let entry = Member {
            id: Some(id),
            ..Member::default()
        };
        stone_of(situation, side, side, &entry)
    };
    stone.map(not_again)
}

/// Why somebody does not leave the list on `side` of a two-way sync although they are gone from the other one: they had opted
/// out there, and the entry is gone with its opt-out (it was deleted, or the list was made anew). That is no sign that they
/// left, and the sync says that an opt-out goes for its own platform alone.
pub(super) fn keeps(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    reason: &Reason,
) -> Option<Because> {
    let other = side.other();
    let stays = situation.sync.opt_outs == OptOuts::Stay && *reason == Reason::LeftOtherSide;
    if !stays || situation.tombstones.are_none(other) {
        return None;
    }
    let former = as_member(situation.entry(person)?.who.of(other));
    let stone = stone_of(situation, other, other, &former)
        .or_else(|| stone_of(situation, other, side, situation.member_of(person, side)?))?;
    (stone.origin == Origin::OptedOut).then(|| not_again(stone))
}

/// What is told of somebody who must not be added again.
pub(super) fn not_again(stone: &Tombstone) -> Because {
    Because::NotTaken {
        since: stone.since,
        said: stone.said.clone(),
        origin: stone.origin,
    }
}

/// The tombstone on `side` of somebody who is seen on the list `at`.
pub(super) fn stone_of<'a>(
    situation: &Situation<'a>,
    side: Side,
    at: Side,
    member: &Member,
) -> Option<&'a Tombstone> {
    let mut near = situation.tombstones.near(side, member).peekable();
    near.peek()?;
    let reading = situation.reading(at);
    let recognises = |key| situation.sync.matching.contains(&key);
    let by_number = tells_by_number(situation.reading(side));
    let seen = seen(reading, at, member);
    let telling = Telling {
        by_number,
        number: &|phone| {
            recognises(MatchKey::Phone) && {
                let has = |member: &&Member| member.phones.contains(phone);
                reading.members.iter().filter(has).count() <= 1
            }
        },
        employee_id: &|id| {
            recognises(MatchKey::EmployeeId) && {
                let has = |member: &&Member| member.employee_id.as_deref() == Some(id);
                reading.members.iter().filter(has).count() <= 1
            }
        },
    };
    let is_directory = is_directory(situation.reading(side));
    near.find(|stone| known_by(stone, is_directory).fits(seen, telling))
}

/// Everything that tells the person of a tombstone.
fn known_by(stone: &Tombstone, is_directory: bool) -> KnownBy {
    let mut known = stone.known_by.clone();
    let Identity { id, address, phone } = &stone.who;
    let ids = if is_directory {
        &mut known.directory_ids
    } else {
        known.ids.of_mut(stone.side)
    };
    ids.extend(id.clone());
    known.addresses.extend(address.clone());
    known.phones.extend(phone.clone());
    known
}

fn as_member(who: &Identity) -> Member {
    Member {
        id: who.id.clone(),
        addresses: who.address.iter().cloned().collect(),
        phones: who.phone.iter().cloned().collect(),
        ..Member::default()
    }
}

fn seen<'a>(reading: &Reading, side: Side, member: &'a Member) -> Seen<'a> {
    Seen {
        side,
        is_directory: is_directory(reading),
        member,
    }
}

fn is_directory(reading: &Reading) -> bool {
    reading.capabilities.adds_by == AddsBy::DirectoryObject
}

fn tells_by_number(reading: &Reading) -> bool {
    reading.capabilities.adds_by == AddsBy::Phone
}

/// The tombstones that the platforms do not contradict.
fn standing<'a>(readings: &Sides<&Reading>, baseline: Option<&'a Baseline>) -> Vec<&'a Tombstone> {
    let stones = baseline.map_or(&[][..], |baseline| &baseline.tombstones);
    let mut standing: Vec<&Tombstone> = Vec::with_capacity(stones.len());
    for side in [Side::Source, Side::Target] {
        let of_side: Vec<&Tombstone> = stones.iter().filter(|stone| stone.side == side).collect();
        if of_side.is_empty() {
            continue;
        }
        let consents = Consents::to(&of_side, readings.of(side));
        standing.extend(
            of_side
                .into_iter()
                .filter(|stone| !consents.are_for(&stone.who)),
        );
    }
    standing
}
