//! `/users`.
//!
//! Knows nothing of groups.

use tokio::time::Instant;

use serde_json::json;

use super::listing::{self, LIST_OPTIONS, Listing};
use super::permissions::{DELETE_USERS, READ_USERS, WRITE_USERS, require};
use super::references::object_body;
use super::user_body;
use super::view::View;
use crate::sandbox::directory::{Kind, Object, Thing, What};
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, Outcome};
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
    Ok(Answer::json(200, view.entity(world, call, "users", object)))
}

/// `PATCH /users/{id}`: no part of the slice either. <https://learn.microsoft.com/graph/api/user-update>
pub(super) fn update(world: &mut World, call: &Call, key: &str) -> Outcome {
    require(world, WRITE_USERS)?;
    let slot = world
        .directory
        .find_user(key)
        .ok_or_else(|| refusal::not_found(key))?;
    let body = object_body(call)?;
    let Some(user) = world.directory.get(slot).and_then(Object::as_user) else {
        return Err(refusal::not_found(key));
    };
    user_body::refuse_protected(body, user)?;
    let mut changed = user.clone();
    let names = user_body::write(body, &mut changed)?;
    if let Some(Thing::User(user)) = world.directory.get_mut(slot).map(|object| &mut object.body) {
        **user = changed;
    }
    world.directory.record(slot, What::Changed(names));
    Ok(Answer::empty(204))
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
