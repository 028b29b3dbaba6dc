//! How somebody is added: who they are on the other side, and whether they may be added there.

use super::{
    consent,
    directory::Candidates,
    draft::{Draft, Harmless},
    matching::Person,
    newcomer, opt_out, oscillation,
    situation::{Situation, fits_any},
    strangers,
};
use crate::{
    definition::sync::MatchKey,
    model::{
        attributes::Attributes,
        baseline::Origin,
        capabilities::AddsBy,
        list::Side,
        member::{ExternalId, Member, Standing},
    },
    plan::change::{Because, Considered, Reason, Why},
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
    let newcomer = if let Some(why) = capabilities.closed() {
        Newcomer::Withheld(Because::ReadOnly(why.to_owned()))
    } else if let Some(before) = situation.suddenly_empty(side) {
        Newcomer::Withheld(Because::SuddenlyEmpty(before))
    } else if let Some(why) = [side.other(), side]
        .into_iter()
        .find_map(|side| situation.leaves_out_blindly(side))
    {
        Newcomer::Withheld(Because::NoProof(why))
    } else if situation.is_opted_out(person, side.other()) {
        opt_out::remember(situation, side, from, draft);
        Newcomer::Withheld(Because::OptedOut)
    } else if let Some(because) = consent::forbids(situation, person, side, from, draft) {
        // A platform that takes somebody without a reason may have another one than an opt-out.
        let is_opt_out = match &because {
            Because::NotTaken { origin, .. } => *origin == Origin::OptedOut,
            because => *because == Because::OptedOut && opt_out::is_theirs(situation, side, from),
        };
        if is_opt_out {
            Newcomer::OptedOut(because)
        } else {
            Newcomer::Withheld(because)
        }
    } else {
        match capabilities.adds_by {
            AddsBy::Address | AddsBy::Phone => by_key(situation, side, from, person, draft),
            AddsBy::DirectoryObject => by_directory(situation, side, from, draft),
        }
    };
    let objection = match &newcomer {
        Newcomer::Add(member) | Newcomer::Invite(member) => situation
            .left_out(side, member)
            .map(|why| Because::OutsideFilter(why.to_owned()))
            .or_else(|| consent::forbids_as(situation, side, member))
            .or_else(|| situation.guests.not_taken(side, member)),
        Newcomer::Ignored(_) | Newcomer::OptedOut(_) | Newcomer::Withheld(_) => None,
    };
    let newcomer = objection.map_or(newcomer, Newcomer::Withheld);
    match newcomer {
        Newcomer::Add(member) => admit(
            situation,
            person,
            side,
            (Harmless::Add, member),
            reason,
            draft,
        ),
        Newcomer::Invite(member) => admit(
            situation,
            person,
            side,
            (Harmless::Invite, member),
            reason,
            draft,
        ),
        Newcomer::Ignored(why) => draft.ignore_first(situation, person, &why),
        Newcomer::OptedOut(_) if opt_out::goes_for_both(situation) => {
            opt_out::leave(situation, person, side, draft);
        }
        Newcomer::OptedOut(because) | Newcomer::Withheld(because) => {
            withhold(person, side, from, because, draft);
        }
    }
}

fn withhold(person: &Person, side: Side, from: &Member, because: Because, draft: &mut Draft) {
    let seen = person.at.clone();
    draft.withhold(side, Considered::Add, from.label(), because, seen);
    draft.keep(person);
}

/// What becomes of somebody who is on the other list only.
pub(super) enum Newcomer {
    Add(Member),
    Invite(Member),
    Ignored(Why),
    /// They opted out on the platform of the list they would join.
    OptedOut(Because),
    Withheld(Because),
}

fn admit(
    situation: &Situation<'_>,
    person: &Person,
    side: Side,
    (action, member): (Harmless, Member),
    reason: &Reason,
    draft: &mut Draft,
) {
    if let Some(because) = oscillation::freezes(situation, person, Some((side, &member)))
        && let Some(from) = situation.member_of(person, side.other())
    {
        withhold(person, side, from, because, draft);
        return;
    }
    draft.change(side, action, member, reason.clone(), person.at.clone());
    draft.in_play(
        situation,
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
            Err(because @ Because::OptedOut) if opt_out::is_theirs(situation, side, from) => {
                return Newcomer::OptedOut(because);
            }
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

pub(super) fn anybody_opted_out(found: &Candidates<'_>) -> bool {
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
        Candidates::Nobody => strangers::nobody(situation, side, from, directory, draft),
    }
}

pub(super) fn found_in_directory(
    situation: &Situation<'_>,
    side: Side,
    found: &Member,
) -> Newcomer {
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

/// Why somebody about to join a side would not pass its filter: the sync would not see them there.
fn outside(situation: &Situation<'_>, side: Side, attributes: &Attributes) -> Option<String> {
    situation.sync.filters.of(side).why_not(attributes)
}
