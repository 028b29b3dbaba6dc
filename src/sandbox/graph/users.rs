//! `/users`.
//!
//! Knows nothing of groups.

use tokio::time::Instant;

use serde_json::json;

use super::listing::{self, LIST_OPTIONS, Listing};
use super::permissions::{DELETE_USERS, READ_USERS, require};
use super::view::View;
use crate::sandbox::directory::{Kind, Object};
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, Outcome, put};
use crate::sandbox::world::World;

pub(super) const USERS: Listing<'static> = Listing {
    kind: Kind::User,
    kinds: &[Kind::User],
    typed: false,
    set: "users",
    filters_are_advanced: false,
    options: LIST_OPTIONS,
};

/// `GET /users`.
pub(super) fn list(world: &World, call: &Call) -> Outcome {
    require(world, READ_USERS)?;
    listing::everything(world, call, &USERS)
}

/// `GET /users/$count`.
pub(super) fn count(world: &World, call: &Call) -> Outcome {
    require(world, READ_USERS)?;
    let now = Instant::now();
    let is_visible = |object: &Object| object.is_visible(now);
    listing::count(
        world,
        call,
        &USERS,
        &listing::all_of(world, Kind::User),
        &is_visible,
    )
}

/// `GET /users/{id | userPrincipalName}`.
pub(super) fn one(world: &World, call: &Call, key: &str) -> Outcome {
    require(world, READ_USERS)?;
    listing::refuse_unknown_options(call, &["$select", "$expand"])?;
    let view = View::of(call, &[Kind::User], false)?;
    let key = key.strip_prefix("userPrincipalName=").unwrap_or(key);
    let object = world
        .directory
        .find_user(key)
        .and_then(|slot| world.directory.get(slot));
    let object = object.ok_or_else(|| refusal::not_found(key))?;
    let mut body = view.entity(world, call, "users", object);
    let expands = call
        .option("$expand")
        .is_some_and(|name| name.split('(').next() == Some("manager"));
    let manager = object
        .as_user()
        .and_then(|user| user.manager.as_deref())
        .filter(|_| expands);
    if let Some(manager) = manager
        .and_then(|id| world.directory.find(id))
        .and_then(|slot| world.directory.get(slot))
    {
        let plain = View::of(
            &Call {
                query: Vec::new(),
                ..call.clone()
            },
            &[Kind::User],
            true,
        )?;
        put(&mut body, "manager", plain.write(world, manager));
    }
    Ok(Answer::json(200, body))
}

/// `DELETE /users/{id}`: no part of the slice, but Graph would do it, so the sandbox does and tells.
pub(super) fn delete(world: &mut World, key: &str) -> Outcome {
    require(world, DELETE_USERS)?;
    let slot = world
        .directory
        .find_user(key)
        .ok_or_else(|| refusal::not_found(key))?;
    remove_person(world, slot);
    Ok(Answer::empty(204))
}

/// Deletes a person, softly, and counts it.
pub(super) fn remove_person(world: &mut World, slot: usize) {
    world.counters.users_deleted += 1;
    world.directory.delete(slot, false);
}

/// The sign-in name of a deleted person begins with the id without dashes.
pub(super) fn deleted_name(object: &Object) -> serde_json::Value {
    let name = object
        .as_user()
        .map_or("", |user| user.user_principal_name.as_str());
    json!(format!("{}{name}", object.id.replace('-', "")))
}
