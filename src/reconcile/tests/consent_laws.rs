//! The law of consent: whoever opted out is never added again, from whatever direction, whatever comes and goes between
//! the runs, until the platform itself shows them as subscribed.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, test_runner::RngSeed};

use super::{Case, applied, directory, laws::everyone_is_accounted_for, one_way, reading};
use crate::{
    definition::sync::{Direction, FirstRun, OptOuts},
    model::{
        address::Address,
        capabilities::{AddsBy, Updatable},
        list::Side,
        member::{ExternalId, Member, Standing},
        phone::PhoneNumber,
        reading::Reading,
    },
    plan::text::render,
};

const PEOPLE: usize = 3;

/// What happens between two runs, to one person.
#[derive(Debug, Clone, Copy)]
enum Event {
    OptsOut,
    EntryGoes,
    Subscribes,
    GetsAddress,
    GetsNumber,
    GetsObject,
    LeavesDirectory,
    ComesBack,
    /// Every entry that opted out is gone, as when the list is made anew from a file.
    ListMadeAnew,
}

fn events() -> impl Strategy<Value = (usize, Event)> {
    let event = prop_oneof![
        3 => Just(Event::OptsOut),
        3 => Just(Event::EntryGoes),
        1 => Just(Event::Subscribes),
        3 => Just(Event::GetsAddress),
        3 => Just(Event::GetsNumber),
        1 => Just(Event::GetsObject),
        1 => Just(Event::LeavesDirectory),
        2 => Just(Event::ComesBack),
        1 => Just(Event::ListMadeAnew),
    ];
    (0..PEOPLE, event)
}

/// One person as the directory has them.
#[derive(Debug, Clone)]
struct Person {
    object: usize,
    address: usize,
    number: usize,
    is_there: bool,
}

struct World {
    case: Case,
    people: Vec<Person>,
    /// The side of the platform, where people opt out.
    platform: Side,
    by_number: bool,
    entries: usize,
    /// Whose the platform's entries are.
    owners: BTreeMap<ExternalId, usize>,
    /// Who opted out, and was seen to.
    out: BTreeSet<usize>,
}

/// Of persons that share nothing; each has numbers of their own.
fn number(who: usize, which: usize) -> PhoneNumber {
    PhoneNumber::parse(
        &format!("+4144668{:04}", 1000 + who * 100 + which % 100),
        None,
    )
    .unwrap()
}

fn address(who: usize, which: usize) -> Address {
    Address::parse(&format!("p{who}.{which}@acme.example")).unwrap()
}

impl World {
    fn new(platform: Side, by_number: bool, is_two_way: bool, knows_people: bool) -> Self {
        let adds_by = if by_number {
            AddsBy::Phone
        } else {
            AddsBy::Address
        };
        let mut case = one_way(&[], &[]);
        let mut list = reading("platform", &[], adds_by, Updatable::Nothing);
        list.capabilities.knows_people = knows_people;
        let group = reading("entra-id", &[], AddsBy::DirectoryObject, Updatable::Nothing);
        (case.source, case.target) = match platform {
            Side::Source => (list, group),
            Side::Target => (group, list),
        };
        if is_two_way {
            case.sync.direction = Direction::TwoWay;
            case.sync.first_run = FirstRun::Union;
            case.sync.opt_outs = OptOuts::Stay;
        }
        let people = (0..PEOPLE).map(|_| Person {
            object: 0,
            address: 0,
            number: 0,
            is_there: true,
        });
        let mut world = Self {
            case,
            people: people.collect(),
            platform,
            by_number,
            entries: 0,
            owners: BTreeMap::new(),
            out: BTreeSet::new(),
        };
        for who in 0..PEOPLE {
            world.enters(who, Standing::Subscribed);
        }
        world.write_group();
        world
    }

    fn list(&mut self) -> &mut Reading {
        match self.platform {
            Side::Source => &mut self.case.source,
            Side::Target => &mut self.case.target,
        }
    }

    fn member(&self, who: usize) -> Member {
        let person = &self.people[who];
        Member {
            id: Some(format!("object-{who}-{}", person.object).into()),
            addresses: vec![address(who, person.address)],
            phones: vec![number(who, person.number)],
            ..Member::default()
        }
    }

    /// A new entry of the platform for somebody as they are now.
    fn enters(&mut self, who: usize, standing: Standing) {
        self.entries += 1;
        let id = ExternalId::from(format!("entry-{}", self.entries));
        self.owners.insert(id.clone(), who);
        let mut entry = Member {
            id: Some(id),
            standing,
            ..self.member(who)
        };
        if self.by_number {
            entry.addresses.clear();
        }
        self.list().members.push(entry);
    }

    fn entries_of(&self, who: usize) -> BTreeSet<ExternalId> {
        let owners = self.owners.iter().filter(|(_, owner)| **owner == who);
        owners.map(|(id, _)| id.clone()).collect()
    }

    fn happens(&mut self, who: usize, event: Event) {
        let theirs = self.entries_of(who);
        let is_theirs = |member: &Member| member.id.as_ref().is_some_and(|id| theirs.contains(id));
        let is_out = self.out.contains(&who);
        let person = &mut self.people[who];
        match event {
            Event::GetsAddress => person.address += 1,
            Event::GetsNumber => person.number += 1,
            // Another object is known by its address, or by nothing: as another one with another address nobody knows them.
            Event::GetsObject if person.is_there && (is_out || person.address == 0) => {
                person.object += 1;
            }
            Event::Subscribes if !person.is_there => {}
            Event::GetsObject => {}
            Event::LeavesDirectory => person.is_there = false,
            Event::ComesBack => person.is_there = true,
            Event::OptsOut => {
                for member in self
                    .list()
                    .members
                    .iter_mut()
                    .filter(|member| is_theirs(member))
                {
                    member.standing = Standing::OptedOut;
                }
            }
            Event::EntryGoes => self.list().members.retain(|member| !is_theirs(member)),
            Event::ListMadeAnew => {
                let members = &mut self.list().members;
                members.retain(|member| member.standing == Standing::Subscribed);
            }
            Event::Subscribes => {
                self.list().members.retain(|member| !is_theirs(member));
                self.enters(who, Standing::Subscribed);
                self.out.remove(&who);
            }
        }
        self.write_group();
    }

    /// The group and its directory hold everybody who is there. In a one-way sync to the group nobody is put there but by
    /// the sync.
    fn write_group(&mut self) {
        let there = (0..PEOPLE).filter(|who| self.people[*who].is_there);
        let there: Vec<Member> = there.map(|who| self.member(who)).collect();
        let platform = self.platform;
        let group = match platform {
            Side::Source => &mut self.case.target,
            Side::Target => &mut self.case.source,
        };
        group.members = there.clone();
        let mut known = directory(&[]);
        known.people = there;
        group.directory = Some(known);
        let list = self.list();
        if list.capabilities.knows_people {
            let mut known = directory(&[]);
            known.people = list.members.clone();
            list.directory = Some(known);
        }
        for side in [Side::Source, Side::Target] {
            let reading = match side {
                Side::Source => &mut self.case.source,
                Side::Target => &mut self.case.target,
            };
            let members = std::mem::take(&mut reading.members);
            let sorted =
                Reading::whole(reading.list.clone(), members, reading.capabilities.clone());
            reading.members = sorted.members;
        }
    }

    /// One run. Whoever is seen to have opted out is out from here on.
    fn runs(&mut self) -> Result<(), TestCaseError> {
        let list = match self.platform {
            Side::Source => &self.case.source,
            Side::Target => &self.case.target,
        };
        for member in &list.members {
            if member.standing == Standing::OptedOut {
                let owner = member.id.as_ref().and_then(|id| self.owners.get(id));
                self.out.extend(owner);
            }
        }
        let plan = self.case.plan();
        everyone_is_accounted_for(&self.case, &plan);
        let group = match self.platform {
            Side::Source => &self.case.target,
            Side::Target => &self.case.source,
        };
        let mut added = Vec::new();
        for change in plan
            .changes_to(self.platform)
            .filter(|change| change.is_addition())
        {
            let from = change.seen.of(self.platform.other()).unwrap();
            let id = group.members[from as usize].id.clone().unwrap();
            let who = id
                .as_str()
                .split('-')
                .nth(1)
                .unwrap()
                .parse::<usize>()
                .unwrap();
            prop_assert!(
                !self.out.contains(&who),
                "p{who} had opted out\n{}",
                render(&plan)
            );
            added.push((who, change.member.clone()));
        }
        self.case = applied(&self.case, &plan);
        // The platform gives those who were added entries of their own.
        for (who, member) in added {
            let list = self.list();
            list.members.retain(|there| *there != member);
            self.enters(who, Standing::Subscribed);
        }
        self.write_group();
        // One for each address or number that opted out, and at most two each: by name and as it is told now.
        let stones = &self.case.baseline.as_ref().unwrap().tombstones;
        prop_assert!(stones.len() <= self.entries, "{stones:#?}");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(600), rng_seed: RngSeed::Fixed(6), failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whoever_opted_out_is_never_added_again(
        is_source in any::<bool>(),
        by_number in any::<bool>(),
        two_way in any::<bool>(),
        knows_people in any::<bool>(),
        events in prop::collection::vec(events(), 1..14),
    ) {
        let platform = if is_source { Side::Source } else { Side::Target };
        // Where the platform is the source of a one-way sync nothing is ever added to it.
        let is_two_way = two_way || is_source;
        let mut world = World::new(platform, by_number, is_two_way, knows_people);
        world.runs()?;
        for (who, event) in events {
            world.happens(who, event);
            world.runs()?;
        }
    }
}
