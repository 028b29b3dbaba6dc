//! What a change turns out to be once all the others are known: changes that are taken back before there is a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::{draft::Draft, situation::Situation, unresolved};
use crate::{
    definition::sync::Unresolved,
    model::{capabilities::AddsBy, list::Side},
    plan::change::{Because, Change, Considered, Why},
};

/// Takes back what must not stand beside the rest.
pub(super) fn reconsider(situation: &Situation<'_>, draft: &mut Draft) {
    unresolved::tell(situation, draft);
    withhold_opted_out(situation, draft);
    withhold_doubled(situation, draft);
    withhold_perhaps_meant(situation, draft);
    if situation.sync.unresolved == Unresolved::RemovalsWait && somebody_is_unresolved(draft) {
        take_back(situation, draft, |change| {
            change.is_removal().then_some(Because::UnresolvedPresent)
        });
    }
    withhold_beside_unnamed(situation, draft);
}

/// Additions of people who opted out under another address.
fn withhold_opted_out(situation: &Situation<'_>, draft: &mut Draft) {
    let opted_out = std::mem::take(&mut draft.opted_out);
    if opted_out.is_empty() {
        return;
    }
    take_back(situation, draft, |change| {
        let id = change.member.id.as_ref().filter(|_| change.is_addition());
        id.filter(|id| opted_out.contains(*id))
            .map(|_| Because::OptedOut)
    });
}

/// Removals of somebody whom an unresolved entry of the other list probably means: a slip of the pen must not remove.
fn withhold_perhaps_meant(situation: &Situation<'_>, draft: &mut Draft) {
    let meant = std::mem::take(&mut draft.meant).into_iter();
    let meant: BTreeMap<(Side, String), String> = meant
        .map(|(side, address, entry)| ((side, address), entry))
        .collect();
    if meant.is_empty() {
        return;
    }
    take_back(situation, draft, |change| {
        let mut addresses = change.member.addresses.iter();
        let spelled = addresses.find_map(|address| meant.get(&(change.side, address.to_string())));
        let spelled = spelled.filter(|_| change.is_removal())?;
        Some(Because::PerhapsMeant(spelled.clone()))
    });
}

/// Removals beside an entry of the other list that names nobody at all: it may be the garbled entry of the very member
/// that would be removed, and nothing tells.
fn withhold_beside_unnamed(situation: &Situation<'_>, draft: &mut Draft) {
    let mut unnamed: BTreeMap<Side, String> = BTreeMap::new();
    for withheld in &draft.withheld {
        if matches!(withheld.because, Because::NoKey(_)) && withheld.considered == Considered::Match
        {
            let first = unnamed.entry(withheld.side.other());
            first.or_insert_with(|| withheld.label.clone());
        }
    }
    if unnamed.is_empty() {
        return;
    }
    take_back(situation, draft, |change| {
        let entry = unnamed.get(&change.side).filter(|_| change.is_removal())?;
        Some(Because::PerhapsMeant(entry.clone()))
    });
}

fn somebody_is_unresolved(draft: &Draft) -> bool {
    let unresolved = |because: &Because| matches!(because, Because::Unresolved { .. });
    draft
        .withheld
        .iter()
        .any(|withheld| unresolved(&withheld.because))
}

/// Nobody is added twice to one list. Two entries that lead to one directory object are one person; two people who
/// would become one entry are a conflict, and so are two with one number where nothing but the number tells them apart.
fn withhold_doubled(situation: &Situation<'_>, draft: &mut Draft) {
    let by_phone = |side: Side| situation.reading(side).capabilities.adds_by == AddsBy::Phone;
    let mut additions: Vec<(Side, &str, usize)> = draft
        .changes()
        .iter()
        .enumerate()
        .filter(|(_, change)| change.is_addition())
        .map(|(position, change)| {
            (
                change.side,
                name_of(change, by_phone(change.side)),
                position,
            )
        })
        .collect();
    additions.sort_unstable();
    let mut conflicts: BTreeSet<usize> = BTreeSet::new();
    let mut seconds: BTreeMap<usize, String> = BTreeMap::new();
    for group in additions.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
        let positions = || group.iter().map(|(_, _, position)| *position);
        let first = positions()
            .next()
            .and_then(|first| draft.changes().get(first));
        match first {
            Some(first) if first.member.id.is_some() && !by_phone(first.side) => {
                let label = origin_label(situation, first);
                seconds.extend(
                    positions()
                        .skip(1)
                        .map(|position| (position, label.to_owned())),
                );
            }
            Some(_) if group.len() > 1 => conflicts.extend(positions()),
            Some(_) | None => {}
        }
    }
    if conflicts.is_empty() && seconds.is_empty() {
        return;
    }
    enum Fate {
        Second(String),
        Conflict,
    }
    let taken_back = draft.take_back(|position, _| {
        let second = seconds.remove(&position).map(Fate::Second);
        second.or_else(|| conflicts.contains(&position).then_some(Fate::Conflict))
    });
    for (change, fate) in taken_back {
        match fate {
            Fate::Second(first) => {
                let side = change.side.other();
                if let Some(position) = *change.seen.of(side) {
                    draft.ignore_one(situation, side, position, Why::SecondEntry(first));
                }
            }
            Fate::Conflict => {
                let name = name_of(&change, by_phone(change.side));
                let what = if by_phone(change.side) {
                    "phone number"
                } else {
                    "address"
                };
                let because = Because::Conflict {
                    key: format!("the {what} {name}"),
                    with: vec!["another person on the same list".to_owned()],
                };
                withhold(situation, draft, change, because);
            }
        }
    }
}

/// Withholds every change for which there is a reason to.
fn take_back(
    situation: &Situation<'_>,
    draft: &mut Draft,
    reason: impl Fn(&Change) -> Option<Because>,
) {
    for (change, because) in draft.take_back(|_, change| reason(change)) {
        withhold(situation, draft, change, because);
    }
}

fn withhold(situation: &Situation<'_>, draft: &mut Draft, change: Change, because: Because) {
    let considered = if change.is_removal() {
        Considered::Remove
    } else {
        Considered::Add
    };
    let label = origin_label(situation, &change).to_owned();
    draft.withhold(change.side, considered, &label, because, change.seen);
}

/// What somebody is added as.
fn name_of(change: &Change, by_phone: bool) -> &str {
    let phone = change.member.phones.first().filter(|_| by_phone);
    let id = change.member.id.as_ref().map(|id| id.as_str());
    let name = phone.map(|phone| phone.as_str()).or(id);
    name.unwrap_or_else(|| change.member.label())
}

/// The label of the member on the other list that a change comes from; of the member itself where there is none.
fn origin_label<'a>(situation: &Situation<'a>, change: &'a Change) -> &'a str {
    let side = change.side.other();
    let origin = (*change.seen.of(side)).and_then(|position| situation.member(side, position));
    let origin = origin.filter(|_| change.is_addition());
    origin.unwrap_or(&change.member).label()
}
