//! Who is who, and what has to change: two readings and a baseline in, a plan out.
//!
//! Pure. This room must not know how anything was read, the clock or logging.
//!
//! The way through: `matching` finds which members are one person; `lag` leaves alone whom a list cannot show yet;
//! `one_way` and `two_way` decide what the rest means; `additions`, `newcomer`, `removals` and `fields` say what may really
//! be done, `consent` who opted out, `strangers` and `guests` who is invited, `proof` and `oscillation` what may not be;
//! `unresolved` tells of entries that name nobody; `second_thoughts` takes back what must not stand beside the rest;
//! `remember` gives the next baseline. `restore` undoes a run instead.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

mod additions;
mod consent;
mod counted;
mod directory;
mod draft;
pub mod explain;
mod fields;
mod guests;
mod keyed;
mod lag;
mod ledger;
pub mod matching;
mod nearest;
mod newcomer;
mod one_way;
mod opt_out;
mod oscillation;
mod proof;
pub mod remember;
mod removals;
pub mod restore;
mod second_thoughts;
mod situation;
mod strangers;
#[cfg(test)]
mod tests;
mod two_way;
mod unresolved;

use jiff::Timestamp;

use crate::{
    definition::sync::{Direction, Sync},
    model::{baseline::Baseline, list::Sides, reading::Reading},
    plan::{
        change::{Because, Considered, Why},
        value::Plan,
    },
};
use draft::Draft;
pub use keyed::with_mapped_phones;
use matching::{Found, Person};
use situation::Situation;

/// What one run of `sync` would do `now`, given both sides as they were read and what they agreed on last time.
///
/// Every member of both readings is spoken for by exactly one kind of entry: changed, withheld, ignored or unchanged.
/// The order of members in the readings changes nothing.
///
/// ```
/// use rollcall::definition::sync::Sync;
/// use rollcall::model::{address::Address, capabilities::*, list::ListRef, member::Member, reading::Reading};
///
/// let list = |connection: &str, addresses: &[&str]| {
///     let members = addresses.iter().map(|text| Member::with_address(Address::parse(text).unwrap())).collect();
///     let capabilities = Capabilities::new(AddsBy::Address, 100);
///     Reading::whole(ListRef { connection: connection.into(), list: "staff".into() }, members, capabilities)
/// };
/// let source = list("hr", &["ada@acme.example", "bob@acme.example"]);
/// let target = list("mail", &["Bob@ACME.example", "cyd@acme.example"]);
///
/// let plan = rollcall::reconcile::reconcile(&Sync::between("demo", "hr", "mail"), &source, &target, None, jiff::Timestamp::UNIX_EPOCH);
/// assert_eq!(plan.totals().add, 1); // Ada
/// assert_eq!(plan.totals().remove, 1); // Cyd
/// assert_eq!(plan.totals().unchanged, 1); // Bob, however he is spelled
/// ```
pub fn reconcile(
    sync: &Sync,
    source: &Reading,
    target: &Reading,
    baseline: Option<&Baseline>,
    now: Timestamp,
) -> Plan {
    let situation = Situation::new(sync, source, target, baseline, now);
    let people = matching::match_members(&sync.matching, source, target, baseline);
    let mut draft = Draft::for_people(people.len());
    for person in people {
        decide(&situation, &person, &mut draft);
    }
    second_thoughts::reconsider(&situation, &mut draft);
    draft.finish(&situation)
}

fn decide(situation: &Situation<'_>, person: &Person, draft: &mut Draft) {
    match &person.found {
        Found::NotAPerson(what) => draft.ignore(situation, person, &Why::NotAPerson(what.clone())),
        Found::Unreadable => {
            draft.withhold_all(situation, person, Considered::Match, &Because::Unreadable)
        }
        Found::NoKey(why) => draft.withhold_all(
            situation,
            person,
            Considered::Match,
            &Because::NoKey(why.clone()),
        ),
        Found::Conflict { key, with } => {
            let because = Because::Conflict {
                key: key.clone(),
                with: with.clone(),
            };
            draft.withhold_all(situation, person, Considered::Match, &because);
            draft.keep(person);
        }
        Found::Person if situation.is_excluded(person) => {
            draft.ignore(situation, person, &Why::Excluded);
            draft.keep(person);
        }
        Found::Person => {
            draft.second_entries(situation, person);
            if lag::waits(situation, person, draft) {
                return;
            }
            match situation.sync.direction {
                Direction::OneWay => one_way::decide(situation, person, draft),
                Direction::TwoWay => two_way::decide(situation, person, draft),
            }
        }
    }
}

/// Who is on which side, for the rooms below.
type Position = Sides<Option<u32>>;
