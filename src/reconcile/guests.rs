//! Guests: who is one already, who was invited and is not shown yet, and whom the tenant does not take.
//!
//! Nobody is invited twice. An invitation that was sent is remembered until the directory or the list shows the guest, one
//! that may never have been sent for a day; so is a refusal by a rule of the tenant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::directory::DirectoryIndex;
use crate::{
    model::{
        address::Address,
        attributes::Value,
        baseline::{Baseline, Identity},
        ledger::{Invited, Move, RefusedGuest},
        list::{Side, Sides},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Because, Change},
        outcome::Outcome,
        value::Plan,
    },
};

/// After this long a guest whom nothing shows is invited once more.
const INVITATION_HOLDS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The same where the answer to the invitation was lost. The directory shows a guest within minutes: whom it does not show
/// after this long was not invited, and would wait for nothing.
const UNCONFIRMED_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// After this long a guest who was refused is tried once more.
const REFUSAL_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// What the name of a guest's account has behind the address.
const MARK: &str = "#EXT#";

/// Who was invited or refused lately, by side and by address or id.
pub(super) struct Guests<'a> {
    invited: BTreeMap<(Side, &'a str), &'a Invited>,
    refused: BTreeMap<(Side, &'a str), &'a RefusedGuest>,
}

impl<'a> Guests<'a> {
    pub(super) fn new(baseline: Option<&'a Baseline>, now: Timestamp) -> Self {
        let invited = baseline.map_or(&[][..], |baseline| &baseline.invited);
        let refused = baseline.map_or(&[][..], |baseline| &baseline.refused);
        let invited = invited
            .iter()
            .filter(|invited| invitation_holds(invited, now));
        let refused = refused
            .iter()
            .filter(|refused| holds(&refused.by, REFUSAL_HOLDS, now));
        Self {
            invited: invited
                .flat_map(|invited| {
                    names(&invited.who).map(move |name| ((invited.by.side, name), invited))
                })
                .collect(),
            refused: refused
                .flat_map(|refused| {
                    names(&refused.who).map(move |name| ((refused.by.side, name), refused))
                })
                .collect(),
        }
    }

    /// Why this person is not invited to `side` now.
    pub(super) fn not_invited(&self, side: Side, from: &Member) -> Option<Because> {
        let mut addresses = from.addresses.iter().map(Address::as_str);
        let invited = addresses.find_map(|address| self.invited.get(&(side, address)));
        let invited = invited.map(|invited| Because::Invited {
            since: invited.by.at,
            unconfirmed: invited.unconfirmed,
        });
        invited.or_else(|| self.not_taken(side, from))
    }

    /// Why this member is not added to `side` now: it was refused lately.
    pub(super) fn not_taken(&self, side: Side, member: &Member) -> Option<Because> {
        let id = member.id.iter().map(|id| id.as_str());
        let mut names = id.chain(member.addresses.iter().map(Address::as_str));
        let refused = names.find_map(|name| self.refused.get(&(side, name)))?;
        Some(Because::GuestRefused {
            since: refused.by.at,
            said: refused.said.clone(),
        })
    }
}

fn invitation_holds(invited: &Invited, now: Timestamp) -> bool {
    let how_long = match invited.unconfirmed {
        true => UNCONFIRMED_HOLDS,
        false => INVITATION_HOLDS,
    };
    holds(&invited.by, how_long, now)
}

fn holds(by: &Move, how_long: SignedDuration, now: Timestamp) -> bool {
    by.at.checked_add(how_long).is_ok_and(|until| now < until)
}

fn names(who: &Identity) -> impl Iterator<Item = &str> {
    let id = who.id.iter().map(|id| id.as_str());
    id.chain(who.address.iter().map(Address::as_str))
}

/// The account that was made for a guest with one of these addresses, found by its name: the directory shows no address
/// of some guests before they accept.
pub(super) enum Account<'a> {
    /// There is none.
    None,
    /// It shows no other address.
    Theirs(&'a Member),
    /// A person has to say whose it is: there are several, or it has another address by now.
    Doubtful(Vec<&'a Member>),
}

pub(super) fn account<'a>(addresses: &[Address], directory: &DirectoryIndex<'a>) -> Account<'a> {
    let names: BTreeSet<String> = addresses.iter().map(Address::as_guest_name).collect();
    let guests = names.iter().flat_map(|name| directory.guests_named(name));
    let guests: Vec<&Member> = guests.collect();
    match guests.as_slice() {
        [] => Account::None,
        [guest] if guest.addresses.is_empty() => Account::Theirs(guest),
        _ => Account::Doubtful(guests),
    }
}

/// The part of a guest's account name in front of the mark, in lower case; `None` when it is no guest's.
pub(super) fn guest_name(person: &Member) -> Option<String> {
    let Some(Value::Text(name)) = person.attributes.get("userPrincipalName") else {
        return None;
    };
    let name = name.to_ascii_lowercase();
    let (address, _) = name.split_once(&MARK.to_ascii_lowercase())?;
    Some(address.to_owned())
}

/// Who was invited and is shown neither by the list nor by the directory.
pub(super) fn invited(
    readings: &Sides<&Reading>,
    plan: &Plan,
    outcomes: &[Option<Outcome>],
    old: Option<&Baseline>,
    (run, now): (&str, Timestamp),
) -> Vec<Invited> {
    let old = old.map_or(&[][..], |old| &old.invited).iter();
    let mut invited: Vec<Invited> = old
        .filter(|invited| invitation_holds(invited, now))
        .cloned()
        .collect();
    if !invited.is_empty() {
        let shown = Sides {
            source: shown(readings.source),
            target: shown(readings.target),
        };
        invited.retain(|invited| {
            let shown = shown.of(invited.by.side);
            !invited.who.address.as_ref().is_some_and(|address| {
                shown.contains(address.as_str()) || shown.contains(address.as_guest_name().as_str())
            })
        });
    }
    for (change, outcome) in plan.changes.iter().zip(outcomes) {
        let outcome = outcome.as_ref().filter(|it| it.may_have_invited());
        if let Some(outcome) = outcome.filter(|_| change.action == Action::Invite) {
            let (who, by) = (Identity::of(&change.member), moved(change, run, now));
            invited.retain(|earlier| (&earlier.who, earlier.by.side) != (&who, by.side));
            invited.push(Invited {
                who,
                by,
                unconfirmed: outcome.lost_the_invitation(),
            });
        }
    }
    invited
}

/// Who was refused lately.
pub(super) fn refused(
    plan: &Plan,
    outcomes: &[Option<Outcome>],
    old: Option<&Baseline>,
    (run, now): (&str, Timestamp),
) -> Vec<RefusedGuest> {
    let old = old.map_or(&[][..], |old| &old.refused).iter();
    let old = old.filter(|refused| holds(&refused.by, REFUSAL_HOLDS, now));
    let mut all: Vec<RefusedGuest> = old.cloned().collect();
    for (change, outcome) in plan.changes.iter().zip(outcomes) {
        let said = outcome.as_ref().and_then(Outcome::guest_refused);
        if let Some(said) = said.filter(|_| change.is_addition()) {
            all.push(RefusedGuest {
                who: Identity::of(&change.member),
                by: moved(change, run, now),
                said: said.to_owned(),
            });
        }
    }
    all
}

fn moved(change: &Change, run: &str, now: Timestamp) -> Move {
    Move {
        side: change.side,
        run: run.to_owned(),
        at: now,
        turns: Vec::new(),
    }
}

/// The addresses of everybody on the list or in its directory, and the names of guests' accounts.
fn shown(reading: &Reading) -> BTreeSet<String> {
    let known = reading
        .directory
        .iter()
        .flat_map(|directory| &directory.people);
    let people = reading.members.iter().chain(known);
    people
        .flat_map(|person| {
            let addresses = person.addresses.iter().map(|address| address.to_string());
            addresses.chain(guest_name(person))
        })
        .collect()
}
