//! How somebody is added: who they are on the other side, and whether they may be added there.

use super::{
    directory::{Candidates, DirectoryIndex},
    draft::Draft,
    matching::Person,
    nearest, newcomer,
    situation::{Situation, fits_any},
};
use crate::{
    definition::sync::MatchKey,
    model::{
        address::Address,
        attributes::Attributes,
        capabilities::AddsBy,
        list::Side,
        member::{ExternalId, Member, Standing},
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
    } else if let Some(why) = [side.other(), side]
        .into_iter()
        .find_map(|side| situation.leaves_out_blindly(side))
    {
        Newcomer::Withheld(Because::NoProof(why))
    } else if situation.is_opted_out(person, side.other()) {
        remember_opt_out(situation, side, from, draft);
        Newcomer::Withheld(Because::OptedOut)
    } else if let Some(stone) = situation.tombstone(side, from) {
        Newcomer::Withheld(Because::NotTaken {
            since: stone.since,
            said: stone.said.clone(),
        })
    } else {
        match capabilities.adds_by {
            AddsBy::Address | AddsBy::Phone => by_key(situation, side, from, person, draft),
            AddsBy::DirectoryObject => by_directory(situation, side, from, draft),
        }
    };
    let left_out = match &newcomer {
        Newcomer::Add(member) | Newcomer::Invite(member) => situation.left_out(side, member),
        Newcomer::Ignored(_) | Newcomer::Withheld(_) => None,
    };
    let newcomer = match left_out {
        Some(why) => Newcomer::Withheld(Because::OutsideFilter(why.to_owned())),
        None => newcomer,
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
    draft.in_play(
        person,
        newcomer::agreed_after_adding(situation, person, side),
    );
}

/// A platform that takes addresses or phone numbers: the new member carries the person's keys and the mapped fields.
fn by_key(
    situation: &Situation<'_>,
    side: Side,
    from: &Member,
    person: &Person,
    draft: &mut Draft,
) -> Newcomer {
    let capabilities = &situation.reading(side).capabilities;
    if let Some(why) = without_key(situation, side, from) {
        return Newcomer::Withheld(Because::NoKey(why));
    }
    let known = if capabilities.knows_people {
        match known_there(situation, side, from, draft) {
            Ok(known) => known,
            Err(because) => return Newcomer::Withheld(because),
        }
    } else {
        None
    };
    let (attributes, unusable) = newcomer::for_newcomer(situation, side, &from.attributes);
    if let Some(clause) = outside(situation, side, &attributes) {
        return Newcomer::Withheld(Because::OutsideFilter(clause));
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
    let is_directory =
        |side| situation.reading(side).capabilities.adds_by == AddsBy::DirectoryObject;
    Newcomer::Add(Member {
        // The id on the other platform would name somebody else here, or nobody.
        id: known,
        directory_id: from.id.clone().filter(|_| is_directory(side.other())),
        addresses: from.addresses.clone(),
        phones: from.phones.clone(),
        employee_id: from.employee_id.clone(),
        attributes,
        ..Member::default()
    })
}

/// Why somebody has nothing they could be added by.
fn without_key(situation: &Situation<'_>, side: Side, from: &Member) -> Option<String> {
    match situation.reading(side).capabilities.adds_by {
        AddsBy::Phone if from.phones.is_empty() => Some(
            situation
                .unusable_key(side, from)
                .unwrap_or_else(|| "it has no phone number to be added by".to_owned()),
        ),
        AddsBy::Address if from.addresses.is_empty() && from.phones.is_empty() => {
            Some("it has neither an address nor a phone number to be added by".to_owned())
        }
        AddsBy::Phone | AddsBy::Address | AddsBy::DirectoryObject => None,
    }
}

/// Who the platform knows the person as, where they are not on the list: nobody who opted out there is added.
pub(super) fn known_there(
    situation: &Situation<'_>,
    side: Side,
    from: &Member,
    draft: &mut Draft,
) -> Result<Option<ExternalId>, Because> {
    let Some(directory) = situation.directories.of(side) else {
        *draft.wants_directory.of_mut(side) = true;
        return Err(Because::unresolved(None));
    };
    let key = match situation.reading(side).capabilities.adds_by {
        AddsBy::Phone => MatchKey::Phone,
        AddsBy::Address | AddsBy::DirectoryObject => MatchKey::Address,
    };
    // Whoever opted out did so as a person: another number or address does not bring them back. Two entries for one
    // number are one person to the network, and any of them may have opted out.
    let mut keys = situation.sync.matching.iter().chain([&key]);
    if keys.any(|key| anybody_opted_out(&directory.having(*key, from))) {
        return Err(Because::OptedOut);
    }
    match directory.having(key, from) {
        Candidates::Nobody => Ok(None),
        Candidates::One(known) => match &known.id {
            Some(id) if situation.is_on_list(side, id) => {
                let with = vec![known.label().to_owned()];
                let key = "an entry of the list".to_owned();
                Err(Because::Conflict { key, with })
            }
            id => Ok(id.clone()),
        },
        Candidates::Several(key, known) => {
            let with = known.iter().map(|known| known.label().to_owned()).collect();
            Err(Because::Conflict { key, with })
        }
    }
}

fn anybody_opted_out(found: &Candidates<'_>) -> bool {
    let opted_out = |known: &Member| known.standing == Standing::OptedOut;
    match found {
        Candidates::Nobody => false,
        Candidates::One(known) => opted_out(known),
        Candidates::Several(_, known) => known.iter().any(|known| opted_out(known)),
    }
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
        return Newcomer::Withheld(Because::unresolved(None));
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
    if let Some(clause) = outside(situation, side, &found.attributes) {
        return Newcomer::Withheld(Because::OutsideFilter(clause));
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
        return Newcomer::Withheld(Because::unresolved(None));
    };
    let nearest = nearest::nearest(address, directory, &mut draft.searches_left);
    let is_own = directory
        .own_domains()
        .iter()
        .any(|own| own == address.domain());
    // A directory that hides people does not tell an employee from a stranger: nobody is invited because of it.
    if is_own || nearest.is_some() || !directory.tells_strangers() {
        return Newcomer::Withheld(Because::unresolved(nearest));
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

/// Why somebody about to join a side would not pass its filter: the sync would not see them there.
fn outside(situation: &Situation<'_>, side: Side, attributes: &Attributes) -> Option<String> {
    situation.sync.filters.of(side).why_not(attributes)
}
