//! Lists that do not show yet what rollcall did to them.
//!
//! A platform may say yes to a change and be read without it for a while. Whoever was just added and is not shown has not
//! left the list; whoever was just removed and is still shown has not joined it; a field that was just written and is
//! shown as before was not changed back. Nothing follows from such a reading for that person, until the time is over in
//! which the list settles. After that the list is believed, and what it contradicts is told.

use jiff::Timestamp;

use super::{
    draft::Draft,
    ledger::{WINDOW, is_within, settles_in},
    matching::Person,
    situation::Situation,
};
use crate::{
    definition::sync::Direction,
    model::{
        baseline::BaselineEntry,
        ledger::{Move, Taken},
        list::Side,
        reading::Reading,
    },
    plan::{
        change::{Because, Considered},
        lapsed::Lapsed,
    },
};

/// Since when a list may show less of somebody than was done to them there; `None` when it had the time to show it all.
pub(super) fn settling(
    entry: &BaselineEntry,
    reading: &Reading,
    side: Side,
    now: Timestamp,
) -> Option<Timestamp> {
    let put = entry.put.as_deref().filter(|put| put.side == side);
    let put = put.map(|put| put.at);
    let written = entry.settling.as_deref().and_then(|since| *since.of(side));
    let last = put.max(written)?;
    is_settling(reading, last, now).then_some(last)
}

/// Whether a list may still be read as it was before a change at this time.
pub(super) fn is_settling(reading: &Reading, at: Timestamp, now: Timestamp) -> bool {
    is_within(settles_in(reading.capabilities.settles_in), at, now)
}

/// Leaves somebody alone whom one of the lists cannot show yet as they are; says whether it did.
pub(super) fn waits(situation: &Situation<'_>, person: &Person, draft: &mut Draft) -> bool {
    for side in [Side::Source, Side::Target] {
        let reading = situation.reading(side);
        let found = match person.at.of(side) {
            None => situation
                .entry(person)
                .and_then(|entry| settling(entry, reading, side, situation.now))
                .map(|since| (side, Considered::Add, Because::NotShownYet { since })),
            Some(_) => match situation.lately_taken(person, side) {
                Some(taken) => Some(still_shown(situation, person, taken)),
                None => judged_too_early(situation, person, side),
            },
        };
        if let Some((at, considered, because)) = found {
            let member = situation
                .member_of(person, Side::Source)
                .or_else(|| situation.member_of(person, Side::Target));
            let label = member.map_or("", |member| member.label());
            draft.withhold(at, considered, label, because, person.at.clone());
            draft.keep(person);
            return true;
        }
    }
    tell_lapsed(situation, person, draft);
    false
}

/// A filter says no to somebody for a field that a run has just written, and that the list may show as it was before.
fn judged_too_early(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
) -> Option<(Side, Considered, Because)> {
    let entry = situation.entry(person)?;
    let since = settling(entry, situation.reading(side), side, situation.now)?;
    situation.outside(person, side)?;
    Some((side, Considered::Update, Because::NotShownYet { since }))
}

/// What would have been done about somebody who was removed from a list that still shows them.
fn still_shown(
    situation: &Situation<'_>,
    person: &Person,
    taken: &Taken,
) -> (Side, Considered, Because) {
    let (side, since) = (taken.by.side, taken.by.at);
    let because = Because::StillShown { since };
    let is_written = |side| side == Side::Target || situation.sync.direction == Direction::TwoWay;
    match person.at.of(side.other()) {
        // Were this taken for an agreement, they would seem to have left that list once it shows that they are gone.
        Some(_) => (side, Considered::Match, because),
        None if is_written(side.other()) => (side.other(), Considered::Add, because),
        None => (side, Considered::Remove, because),
    }
}

/// Tells of changes that a list contradicts although it had the time to show them.
fn tell_lapsed(situation: &Situation<'_>, person: &Person, draft: &mut Draft) {
    let mut tell = |was: Considered, by: &Move, label: &str| {
        if is_within(WINDOW, by.at, situation.now) {
            draft.lapsed.push(Lapsed {
                side: by.side,
                was,
                label: label.to_owned(),
                run: by.run.clone(),
                at: by.at,
            });
        }
    };
    match situation.entry(person) {
        Some(entry) => {
            let put = entry.put.as_deref();
            let missing = put.filter(|put| person.at.of(put.side).is_none());
            let there = missing.and_then(|put| situation.member_of(person, put.side.other()));
            if let (Some(put), Some(member)) = (missing, there) {
                tell(Considered::Add, put, member.label());
            }
        }
        None => {
            for side in [Side::Source, Side::Target] {
                let taken = situation.last_taken(person, side);
                if let (Some(taken), Some(member)) = (taken, situation.member_of(person, side)) {
                    tell(Considered::Remove, &taken.by, member.label());
                }
            }
        }
    }
}
