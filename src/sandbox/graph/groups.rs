//! `/groups` themselves: find, make, change, delete.
//!
//! Knows nothing of member lists beyond handing bound members on.

use std::time::Duration;

use tokio::time::Instant;

use serde_json::Value;
use uuid::Uuid;

use super::group_body;
use super::group_names::{find, refuse_taken_nickname, refuse_taken_unique_name, shown};
use super::listing::{self, LIST_OPTIONS, Listing};
use super::membership;
use super::owners;
use super::permissions::{
    CREATE_GROUPS, READ_GROUPS, READ_USERS_FULLY, WRITE_GROUPS, WRITE_MEMBERS, require,
};
use super::references::{
    bound, find_all, object_body, refuse_dynamic, refuse_too_many, refuse_unfit, refuse_unwritable,
};
use super::view::View;
use crate::sandbox::directory::{GroupState, Kind, Members, Slot, Thing, What};
use crate::sandbox::refusal;
use crate::sandbox::scenario::Group;
use crate::sandbox::wire::{Answer, Call, Outcome, put};
use crate::sandbox::world::World;

const GROUPS: Listing<'static> = Listing {
    kind: Kind::Group,
    kinds: &[Kind::Group],
    typed: false,
    set: "groups",
    filters_are_advanced: false,
    options: LIST_OPTIONS,
};

/// `GET /groups`.
pub(super) fn list(world: &World, call: &Call) -> Outcome {
    require(world, READ_GROUPS)?;
    listing::everything(world, call, &GROUPS)
}

/// `GET /groups/{id}` and `GET /groups(uniqueName='…')`.
pub(super) fn one(world: &World, call: &Call, key: &str) -> Outcome {
    require(world, READ_GROUPS)?;
    listing::refuse_unknown_options(call, &["$select", "$expand"])?;
    let view = View::of(call, &[Kind::Group], false)?;
    let object = find(world, key)?.and_then(|slot| world.directory.get(slot));
    let object = object.ok_or_else(|| refusal::not_found(shown(key)))?;
    let mut body = view.entity(world, call, "groups", object);
    let expanded = call
        .option("$expand")
        .and_then(|name| name.split('(').next());
    if let (Some(name @ ("members" | "owners")), Some(state)) = (expanded, object.as_group()) {
        let list = if name == "members" {
            &state.members
        } else {
            &state.owners
        };
        let plain = View::of(
            &Call {
                query: Vec::new(),
                ..call.clone()
            },
            &[Kind::User],
            true,
        )?;
        let now = Instant::now();
        let objects = list
            .seen_from(0, now)
            .filter_map(|(_, slot)| world.directory.get(slot));
        let visible = objects.filter(|object| object.is_visible(now));
        // Expanding gives twenty objects at most and no next page.
        put(
            &mut body,
            name,
            visible
                .take(20)
                .map(|object| plain.write(world, object))
                .collect::<Vec<_>>(),
        );
    }
    Ok(Answer::json(200, body))
}

/// `POST /groups`.
pub(super) fn create(world: &mut World, call: &Call) -> Outcome {
    require(world, CREATE_GROUPS)?;
    let slot = make(world, object_body(call)?, None)?;
    made(world, call, slot)
}

/// `PATCH /groups/{id}`, and `PATCH /groups(uniqueName='…')`, which can create.
pub(super) fn update(world: &mut World, call: &Call, key: &str) -> Outcome {
    let body = object_body(call)?;
    let only_members = body
        .as_object()
        .is_some_and(|body| body.keys().all(|name| name == "members@odata.bind"));
    let by_name = key.strip_prefix("uniqueName=");
    require(
        world,
        if only_members && by_name.is_none() {
            WRITE_MEMBERS
        } else {
            WRITE_GROUPS
        },
    )?;
    let Some(slot) = find(world, key)? else {
        let prefers = call
            .header("prefer")
            .is_some_and(|prefer| prefer.contains("create-if-missing"));
        return match by_name.filter(|_| prefers) {
            Some(name) => {
                let slot = make(world, body, Some(name))?;
                made(world, call, slot)
            }
            None => Err(refusal::not_found(shown(key))),
        };
    };
    change(world, slot, body)?;
    Ok(Answer::empty(204))
}

/// `DELETE /groups/{id}`.
pub(super) fn delete(world: &mut World, key: &str) -> Outcome {
    require(world, WRITE_GROUPS)?;
    let slot = find(world, key)?.ok_or_else(|| refusal::not_found(shown(key)))?;
    if let Some(state) = world.directory.group(slot) {
        refuse_unwritable(world, &state.group)?;
    }
    world.directory.delete(slot, false);
    Ok(Answer::empty(204))
}

fn change(world: &mut World, slot: Slot, body: &Value) -> Result<(), Answer> {
    let (members, owner_ids) = (
        bound(body, "members@odata.bind")?,
        bound(body, "owners@odata.bind")?,
    );
    refuse_too_many(members.len() + owner_ids.len())?;
    let Some(state) = world.directory.group(slot) else {
        return Ok(());
    };
    refuse_unwritable(world, &state.group)?;
    if !members.is_empty() {
        refuse_dynamic(&state.group)?;
    }
    let mut group = state.group.clone();
    let changed = group_body::write(body, &mut group)?;
    if group.mail_nickname != state.group.mail_nickname {
        refuse_taken_nickname(world, &group, Some(slot))?;
    }
    owners::refuse_unfit_owners(world, slot, &owner_ids)?;
    membership::add_all(world, slot, &members)?;
    owners::add_all(world, slot, &owner_ids)?;
    if !changed.is_empty() {
        if let Some(state) = world.directory.group_mut(slot) {
            state.group = group;
        }
        world.directory.record(slot, What::Changed(changed));
    }
    Ok(())
}

/// Makes a group with bound members and owners, or nothing at all.
fn make(world: &mut World, body: &Value, unique_name: Option<&str>) -> Result<Slot, Answer> {
    let (members, owner_ids) = (
        bound(body, "members@odata.bind")?,
        bound(body, "owners@odata.bind")?,
    );
    refuse_too_many(members.len() + owner_ids.len())?;
    for name in [
        "displayName",
        "mailEnabled",
        "mailNickname",
        "securityEnabled",
    ] {
        if body.get(name).is_none_or(Value::is_null) {
            let message = format!("A value is required for property '{name}' of resource 'Group'.");
            return Err(refusal::bad_request(&message));
        }
    }
    let mut group = Group {
        id: Uuid::new_v4().to_string(),
        ..Group::default()
    };
    group_body::write(body, &mut group)?;
    if let Some(name) = unique_name {
        group.unique_name = Some(name.to_owned());
    }
    let has = |kind: &str| group.group_types.iter().any(|one| one == kind);
    if group.mail_enabled && !has("Unified") {
        return Err(refusal::bad_request(
            "Cannot Create a mail-enabled security groups and or distribution list.",
        ));
    }
    if has("DynamicMembership") && !members.is_empty() {
        return Err(refusal::denied());
    }
    if group.is_assignable_to_role == Some(true) {
        require(world, super::permissions::WRITE_ROLE_GROUPS)?;
    }
    if !members.is_empty() || !owner_ids.is_empty() {
        require(world, READ_USERS_FULLY)?;
    }
    refuse_taken_nickname(world, &group, None)?;
    refuse_taken_unique_name(world, &group)?;
    for member in find_all(world, &members)? {
        refuse_unfit(world, &group, member)?;
    }
    find_all(world, &owner_ids)?;
    if has("Unified") {
        let domain = world
            .settings
            .organization
            .verified_domains
            .first()
            .cloned()
            .unwrap_or_default();
        group.mail = group
            .mail_nickname
            .as_ref()
            .map(|nickname| format!("{nickname}@{domain}"));
    }
    let lag = world.lag();
    let state = GroupState {
        group,
        members: Members::default(),
        owners: Members::default(),
    };
    let id = state.group.id.clone();
    let slot = world
        .directory
        .insert(id, Thing::Group(Box::new(state)), lag);
    for member in find_all(world, &members)? {
        world.directory.add_member(slot, member, Duration::ZERO);
    }
    owners::add_all(world, slot, &owner_ids)?;
    Ok(slot)
}

fn made(world: &World, call: &Call, slot: Slot) -> Outcome {
    let plain = View::of(
        &Call {
            query: Vec::new(),
            ..call.clone()
        },
        &[Kind::Group],
        false,
    )?;
    let object = world.directory.get(slot).ok_or_else(refusal::denied)?;
    let body = plain.entity(world, call, "groups", object);
    let location = format!(
        "{}/directoryObjects/{}/Microsoft.DirectoryServices.Group",
        call.base, object.id
    );
    Ok(Answer::json(201, body).with("location", location))
}
