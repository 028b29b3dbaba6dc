//! What is known of each member while matching goes on.

use std::collections::BTreeMap;

use super::{Found, Nodes, keys};
use crate::model::member::Kind;

/// What is known of each node so far.
pub(super) struct State {
    /// Nobody recognised it yet.
    pub(super) open: Vec<bool>,
    /// Its entry in the baseline.
    pub(super) entry: Vec<Option<u32>>,
    /// The node across, once settled or paired by the baseline.
    pub(super) partner: Vec<Option<u32>>,
    /// The first entry for the same person on the same side.
    pub(super) first: Vec<Option<u32>>,
    /// Whoever is in conflict, and with whom.
    pub(super) conflicts: BTreeMap<u32, Found>,
    /// Pairs of the baseline that share no address any more: they settle unless someone else claims one of them.
    pub(super) soft_pairs: Vec<(u32, u32)>,
}

impl State {
    pub(super) fn new(nodes: &Nodes<'_>) -> Self {
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

    pub(super) fn is_open(&self, node: u32) -> bool {
        self.open.get(node as usize).copied().unwrap_or(false)
    }

    pub(super) fn close(&mut self, node: u32) {
        if let Some(open) = self.open.get_mut(node as usize) {
            *open = false;
        }
    }

    pub(super) fn pair(&mut self, left: u32, right: u32) {
        set(&mut self.partner, left, right);
        set(&mut self.partner, right, left);
        self.close(left);
        self.close(right);
    }
}

/// What a row says of a node.
pub(super) fn get(row: &[Option<u32>], node: u32) -> Option<u32> {
    row.get(node as usize).copied().flatten()
}

/// Writes down what is so of a node.
pub(super) fn set(row: &mut [Option<u32>], node: u32, value: u32) {
    if let Some(place) = row.get_mut(node as usize) {
        *place = Some(value);
    }
}
