//! `/invitations`: guests.
//!
//! Knows nothing of groups.

use serde_json::{Value, json};
use uuid::Uuid;

use super::permissions::{INVITE, WRITE_USERS, require};
use super::references::object_body;
use crate::sandbox::directory::{Slot, Thing};
use crate::sandbox::refusal;
use crate::sandbox::scenario::User;
use crate::sandbox::wire::{Answer, Call, Outcome};
use crate::sandbox::world::World;

/// `POST /invitations`.
pub(super) fn invite(world: &mut World, call: &Call) -> Outcome {
    require(world, INVITE)?;
    let body = object_body(call)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let invalid = |name: &str| refusal::invalid_property(name, "Invitation");
    let address = text("invitedUserEmailAddress").filter(|address| is_address(address));
    let address = address.ok_or_else(|| invalid("invitedUserEmailAddress"))?;
    let redirect = text("inviteRedirectUrl").filter(|link| link.contains("://"));
    let redirect = redirect.ok_or_else(|| invalid("inviteRedirectUrl"))?;
    let resets = body
        .get("resetRedemption")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if resets {
        require(world, WRITE_USERS)?;
    }
    let policy = &world.settings.guest_policy;
    if !policy.invitations_allowed {
        return Err(refusal::error(
            403,
            "Authorization_RequestDenied",
            "Guest invitations not allowed for your company. Contact your company administrator for more details.",
        ));
    }
    let domain = address.rsplit('@').next().unwrap_or_default();
    let among = |domains: &[String]| {
        domains
            .iter()
            .any(|known| known.eq_ignore_ascii_case(domain))
    };
    if among(&policy.blocked_domains) {
        return Err(refusal::error(
            400,
            "BadRequest",
            "The domain of the invited user's email address is blocked by your company's policy.",
        ));
    }
    let known = known_person(world, address);
    if let Some(member) = known.filter(|slot| !is_guest(world, *slot)) {
        let id = world
            .directory
            .get(member)
            .map_or("", |object| object.id.as_str());
        return Err(refusal::error(
            400,
            "BadRequest",
            &format!(
                "The invited user already exists in the directory as object ID: {id}. They can use that account to sign in \
             to shared apps and resources."
            ),
        ));
    }
    world.counters.invitations += 1;
    world.counters.repeated_invitations += u64::from(known.is_some());
    let slot = known.unwrap_or_else(|| make_guest(world, address, text("invitedUserDisplayName")));
    let guest = world.directory.get(slot).ok_or_else(refusal::denied)?;
    let accepted = guest
        .as_user()
        .is_some_and(|user| user.external_user_state.as_deref() == Some("Accepted"));
    let answer = json!({
        "@odata.context": format!("{}/$metadata#invitations/$entity", call.base),
        "id": Uuid::new_v4().to_string(),
        "inviteRedeemUrl": format!("https://login.microsoftonline.com/redeem?rd={}", guest.id),
        "invitedUserDisplayName": text("invitedUserDisplayName"),
        "invitedUserType": text("invitedUserType").unwrap_or("Guest"),
        "invitedUserEmailAddress": address,
        "sendInvitationMessage": body.get("sendInvitationMessage").and_then(Value::as_bool).unwrap_or(false),
        "resetRedemption": resets,
        "inviteRedirectUrl": redirect,
        "status": if accepted { "Completed" } else { "PendingAcceptance" },
        "invitedUser": {"id": guest.id},
    });
    Ok(Answer::json(201, answer))
}

/// Inviting somebody twice gives the same person again.
fn known_person(world: &World, address: &str) -> Option<Slot> {
    let proxy = format!("smtp:{address}");
    let directory = &world.directory;
    let named = account_name(world, address);
    let slots = [address, &proxy, &named].map(|text| directory.with_text(text));
    let mut slots = slots.into_iter().flatten().copied();
    slots.find(|slot| {
        directory
            .get(*slot)
            .is_some_and(|object| object.deleted.is_none())
    })
}

fn is_guest(world: &World, slot: Slot) -> bool {
    let user = world
        .directory
        .get(slot)
        .and_then(|object| object.as_user());
    user.is_some_and(|user| user.user_type.as_deref() == Some("Guest"))
}

/// What the account of a guest with this address is called.
fn account_name(world: &World, address: &str) -> String {
    let domains = &world.settings.organization.verified_domains;
    let home = domains.last().cloned().unwrap_or_default();
    format!("{}#EXT#@{home}", address.replace('@', "_"))
}

fn make_guest(world: &mut World, address: &str, display_name: Option<&str>) -> Slot {
    let account_name = account_name(world, address);
    let name = display_name.unwrap_or_else(|| address.split('@').next().unwrap_or_default());
    let id = Uuid::new_v4().to_string();
    let guest = User {
        id: id.clone(),
        user_principal_name: account_name,
        mail: Some(address.to_owned()),
        display_name: Some(name.to_owned()),
        user_type: Some("Guest".to_owned()),
        external_user_state: Some("PendingAcceptance".to_owned()),
        ..User::default()
    };
    let lag = world.lag();
    world
        .directory
        .insert(id, Thing::User(Box::new(guest)), lag)
}

fn is_address(text: &str) -> bool {
    let halves: Vec<&str> = text.split('@').collect();
    matches!(halves.as_slice(), [local, domain] if !local.is_empty() && !domain.is_empty())
        && !text.contains(char::is_whitespace)
        && text.len() <= 320
}
