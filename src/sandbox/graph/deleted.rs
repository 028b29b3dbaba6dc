//! `/directory/deletedItems`: what was deleted softly, and how it comes back.
//!
//! Knows nothing of how things are deleted.

use super::listing::{self, Listing};
use super::permissions::{
    DELETE_USERS, READ_DELETED_GROUPS, READ_USERS_FULLY, WRITE_GROUPS, WRITE_USERS, require,
};
use super::users;
use super::view::View;
use crate::sandbox::directory::{Kind, Object};
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Body, Call, Outcome};
use crate::sandbox::world::World;

const OPTIONS: &[&str] = &[
    "$select",
    "$top",
    "$filter",
    "$orderby",
    "$count",
    "$skiptoken",
];

/// `GET /directory/deletedItems/microsoft.graph.user` and `…group`; the cast is mandatory.
pub(super) fn list(world: &World, call: &Call, cast: &str) -> Outcome {
    let (kind, set): (Kind, &str) = match cast {
        "microsoft.graph.user" => (Kind::User, "users"),
        "microsoft.graph.group" => (Kind::Group, "groups"),
        _ => {
            return Err(refusal::unsupported_query(
                "The specified type cast is not supported.",
            ));
        }
    };
    require(
        world,
        if kind == Kind::User {
            READ_USERS_FULLY
        } else {
            READ_DELETED_GROUPS
        },
    )?;
    let kinds = [kind];
    let listing = Listing {
        kind,
        kinds: &kinds,
        typed: false,
        set,
        filters_are_advanced: true,
        options: OPTIONS,
    };
    let is_deleted = |object: &Object| object.deleted.is_some_and(|gone| !gone.for_good);
    let mut answer = listing::page(
        world,
        call,
        &listing,
        &listing::all_of(world, kind),
        &is_deleted,
    )?;
    rename_users(world, &mut answer);
    Ok(answer)
}

/// `POST /directory/deletedItems/{id}/restore`.
pub(super) fn restore(world: &mut World, call: &Call, id: &str) -> Outcome {
    let missing = || refusal::not_found(id);
    let slot = world.directory.slot_of(id).ok_or_else(missing)?;
    let object = world.directory.get(slot).ok_or_else(missing)?;
    match object.kind() {
        Kind::Group => require(world, WRITE_GROUPS)?,
        Kind::User if world.may(DELETE_USERS) => {}
        _ => require(world, WRITE_USERS)?,
    }
    if object.deleted.is_none_or(|gone| gone.for_good) {
        return Err(missing());
    }
    world.directory.restore(slot);
    let object = world.directory.get(slot).ok_or_else(missing)?;
    let view = View::of(call, &[Kind::User, Kind::Group], true)?;
    Ok(Answer::json(
        200,
        view.entity(world, call, "directoryObjects", object),
    ))
}

fn rename_users(world: &World, answer: &mut Answer) {
    let Body::Json(body) = &mut answer.body else {
        return;
    };
    for user in body
        .get_mut("value")
        .and_then(serde_json::Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let slot = user
            .get("id")
            .and_then(|id| id.as_str())
            .and_then(|id| world.directory.slot_of(id));
        let object = slot.and_then(|slot| world.directory.get(slot));
        if let (Some(name), Some(object)) = (user.get_mut("userPrincipalName"), object) {
            *name = users::deleted_name(object);
        }
    }
}
