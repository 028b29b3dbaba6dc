//! `/directoryObjects`: look-ups that do not care about the kind.
//!
//! Knows nothing of lists and pages.

use serde_json::{Value, json};

use super::group_names::nickname_holder;
use super::membership::transitive;
use super::permissions::{
    READ_DELETED_GROUPS, READ_DIRECTORY, READ_GROUPS, READ_USERS, READ_USERS_FULLY, require,
};
use super::references::object_body;
use super::view::View;
use crate::sandbox::directory::Kind;
use crate::sandbox::refusal;
use crate::sandbox::scenario::is_uuid;
use crate::sandbox::wire::{Answer, Call, Outcome};
use crate::sandbox::world::World;

const ALL: &[Kind] = &[
    Kind::User,
    Kind::Group,
    Kind::Contact,
    Kind::Device,
    Kind::ServicePrincipal,
];

/// `POST /directoryObjects/getByIds`: what is missing is left out silently.
pub(super) fn get_by_ids(world: &World, call: &Call) -> Outcome {
    require(world, READ_DIRECTORY)?;
    let body = object_body(call)?;
    let ids = ids(body, 1000)?;
    let types: Option<Vec<&str>> = body.get("types").and_then(Value::as_array).map(|types| {
        types
            .iter()
            .filter_map(Value::as_str)
            .filter(|name| *name != "directoryObject")
            .collect()
    });
    let view = View::of(call, ALL, true)?;
    let found = ids
        .iter()
        .filter_map(|id| world.directory.get(world.directory.find(id)?));
    let wanted = found.filter(|object| {
        types
            .as_ref()
            .is_none_or(|types| types.is_empty() || types.contains(&object.kind().name()))
    });
    let value: Vec<Value> = wanted.map(|object| view.write(world, object)).collect();
    Ok(Answer::json(
        200,
        json!({"@odata.context": view.context(call, "directoryObjects"), "value": value}),
    ))
}

/// `POST /directoryObjects/validateProperties`: 204 when the name is free.
pub(super) fn validate_properties(world: &World, call: &Call) -> Outcome {
    require(world, READ_DELETED_GROUPS)?;
    let nickname = object_body(call)?
        .get("mailNickname")
        .and_then(Value::as_str);
    if nickname_holder(world, nickname).is_none() {
        return Ok(Answer::empty(204));
    }
    Err(refusal::detailed(
        422,
        "Request_UnprocessableEntity",
        "Request contains a property with duplicate values.",
        "PropertyConflict",
        "mailNickname",
    ))
}

/// `POST /directoryObjects/{id}/checkMemberObjects`: which of these contain the object, nesting included.
pub(super) fn check_member_objects(world: &mut World, call: &Call, id: &str) -> Outcome {
    if !world.may(READ_USERS_FULLY) && !world.may(READ_DELETED_GROUPS) {
        require(world, READ_USERS)?;
        require(world, READ_GROUPS)?;
    }
    let slot = world
        .directory
        .find(id)
        .ok_or_else(|| refusal::not_found(id))?;
    let mut value = Vec::new();
    for group in ids(object_body(call)?, 20)? {
        let Some(found) = world.directory.find_kind(&group, Kind::Group) else {
            continue;
        };
        if transitive(world, found).contains(&slot) {
            value.push(group);
        }
    }
    let context = format!("{}/$metadata#Collection(Edm.String)", call.base);
    Ok(Answer::json(
        200,
        json!({"@odata.context": context, "value": value}),
    ))
}

fn ids(body: &Value, most: usize) -> Result<Vec<String>, Answer> {
    let list = body
        .get("ids")
        .and_then(Value::as_array)
        .filter(|list| !list.is_empty());
    let list =
        list.ok_or_else(|| refusal::bad_request("The collection 'ids' must not be empty."))?;
    if list.len() > most {
        let message = format!(
            "Too many elements in parameter 'ids'. The maximum number of elements is {most}."
        );
        return Err(refusal::bad_request(&message));
    }
    list.iter()
        .map(|id| id.as_str().filter(|id| is_uuid(id)).map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| refusal::bad_request("Invalid object identifier in 'ids'."))
}
