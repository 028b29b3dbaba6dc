//! What an earlier attempt at a run did, in the baseline of the attempt that ends it: the lists show it, but no plan
//! speaks of it any more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::moves::Moves;
use crate::{
    model::{
        baseline::{Baseline, BaselineEntry, Identity},
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{change::Change, outcome::Outcome},
};

/// The next baseline of a run, with what an earlier attempt at it had `done` before it died.
///
/// Whom it added counts as put there by this run, and whom it removed as taken off. `old` is the baseline from before
/// the run.
pub fn with_earlier(
    mut next: Baseline,
    done: &[Change],
    readings: Sides<&Reading>,
    old: Option<&Baseline>,
    run: &str,
    now: Timestamp,
) -> Baseline {
    if done.is_empty() {
        return next;
    }
    // What this attempt took off a list is in the next baseline alone.
    let taken = std::mem::take(&mut next.taken);
    let known = Baseline {
        taken,
        ..Baseline::default()
    };
    let mut moves = Moves::new(&readings, Some(&known), run, now);
    let (added, removed): (Vec<&Change>, Vec<&Change>) = done
        .iter()
        .filter(|change| change.is_addition() || change.is_removal())
        .partition(|change| change.is_addition());
    let keyed = by_key(&added);
    let free = next.entries.iter_mut().filter(|entry| entry.put.is_none());
    for entry in free {
        if let Some(change) = find(&keyed, &entry.who).and_then(|place| added.get(place)) {
            (entry.put, _) = moves.put(change, &Outcome::Applied, None);
        }
    }
    for change in added {
        moves.put_back(change);
    }
    let keyed = by_key(&removed);
    let is_back = |entry: &BaselineEntry| find(&keyed, &entry.who);
    let back: BTreeSet<usize> = next.entries.iter().filter_map(is_back).collect();
    let before = old.map_or(&[][..], |old| &old.entries).iter();
    let before = before.filter_map(|entry| Some((find(&keyed, &entry.who)?, entry)));
    let before: BTreeMap<usize, &BaselineEntry> = before.collect();
    let gone = removed.iter().enumerate();
    for (place, change) in gone.filter(|(place, _)| !back.contains(place)) {
        moves.take(change, before.get(&place).copied());
    }
    next.taken = moves.into_taken();
    next
}

/// The places of changes by what their members are told by, on the lists that were written.
fn by_key<'a>(changes: &[&'a Change]) -> BTreeMap<(Side, &'a str), usize> {
    let keyed = changes.iter().enumerate().flat_map(|(place, change)| {
        let keys = change.member.keys();
        keys.map(move |key| ((change.side, key), place))
    });
    keyed.collect()
}

/// Where the change is that is about somebody the baseline knows so.
fn find(changes: &BTreeMap<(Side, &str), usize>, who: &Sides<Identity>) -> Option<usize> {
    let mut sides = [Side::Target, Side::Source].into_iter();
    sides.find_map(|side| {
        let who = who.of(side);
        who.keys()
            .find_map(|key| changes.get(&(side, key)).copied())
    })
}
