//! `/contacts` and `/organization`.
//!
//! Knows nothing of users and groups.

use serde_json::{Value, json};

use super::listing::{self, Listing};
use super::permissions::{READ_CONTACTS, READ_ORGANIZATION, require};
use super::view::View;
use crate::sandbox::directory::Kind;
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, Outcome};
use crate::sandbox::world::World;

const CONTACTS: Listing<'static> = Listing {
    kind: Kind::Contact,
    kinds: &[Kind::Contact],
    typed: false,
    set: "contacts",
    filters_are_advanced: false,
    options: &[
        "$select",
        "$top",
        "$filter",
        "$search",
        "$orderby",
        "$count",
        "$skiptoken",
    ],
};

/// `GET /contacts`.
pub(super) fn list(world: &World, call: &Call) -> Outcome {
    require(world, READ_CONTACTS)?;
    listing::everything(world, call, &CONTACTS)
}

/// `GET /contacts/{id}`.
pub(super) fn one(world: &World, call: &Call, id: &str) -> Outcome {
    require(world, READ_CONTACTS)?;
    listing::refuse_unknown_options(call, &["$select"])?;
    let view = View::of(call, &[Kind::Contact], false)?;
    let slot = world.directory.find_kind(id, Kind::Contact);
    let object = slot
        .and_then(|slot| world.directory.get(slot))
        .ok_or_else(|| refusal::not_found(id))?;
    Ok(Answer::json(
        200,
        view.entity(world, call, "contacts", object),
    ))
}

/// `GET /organization`.
pub(super) fn organization(world: &World, call: &Call) -> Outcome {
    require(world, READ_ORGANIZATION)?;
    listing::refuse_unknown_options(call, &["$select"])?;
    let organization = &world.settings.organization;
    let last = organization.verified_domains.len().saturating_sub(1);
    let domains = organization.verified_domains.iter().enumerate().map(|(index, name)| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline", "isDefault": index == 0, "isInitial": index == last,
            "name": name, "type": "Managed",
        })
    });
    let mut whole = json!({
        "id": world.settings.tenant_id, "displayName": organization.display_name, "countryLetterCode": null,
        "createdDateTime": "2020-01-01T00:00:00Z", "onPremisesSyncEnabled": null, "tenantType": "AAD",
        "verifiedDomains": domains.collect::<Vec<_>>(),
    });
    let mut context = format!("{}/$metadata#organization", call.base);
    if let (Some(names), Some(properties)) = (call.option("$select"), whole.as_object_mut()) {
        properties
            .retain(|name, _: &mut Value| names.split(',').any(|wanted| wanted.trim() == name));
        context = format!("{context}({names})");
    }
    Ok(Answer::json(
        200,
        json!({"@odata.context": context, "value": [whole]}),
    ))
}
