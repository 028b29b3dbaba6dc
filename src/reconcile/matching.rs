//! Which members of the two lists are one person.
//!
//! Keys are tried from the strongest to the weakest: the pairs the last run stored, then those the sync names. Whoever
//! is recognised by one key is settled and not asked again. More than one candidate is a conflict, never a pick.

pub(super) mod keys;
mod reach;
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
use keys::Keyed;
use unions::Unions;

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
    /// Left out before matching. Never given by [`match_members`]; the definition's exclusions come later.
    Excluded,
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

/// What is known of each node so far.
struct State {
    /// Nobody recognised it yet.
    open: Vec<bool>,
    /// Its entry in the baseline.
    entry: Vec<Option<u32>>,
    /// The node across, once settled or paired by the baseline.
    partner: Vec<Option<u32>>,
    /// The first entry for the same person on the same side.
    first: Vec<Option<u32>>,
    conflicts: BTreeMap<u32, Found>,
    /// Pairs of the baseline that share no address any more: they settle unless someone else claims one of them.
    soft_pairs: Vec<(u32, u32)>,
}

impl State {
    fn new(nodes: &Nodes<'_>) -> Self {
        let can_match = |node| {
            nodes
                .member(node)
                .is_some_and(|member| member.kind == Kind::Person && keys::has_key(member))
        };
        Self {
            open: (0..nodes.len() as u32).map(can_match).collect(),
            entry: vec![None; nodes.len()],
            partner: vec![None; nodes.len()],
            first: vec![None; nodes.len()],
            conflicts: BTreeMap::new(),
            soft_pairs: Vec::new(),
        }
    }

    fn is_open(&self, node: u32) -> bool {
        self.open.get(node as usize).copied().unwrap_or(false)
    }

    fn close(&mut self, node: u32) {
        if let Some(open) = self.open.get_mut(node as usize) {
            *open = false;
        }
    }

    fn pair(&mut self, left: u32, right: u32) {
        set(&mut self.partner, left, right);
        set(&mut self.partner, right, left);
        self.close(left);
        self.close(right);
    }

    /// Finds the members the baseline speaks of. Two that share an address still are settled at once.
    fn link_baseline(&mut self, nodes: &Nodes<'_>, baseline: Option<&Baseline>) {
        let Some(baseline) = baseline else { return };
        let border = baseline.entries.len() as u32;
        let mut found: Sides<Vec<Option<u32>>> = Sides::default();
        for side in [Side::Source, Side::Target] {
            let found = found.of_mut(side);
            found.resize(baseline.entries.len(), None);
            let open = &self.open;
            let is_open = |node: &u32| open.get(*node as usize).copied().unwrap_or(false);
            let members = nodes.of_side(side).filter(is_open);
            let members = members.filter_map(|node| Some((keys::own(nodes.member(node)?)?, node)));
            let entries = (0..border).zip(&baseline.entries);
            let entries =
                entries.filter_map(|(entry, who)| Some((keys::stored(who.who.of(side))?, entry)));
            let known = &mut self.entry;
            keys::join(entries, members, border, |entry, node| {
                set(found, entry, node);
                if get(known, node).is_none() {
                    set(known, node, entry);
                }
            });
        }
        // Pairs that share an address still are sure of each other, so they come first.
        let mut less_sure: Vec<(u32, u32)> = Vec::new();
        for both in found.source.iter().zip(&found.target) {
            let (Some(left), Some(right)) = (*both.0, *both.1) else {
                continue;
            };
            let sure = nodes.member(left).zip(nodes.member(right));
            let sure = sure.is_some_and(|(source, target)| keys::share_an_address(source, target));
            if sure && self.is_open(left) && self.is_open(right) {
                self.pair(left, right);
            } else {
                less_sure.push((left, right));
            }
        }
        for (left, right) in less_sure {
            match (self.is_open(left), self.is_open(right)) {
                (true, true) => self.soft_pairs.push((left, right)),
                (true, false) => self.second_entry_beside(left, nodes.member(left), right),
                (false, true) => self.second_entry_beside(right, nodes.member(right), left),
                (false, false) => {}
            }
        }
    }

    /// The baseline knows `node` as the same person as one who is settled already: another entry of theirs.
    fn second_entry_beside(&mut self, node: u32, member: Option<&Member>, settled: u32) {
        let has_no_id = member.is_some_and(|member| member.id.is_none());
        if let (Some(first), true) = (get(&self.partner, settled), has_no_id) {
            set(&mut self.first, node, first);
            self.close(node);
        }
    }

    /// Recognises open members by one kind of key.
    fn settle_by(&mut self, key: MatchKey, nodes: &Nodes<'_>, matching: &[MatchKey]) {
        // By address, whoever is settled is asked too: an open member may be a second entry for the same person, or
        // somebody else who claims one of the addresses.
        let asks_settled = key == MatchKey::Address;
        // A key that only one list has leads nobody over. Whoever is settled has somebody across without it.
        let has_some = |side| {
            let mut open = nodes.of_side(side).filter(|node| self.is_open(*node));
            open.any(|node| {
                nodes
                    .member(node)
                    .is_some_and(|member| keys::has(key, member))
            })
        };
        let leads_over = asks_settled || (has_some(Side::Source) && has_some(Side::Target));
        if !leads_over {
            return;
        }
        let mut keyed: Vec<Keyed<'_>> = Vec::new();
        let mut of_settled: Vec<Keyed<'_>> = Vec::new();
        for node in 0..nodes.len() as u32 {
            if self.is_open(node) {
                keys::collect(key, nodes.member(node), node, &mut keyed);
            } else if asks_settled && get(&self.partner, node).is_some() {
                keys::collect(key, nodes.member(node), node, &mut of_settled);
            }
        }
        let reached = reach::keep_reachable(&mut of_settled, &keyed, &self.partner);
        keyed.append(&mut of_settled);
        let mut unions = Unions::new(nodes.len());
        if asks_settled {
            let settled = (0..).zip(&reached).filter(|(_, reached)| **reached);
            let settled = settled.filter_map(|(node, _)| Some((node, get(&self.partner, node)?)));
            for (left, right) in settled.chain(std::mem::take(&mut self.soft_pairs)) {
                unions.unite(left, right);
            }
        }
        for group in keys::groups(&mut keyed).filter(|group| group.len() > 1) {
            // People of one platform may share a mailbox; that alone says nothing about who they are across.
            let crosses = group.iter().any(|keyed| {
                nodes.side(keyed.node) != nodes.side(group.first().map_or(0, |first| first.node))
            });
            let mut related = group.iter().map(|keyed| keyed.node).filter(|node| {
                crosses
                    || nodes
                        .member(*node)
                        .is_some_and(|member| member.id.is_none())
            });
            if let Some(first) = related.next() {
                related.for_each(|node| unions.unite(first, node));
            }
        }
        for component in unions.components().iter() {
            let still_open = component.iter().filter(|node| self.is_open(**node)).count();
            if still_open == component.len() {
                self.settle_component(key, component, nodes, matching);
            } else if still_open > 0 {
                let (open, settled): (Vec<u32>, Vec<u32>) =
                    component.iter().partition(|node| self.is_open(**node));
                self.join_settled(key, &open, &settled, nodes);
            }
        }
    }

    /// Open members that share an address with settled ones: second entries for that person, or a conflict.
    fn join_settled(&mut self, key: MatchKey, open: &[u32], settled: &[u32], nodes: &Nodes<'_>) {
        let side = open.first().map(|node| nodes.side(*node));
        let on_one_side = open.iter().all(|node| Some(nodes.side(*node)) == side);
        let first = settled.iter().find(|node| Some(nodes.side(**node)) == side);
        match first {
            Some(first) if settled.len() == 2 && on_one_side && have_no_ids(open, nodes) => {
                for node in open {
                    set(&mut self.first, *node, *first);
                    self.close(*node);
                }
            }
            _ => self.conflict(key, open, settled, nodes),
        }
    }

    fn settle_component(
        &mut self,
        key: MatchKey,
        component: &[u32],
        nodes: &Nodes<'_>,
        matching: &[MatchKey],
    ) {
        // The source's nodes come first.
        let border = component.partition_point(|node| nodes.side(*node) == Side::Source);
        match component.split_at(border) {
            ([], _) | (_, []) => {}
            ([one], [other])
                if !contradicts(key, matching, nodes.member(*one), nodes.member(*other)) =>
            {
                self.pair(*one, *other);
            }
            ([one], several) if key != MatchKey::Phone && have_no_ids(several, nodes) => {
                self.pair_with_second_entries(*one, several);
            }
            (several, [one]) if key != MatchKey::Phone && have_no_ids(several, nodes) => {
                self.pair_with_second_entries(*one, several);
            }
            _ => self.conflict(key, component, &[], nodes),
        }
    }

    /// Several entries without ids of their own, all leading to one and the same person: nothing has to be guessed.
    fn pair_with_second_entries(&mut self, one: u32, several: &[u32]) {
        let Some((first, rest)) = several.split_first() else {
            return;
        };
        self.pair(one, *first);
        for node in rest {
            set(&mut self.first, *node, *first);
            self.close(*node);
        }
    }

    /// Marks `nodes_in_conflict` as such; `others` share the key but are settled.
    fn conflict(
        &mut self,
        key: MatchKey,
        nodes_in_conflict: &[u32],
        others: &[u32],
        nodes: &Nodes<'_>,
    ) {
        let involved = nodes_in_conflict.iter().chain(others);
        let labels: Vec<(u32, &str)> = involved
            .filter_map(|node| Some((*node, nodes.member(*node)?.label())))
            .collect();
        for node in nodes_in_conflict {
            let with = labels
                .iter()
                .filter(|(other, _)| other != node)
                .map(|(_, label)| (*label).to_owned())
                .collect();
            let key = keys::in_words(key, nodes.member(*node));
            self.conflicts.insert(*node, Found::Conflict { key, with });
            self.close(*node);
        }
    }

    fn settle_left_over_pairs(&mut self) {
        for (left, right) in std::mem::take(&mut self.soft_pairs) {
            if self.is_open(left) && self.is_open(right) {
                self.pair(left, right);
            }
        }
    }

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

    /// Two entries without ids that name the same address (or, without any, the same phone) are one person.
    fn find_repeated_entries(&mut self, nodes: &Nodes<'_>) {
        for side in [Side::Source, Side::Target] {
            let own = |node: u32| {
                let member = nodes.member(node)?;
                let counts = member.kind == Kind::Person && member.id.is_none();
                keys::own(member).filter(|_| counts && !self.conflicts.contains_key(&node))
            };
            // A list comes sorted by these very keys, so that most often one look along it shows that none repeats.
            if nodes
                .of_side(side)
                .filter_map(own)
                .is_sorted_by(|one, next| one < next)
            {
                continue;
            }
            let keyed = nodes
                .of_side(side)
                .filter_map(|node| Some((own(node)?, node)));
            let mut keyed: Vec<Keyed<'_>> =
                keyed.map(|(text, node)| Keyed::new(text, node)).collect();
            let groups: Vec<Vec<u32>> = keys::groups(&mut keyed)
                .filter(|group| group.len() > 1)
                .map(|group| group.iter().map(|keyed| keyed.node).collect())
                .collect();
            for group in groups {
                // The one that has a partner counts, else one that is a second entry already, else the first.
                let settled = group
                    .iter()
                    .find(|node| get(&self.partner, **node).is_some());
                let known = || group.iter().find_map(|node| get(&self.first, *node));
                let Some(first) = settled.copied().or_else(known).or(group.first().copied()) else {
                    continue;
                };
                for node in group.into_iter().filter(|node| *node != first) {
                    if get(&self.partner, node).is_none() && get(&self.first, node).is_none() {
                        set(&mut self.first, node, first);
                    }
                }
            }
        }
    }
}

/// A phone number is often shared. It does not make one person of two who both have addresses, and different ones.
fn contradicts(
    key: MatchKey,
    matching: &[MatchKey],
    one: Option<&Member>,
    other: Option<&Member>,
) -> bool {
    let has_addresses =
        |member: Option<&Member>| member.is_some_and(|member| !member.addresses.is_empty());
    key == MatchKey::Phone
        && matching.contains(&MatchKey::Address)
        && has_addresses(one)
        && has_addresses(other)
}

fn have_no_ids(several: &[u32], nodes: &Nodes<'_>) -> bool {
    several.iter().all(|node| {
        nodes
            .member(*node)
            .is_some_and(|member| member.id.is_none())
    })
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

fn get(row: &[Option<u32>], node: u32) -> Option<u32> {
    row.get(node as usize).copied().flatten()
}

fn set(row: &mut [Option<u32>], node: u32, value: u32) {
    if let Some(place) = row.get_mut(node as usize) {
        *place = Some(value);
    }
}
