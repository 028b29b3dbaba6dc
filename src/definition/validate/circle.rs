//! Syncs that feed each other in a circle: what one adds comes back to it from the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::between::{Place, sources, targets};
use crate::definition::{
    fault::Report,
    path::Path,
    sync::{Direction, Sync},
    words::listed,
};

/// From each list: where members travel from there, and by which sync.
type Ways = BTreeMap<Place, Vec<(Place, usize)>>;

/// Reports every circle once, at its first sync. A two-way sync by itself is none.
pub(super) fn check(syncs: &[(Path, Sync)], report: &mut Report) {
    let ways = ways(syncs);
    let mut reported: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    for (number, (path, sync)) in syncs.iter().enumerate() {
        if report.is_cut(&path.key("direction")) {
            continue;
        }
        let Some(mut circle) = sources(sync).into_iter().find_map(|source| {
            targets(sync)
                .into_iter()
                .filter(|target| *target != source)
                .find_map(|target| way_back(&ways, target, &source, number))
        }) else {
            continue;
        };
        circle.insert(0, number);
        let members: BTreeSet<usize> = circle.iter().copied().collect();
        // Of two circles through the same sync one is enough: the file has to be changed and checked again anyway.
        if !reported.insert(members) {
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

fn ways(syncs: &[(Path, Sync)]) -> Ways {
    let mut ways = Ways::new();
    for (number, (_, sync)) in syncs.iter().enumerate() {
        for source in sources(sync) {
            for target in targets(sync) {
                let there = (target.clone(), number);
                ways.entry(source.clone()).or_default().push(there);
                if sync.direction == Direction::TwoWay {
                    let back = (source.clone(), number);
                    ways.entry(target).or_default().push(back);
                }
            }
        }
    }
    ways
}

/// The syncs on the shortest way from `from` to `to` that does not use the sync `without`.
fn way_back(ways: &Ways, from: Place, to: &Place, without: usize) -> Option<Vec<usize>> {
    let mut came: BTreeMap<Place, (Place, usize)> = BTreeMap::new();
    let mut next = VecDeque::from([from.clone()]);
    while let Some(here) = next.pop_front() {
        if here == *to {
            let mut circle = Vec::new();
            let mut place = here;
            while place != from {
                let (before, number) = came.remove(&place)?;
                circle.insert(0, number);
                place = before;
            }
            return Some(circle);
        }
        for (there, number) in ways.get(&here).into_iter().flatten() {
            if *number != without && *there != from && !came.contains_key(there) {
                came.insert(there.clone(), (here.clone(), *number));
                next.push_back(there.clone());
            }
        }
    }
    None
}
