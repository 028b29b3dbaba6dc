//! The proof that a run put somebody on a list, without which a restore takes nobody off it.
//!
//! Who is or is not on the other list proves nothing here. What does is the run's own record, the snapshot from before
//! it, and the list now. [`PutThere`] can be made nowhere else, and the plan of a restore takes removals for nothing else.

use super::{
    touched::Touch,
    undoing::{Standing, Undoing},
};
use crate::{
    model::{list::Side, member::Member},
    plan::put_back::NotPutBack,
};

/// The proof that the run put this member of a list there.
pub(super) struct PutThere<'a> {
    side: Side,
    member: &'a Member,
}

impl<'a> PutThere<'a> {
    /// The list.
    pub(super) fn side(&self) -> Side {
        self.side
    }

    /// The member, as the list shows it now.
    pub(super) fn member(&self) -> &'a Member {
        self.member
    }
}

/// Proves that the run put a member there; what speaks against it otherwise.
pub(super) fn prove<'a>(
    undoing: &Undoing<'a>,
    side: Side,
    standing: &Standing<'a>,
    touch: Touch,
) -> Result<PutThere<'a>, NotPutBack> {
    let mut before = undoing.before.of(side).perhaps(standing.member);
    if before.next().is_some() || touch == Touch::FoundSo {
        return Err(NotPutBack::SoBefore);
    }
    let doubts = &undoing.undone.plan.doubts.of(side);
    if touch == Touch::Perhaps && !doubts.is_empty() {
        // Whoever the snapshot is without may have been there before.
        return Err(NotPutBack::Doubtful((*doubts).clone()));
    }
    let entry = undoing.entry(standing.person);
    let put = entry.and_then(|entry| entry.put.as_ref());
    if let Some(put) = put.filter(|put| put.side == side && undoing.is_later(put)) {
        return Err(NotPutBack::DoneSince(put.run.clone()));
    }
    Ok(PutThere {
        side,
        member: standing.member,
    })
}
