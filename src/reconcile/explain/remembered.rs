//! What the baseline remembers of a person.

use super::{Earlier, Keys, LedgerEntry, OptOutFound, found::members};
use crate::{
    model::{
        baseline::{Baseline, BaselineEntry, Tombstone},
        ledger::Move,
    },
    reconcile::{consent, matching::Person, situation::Situation},
};

/// The opt-outs of the person: those that keep an entry of theirs from being added, and those that name them.
pub(super) fn opt_outs(
    situation: &Situation<'_>,
    people: &[&Person],
    keys: &Keys,
) -> Vec<OptOutFound> {
    let entries = people.iter().flat_map(|person| members(situation, person));
    let in_the_way: Vec<&Tombstone> = entries
        .filter_map(|(at, member)| consent::stone_of(situation, at.other(), at, member))
        .collect();
    let stones = situation
        .baseline
        .into_iter()
        .flat_map(|baseline| &baseline.tombstones);
    let theirs = stones.filter(|stone| {
        let mut in_the_way = in_the_way.iter();
        keys.name(&stone.who) || in_the_way.any(|found| std::ptr::eq(*found, *stone))
    });
    theirs
        .map(|stone| OptOutFound {
            side: stone.side,
            since: stone.since,
            origin: stone.origin,
            said: stone.said.clone(),
        })
        .collect()
}

/// What earlier runs did with them, the latest last.
pub(super) fn ledger(
    baseline: Option<&Baseline>,
    people: &[&Person],
    keys: &Keys,
) -> Vec<LedgerEntry> {
    let Some(baseline) = baseline else {
        return Vec::new();
    };
    let by = |what: Earlier, by: &Move| LedgerEntry {
        side: by.side,
        what,
        at: by.at,
        run: Some(by.run.clone()),
    };
    let put = entries(baseline, people, keys).filter_map(|entry| entry.put.as_deref());
    let mut ledger: Vec<LedgerEntry> = put.map(|put| by(Earlier::Put, put)).collect();
    let taken = baseline.taken.iter().filter(|taken| keys.name(&taken.who));
    ledger.extend(taken.map(|taken| by(Earlier::Taken, &taken.by)));
    let invited = baseline.invited.iter();
    let invited = invited.filter(|invited| keys.name(&invited.who));
    ledger.extend(invited.map(|invited| by(Earlier::Invited, &invited.by)));
    let unresolved = baseline.unresolved.iter();
    let unresolved = unresolved.filter(|entry| keys.are_called(&entry.label));
    ledger.extend(unresolved.map(|entry| LedgerEntry {
        side: entry.side,
        what: Earlier::Unresolved,
        at: entry.since,
        run: None,
    }));
    ledger.sort_by_key(|entry| entry.at);
    ledger
}

/// Whether both lists had them when the last run ended.
pub(super) fn agreed(baseline: Option<&Baseline>, people: &[&Person], keys: &Keys) -> bool {
    baseline.is_some_and(|baseline| entries(baseline, people, keys).next().is_some())
}

/// What the baseline holds of them: the entries of those who were found, and of those who are gone what names them.
fn entries<'a>(
    baseline: &'a Baseline,
    people: &'a [&Person],
    keys: &'a Keys,
) -> impl Iterator<Item = &'a BaselineEntry> {
    (0..).zip(&baseline.entries).filter_map(move |(at, entry)| {
        let mut known = people
            .iter()
            .flat_map(|person| person.entry.iter().chain(&person.more_entries));
        let theirs = known.any(|known| *known == at)
            || keys.name(&entry.who.source)
            || keys.name(&entry.who.target);
        theirs.then_some(entry)
    })
}
