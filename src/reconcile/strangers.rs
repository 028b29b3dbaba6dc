//! Somebody whom the directory does not know: a guest with an account of another name, a slip of the pen, or somebody from
//! outside who may be invited.

use super::{
    additions::{Newcomer, found_in_directory},
    directory::DirectoryIndex,
    draft::Draft,
    guests::{self, Account},
    nearest,
    situation::Situation,
};
use crate::{
    model::{address::Address, list::Side, member::Member},
    plan::change::Because,
};

/// Nobody has this address: a slip of the pen inside the organisation, or somebody from outside.
pub(super) fn nobody(
    situation: &Situation<'_>,
    side: Side,
    from: &Member,
    directory: &DirectoryIndex<'_>,
    draft: &mut Draft,
) -> Newcomer {
    let Some(address) = from.address() else {
        return Newcomer::Withheld(Because::unresolved(None));
    };
    match guests::account(&from.addresses, directory) {
        Account::None => {}
        Account::Theirs(guest) => return found_in_directory(situation, side, guest),
        Account::Doubtful(accounts) => {
            let with = accounts.iter().map(|guest| guest.label().to_owned());
            return Newcomer::Withheld(Because::Conflict {
                key: "the name of a guest's account".to_owned(),
                with: with.collect(),
            });
        }
    }
    let suggestions = nearest::suggestions(address, directory, &mut draft.searches_left);
    let is_own = directory
        .own_domains()
        .iter()
        .any(|own| own == address.domain());
    // A directory that hides people does not tell an employee from a stranger: nobody is invited because of it.
    if is_own || !suggestions.is_empty() || !directory.tells_strangers() {
        for meant in &suggestions {
            let (address, label) = (meant.address.clone(), from.label().to_owned());
            draft.meant.push((side, address, label));
        }
        let mut suggestions = suggestions.into_iter();
        let (nearest, hint) = suggestions
            .next()
            .map(|first| (first.address, first.hint))
            .unzip();
        return Newcomer::Withheld(Because::Unresolved {
            nearest,
            hint,
            since: None,
        });
    }
    let guests = &situation.sync.guests;
    let allowed = guests.domains.is_empty()
        || guests
            .domains
            .iter()
            .any(|domain| domain == address.domain());
    if !guests.invite || !allowed || !situation.reading(side).capabilities.invites {
        return Newcomer::Withheld(Because::External);
    }
    match situation.guests.not_invited(side, from) {
        Some(because) => Newcomer::Withheld(because),
        None => Newcomer::Invite(guest(address, from)),
    }
}

fn guest(address: &Address, from: &Member) -> Member {
    let name = from.attributes.get("displayName").cloned();
    let attributes = name
        .map(|name| ("displayName".to_owned(), name))
        .into_iter()
        .collect();
    Member {
        attributes,
        ..Member::with_address(address.clone())
    }
}
