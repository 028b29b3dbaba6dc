//! Who comes back onto a list when a run is undone: whom the run took off it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        additions, consent,
        draft::Draft,
        matching::{Person, match_members},
        situation::{Situation, positions},
    },
    leaving::why_nobody,
    touched::Touch,
    undoing::Undoing,
};
use crate::{
    model::{
        attributes::Attributes,
        baseline::Origin,
        capabilities::AddsBy,
        ledger::Taken,
        list::{Side, Sides},
        member::{ExternalId, Kind, Member, Standing},
        reading::Reading,
    },
    plan::{
        change::{Because, Change, Considered, Seen, Why},
        put_back::NotPutBack,
    },
};

impl<'a> Undoing<'a> {
    /// Puts everybody back whom the run took off a list.
    pub(super) fn undo_removals(&mut self, removed: &[(Touch, &Change)]) {
        let mut wanted: Vec<(Touch, Side, Member)> = Vec::new();
        for (touch, change) in removed {
            let side = change.side;
            let before = self.before.of(side);
            let first = before.all(&change.member).first().copied();
            let first = first.and_then(|place| before.member(place));
            let member = first.unwrap_or(&change.member).clone();
            let mut present = self.lists.of(side).perhaps(&member);
            let present = present.find(|place| !self.leaving.contains(&(side, *place)));
            match present {
                Some(place) => self.present_already(side, place, &member, *touch),
                None => wanted.push((*touch, side, member)),
            }
        }
        if wanted.is_empty() {
            return;
        }
        // Who they are among the others shows once they are back: matching is about both lists as they then are.
        let restored = restored(self.situation, &wanted, &self.leaving);
        let Sides { source, target } = &restored;
        let (sync, baseline) = (self.situation.sync, self.situation.baseline);
        let then = Situation::new(sync, source, target, baseline, self.now);
        let people = match_members(&sync.matching, source, target, baseline);
        let mut by_place: BTreeMap<(Side, u32), &Person> = BTreeMap::new();
        for person in &people {
            for (side, place) in positions(person) {
                if place as usize >= self.situation.reading(side).members.len() {
                    by_place.insert((side, place), person);
                }
            }
        }
        let taken = latest_taken(self.situation);
        let mut next = Sides {
            source: self.situation.reading(Side::Source).members.len() as u32,
            target: self.situation.reading(Side::Target).members.len() as u32,
        };
        for (touch, side, member) in &wanted {
            let place = *next.of(*side);
            *next.of_mut(*side) += 1;
            let Some(person) = by_place.get(&(*side, place)) else {
                continue;
            };
            self.put_back(*side, member, person, *touch, &then, &taken);
        }
    }

    fn present_already(&mut self, side: Side, place: u32, member: &Member, touch: Touch) {
        if let Some(because) = self.unsettled(side, member, touch) {
            let because = Because::NotPutBack(because);
            return self.withhold(side, Considered::Add, member, because, Seen::default());
        }
        if let Some(person) = self.person_at(side, place) {
            self.forget_present(side, person);
        }
        self.ignore(side, member, Why::AsBefore);
    }

    fn put_back(
        &mut self,
        side: Side,
        member: &Member,
        person: &Person,
        touch: Touch,
        then: &Situation<'_>,
        taken: &BTreeMap<(Side, &str), &Taken>,
    ) {
        // Only who is on the other list now can be seen there.
        let other = side.other();
        let on_the_other = (*person.at.of(other))
            .filter(|place| (*place as usize) < self.situation.reading(other).members.len());
        let mut seen = Seen::default();
        *seen.of_mut(other) = on_the_other;
        if then.is_excluded(person) {
            return self.ignore(side, member, Why::Excluded);
        }
        let later = member
            .keys()
            .filter_map(|name| taken.get(&(side, name)))
            .find(|taken| self.is_later(&taken.by));
        let because = if touch == Touch::FoundSo {
            Some(Because::NotPutBack(NotPutBack::SoBefore))
        } else if let Some(later) = later {
            Some(Because::NotPutBack(NotPutBack::DoneSince(
                later.by.run.clone(),
            )))
        } else {
            self.why_not_add(side, member, person, then)
        };
        let newcomer = match because {
            Some(because) => Err(because),
            None => self.newcomer(side, member),
        };
        match newcomer {
            Err(because) => self.withhold(side, Considered::Add, member, because, seen),
            Ok(newcomer) => {
                self.remember_newcomer(seen.clone(), person.entry);
                self.add(side, newcomer, seen);
            }
        }
    }

    /// What speaks against putting somebody back, the strongest first. Opt-outs win over everything that was before.
    fn why_not_add(
        &self,
        side: Side,
        member: &Member,
        person: &Person,
        then: &Situation<'_>,
    ) -> Option<Because> {
        let capabilities = &self.situation.reading(side).capabilities;
        if let Some(why) = &capabilities.read_only {
            return Some(Because::ReadOnly(why.clone()));
        }
        if let Some(before) = self.situation.suddenly_empty(side) {
            return Some(Because::SuddenlyEmpty(before));
        }
        let both = [side.other(), side].into_iter();
        let mut blind = both.filter_map(|side| self.situation.leaves_out_blindly(side));
        if let Some(why) = blind.next() {
            return Some(Because::NoProof(why));
        }
        let opted_out = member.standing == Standing::OptedOut
            || then.is_opted_out(person, side)
            || then.is_opted_out(person, side.other());
        if opted_out {
            return Some(Because::OptedOut);
        }
        // As the lists are now: whoever is put back would look like somebody who subscribed again.
        let here = consent::forbids(self.situation, person, side, member, &mut Draft::default());
        let here = here.or_else(|| consent::forbids_as(self.situation, side, member));
        if here.is_some() {
            return here;
        }
        let here = consent::stone_of(self.situation, side, side, member);
        // Who left the other platform by their own wish did so as a person; whom it did not take may be taken here.
        let there = consent::stone_of(self.situation, side.other(), side, member);
        let there = there.filter(|stone| stone.origin == Origin::OptedOut);
        if let Some(stone) = here.or(there) {
            return Some(consent::not_again(stone));
        }
        if let Some(because) = why_nobody(person) {
            return Some(because);
        }
        let left_out = self.situation.left_out(side, member);
        left_out.map(|why| Because::OutsideFilter(why.to_owned()))
    }

    /// The member as the platform takes them; why it cannot.
    fn newcomer(&mut self, side: Side, before: &Member) -> Result<Member, Because> {
        let capabilities = &self.situation.reading(side).capabilities;
        let missing = match capabilities.adds_by {
            AddsBy::DirectoryObject if before.id.is_none() => {
                Some("its directory object is not known")
            }
            AddsBy::Phone if before.phones.is_empty() => {
                Some("it has no phone number to be added by")
            }
            AddsBy::Address if before.addresses.is_empty() && before.phones.is_empty() => {
                Some("it has neither an address nor a phone number to be added by")
            }
            AddsBy::DirectoryObject | AddsBy::Phone | AddsBy::Address => None,
        };
        if let Some(why) = missing {
            return Err(Because::NoKey(why.to_owned()));
        }
        let id = match capabilities.adds_by {
            AddsBy::DirectoryObject => before.id.clone(),
            AddsBy::Phone | AddsBy::Address => self.known_there(side, before)?,
        };
        Ok(Member {
            id,
            directory_id: before.directory_id.clone(),
            addresses: before.addresses.clone(),
            phones: before.phones.clone(),
            employee_id: before.employee_id.clone(),
            attributes: self.attributes_taken(side, &before.attributes),
            ..Member::default()
        })
    }

    /// Whom the platform knows them as beyond the list. The id that an entry of the list had went with it.
    fn known_there(&mut self, side: Side, member: &Member) -> Result<Option<ExternalId>, Because> {
        if !self.situation.reading(side).capabilities.knows_people {
            return Ok(None);
        }
        let mut draft = Draft::default();
        let known = additions::known_there(self.situation, side, member, &mut draft);
        let wants = *draft.wants_directory.of(side);
        *self.wants_directory.of_mut(side) |= wants;
        known
    }

    /// What the platform takes of somebody's attributes. Where it knows people beyond the list these stayed with them,
    /// and only what the sync writes anyway is sent.
    fn attributes_taken(&self, side: Side, before: &Attributes) -> Attributes {
        let capabilities = &self.situation.reading(side).capabilities;
        if capabilities.adds_by == AddsBy::DirectoryObject {
            return Attributes::new();
        }
        let is_mapped = |name: &str| self.rule(side, name).is_some();
        let is_taken =
            |name: &str| !capabilities.knows_people && capabilities.updatable.allows(name);
        let taken = before.iter().filter(|(_, value)| !value.is_forgotten());
        let taken = taken.filter(|(name, _)| is_mapped(name) || is_taken(name));
        let taken = taken.map(|(name, value)| (name.clone(), value.clone()));
        taken.collect()
    }
}

/// Both lists with everybody put back, behind those who are there. Whoever leaves is in nobody's way.
fn restored(
    situation: &Situation<'_>,
    wanted: &[(Touch, Side, Member)],
    leaving: &BTreeSet<(Side, u32)>,
) -> Sides<Reading> {
    let list = |side: Side| {
        let mut reading = situation.reading(side).clone();
        for (place, member) in (0..).zip(&mut reading.members) {
            if leaving.contains(&(side, place)) {
                member.kind = Kind::Other("leaves".to_owned());
            }
        }
        let back = wanted.iter().filter(|(_, at, _)| *at == side);
        reading
            .members
            .extend(back.map(|(_, _, member)| member.clone()));
        reading
    };
    Sides {
        source: list(Side::Source),
        target: list(Side::Target),
    }
}

/// Whom rollcall took off a list lately, by what they were known by there; the last time of several.
fn latest_taken<'a>(situation: &Situation<'a>) -> BTreeMap<(Side, &'a str), &'a Taken> {
    let mut latest: BTreeMap<(Side, &str), &Taken> = BTreeMap::new();
    for taken in situation.baseline.map_or(&[][..], |known| &known.taken) {
        for name in taken.who.keys() {
            let known = latest.entry((taken.by.side, name)).or_insert(taken);
            if known.by.at < taken.by.at {
                *known = taken;
            }
        }
    }
    latest
}
