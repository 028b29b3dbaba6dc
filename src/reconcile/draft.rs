//! The plan in the making.

use std::collections::BTreeSet;

use super::{
    Position,
    matching::Person,
    nearest::MOST_SEARCHES,
    proof::Whole,
    situation::{Situation, positions},
};
use crate::{
    definition::sync::Direction,
    model::{
        attributes::Attributes,
        baseline::Identity,
        list::{Side, Sides},
        member::{ExternalId, Member},
    },
    plan::{
        change::{
            Action, Because, Change, Considered, FieldChange, Ignored, Reason, Why, Withheld,
        },
        lapsed::Lapsed,
        value::{InPlay, PLAN_VERSION, Plan},
    },
};

/// The position of one member alone.
fn alone(side: Side, position: u32) -> Position {
    let mut seen = Position::default();
    *seen.of_mut(side) = Some(position);
    seen
}

/// Where a person stands by each entry that can be told apart from those before it, the first one left out, and an entry
/// of the baseline for it: what is known of the person goes for each of them.
fn further_entries(situation: &Situation<'_>, person: &Person) -> Vec<(Position, Option<u32>)> {
    let identity = |side, position| situation.member(side, position).map(Identity::of);
    let mut further = Vec::new();
    let mut known = Vec::new();
    let mut entries = person.more_entries.iter();
    for (side, position) in &person.second {
        let entry = entries.next().copied().or(person.entry);
        let who = (*side, identity(*side, *position));
        let is_first = person.at.of(*side).map(|first| identity(*side, first));
        if is_first.as_ref() == Some(&who.1) || known.contains(&who) {
            continue;
        }
        known.push(who);
        let mut seen = person.at.clone();
        *seen.of_mut(*side) = Some(*position);
        further.push((seen, entry));
    }
    further
}

/// What may be done to somebody without the proof that a removal needs.
pub(super) enum Harmless {
    /// A guest is invited and added.
    Invite,
    /// The member is added.
    Add,
    /// Fields of the member change.
    Update(Vec<FieldChange>),
}

/// The plan in the making.
#[derive(Default)]
pub(super) struct Draft {
    /// Nobody outside this file can put a change here: removals need a proof.
    changes: Vec<Change>,
    pub(super) withheld: Vec<Withheld>,
    pub(super) lapsed: Vec<Lapsed>,
    ignored: Vec<Ignored>,
    people: Vec<InPlay>,
    unchanged: usize,
    pub(super) wants_directory: Sides<bool>,
    /// The directory objects of people who opted out on the other list, however they are spelled there.
    pub(super) opted_out: BTreeSet<ExternalId>,
    /// Addresses on a list that an unresolved entry of the other list was perhaps meant to be, with that entry.
    pub(super) meant: Vec<(Side, String, String)>,
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

    /// The changes so far.
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Plans a change that removes nobody.
    pub(super) fn change(
        &mut self,
        side: Side,
        action: Harmless,
        member: Member,
        reason: Reason,
        seen: Position,
    ) {
        let action = match action {
            Harmless::Invite => Action::Invite,
            Harmless::Add => Action::Add,
            Harmless::Update(fields) => Action::Update(fields),
        };
        self.changes.push(Change {
            side,
            action,
            member,
            reason,
            seen,
        });
    }

    /// Plans to remove a member, because the other list was proven whole.
    pub(super) fn remove(&mut self, whole: &Whole<'_>, member: Member, seen: Position) {
        self.changes.push(Change {
            side: whole.removes_from(),
            action: Action::Remove,
            member,
            reason: whole.reason().clone(),
            seen,
        });
    }

    /// Takes changes out again, those for which there is a reason to; with their reasons.
    pub(super) fn take_back<R>(
        &mut self,
        mut reason: impl FnMut(usize, &Change) -> Option<R>,
    ) -> Vec<(Change, R)> {
        let mut taken_back = Vec::new();
        for (position, change) in std::mem::take(&mut self.changes).into_iter().enumerate() {
            match reason(position, &change) {
                Some(reason) => taken_back.push((change, reason)),
                None => self.changes.push(change),
            }
        }
        taken_back
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

    /// Remembers a person for the next baseline, by each of their entries that can be told apart.
    pub(super) fn in_play(
        &mut self,
        situation: &Situation<'_>,
        person: &Person,
        fields: Attributes,
    ) {
        let is_on_both = person.at.source.is_some() && person.at.target.is_some();
        let further = if is_on_both {
            further_entries(situation, person)
        } else {
            Vec::new()
        };
        let further: Vec<InPlay> = further
            .into_iter()
            .map(|(seen, entry)| InPlay {
                seen,
                entry,
                fields: fields.clone(),
            })
            .collect();
        // The first entry comes first: so the next run takes the same one for the first.
        self.people.push(InPlay {
            seen: person.at.clone(),
            entry: person.entry,
            fields,
        });
        self.people.extend(further);
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
        self.lapsed.sort_unstable();
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
            doubts: situation.doubts.clone(),
            redefined: Vec::new(),
            redefined_to: None,
            handed: Sides::default(),
            restores: None,
            create,
            changes: self.changes,
            withheld: self.withheld,
            ignored: self.ignored,
            unchanged: self.unchanged,
            lapsed: self.lapsed,
            people: self.people,
            forgets: Vec::new(),
            wants_directory: self.wants_directory,
        }
    }
}
