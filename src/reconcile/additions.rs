//! How somebody is added: who they are on the other side, and whether they may be added there.

use super::{
    directory::{Candidates, DirectoryIndex},
    draft::Draft,
    fields,
    matching::Person,
    nearest,
    situation::{Situation, fits_any},
};
use crate::{
    model::{
        address::Address, attributes::Attributes, capabilities::AddsBy, list::Side, member::Member,
    },
    plan::change::{Action, Because, Considered, Reason, Why},
};

/// Plans to add a person to the list on `side`, or says why not.
pub(super) fn add(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    reason: &Reason,
    draft: &mut Draft,
) {
    let Some(from) = situation.member_of(person, side.other()) else {
        return;
    };
    let capabilities = &situation.reading(side).capabilities;
    let newcomer = if let Some(why) = &capabilities.read_only {
        Newcomer::Withheld(Because::ReadOnly(why.clone()))
    } else if let Some(before) = situation.suddenly_empty(side) {
        Newcomer::Withheld(Because::SuddenlyEmpty(before))
    } else if situation.is_opted_out(person, side.other()) {
        remember_opt_out(situation, side, from, draft);
        Newcomer::Withheld(Because::OptedOut)
    } else {
        match capabilities.adds_by {
            AddsBy::Address => by_address(situation, side, from, person, draft),
            AddsBy::DirectoryObject => by_directory(situation, side, from, draft),
        }
    };
    match newcomer {
        Newcomer::Add(member) => admit(
            situation,
            person,
            side,
            (Action::Add, member),
            reason,
            draft,
        ),
        Newcomer::Invite(member) => admit(
            situation,
            person,
            side,
            (Action::Invite, member),
            reason,
            draft,
        ),
        Newcomer::Ignored(why) => draft.ignore_first(situation, person, &why),
        Newcomer::Withheld(because) => {
            draft.withhold(
                side,
                Considered::Add,
                from.label(),
                because,
                person.at.clone(),
            );
            draft.keep(person);
        }
    }
}

/// Somebody who opted out under one address must not be added under another one.
fn remember_opt_out(situation: &Situation<'_>, side: Side, from: &Member, draft: &mut Draft) {
    let directory = situation.directories.of(side).as_ref();
    if let Some(Candidates::One(found)) =
        directory.map(|directory| directory.find(&situation.sync.matching, from))
    {
        draft.opted_out.extend(found.id.clone());
    }
}

/// What becomes of somebody who is on the other list only.
enum Newcomer {
    Add(Member),
    Invite(Member),
    Ignored(Why),
    Withheld(Because),
}

fn admit(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    (action, member): (Action, Member),
    reason: &Reason,
    draft: &mut Draft,
) {
    draft.change(side, action, member, reason.clone(), person.at.clone());
    draft.in_play(person, fields::agreed_after_adding(situation, person, side));
}

/// A platform that takes addresses: the new member carries the person's keys and the mapped fields.
fn by_address(
    situation: &Situation<'_>,
    side: Side,
    from: &Member,
    person: &Person,
    draft: &mut Draft,
) -> Newcomer {
    if from.addresses.is_empty() && from.phones.is_empty() {
        let why = "it has neither an address nor a phone number to be added by";
        return Newcomer::Withheld(Because::NoKey(why.to_owned()));
    }
    let (attributes, unusable) = fields::for_newcomer(situation, side, &from.attributes);
    if let Some(why) = outside(situation, side, &attributes) {
        return Newcomer::Ignored(why);
    }
    for why in unusable {
        draft.withhold(
            side,
            Considered::Update,
            from.label(),
            Because::UnusableValue(why),
            person.at.clone(),
        );
    }
    // The id is the other platform's: here it would name somebody else, or nobody.
    Newcomer::Add(Member {
        addresses: from.addresses.clone(),
        phones: from.phones.clone(),
        employee_id: from.employee_id.clone(),
        attributes,
        ..Member::default()
    })
}

/// A platform that takes objects of its directory: exactly one of them must be this person.
fn by_directory(
    situation: &Situation<'_>,
    side: Side,
    from: &Member,
    draft: &mut Draft,
) -> Newcomer {
    let Some(directory) = situation.directories.of(side) else {
        *draft.wants_directory.of_mut(side) = true;
        return Newcomer::Withheld(Because::Unresolved { nearest: None });
    };
    match directory.find(&situation.sync.matching, from) {
        Candidates::One(found) => found_in_directory(situation, side, found),
        Candidates::Several(key, found) => {
            let with = found
                .iter()
                .map(|member| member.label().to_owned())
                .collect();
            Newcomer::Withheld(Because::Conflict { key, with })
        }
        Candidates::Nobody => nobody(situation, side, from, directory, draft),
    }
}

fn found_in_directory(situation: &Situation<'_>, side: Side, found: &Member) -> Newcomer {
    if fits_any(&situation.sync.exclude, found) {
        return Newcomer::Ignored(Why::Excluded);
    }
    if let Some(why) = outside(situation, side, &found.attributes) {
        return Newcomer::Ignored(why);
    }
    if let Some(id) = &found.id
        && situation.is_on_list(side, id)
    {
        if situation.is_unreadable(side, id) {
            return Newcomer::Withheld(Because::Unreadable);
        }
        let with = vec![found.label().to_owned()];
        let key = "its directory object".to_owned();
        return Newcomer::Withheld(Because::Conflict { key, with });
    }
    Newcomer::Add(Member {
        attributes: Attributes::new(),
        note: None,
        ..found.clone()
    })
}

/// Nobody has this address: a slip of the pen inside the organisation, or somebody from outside.
fn nobody(
    situation: &Situation<'_>,
    side: Side,
    from: &Member,
    directory: &DirectoryIndex<'_>,
    draft: &mut Draft,
) -> Newcomer {
    let Some(address) = from.address() else {
        return Newcomer::Withheld(Because::Unresolved { nearest: None });
    };
    let nearest = nearest::nearest(address, directory, &mut draft.searches_left);
    let is_own = directory
        .own_domains()
        .iter()
        .any(|own| own == address.domain());
    // A directory that hides people does not tell an employee from a stranger: nobody is invited because of it.
    if is_own || nearest.is_some() || !directory.tells_strangers() {
        return Newcomer::Withheld(Because::Unresolved {
            nearest: nearest.map(|address| address.to_string()),
        });
    }
    let guests = &situation.sync.guests;
    let allowed = guests.domains.is_empty()
        || guests
            .domains
            .iter()
            .any(|domain| domain == address.domain());
    if guests.invite && allowed && situation.reading(side).capabilities.invites {
        Newcomer::Invite(guest(address, from))
    } else {
        Newcomer::Withheld(Because::External)
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

/// Whether somebody about to join the source fails its filter. The target has none.
fn outside(situation: &Situation<'_>, side: Side, attributes: &Attributes) -> Option<Why> {
    match side {
        Side::Source => situation
            .sync
            .filter
            .why_not(attributes)
            .map(Why::OutsideFilter),
        Side::Target => None,
    }
}
