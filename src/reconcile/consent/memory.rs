//! The tombstones after a run: what the platforms said before and do not contradict now, what they said in this run, and what
//! else the people are known by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{is_directory, known_by, seen, standing, tells_by_number};
use crate::{
    model::{
        baseline::{Baseline, Identity, Origin, Tombstone},
        known_by::{KnownBy, Telling},
        list::{Side, Sides},
        member::{Kind, Member, Standing},
        phone::PhoneNumber,
        reading::Reading,
    },
    plan::{
        change::{Because, Considered},
        outcome::Outcome,
        value::Plan,
    },
};

/// The tombstones after a run: those that stand, and one for each entry that the platforms showed as opted out or did
/// not take.
pub(in crate::reconcile) fn tombstones(
    readings: &Sides<&Reading>,
    plan: &Plan,
    outcomes: &[Option<Outcome>],
    old: Option<&Baseline>,
    now: Timestamp,
) -> Vec<Tombstone> {
    let mut memory = Memory::of(standing(readings, old), readings);
    let partners = Partners::of(plan, readings);
    for side in [Side::Source, Side::Target] {
        let reading = *readings.of(side);
        for (position, member) in opted_out(&reading.members) {
            let across = partners.of_member(readings, side, position);
            memory.shown(side, member, across.iter().copied(), now);
        }
        let Some(directory) = &reading.directory else {
            continue;
        };
        let known = by_keys(opted_out(&directory.people).map(|(_, member)| member));
        for from in withheld(plan, readings, side, |because| {
            *because == Because::OptedOut
        }) {
            let found = all_keys(from).filter_map(|key| known.get(key));
            for member in found.flatten().copied() {
                memory.shown(side, member, [(side.other(), from)].into_iter(), now);
            }
        }
    }
    for (change, outcome) in plan.changes.iter().zip(outcomes) {
        let said = outcome.as_ref().and_then(Outcome::opted_out);
        let Some(said) = said.filter(|_| change.is_addition()) else {
            continue;
        };
        let other = change.side.other();
        let from = (*change.seen.of(other))
            .and_then(|position| readings.of(other).members.get(position as usize));
        let from = from.map(|from| (other, from));
        memory.not_taken(change.side, &change.member, from, said, now);
    }
    memory.follow(plan);
    memory.into_tombstones()
}

fn opted_out(members: &[Member]) -> impl Iterator<Item = (u32, &Member)> {
    (0..)
        .zip(members)
        .filter(|(_, member)| member.standing == Standing::OptedOut && member.kind == Kind::Person)
}

fn all_keys(member: &Member) -> impl Iterator<Item = &str> {
    member.keys().chain(member.employee_id.as_deref())
}

fn by_keys<'a>(members: impl Iterator<Item = &'a Member>) -> BTreeMap<&'a str, Vec<&'a Member>> {
    let mut by_keys: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
    for member in members {
        for key in all_keys(member) {
            by_keys.entry(key).or_default().push(member);
        }
    }
    by_keys
}

/// Who was not added to `side` for such a reason, as they stand on the other list.
fn withheld<'a>(
    plan: &Plan,
    readings: &Sides<&'a Reading>,
    side: Side,
    fits: impl Fn(&Because) -> bool,
) -> Vec<&'a Member> {
    let members = &readings.of(side.other()).members;
    let withheld = plan.withheld.iter().filter(|withheld| {
        withheld.side == side && withheld.considered == Considered::Add && fits(&withheld.because)
    });
    let positions = withheld.filter_map(|withheld| *withheld.seen.of(side.other()));
    positions
        .filter_map(|position| members.get(position as usize))
        .collect()
}

/// Who stands for whom on the other list, for those who opted out.
struct Partners(BTreeSet<(Side, u32, u32)>);

impl Partners {
    fn of(plan: &Plan, readings: &Sides<&Reading>) -> Self {
        let people = plan.people.iter().map(|person| &person.seen);
        let seen = people
            .chain(plan.withheld.iter().map(|withheld| &withheld.seen))
            .chain(plan.changes.iter().map(|change| &change.seen));
        let is_out = |side: Side, position: u32| {
            let member = readings.of(side).members.get(position as usize);
            member.is_some_and(|member| member.standing == Standing::OptedOut)
        };
        let mut partners = BTreeSet::new();
        for both in seen {
            let (Some(source), Some(target)) = (both.source, both.target) else {
                continue;
            };
            if is_out(Side::Source, source) {
                partners.insert((Side::Source, source, target));
            }
            if is_out(Side::Target, target) {
                partners.insert((Side::Target, target, source));
            }
        }
        Self(partners)
    }

    fn of_member<'a>(
        &self,
        readings: &Sides<&'a Reading>,
        side: Side,
        position: u32,
    ) -> Vec<(Side, &'a Member)> {
        let other = side.other();
        let partners = self
            .0
            .range((side, position, 0)..=(side, position, u32::MAX));
        let members = &readings.of(other).members;
        partners
            .filter_map(|(_, _, partner)| Some((other, members.get(*partner as usize)?)))
            .collect()
    }
}

/// The tombstones in the making, one for each list and address or number, and what is to be learnt of each.
struct Memory<'a> {
    readings: Sides<&'a Reading>,
    stones: BTreeMap<(Side, String), Tombstone>,
    learnt: Vec<((Side, String), Side, &'a Member)>,
}

impl<'a> Memory<'a> {
    fn of(standing: Vec<&Tombstone>, readings: &Sides<&'a Reading>) -> Self {
        let mut memory = Self {
            readings: readings.clone(),
            stones: BTreeMap::new(),
            learnt: Vec::new(),
        };
        for stone in standing {
            let Some(name) = memory.name(stone.side, &stone.who) else {
                continue;
            };
            let stone = Tombstone {
                shown: false,
                ..stone.clone()
            };
            // An earlier one holds longer.
            match memory.stones.get_mut(&name) {
                Some(earlier) if earlier.since <= stone.since => {}
                _ => {
                    memory.stones.insert(name, stone);
                }
            }
        }
        memory
    }

    fn name(&self, side: Side, who: &Identity) -> Option<(Side, String)> {
        let key = who.key(tells_by_number(self.readings.of(side)))?;
        Some((side, key.to_owned()))
    }

    /// The platform shows this entry as opted out.
    fn shown(
        &mut self,
        side: Side,
        member: &'a Member,
        across: impl Iterator<Item = (Side, &'a Member)>,
        now: Timestamp,
    ) {
        let reading = *self.readings.of(side);
        let who = Identity::where_told(member, tells_by_number(reading));
        let said = format!("{} showed them as opted out", reading.list);
        let Some(name) = self.remember(side, who, Origin::OptedOut, &said, now) else {
            return;
        };
        if let Some(stone) = self.stones.get_mut(&name) {
            stone.shown = true;
            if stone.origin == Origin::NotTaken {
                stone.origin = Origin::OptedOut;
                stone.said = said;
            }
        }
        let sides = [(side, member)].into_iter().chain(across);
        let learnt = sides.map(|(side, member)| (name.clone(), side, member));
        self.learnt.extend(learnt);
    }

    /// The platform did not take somebody who was to be added.
    fn not_taken(
        &mut self,
        side: Side,
        member: &Member,
        from: Option<(Side, &'a Member)>,
        said: &str,
        now: Timestamp,
    ) {
        let who = Identity::where_told(member, tells_by_number(self.readings.of(side)));
        let name = self.remember(side, who, Origin::NotTaken, said, now);
        let learnt = name.zip(from);
        self.learnt
            .extend(learnt.map(|(name, (side, member))| (name, side, member)));
    }

    fn remember(
        &mut self,
        side: Side,
        who: Identity,
        origin: Origin,
        said: &str,
        now: Timestamp,
    ) -> Option<(Side, String)> {
        let name = self.name(side, &who)?;
        let new = || Tombstone {
            side,
            who: who.clone(),
            since: now,
            said: said.to_owned(),
            origin,
            shown: false,
            known_by: KnownBy::default(),
        };
        let stone = self.stones.entry(name.clone()).or_insert_with(new);
        stone.who.id = who.id.or(stone.who.id.take());
        Some(name)
    }

    /// Somebody of whom nothing comes this time: what they are known by now goes with the tombstones that surely are
    /// theirs, so that one change after the other does not bring them back.
    fn follow(&mut self, plan: &Plan) {
        if self.stones.is_empty() {
            return;
        }
        let mut index: BTreeMap<(Side, &str), Vec<&(Side, String)>> = BTreeMap::new();
        for (name, stone) in &self.stones {
            for key in stone.who.keys().chain(stone.known_by.keys()) {
                index.entry((stone.side, key)).or_default().push(name);
            }
        }
        let mut learnt = Vec::new();
        for withheld in &plan.withheld {
            for side in [Side::Source, Side::Target] {
                let (other, reading) = (side.other(), self.readings.of(side.other()));
                let position = *withheld.seen.of(other);
                let from = position.and_then(|position| reading.members.get(position as usize));
                let Some(from) = from else { continue };
                let seen = seen(reading, other, from);
                let (is_directory, by_number) = (
                    is_directory(self.readings.of(side)),
                    tells_by_number(self.readings.of(side)),
                );
                let telling = Telling {
                    by_number,
                    number: &|_| false,
                    employee_id: &|_| false,
                };
                let near = all_keys(from).filter_map(|key| index.get(&(side, key)));
                for name in near.flatten() {
                    let stone = self.stones.get(*name);
                    if stone
                        .is_some_and(|stone| known_by(stone, is_directory).surely(seen, telling))
                    {
                        learnt.push(((*name).clone(), other, from));
                    }
                }
            }
        }
        self.learnt.extend(learnt);
    }

    fn into_tombstones(mut self) -> Vec<Tombstone> {
        let shared = Sides {
            source: shared(self.readings.source, self.learnt_on(Side::Source)),
            target: shared(self.readings.target, self.learnt_on(Side::Target)),
        };
        for (name, side, member) in &self.learnt {
            let Some(stone) = self.stones.get_mut(name) else {
                continue;
            };
            let shared = shared.of(*side);
            let telling = Telling {
                by_number: tells_by_number(self.readings.of(stone.side)),
                number: &|phone| !shared.contains(phone.as_str()),
                employee_id: &|id| !shared.contains(id),
            };
            let seen = seen(self.readings.of(*side), *side, member);
            stone.known_by.learn(seen, telling);
        }
        self.stones.into_values().collect()
    }

    fn learnt_on(&self, side: Side) -> impl Iterator<Item = &'a Member> {
        let learnt = self.learnt.iter().filter(move |(_, at, _)| *at == side);
        learnt.map(|(_, _, member)| *member)
    }
}

/// The numbers and employee ids of `members` that several members of the list have.
fn shared<'a>(
    reading: &'a Reading,
    members: impl Iterator<Item = &'a Member>,
) -> BTreeSet<&'a str> {
    let numbers = |member: &'a Member| {
        let phones = member.phones.iter().map(PhoneNumber::as_str);
        phones.chain(member.employee_id.as_deref())
    };
    let asked: BTreeSet<&str> = members.flat_map(numbers).collect();
    if asked.is_empty() {
        return BTreeSet::new();
    }
    let mut found = BTreeSet::new();
    let all = reading.members.iter().flat_map(numbers);
    all.filter(|number| asked.contains(number) && !found.insert(*number))
        .collect()
}
