//! Which members of the two lists are one person.
//!
//! Keys are tried from the strongest to the weakest: the pairs the last run stored, then those the sync names. Whoever
//! is recognised by one key is settled and not asked again. More than one candidate is a conflict, never a pick.

pub(super) mod keys;
mod reach;
mod recognised;
mod repeated;
mod settle;
mod state;
mod stored;
mod unions;

use std::collections::BTreeMap;

use crate::{
    definition::sync::MatchKey,
    model::{
        baseline::Baseline,
        list::{Side, Sides},
        member::{Kind, Member},
        reading::Reading,
    },
};
pub(super) use recognised::recognised;
use state::{State, get};

/// One person, or one member that is none, with every position they have in the readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Where the person stands on each side.
    pub at: Sides<Option<u32>>,
    /// Further entries for the same person on a side whose members have no ids of their own.
    pub second: Vec<(Side, u32)>,
    /// The entry of the baseline.
    pub entry: Option<u32>,
    /// The baseline's entries for the further entries.
    pub more_entries: Vec<u32>,
    /// What was found out.
    pub found: Found,
}

/// What was found out about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is one person.
    Person,
    /// It is something else; what.
    NotAPerson(String),
    /// The connection would not say who it is.
    Unreadable,
    /// It carries nothing it could be recognised by; what was read.
    NoKey(String),
    /// More than one candidate shares a key.
    Conflict {
        /// The key in words (`the address ada@acme.example`).
        key: String,
        /// The others that share it.
        with: Vec<String>,
    },
}

/// Finds out who is who. Gives every member of both readings exactly once, in a fixed order: the source's members in
/// the order of their list, then the target's that are on the target alone.
pub fn match_members(
    matching: &[MatchKey],
    source: &Reading,
    target: &Reading,
    baseline: Option<&Baseline>,
) -> Vec<Person> {
    let nodes = Nodes {
        source: &source.members,
        target: &target.members,
    };
    let mut state = State::new(&nodes);
    state.link_baseline(&nodes, baseline);
    for key in matching {
        state.settle_by(*key, &nodes, matching);
    }
    state.settle_left_over_pairs();
    state.into_people(&nodes)
}

/// Both lists as one row of positions: the source's members first.
struct Nodes<'a> {
    source: &'a [Member],
    target: &'a [Member],
}

impl<'a> Nodes<'a> {
    fn len(&self) -> usize {
        self.source.len() + self.target.len()
    }

    fn member(&self, node: u32) -> Option<&'a Member> {
        let node = node as usize;
        self.source
            .get(node)
            .or_else(|| self.target.get(node.checked_sub(self.source.len())?))
    }

    fn side(&self, node: u32) -> Side {
        if (node as usize) < self.source.len() {
            Side::Source
        } else {
            Side::Target
        }
    }

    fn position(&self, node: u32) -> u32 {
        match self.side(node) {
            Side::Source => node,
            Side::Target => node - self.source.len() as u32,
        }
    }

    fn of_side(&self, side: Side) -> std::ops::Range<u32> {
        let border = self.source.len() as u32;
        match side {
            Side::Source => 0..border,
            Side::Target => border..self.len() as u32,
        }
    }
}

impl State {
    fn into_people(mut self, nodes: &Nodes<'_>) -> Vec<Person> {
        self.find_repeated_entries(nodes);
        let mut second: BTreeMap<u32, Vec<(Side, u32)>> = BTreeMap::new();
        for node in 0..nodes.len() as u32 {
            if let Some(first) = get(&self.first, node) {
                second
                    .entry(first)
                    .or_default()
                    .push((nodes.side(node), nodes.position(node)));
            }
        }
        let mut people = Vec::with_capacity(nodes.source.len().max(nodes.target.len()));
        for node in 0..nodes.len() as u32 {
            let partner = get(&self.partner, node);
            let told_already = nodes.side(node) == Side::Target && partner.is_some();
            if told_already || get(&self.first, node).is_some() {
                continue;
            }
            let mut at: Sides<Option<u32>> = Sides::default();
            let mut entries = second.remove(&node).unwrap_or_default();
            for node in [Some(node), partner].into_iter().flatten() {
                *at.of_mut(nodes.side(node)) = Some(nodes.position(node));
            }
            if let Some(partner) = partner {
                entries.extend(second.remove(&partner).unwrap_or_default());
            }
            let entry = get(&self.entry, node).or_else(|| get(&self.entry, partner?));
            let found = self
                .conflicts
                .remove(&node)
                .unwrap_or_else(|| found(nodes.member(node)));
            let more_entries = entries.iter().filter_map(|(side, position)| {
                let node = nodes.of_side(*side).start + position;
                get(&self.entry, node).filter(|more| Some(*more) != entry)
            });
            people.push(Person {
                at,
                entry,
                more_entries: more_entries.collect(),
                second: entries,
                found,
            });
        }
        people
    }
}

fn found(member: Option<&Member>) -> Found {
    let Some(member) = member else {
        return Found::NoKey(String::new());
    };
    match &member.kind {
        Kind::Other(what) => Found::NotAPerson(what.clone()),
        Kind::Unreadable => Found::Unreadable,
        Kind::Person => keys::no_key(member).map_or(Found::Person, Found::NoKey),
    }
}
