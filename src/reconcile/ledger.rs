//! What runs of this sync did to people's places on the lists: who put them there, who took them off, and how often they
//! were turned round.
//!
//! This room must not know what is decided because of it.

use jiff::{SignedDuration, Timestamp};

use super::matching::keys::{Keyed, search, searchable};
use crate::model::{
    baseline::Identity,
    ledger::{Move, Taken},
    list::Side,
    member::Member,
};

/// For how long it is remembered who was taken off a list, and for how long moves count as going back and forth.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Whether `at` is less than `span` ago.
pub(super) fn is_within(span: SignedDuration, at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < span
}

/// For how long after a change a list may be read as it was before.
pub(super) fn settles_in(minutes: u32) -> SignedDuration {
    SignedDuration::from_mins(minutes.into())
}

/// Whom rollcall took off the lists, ready to be searched.
pub(super) struct TakenIndex<'a> {
    taken: &'a [Taken],
    keyed: Vec<Keyed<'a>>,
}

impl<'a> TakenIndex<'a> {
    pub(super) fn new(taken: &'a [Taken]) -> Self {
        let keys = (0..)
            .zip(taken)
            .flat_map(|(position, taken)| taken.who.keys().map(move |key| (key, position)));
        Self {
            taken,
            keyed: searchable(keys),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// The times somebody who stands on the list on `side`, or would, was taken off one of the lists.
    pub(super) fn of(&self, side: Side, member: &Member) -> impl Iterator<Item = &'a Taken> {
        let found = member.keys().flat_map(|key| search(&self.keyed, key));
        let found = found.filter_map(|position| self.taken.get(position as usize));
        found.filter(move |taken| is_about(taken, side, member))
    }
}

/// Whether `taken` is about `member` of the list on `side`. Some platforms number the entries of each list, so that the
/// same primary address decides where the ids differ; an alias does not, because it may have gone to somebody else.
fn is_about(taken: &Taken, side: Side, member: &Member) -> bool {
    let Identity { id, address, phone } = &taken.who;
    let known_here = id.as_ref().filter(|_| taken.by.side == side);
    if known_here.is_some() && known_here == member.id.as_ref()
        || id.is_some() && *id == member.directory_id
    {
        return true;
    }
    if known_here.is_some() && member.id.is_some() {
        let has_phone = phone.is_some() && phone.as_ref() == member.phones.first();
        return has_phone || address.is_some() && address.as_ref() == member.address();
    }
    let has_address = |address| member.addresses.contains(address);
    let has_phone = |phone| member.phones.contains(phone);
    address.as_ref().is_some_and(has_address) || phone.as_ref().is_some_and(has_phone)
}

/// The times at which somebody was turned round, once they are moved again `now`. `turns_round` tells whether this move
/// does so as well.
pub(super) fn turns(previous: Option<&Move>, turns_round: bool, now: Timestamp) -> Vec<Timestamp> {
    let Some(previous) = previous.filter(|previous| is_within(WINDOW, previous.at, now)) else {
        return Vec::new();
    };
    let earlier = previous.turns.iter().copied();
    let earlier = earlier.filter(|at| is_within(WINDOW, *at, now));
    earlier.chain(turns_round.then_some(now)).collect()
}
