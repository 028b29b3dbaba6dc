//! References to directory objects in request bodies, and whether a group takes what they point at.
//!
//! Knows nothing of how members are kept.

use serde_json::Value;

use super::permissions::{self, WRITE_ROLE_GROUPS, require};
use crate::sandbox::directory::{Kind, Slot};
use crate::sandbox::refusal;
use crate::sandbox::scenario::{Group, is_uuid};
use crate::sandbox::wire::{Answer, Call};
use crate::sandbox::world::World;

/// References that one request may change, members and owners together.
const MOST_LINKS: usize = 20;

const COLLECTIONS: [&str; 6] = [
    "directoryObjects",
    "users",
    "groups",
    "contacts",
    "devices",
    "servicePrincipals",
];

/// The id in `https://…/v1.0/directoryObjects/{id}`.
pub(super) fn id_in(reference: &Value) -> Result<String, Answer> {
    let invalid = || refusal::bad_request("Invalid URL format specified in payload.");
    let text = reference.as_str().ok_or_else(invalid)?;
    let path = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .and_then(|rest| rest.split_once('/'))
        .map(|(_, path)| path)
        .ok_or_else(invalid)?;
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["v1.0", collection, id] if COLLECTIONS.contains(collection) && is_uuid(id) => {
            Ok((*id).to_owned())
        }
        _ => Err(invalid()),
    }
}

/// The ids of `members@odata.bind` or `owners@odata.bind`; empty when the body has no such list.
pub(super) fn bound(body: &Value, name: &str) -> Result<Vec<String>, Answer> {
    match body.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(id_in).collect(),
        Some(_) => Err(refusal::bad_request(
            "Invalid URL format specified in payload.",
        )),
    }
}

/// Refuses more links than one request may change.
pub(super) fn refuse_too_many(links: usize) -> Result<(), Answer> {
    if links > MOST_LINKS {
        return Err(refusal::bad_request(
            "A resource cannot contain more than 20 link changes.",
        ));
    }
    Ok(())
}

/// The body of a call as a JSON object.
pub(super) fn object_body(call: &Call) -> Result<&Value, Answer> {
    match &call.body {
        Ok(Some(body)) if body.is_object() => Ok(body),
        Ok(None) => Err(refusal::error(
            400,
            "BadRequest",
            "Empty Payload. JSON content expected.",
        )),
        _ => Err(refusal::error(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )),
    }
}

/// Finds all, or refuses naming the first that is missing.
pub(super) fn find_all(world: &World, ids: &[String]) -> Result<Vec<Slot>, Answer> {
    ids.iter()
        .map(|id| {
            world
                .directory
                .find(id)
                .ok_or_else(|| refusal::not_found(id))
        })
        .collect()
}

/// Refuses the five kinds of groups whose members Graph cannot write.
pub(super) fn refuse_unwritable(world: &World, group: &Group) -> Result<(), Answer> {
    let is_unified = group.group_types.iter().any(|kind| kind == "Unified");
    if group.on_premises_sync_enabled == Some(true) {
        return Err(refusal::bad_request(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
             currently undergoing migration.",
        ));
    }
    if group.mail_enabled && !is_unified {
        return Err(refusal::bad_request(
            "Cannot Update a mail-enabled security groups and or distribution list.",
        ));
    }
    if group.is_management_restricted == Some(true) {
        return Err(refusal::denied());
    }
    if group.is_assignable_to_role == Some(true) {
        require(world, WRITE_ROLE_GROUPS)?;
    }
    Ok(())
}

/// Refuses a group that fills itself.
pub(super) fn refuse_dynamic(group: &Group) -> Result<(), Answer> {
    let is_dynamic = group
        .group_types
        .iter()
        .any(|kind| kind == "DynamicMembership");
    if is_dynamic {
        Err(refusal::denied())
    } else {
        Ok(())
    }
}

/// Refuses objects that a group of this kind does not take, or that the application may not bind.
pub(super) fn refuse_unfit(world: &World, group: &Group, member: Slot) -> Result<(), Answer> {
    let Some(object) = world.directory.get(member) else {
        return Ok(());
    };
    let is_unified = group.group_types.iter().any(|kind| kind == "Unified");
    let needed = permissions::to_bind(object.kind());
    if !needed.is_empty() {
        require(world, needed)?;
    }
    if is_unified && object.kind() != Kind::User {
        return Err(refusal::invalid_property("members", "Group"));
    }
    let nested_types = object
        .as_group()
        .map_or(&[][..], |nested| &nested.group.group_types);
    if nested_types.iter().any(|kind| kind == "Unified") {
        return Err(refusal::invalid_property("members", "Group"));
    }
    let is_guest = object
        .as_user()
        .is_some_and(|user| user.user_type.as_deref() == Some("Guest"));
    if is_unified && is_guest && !world.settings.guest_policy.guests_in_m365_groups {
        return Err(refusal::error(
            403,
            "Authorization_RequestDenied",
            "Guests users are not allowed to join this Unified Group due to policy setting.",
        ));
    }
    Ok(())
}
