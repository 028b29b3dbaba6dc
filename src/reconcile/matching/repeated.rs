//! Entries that stand twice on one list.

use super::{
    Nodes, keys,
    keys::Keyed,
    state::{State, get, set},
};
use crate::model::{list::Side, member::Kind};

impl State {
    /// Two entries without ids that name the same address (or, without any, the same phone) are one person.
    pub(super) fn find_repeated_entries(&mut self, nodes: &Nodes<'_>) {
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
