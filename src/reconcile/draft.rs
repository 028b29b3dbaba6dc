//! The plan in the making, and what every decision looks at.

use std::collections::BTreeSet;

use super::{
    Position,
    directory::DirectoryIndex,
    matching::{
        Person,
        keys::{Keyed, search, searchable},
    },
    nearest::MOST_SEARCHES,
};
use crate::{
    definition::{
        pattern::Pattern,
        sync::{Direction, FirstRun, Sync},
    },
    model::{
        attributes::Attributes,
        baseline::{Baseline, BaselineEntry},
        list::{Side, Sides},
        member::{ExternalId, Kind, Member, Standing},
        reading::Reading,
    },
    plan::{
        change::{Action, Because, Change, Considered, Ignored, Reason, Why, Withheld},
        value::{InPlay, PLAN_VERSION, Plan},
    },
};

/// From how many people on, a list that is suddenly empty is a surprise.
const A_LIST: usize = 3;

/// What every decision looks at.
pub(super) struct Situation<'a> {
    pub(super) sync: &'a Sync,
    pub(super) readings: Sides<&'a Reading>,
    pub(super) baseline: Option<&'a Baseline>,
    /// The directories, ready to be searched.
    pub(super) directories: Sides<Option<DirectoryIndex<'a>>>,
    /// The ids on each list that has a directory: elsewhere nobody is added by id.
    ids: Sides<Vec<Keyed<'a>>>,
}

impl<'a> Situation<'a> {
    pub(super) fn new(
        sync: &'a Sync,
        source: &'a Reading,
        target: &'a Reading,
        baseline: Option<&'a Baseline>,
    ) -> Self {
        let index = |reading: &'a Reading| reading.directory.as_ref().map(DirectoryIndex::new);
        let ids = |reading: &'a Reading| {
            let members = (0..).zip(&reading.members);
            let ids = members.filter_map(|(position, member)| {
                let id = member.id.as_ref().filter(|_| reading.directory.is_some())?;
                Some((id.as_str(), position))
            });
            searchable(ids)
        };
        Self {
            sync,
            baseline,
            directories: Sides {
                source: index(source),
                target: index(target),
            },
            ids: Sides {
                source: ids(source),
                target: ids(target),
            },
            readings: Sides { source, target },
        }
    }

    pub(super) fn reading(&self, side: Side) -> &'a Reading {
        self.readings.of(side)
    }

    pub(super) fn member(&self, side: Side, position: u32) -> Option<&'a Member> {
        self.reading(side).members.get(position as usize)
    }

    pub(super) fn member_of(&self, person: &Person, side: Side) -> Option<&'a Member> {
        self.member(side, (*person.at.of(side))?)
    }

    pub(super) fn entry(&self, person: &Person) -> Option<&'a BaselineEntry> {
        self.baseline?.entries.get(person.entry? as usize)
    }

    /// Whether the list shows this object by nothing but its id, which then is its label.
    pub(super) fn is_unreadable(&self, side: Side, id: &ExternalId) -> bool {
        let members = &self.reading(side).members;
        members
            .binary_search_by(|member| member.label().cmp(id.as_str()))
            .ok()
            .and_then(|position| members.get(position))
            .is_some_and(|member| member.kind == Kind::Unreadable)
    }

    pub(super) fn is_on_list(&self, side: Side, id: &ExternalId) -> bool {
        search(self.ids.of(side), id.as_str()).next().is_some()
    }

    pub(super) fn is_excluded(&self, person: &Person) -> bool {
        self.any_fits(&self.sync.exclude, person)
    }

    pub(super) fn is_protected(&self, person: &Person) -> bool {
        self.any_fits(&self.sync.protected, person)
    }

    fn any_fits(&self, patterns: &[Pattern], person: &Person) -> bool {
        !patterns.is_empty()
            && positions(person).any(|(side, position)| {
                self.member(side, position)
                    .is_some_and(|member| fits_any(patterns, member))
            })
    }

    /// Whether any entry of the person on this side opted out: one is enough.
    pub(super) fn is_opted_out(&self, person: &Person, side: Side) -> bool {
        positions(person)
            .filter(|(at, _)| *at == side)
            .any(|(side, position)| {
                self.member(side, position)
                    .is_some_and(|member| member.standing == Standing::OptedOut)
            })
    }

    /// How many people were on a list of a two-way sync that now came back empty; `None` when that is no surprise.
    pub(super) fn suddenly_empty(&self, side: Side) -> Option<usize> {
        let before = self.baseline.map_or(0, |baseline| baseline.entries.len());
        let is_empty = self.reading(side).members.is_empty();
        let surprises = self.sync.direction == Direction::TwoWay && is_empty && before >= A_LIST;
        surprises.then_some(before)
    }

    /// Whether the rule for the first run keeps everyone where they are.
    pub(super) fn first_run_removes_nobody(&self) -> bool {
        self.baseline.is_none() && self.sync.first_run == FirstRun::Union
    }
}

/// Whether any of the patterns fits the member.
pub(super) fn fits_any(patterns: &[Pattern], member: &Member) -> bool {
    patterns.iter().any(|pattern| pattern.fits(member))
}

/// Every position of a person.
fn positions(person: &Person) -> impl Iterator<Item = (Side, u32)> {
    let first = [
        (Side::Source, person.at.source),
        (Side::Target, person.at.target),
    ];
    let first = first
        .into_iter()
        .filter_map(|(side, position)| Some((side, position?)));
    first.chain(person.second.iter().copied())
}

/// The position of one member alone.
fn alone(side: Side, position: u32) -> Position {
    let mut seen = Position::default();
    *seen.of_mut(side) = Some(position);
    seen
}

/// The plan in the making.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) changes: Vec<Change>,
    pub(super) withheld: Vec<Withheld>,
    ignored: Vec<Ignored>,
    people: Vec<InPlay>,
    unchanged: usize,
    pub(super) wants_directory: Sides<bool>,
    /// The directory objects of people who opted out on the other list, however they are spelled there.
    pub(super) opted_out: BTreeSet<ExternalId>,
    /// For how many more unresolved addresses the directory is searched for the nearest one.
    pub(super) searches_left: usize,
}

impl Draft {
    /// Nothing yet, with room for so many people.
    pub(super) fn for_people(count: usize) -> Self {
        Self {
            people: Vec::with_capacity(count),
            searches_left: MOST_SEARCHES,
            ..Self::default()
        }
    }

    pub(super) fn change(
        &mut self,
        side: Side,
        action: Action,
        member: Member,
        reason: Reason,
        seen: Position,
    ) {
        self.changes.push(Change {
            side,
            action,
            member,
            reason,
            seen,
        });
    }

    pub(super) fn withhold(
        &mut self,
        side: Side,
        considered: Considered,
        label: &str,
        because: Because,
        seen: Position,
    ) {
        self.withheld.push(Withheld {
            side,
            considered,
            label: label.to_owned(),
            because,
            seen,
        });
    }

    /// Withholds every member of a person by itself.
    pub(super) fn withhold_all(
        &mut self,
        situation: &Situation<'_>,
        person: &Person,
        considered: Considered,
        because: &Because,
    ) {
        for (side, position) in positions(person) {
            let label = situation
                .member(side, position)
                .map_or("", |member| member.label());
            self.withhold(
                side,
                considered,
                label,
                because.clone(),
                alone(side, position),
            );
        }
    }

    /// Leaves every member of a person out.
    pub(super) fn ignore(&mut self, situation: &Situation<'_>, person: &Person, why: &Why) {
        for (side, position) in positions(person) {
            self.ignore_one(situation, side, position, why.clone());
        }
    }

    /// Leaves the first entry of a person on each side out; further entries are accounted for already.
    pub(super) fn ignore_first(&mut self, situation: &Situation<'_>, person: &Person, why: &Why) {
        for side in [Side::Source, Side::Target] {
            if let Some(position) = *person.at.of(side) {
                self.ignore_one(situation, side, position, why.clone());
            }
        }
    }

    /// Accounts for the entries of a person beside the first one.
    pub(super) fn second_entries(&mut self, situation: &Situation<'_>, person: &Person) {
        for (side, position) in &person.second {
            let first = situation
                .member_of(person, *side)
                .map_or("", |member| member.label());
            self.ignore_one(
                situation,
                *side,
                *position,
                Why::SecondEntry(first.to_owned()),
            );
        }
    }

    /// Leaves one member out.
    pub(super) fn ignore_one(
        &mut self,
        situation: &Situation<'_>,
        side: Side,
        position: u32,
        why: Why,
    ) {
        let label = situation
            .member(side, position)
            .map_or("", |member| member.label())
            .to_owned();
        self.ignored.push(Ignored {
            side,
            label,
            why,
            seen: alone(side, position),
        });
    }

    /// A person with nothing to change.
    pub(super) fn unchanged(&mut self) {
        self.unchanged += 1;
    }

    /// Remembers a person for the next baseline.
    pub(super) fn in_play(&mut self, person: &Person, fields: Attributes) {
        if person.at.source.is_some() && person.at.target.is_some() {
            for (side, position) in &person.second {
                let mut seen = person.at.clone();
                *seen.of_mut(*side) = Some(*position);
                self.people.push(InPlay {
                    seen,
                    entry: None,
                    fields: fields.clone(),
                });
            }
        }
        self.people.push(InPlay {
            seen: person.at.clone(),
            entry: person.entry,
            fields,
        });
    }

    /// Keeps a person's entry in the baseline as it is.
    pub(super) fn keep(&mut self, person: &Person) {
        for entry in person.entry.iter().chain(&person.more_entries) {
            self.people.push(InPlay {
                entry: Some(*entry),
                ..InPlay::default()
            });
        }
    }

    /// The plan.
    pub(super) fn finish(mut self, situation: &Situation<'_>) -> Plan {
        self.changes
            .sort_by(|left, right| left.order().cmp(&right.order()));
        self.withheld
            .sort_by(|left, right| (&left.label, left.side).cmp(&(&right.label, right.side)));
        self.ignored
            .sort_by(|left, right| (&left.label, left.side).cmp(&(&right.label, right.side)));
        let Sides { source, target } = situation.readings;
        let gains = |side: Side| {
            self.changes
                .iter()
                .any(|change| change.side == side && change.is_addition())
        };
        let absent = [(Side::Source, source), (Side::Target, target)]
            .into_iter()
            .find(|(_, reading)| !reading.exists);
        let create = absent.map(|(side, _)| side).filter(|side| {
            *side == Side::Target || gains(*side) || situation.sync.direction == Direction::TwoWay
        });
        Plan {
            version: PLAN_VERSION,
            sync: situation.sync.id.clone(),
            two_way: situation.sync.direction == Direction::TwoWay,
            first_run: situation.baseline.is_none(),
            lists: Sides {
                source: source.list.clone(),
                target: target.list.clone(),
            },
            members: Sides {
                source: source.members.len(),
                target: target.members.len(),
            },
            doubts: Sides {
                source: source.doubts.clone(),
                target: target.doubts.clone(),
            },
            create,
            changes: self.changes,
            withheld: self.withheld,
            ignored: self.ignored,
            unchanged: self.unchanged,
            people: self.people,
            wants_directory: self.wants_directory,
        }
    }
}
