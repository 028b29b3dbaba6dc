//! Syncs that feed each other in a circle: what one adds comes back to it from the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::between::{Place, sources, targets};
use crate::definition::{
    fault::Report,
    path::Path,
    sync::{Direction, Sync},
    words::listed,
};

/// The lists by number, and from each: to which list members travel from there, by which sync.
#[derive(Default)]
struct Ways {
    numbers: BTreeMap<Place, usize>,
    from: Vec<Vec<(usize, usize)>>,
}

/// Reports every circle once, at its first sync. A two-way sync by itself is none.
pub(super) fn check(syncs: &[(Path, Sync)], report: &mut Report) {
    let mut ways = Ways::default();
    for (number, (_, sync)) in syncs.iter().enumerate() {
        ways.add(number, sync);
    }
    let mut reported: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    for (number, (path, sync)) in syncs.iter().enumerate() {
        if report.is_full() || report.is_cut(&path.key("direction")) {
            continue;
        }
        let Some(circle) = ways.circle(number, sync) else {
            continue;
        };
        // Of two circles through the same sync one is enough: the file has to be changed and checked again anyway.
        if !reported.insert(circle.iter().copied().collect()) {
            continue;
        }
        let names = circle
            .iter()
            .filter_map(|number| syncs.get(*number))
            .map(|(_, sync)| sync.id.as_str());
        let message = format!(
            "these syncs feed each other in a circle: {}\nremove one of them, or join two into one two-way sync",
            listed(names)
        );
        report.fault(path, message);
    }
}

impl Ways {
    fn add(&mut self, sync_number: usize, sync: &Sync) {
        for source in sources(sync) {
            for target in targets(sync) {
                let (source, target) = (self.number(source.clone()), self.number(target));
                self.add_one(source, target, sync_number);
                if sync.direction == Direction::TwoWay {
                    self.add_one(target, source, sync_number);
                }
            }
        }
    }

    fn add_one(&mut self, from: usize, to: usize, sync_number: usize) {
        if let Some(ways) = self.from.get_mut(from) {
            ways.push((to, sync_number));
        }
    }

    fn number(&mut self, place: Place) -> usize {
        let next = self.from.len();
        let number = *self.numbers.entry(place).or_insert(next);
        if number == next {
            self.from.push(Vec::new());
        }
        number
    }

    /// The syncs of a shortest circle through this one, itself first.
    fn circle(&self, number: usize, sync: &Sync) -> Option<Vec<usize>> {
        for source in sources(sync) {
            for target in targets(sync) {
                let source = self.numbers.get(&source)?;
                let target = self.numbers.get(&target)?;
                if source == target {
                    continue;
                }
                if let Some(back) = self.way_back(*target, *source, number) {
                    return Some([vec![number], back].concat());
                }
            }
        }
        None
    }

    /// The syncs on the shortest way from `from` to `to` that does not use the sync `without`.
    fn way_back(&self, from: usize, to: usize, without: usize) -> Option<Vec<usize>> {
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.from.len()];
        let mut next = VecDeque::from([from]);
        while let Some(here) = next.pop_front() {
            if here == to {
                let mut back = VecDeque::new();
                let mut place = here;
                while place != from {
                    let (before, sync) = came.get(place).copied().flatten()?;
                    back.push_front(sync);
                    place = before;
                }
                return Some(back.into());
            }
            for (there, sync) in self.from.get(here).into_iter().flatten() {
                if let Some(seen @ None) = came.get_mut(*there)
                    && *sync != without
                    && *there != from
                {
                    *seen = Some((here, *sync));
                    next.push_back(*there);
                }
            }
        }
        None
    }
}
