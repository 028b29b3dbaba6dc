//! Recognises members by one kind of key.

use super::{
    Found, Nodes, keys,
    keys::Keyed,
    reach,
    state::{State, get, set},
    unions::Unions,
};
use crate::{
    definition::sync::MatchKey,
    model::{list::Side, member::Member},
};

impl State {
    /// Recognises open members by one kind of key.
    pub(super) fn settle_by(&mut self, key: MatchKey, nodes: &Nodes<'_>, matching: &[MatchKey]) {
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
