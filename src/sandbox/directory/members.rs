//! The members of one group, in order of arrival, with constant-time look-ups and cheap pages.
//!
//! Knows nothing of what a member is.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use super::Slot;

/// Members by arrival; an edge may still be arriving or already be going while replication lags.
#[derive(Default)]
pub(crate) struct Members {
    edges: BTreeMap<u64, Edge>,
    places: HashMap<Slot, u64>,
    next: u64,
    /// Whether some edge is on its way in or out.
    in_motion: bool,
}

struct Edge {
    member: Slot,
    from: Option<Instant>,
    until: Option<Instant>,
}

impl Members {
    /// How many there are, lag aside.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether this is a member, lag aside.
    pub(crate) fn contains(&self, member: Slot) -> bool {
        self.places.contains_key(&member)
    }

    /// Adds one; readers see it after `lag`.
    pub(crate) fn add(&mut self, member: Slot, lag: Duration) {
        if self.contains(member) {
            return;
        }
        self.settle();
        let from = (!lag.is_zero()).then(|| Instant::now() + lag);
        self.in_motion |= from.is_some();
        self.edges.insert(
            self.next,
            Edge {
                member,
                from,
                until: None,
            },
        );
        self.places.insert(member, self.next);
        self.next += 1;
    }

    /// Removes one; readers see it for `lag` longer.
    pub(crate) fn remove(&mut self, member: Slot, lag: Duration) {
        let Some(place) = self.places.remove(&member) else {
            return;
        };
        self.settle();
        if lag.is_zero() {
            self.edges.remove(&place);
        } else if let Some(edge) = self.edges.get_mut(&place) {
            edge.until = Some(Instant::now() + lag);
            self.in_motion = true;
        }
    }

    /// Those a reader sees now, from a place on, each with its place.
    pub(crate) fn seen_from(&self, place: u64, now: Instant) -> impl Iterator<Item = (u64, Slot)> {
        self.edges.range(place..).filter_map(move |(place, edge)| {
            let arrived = edge.from.is_none_or(|from| from <= now);
            let there = edge.until.is_none_or(|until| until > now);
            (arrived && there).then_some((*place, edge.member))
        })
    }

    /// All of them, lag aside.
    pub(crate) fn all(&self) -> impl Iterator<Item = Slot> {
        self.edges
            .values()
            .filter(|edge| edge.until.is_none())
            .map(|edge| edge.member)
    }

    /// All of them from a place on, each with its place, lag aside.
    pub(crate) fn all_from(&self, place: u64) -> impl Iterator<Item = (u64, Slot)> {
        let there = self
            .edges
            .range(place..)
            .filter(|(_, edge)| edge.until.is_none());
        there.map(|(place, edge)| (*place, edge.member))
    }

    /// Every reader sees what is so.
    pub(super) fn catch_up(&mut self) {
        self.edges.retain(|_, edge| edge.until.is_none());
        for edge in self.edges.values_mut() {
            edge.from = None;
        }
        self.in_motion = false;
    }

    /// Drops edges that are gone for every reader.
    fn settle(&mut self) {
        if self.in_motion {
            let now = Instant::now();
            self.edges
                .retain(|_, edge| edge.until.is_none_or(|until| until > now));
            self.in_motion = self.edges.values().any(|edge| edge.until.is_some());
        }
    }
}
