//! How many members a list has, from run to run: a list that has far fewer all at once is not believed the first time.
//!
//! A broken answer may come twice, but it rarely comes twice the same: what has to confirm it is another run, some time
//! later, that reads the same, with nothing else read in between.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    definition::sync::{Direction, Sync},
    model::{
        baseline::{Baseline, Identity},
        ledger::{Counted, Fewer},
        list::Side,
        reading::Reading,
    },
    plan::{outcome::Outcome, value::Plan, words::CAME_BACK_EMPTY},
};

/// From how many members on it is a surprise when most of them are gone: half of five may well leave in a day.
const MANY: usize = 10;

/// How much later a reading has to be that confirms another one.
const LATER: SignedDuration = SignedDuration::from_mins(10);

/// Why the list on `side` is not believed to be whole: what its connection doubts, a list that is suddenly empty, and a
/// reading that is much smaller than before. Nobody leaves a list that a sync only reads, so that the size of the other one
/// says nothing there.
pub(super) fn doubts(
    sync: &Sync,
    reading: &Reading,
    baseline: Option<&Baseline>,
    side: Side,
    now: Timestamp,
) -> Vec<String> {
    let tells = side == Side::Source || sync.direction == Direction::TwoWay;
    let is_meant = is_meant_to_shrink(sync, side, now);
    let is_believed = !tells || is_meant;
    let emptied = baseline.filter(|_| !is_meant || !reading.exists);
    let emptied = emptied.and_then(|baseline| emptied_doubt(baseline, reading));
    let counted = known(baseline, side).filter(|_| !is_believed);
    let fewer = counted.and_then(|counted| doubt(&counted, reading, now));
    let own = reading.doubts.iter().cloned();
    own.chain(emptied).chain(fewer).collect()
}

/// Why a list that shows nobody is not believed, where both lists agreed on people. However often it is read so, it proves
/// nothing: an answer that broke looks the same.
fn emptied_doubt(baseline: &Baseline, reading: &Reading) -> Option<String> {
    let before = baseline.entries.len();
    let is_surprise = reading.is_whole() && reading.members.is_empty() && before > 0;
    if baseline.of_other_lists || !is_surprise {
        return None;
    }
    let is = if reading.exists {
        CAME_BACK_EMPTY
    } else {
        "is not there"
    };
    let people = if before == 1 {
        "person was"
    } else {
        "people were"
    };
    let list = &reading.list;
    Some(format!(
        "{list} {is}, and {before} {people} on it after the last run"
    ))
}

/// How many members the list on `side` should have: as many as a run counted. Where none did, because the list was empty
/// then or an earlier version wrote the baseline, everybody whom both lists agreed on should be there.
fn known(baseline: Option<&Baseline>, side: Side) -> Option<Counted> {
    let baseline = baseline?;
    baseline.read.of(side).clone().or_else(|| {
        let entries = baseline.entries.iter();
        let agreed: BTreeSet<&Identity> = entries.map(|entry| entry.who.of(side)).collect();
        (!agreed.is_empty()).then_some(Counted {
            members: agreed.len(),
            fewer: None,
        })
    })
}

/// Whether the definition says that the list on `side` is empty, or nearly so, on purpose by now.
pub(super) fn is_meant_to_shrink(sync: &Sync, side: Side, now: Timestamp) -> bool {
    let endpoint = match side {
        Side::Source => &sync.source,
        Side::Target => &sync.target,
    };
    endpoint.empty_until.is_some_and(|until| until > now)
}

/// Why a list that was read without a doubt of its own is not believed yet; `None` when it is. An empty list is not judged
/// here: it proves nothing however often it is read.
fn doubt(counted: &Counted, reading: &Reading, now: Timestamp) -> Option<String> {
    let (before, count) = (counted.members, reading.members.len());
    let is_judged = reading.exists && reading.is_whole() && count > 0;
    if !is_judged || before < MANY || count.saturating_mul(2) >= before {
        return None;
    }
    let confirms = |fewer: &Fewer| {
        is_the_same(fewer.members, count) && now.duration_since(fewer.since) >= LATER
    };
    if counted.fewer.as_ref().is_some_and(confirms) {
        return None;
    }
    let list = &reading.list;
    Some(format!(
        "{list} had {before} members after the last run and has {count} now; removals wait for one more run that reads the same"
    ))
}

/// What is known of a list's size after a run. `plan` tells whether its reading was believed.
pub(super) fn next(
    old: Option<&Baseline>,
    reading: &Reading,
    side: Side,
    (plan, outcomes): (&Plan, &[Option<Outcome>]),
    (run, now): (&str, Timestamp),
) -> Option<Counted> {
    let before = known(old, side);
    let count = reading.members.len();
    // What is undone asks nobody whether a list is believed, so that it makes no reading believed either.
    let is_undone_blindly = || {
        let before = before.as_ref().filter(|_| plan.restores.is_some());
        before.is_some_and(|before| doubt(before, reading, now).is_some())
    };
    if !reading.exists || !reading.is_whole() || count == 0 || is_undone_blindly() {
        // Nothing was learned; but two readings that agree with this one between them agree no more.
        return before.map(|before| Counted {
            members: before.members,
            fewer: None,
        });
    }
    match before {
        Some(before) if !plan.doubts.of(side).is_empty() => {
            let fewer = before.fewer;
            let fewer = fewer.filter(|fewer| is_the_same(fewer.members, count));
            Some(Counted {
                members: before.members,
                fewer: Some(fewer.unwrap_or_else(|| Fewer {
                    members: count,
                    since: now,
                    run: run.to_owned(),
                })),
            })
        }
        Some(_) | None => {
            let changes = plan.changes.iter().zip(outcomes);
            let done = changes.filter(|(change, outcome)| {
                change.side == side && outcome.as_ref().is_some_and(Outcome::is_done)
            });
            let (mut added, mut removed) = (0, 0);
            for (change, _) in done {
                added += usize::from(change.is_addition());
                removed += usize::from(change.is_removal());
            }
            Some(Counted {
                members: (count + added).saturating_sub(removed),
                fewer: None,
            })
        }
    }
}

/// Whether two counts are one reading: people come and go meanwhile, but not many.
fn is_the_same(one: usize, other: usize) -> bool {
    one.abs_diff(other) <= (one / 10).max(1)
}
