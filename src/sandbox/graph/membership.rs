//! `/groups/{id}/members` and `/transitiveMembers`.
//!
//! Knows nothing of the groups' own properties beyond whether they can be written.

use std::collections::HashSet;
use std::sync::Arc;
use tokio::time::Instant;

use super::listing::{self, LIST_OPTIONS, Listing, Places};
use super::permissions::{DELETE_USERS, READ_GROUPS, READ_HIDDEN, WRITE_MEMBERS, require};
use super::references::{
    find_all, id_in, object_body, refuse_dynamic, refuse_unfit, refuse_unwritable,
};
use super::users;
use crate::sandbox::directory::{Kind, Object, Slot};
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, Outcome};
use crate::sandbox::world::World;

/// What can be in a member list; v1.0 leaves service principals out.
const SHOWN: &[Kind] = &[Kind::User, Kind::Group, Kind::Contact, Kind::Device];

/// `GET /groups/{id}/members`, with a cast or without.
pub(super) fn list(world: &World, call: &Call, id: &str, cast: Option<&str>) -> Outcome {
    let group = readable(world, id)?;
    let cast = cast.map(|cast| kind_of(world, call, cast)).transpose()?;
    let now = Instant::now();
    let source = |from: u64| -> Places<'_> {
        match world.directory.group(group) {
            Some(state) if !is_hidden(world, group) => Box::new(state.members.seen_from(from, now)),
            _ => Box::new(std::iter::empty()),
        }
    };
    list_from(world, call, cast, &source, now)
}

/// `GET /groups/{id}/members/$count`.
pub(super) fn count(world: &World, call: &Call, id: &str) -> Outcome {
    let group = readable(world, id)?;
    let now = Instant::now();
    let source = |from: u64| -> Places<'_> {
        match world.directory.group(group) {
            Some(state) if !is_hidden(world, group) => Box::new(state.members.seen_from(from, now)),
            _ => Box::new(std::iter::empty()),
        }
    };
    let exists = |object: &Object| object.is_visible(now) && SHOWN.contains(&object.kind());
    listing::count(world, call, &member_listing(None), &source, &exists)
}

/// `GET /groups/{id}/transitiveMembers`, with a cast or without.
pub(super) fn list_transitive(
    world: &mut World,
    call: &Call,
    id: &str,
    cast: Option<&str>,
) -> Outcome {
    let group = readable(world, id)?;
    let cast = cast.map(|cast| kind_of(world, call, cast)).transpose()?;
    let hidden = is_hidden(world, group);
    let members = if hidden {
        Arc::default()
    } else {
        transitive(world, group)
    };
    let source = |from: u64| -> Places<'_> {
        let members = Arc::clone(&members);
        let places = from..members.len() as u64;
        Box::new(places.filter_map(move |place| {
            let slot = members.get(usize::try_from(place).ok()?)?;
            Some((place, *slot))
        }))
    };
    list_from(world, call, cast, &source, Instant::now())
}

/// `POST /groups/{id}/members/$ref`.
pub(super) fn add(world: &mut World, call: &Call, id: &str) -> Outcome {
    let group = writable(world, id)?;
    let reference = object_body(call)?
        .get("@odata.id")
        .cloned()
        .unwrap_or_default();
    add_all(world, group, &[id_in(&reference)?])?;
    Ok(Answer::empty(204))
}

/// Adds all or none.
pub(super) fn add_all(world: &mut World, group: Slot, ids: &[String]) -> Result<(), Answer> {
    let members = find_all(world, ids)?;
    if let Some(state) = world.directory.group(group) {
        for member in &members {
            refuse_unfit(world, &state.group, *member)?;
        }
    }
    let mut seen = HashSet::new();
    if members
        .iter()
        .any(|member| !seen.insert(*member) || world.directory.has_member(group, *member))
    {
        return Err(refusal::bad_request(
            "One or more added object references already exist for the following modified properties: 'members'.",
        ));
    }
    let lag = world.lag();
    for member in members {
        world.directory.add_member(group, member, lag);
    }
    Ok(())
}

/// `DELETE /groups/{id}/members/{id}/$ref`.
pub(super) fn remove(world: &mut World, id: &str, member: &str) -> Outcome {
    let group = writable(world, id)?;
    let member = world
        .directory
        .find(member)
        .ok_or_else(|| refusal::not_found(member))?;
    if !world.directory.has_member(group, member) {
        return Err(refusal::bad_request(
            "One or more removed object references do not exist for the following modified properties: 'members'.",
        ));
    }
    let lag = world.lag();
    world.directory.remove_member(group, member, lag);
    Ok(Answer::empty(204))
}

/// `DELETE /groups/{id}/members/{id}`: without `/$ref` the object itself goes, given the right.
///
/// <https://learn.microsoft.com/en-us/graph/api/group-delete-members>
pub(super) fn delete_the_object(world: &mut World, id: &str, member: &str) -> Outcome {
    require(world, DELETE_USERS)?;
    world
        .directory
        .find_kind(id, Kind::Group)
        .ok_or_else(|| refusal::not_found(id))?;
    let slot = world
        .directory
        .find_kind(member, Kind::User)
        .ok_or_else(|| refusal::not_found(member))?;
    users::remove_person(world, slot);
    Ok(Answer::empty(204))
}

/// Everyone below a group, each once, in order of first appearance.
pub(super) fn transitive(world: &mut World, group: Slot) -> Arc<Vec<Slot>> {
    // While replication lags, what is seen changes without any further write, so nothing can be kept.
    let can_be_kept = world.lag().is_zero();
    let directory = &mut world.directory;
    let version = directory.version;
    if let Some((known, members)) = directory.transitive.get(&group).filter(|_| can_be_kept)
        && *known == version
    {
        return Arc::clone(members);
    }
    let now = Instant::now();
    let mut seen = HashSet::from([group]);
    let mut found = Vec::new();
    let mut waiting = vec![group];
    while let Some(next) = waiting.pop() {
        for (_, member) in directory
            .group(next)
            .iter()
            .flat_map(|state| state.members.seen_from(0, now))
        {
            if !directory.is_visible(member, now) || !seen.insert(member) {
                continue;
            }
            found.push(member);
            if directory.group(member).is_some() {
                waiting.push(member);
            }
        }
    }
    let found = Arc::new(found);
    directory
        .transitive
        .insert(group, (version, Arc::clone(&found)));
    found
}

/// The group, if the application may read groups and it is there.
pub(super) fn readable(world: &World, id: &str) -> Result<Slot, Answer> {
    require(world, READ_GROUPS)?;
    world
        .directory
        .find_kind(id, Kind::Group)
        .ok_or_else(|| refusal::not_found(id))
}

/// The group, if the application may write its members.
fn writable(world: &World, id: &str) -> Result<Slot, Answer> {
    require(world, WRITE_MEMBERS)?;
    let slot = world
        .directory
        .find_kind(id, Kind::Group)
        .ok_or_else(|| refusal::not_found(id))?;
    if let Some(state) = world.directory.group(slot) {
        refuse_unwritable(world, &state.group)?;
        refuse_dynamic(&state.group)?;
    }
    Ok(slot)
}

fn list_from<'w>(
    world: &'w World,
    call: &Call,
    cast: Option<Kind>,
    source: &dyn Fn(u64) -> Places<'w>,
    now: Instant,
) -> Outcome {
    let listing = member_listing(cast.as_ref());
    let kinds = listing.kinds;
    let exists = |object: &Object| object.is_visible(now) && kinds.contains(&object.kind());
    listing::page(world, call, &listing, source, &exists)
}

fn member_listing(cast: Option<&Kind>) -> Listing<'_> {
    let set = match cast {
        None | Some(Kind::Device | Kind::ServicePrincipal) => "directoryObjects",
        Some(Kind::User) => "users",
        Some(Kind::Group) => "groups",
        Some(Kind::Contact) => "contacts",
    };
    Listing {
        kind: cast.copied().unwrap_or(Kind::User),
        kinds: cast.map_or(SHOWN, std::slice::from_ref),
        typed: cast.is_none(),
        set,
        filters_are_advanced: true,
        options: LIST_OPTIONS,
    }
}

/// The kind a cast such as `microsoft.graph.user` narrows to.
fn kind_of(world: &World, call: &Call, cast: &str) -> Result<Kind, Answer> {
    let kind = cast.strip_prefix("microsoft.graph.").and_then(Kind::named);
    let kind = kind
        .ok_or_else(|| refusal::unsupported_query("The specified type cast is not supported."))?;
    if world.settings.strict_cast && !call.is_advanced() {
        return Err(refusal::unsupported_query(
            "The specified type cast needs the $count=true query parameter and the ConsistencyLevel:eventual header.",
        ));
    }
    Ok(kind)
}

/// Hidden membership reads as an empty list without `Member.Read.Hidden`.
fn is_hidden(world: &World, group: Slot) -> bool {
    let hides = |state: &crate::sandbox::directory::GroupState| {
        state.group.visibility.as_deref() == Some("HiddenMembership")
    };
    world.directory.group(group).is_some_and(hides) && !world.may(READ_HIDDEN)
}
