//! The strongest key: the pairs that the last run stored.

use super::{
    Nodes,
    keys::{self, Keyed},
    state::{State, get, set},
};
use crate::{
    definition::sync::MatchKey,
    model::{
        baseline::Baseline,
        list::{Side, Sides},
        member::Member,
    },
};

impl State {
    /// Finds the members the baseline speaks of. Two that share an address still are settled at once.
    pub(super) fn link_baseline(&mut self, nodes: &Nodes<'_>, baseline: Option<&Baseline>) {
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
                link(entry, node, found, known)
            });
            for key in [MatchKey::Address, MatchKey::Phone] {
                self.link_newcomers(key, side, nodes, baseline, found);
            }
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

    /// Whoever was added by the last run has no id in the baseline, and one on the platform: found by what they were added
    /// by. Otherwise somebody whose address or number changes meanwhile would seem to have left the list.
    fn link_newcomers(
        &mut self,
        key: MatchKey,
        side: Side,
        nodes: &Nodes<'_>,
        baseline: &Baseline,
        found: &mut [Option<u32>],
    ) {
        let entries = (0..).zip(&baseline.entries);
        let entries = entries.filter_map(|(entry, who)| {
            let who = who.who.of(side);
            let text = match key {
                MatchKey::Phone => who.phone.as_ref().map(|phone| phone.as_str()),
                _ => who.address.as_ref().map(|address| address.as_str()),
            };
            let is_open = who.id.is_none() && get(found, entry).is_none();
            Some((text.filter(|_| is_open)?, entry))
        });
        let entries: Vec<(&str, u32)> = entries.collect();
        if entries.is_empty() {
            return;
        }
        let mut members: Vec<Keyed<'_>> = Vec::new();
        for node in nodes.of_side(side) {
            let is_new = self.is_open(node) && get(&self.entry, node).is_none();
            let member = nodes.member(node).filter(|member| member.id.is_some());
            keys::collect(key, member.filter(|_| is_new), node, &mut members);
        }
        let members = members.iter().map(|keyed| (keyed.text, keyed.node));
        let border = baseline.entries.len() as u32;
        keys::join(entries.into_iter(), members, border, |entry, node| {
            link(entry, node, found, &mut self.entry);
        });
    }

    /// The baseline knows `node` as the same person as one who is settled already: another entry of theirs.
    fn second_entry_beside(&mut self, node: u32, member: Option<&Member>, settled: u32) {
        let has_no_id = member.is_some_and(|member| member.id.is_none());
        if let (Some(first), true) = (get(&self.partner, settled), has_no_id) {
            set(&mut self.first, node, first);
            self.close(node);
        }
    }

    /// Pairs that nobody else claimed are settled at last.
    pub(super) fn settle_left_over_pairs(&mut self) {
        for (left, right) in std::mem::take(&mut self.soft_pairs) {
            if self.is_open(left) && self.is_open(right) {
                self.pair(left, right);
            }
        }
    }
}

/// An entry and the member it speaks of; of several entries the first one counts for the member.
fn link(entry: u32, node: u32, found: &mut [Option<u32>], known: &mut [Option<u32>]) {
    set(found, entry, node);
    if get(known, node).is_none() {
        set(known, node, entry);
    }
}
