//! Entries that name nobody: since when, and what else is known of them.
//!
//! What is told here is data for a person to act on. Nobody is matched by it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{draft::Draft, situation::Situation};
use crate::{
    model::{
        baseline::{Baseline, Identity},
        ledger::Unresolved,
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{
        change::{Because, Considered},
        value::Plan,
    },
};

/// Adds to every entry that names nobody since when it does, and whose it was as far as the last run knew.
pub(super) fn tell(situation: &Situation<'_>, draft: &mut Draft) {
    let Some(baseline) = situation.baseline else {
        return;
    };
    let unresolved = draft
        .withheld
        .iter()
        .filter(|withheld| is_unresolved(&withheld.because));
    let labels: BTreeSet<(Side, &str)> = unresolved
        .map(|withheld| (withheld.side, withheld.label.as_str()))
        .collect();
    if labels.is_empty() {
        return;
    }
    let before: BTreeMap<(Side, &str), Timestamp> = baseline
        .unresolved
        .iter()
        .map(|before| ((before.side, before.label.as_str()), before.since))
        .collect();
    let mut told: Vec<(Option<Timestamp>, Option<Known>)> = Vec::new();
    let owners = owners(baseline, &labels);
    for withheld in &draft.withheld {
        let place = (withheld.side, withheld.label.as_str());
        let known = owners
            .get(&place)
            .and_then(|who| known(situation, withheld.side, &withheld.label, who));
        told.push((before.get(&place).copied(), known));
    }
    for (withheld, (before, known)) in draft.withheld.iter_mut().zip(told) {
        let side = withheld.side;
        let Because::Unresolved {
            nearest,
            hint,
            since,
        } = &mut withheld.because
        else {
            continue;
        };
        *since = before;
        let Some(Known { is_now, was }) = known else {
            continue;
        };
        if let Some(is_now) = is_now {
            // Whoever had the address is likelier than anybody who is spelled nearly so.
            draft
                .meant
                .push((side, is_now.clone(), withheld.label.clone()));
            *nearest = Some(is_now);
            *hint = Some(was);
        } else {
            let both = hint.iter().cloned().chain([was]);
            *hint = Some(both.collect::<Vec<_>>().join("; "));
        }
    }
}

fn is_unresolved(because: &Because) -> bool {
    matches!(because, Because::Unresolved { .. })
}

/// What the last run knew of an address that nobody has now.
struct Known {
    /// The address of the same person now, where they are in the directory still.
    is_now: Option<String>,
    /// Whose it was, in words.
    was: String,
}

/// The person whom each label meant when both lists last agreed, as they were on the list that does not know it now.
fn owners<'a>(
    baseline: &'a Baseline,
    labels: &BTreeSet<(Side, &str)>,
) -> BTreeMap<(Side, &'a str), &'a Identity> {
    let mut owners: BTreeMap<(Side, &str), &Identity> = BTreeMap::new();
    for entry in &baseline.entries {
        for side in [Side::Source, Side::Target] {
            let there = entry.who.of(side);
            for who in [entry.who.of(side.other()), there] {
                let label = who.address.as_ref().map(|address| address.as_str());
                let Some(label) = label.filter(|label| labels.contains(&(side, label))) else {
                    continue;
                };
                owners.entry((side, label)).or_insert(there);
            }
        }
    }
    owners
}

fn known(situation: &Situation<'_>, side: Side, label: &str, who: &Identity) -> Option<Known> {
    let directory = situation.directories.of(side).as_ref()?;
    let id = who.id.as_ref()?;
    match directory.with_id(id) {
        Some(person) => {
            let now = person.address()?.to_string();
            Some(Known {
                was: format!("was theirs before: {now} has it no more"),
                is_now: Some(now),
            })
        }
        None => Some(Known {
            is_now: None,
            was: match who
                .address
                .as_ref()
                .filter(|address| address.as_str() != label)
            {
                Some(address) => format!("was {address}, who is gone from the directory"),
                None => "was somebody who is gone from the directory".to_owned(),
            },
        }),
    }
}

/// Which entries name nobody after a run, and since when.
pub(super) fn remembered(
    readings: &Sides<&Reading>,
    plan: &Plan,
    old: Option<&Baseline>,
    now: Timestamp,
) -> Vec<Unresolved> {
    let mut since: BTreeMap<(Side, &str), Timestamp> = BTreeMap::new();
    let old = old.map_or(&[][..], |old| &old.unresolved);
    // A list that may not have been read whole says of nobody that they are gone from it, nor does a plan that looks only
    // for whom a run touched.
    let is_asked = plan.restores.is_none();
    let unseen = old
        .iter()
        .filter(|before| !is_asked || !readings.of(before.side.other()).is_whole());
    for before in unseen {
        since.insert((before.side, &before.label), before.since);
    }
    for withheld in &plan.withheld {
        if let (Because::Unresolved { since: before, .. }, Considered::Add) =
            (&withheld.because, withheld.considered)
        {
            let place = (withheld.side, withheld.label.as_str());
            since.insert(place, before.unwrap_or(now));
        }
    }
    since
        .into_iter()
        .map(|((side, label), since)| Unresolved {
            side,
            label: label.to_owned(),
            since,
        })
        .collect()
}
