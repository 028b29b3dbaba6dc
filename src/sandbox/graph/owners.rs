//! `/groups/{id}/owners`.
//!
//! Knows nothing of members.

use std::time::Duration;

use tokio::time::Instant;

use super::listing::{self, Listing, Places};
use super::membership::readable;
use super::permissions::{WRITE_GROUPS, require};
use super::references::{find_all, id_in, object_body, refuse_unwritable};
use crate::sandbox::directory::{Kind, Object, Slot, What};
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, Outcome};
use crate::sandbox::world::World;

/// Owners a group can have.
const MOST_OWNERS: usize = 100;

const OWNERS: Listing<'static> = Listing {
    kind: Kind::User,
    kinds: &[Kind::User, Kind::ServicePrincipal],
    typed: true,
    set: "directoryObjects",
    filters_are_advanced: true,
    options: &["$select", "$top", "$skiptoken"],
};

/// `GET /groups/{id}/owners`.
pub(super) fn list(world: &World, call: &Call, id: &str) -> Outcome {
    let group = readable(world, id)?;
    let now = Instant::now();
    let source = |from: u64| -> Places<'_> {
        match world.directory.group(group) {
            Some(state) => Box::new(state.owners.seen_from(from, now)),
            None => Box::new(std::iter::empty()),
        }
    };
    let exists = |object: &Object| object.is_visible(now) && object.kind() == Kind::User;
    listing::page(world, call, &OWNERS, &source, &exists)
}

/// `POST /groups/{id}/owners/$ref`.
pub(super) fn add(world: &mut World, call: &Call, id: &str) -> Outcome {
    let group = writable(world, id)?;
    let reference = object_body(call)?
        .get("@odata.id")
        .cloned()
        .unwrap_or_default();
    let ids = [id_in(&reference)?];
    refuse_unfit_owners(world, group, &ids)?;
    add_all(world, group, &ids)?;
    Ok(Answer::empty(204))
}

/// `DELETE /groups/{id}/owners/{id}/$ref`.
pub(super) fn remove(world: &mut World, id: &str, owner: &str) -> Outcome {
    let group = writable(world, id)?;
    let owner = world
        .directory
        .find(owner)
        .ok_or_else(|| refusal::not_found(owner))?;
    let Some(state) = world.directory.group_mut(group) else {
        return Err(refusal::not_found(id));
    };
    if !state.owners.contains(owner) {
        return Err(refusal::bad_request(
            "One or more removed object references do not exist for the following modified properties: 'owners'.",
        ));
    }
    if state.owners.len() == 1 {
        return Err(refusal::bad_request(
            "The group must have at least one owner, hence this owner cannot be removed.",
        ));
    }
    state.owners.remove(owner, Duration::ZERO);
    world.directory.record(group, What::OwnersChanged);
    Ok(Answer::empty(204))
}

/// Refuses owners that are missing, there already, or one too many.
pub(super) fn refuse_unfit_owners(
    world: &World,
    group: Slot,
    ids: &[String],
) -> Result<(), Answer> {
    let found = find_all(world, ids)?;
    let Some(state) = world.directory.group(group) else {
        return Ok(());
    };
    if found.iter().any(|owner| state.owners.contains(*owner)) {
        return Err(refusal::bad_request(
            "One or more added object references already exist for the following modified properties: 'owners'.",
        ));
    }
    let wanted = state.owners.len() + found.len();
    if wanted > MOST_OWNERS {
        let message = format!(
            "Unable to perform operation as '{wanted}' would exceed the maximum quota count '{MOST_OWNERS}' for \
             forward-link owners."
        );
        return Err(refusal::error(403, "Directory_QuotaExceeded", &message));
    }
    Ok(())
}

/// Adds owners that were looked at before.
pub(super) fn add_all(world: &mut World, group: Slot, ids: &[String]) -> Result<(), Answer> {
    let found = find_all(world, ids)?;
    if found.is_empty() {
        return Ok(());
    }
    if let Some(state) = world.directory.group_mut(group) {
        for owner in found {
            state.owners.add(owner, Duration::ZERO);
        }
        world.directory.record(group, What::OwnersChanged);
    }
    Ok(())
}

fn writable(world: &World, id: &str) -> Result<Slot, Answer> {
    require(world, WRITE_GROUPS)?;
    let slot = world
        .directory
        .find_kind(id, Kind::Group)
        .ok_or_else(|| refusal::not_found(id))?;
    if let Some(state) = world.directory.group(slot) {
        refuse_unwritable(world, &state.group)?;
    }
    Ok(slot)
}
