//! The plan in the making.

use std::collections::BTreeSet;

use super::{
    Position,
    matching::Person,
    nearest::MOST_SEARCHES,
    situation::{Situation, positions},
};
use crate::{
    definition::sync::Direction,
    model::{
        attributes::Attributes,
        list::{Side, Sides},
        member::{ExternalId, Member},
    },
    plan::{
        change::{Action, Because, Change, Considered, Ignored, Reason, Why, Withheld},
        value::{InPlay, PLAN_VERSION, Plan},
    },
};

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
            redefined: Vec::new(),
            restores: None,
            create,
            changes: self.changes,
            withheld: self.withheld,
            ignored: self.ignored,
            unchanged: self.unchanged,
            people: self.people,
            forgets: Vec::new(),
            wants_directory: self.wants_directory,
        }
    }
}
