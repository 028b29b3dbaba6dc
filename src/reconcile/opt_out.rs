//! What somebody's opt-out on the platform of one list does to their place on the other one, where the sync says that it
//! goes for both.

use super::{
    directory::Candidates, draft::Draft, matching::Person, removals, situation::Situation,
};
use crate::{
    definition::sync::{Direction, MatchKey, OptOuts},
    model::{
        list::Side,
        member::{Member, Standing},
    },
    plan::change::Reason,
};

/// Whether somebody who opted out on the platform of one list leaves the other one. Nobody leaves what is only read.
pub(super) fn goes_for_both(situation: &Situation<'_>) -> bool {
    situation.sync.opt_outs == OptOuts::Leave && situation.sync.direction == Direction::TwoWay
}

/// The list that shows somebody as opted out, where this goes for both.
pub(super) fn shown_on(situation: &Situation<'_>, person: &Person) -> Option<Side> {
    let sides = [Side::Source, Side::Target].into_iter();
    let mut sides = sides.filter(|_| goes_for_both(situation));
    sides.find(|side| situation.is_opted_out(person, *side))
}

/// Somebody opted out on the platform of the list on `side`: they leave the other one.
pub(super) fn leave(situation: &Situation<'_>, person: &Person, side: Side, draft: &mut Draft) {
    removals::remove(
        situation,
        person,
        side.other(),
        &Reason::OptedOutThere,
        draft,
    );
}

/// Somebody who opted out under one address must not be added under another one.
pub(super) fn remember(situation: &Situation<'_>, side: Side, from: &Member, draft: &mut Draft) {
    let directory = situation.directories.of(side).as_ref();
    if let Some(Candidates::One(found)) =
        directory.map(|directory| directory.find(&situation.sync.matching, from))
    {
        draft.opted_out.extend(found.id.clone());
    }
}

/// Whether an opt-out that the platform of the list on `side` knows of is this person's own. Whoever only shares a
/// telephone with somebody who opted out is not added, but loses no place because of it.
pub(super) fn is_theirs(situation: &Situation<'_>, side: Side, from: &Member) -> bool {
    let Some(directory) = situation.directories.of(side) else {
        return false;
    };
    let kinds = [
        MatchKey::ObjectId,
        MatchKey::Address,
        MatchKey::Phone,
        MatchKey::EmployeeId,
    ];
    kinds
        .into_iter()
        .any(|key| match directory.having(key, from) {
            Candidates::One(known) if known.standing == Standing::OptedOut => {
                let mut addresses = known.addresses.iter();
                key != MatchKey::Phone
                    || known.addresses.is_empty()
                    || from.addresses.is_empty()
                    || addresses.any(|address| from.addresses.contains(address))
            }
            Candidates::One(_) | Candidates::Nobody | Candidates::Several(..) => false,
        })
}
