//! Microsoft Graph v1.0 as far as the contract slice describes it: one call in, one answer out.
//!
//! Knows nothing of sockets.

mod batch;
mod contacts;
mod deleted;
mod delta;
mod group_body;
mod group_names;
mod groups;
mod invitations;
mod listing;
mod membership;
mod objects;
mod owners;
mod permissions;
mod references;
mod user_body;
mod users;
mod view;
mod wanted;

use tokio::time::Instant;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::fault::{Effect, add_unknown_fields};
use super::quota;
use super::refusal;
use super::text;
use super::wire::{Answer, Body, Call, GRAPH_JSON, Outcome};
use super::world::World;

/// Answers one call, alone or as an item of a batch, after the effect of a fault that it met.
pub(crate) fn respond(
    world: &mut World,
    mut call: Call,
    signed_in: impl Fn(&World) -> bool,
    effect: Option<Effect>,
) -> Answer {
    world.counters.faults += u64::from(effect.is_some());
    match &effect {
        Some(Effect::ExpireTokens) => world.tokens.clear(),
        Some(Effect::RevokePermission { permission }) => {
            world
                .settings
                .permissions
                .retain(|granted| granted != permission);
        }
        Some(Effect::ExpireDeltaTokens) => world.delta_epoch += 1,
        Some(Effect::ExpirePageTokens) => world.page_epoch += 1,
        _ => {}
    }
    let instead = effect.as_ref().and_then(instead_of_an_answer);
    let mut answer = match instead {
        Some(answer) => answer,
        None if !signed_in(world) => refusal::token_invalid(),
        None => {
            call.twist.clone_from(&effect);
            charged(world, &call)
        }
    };
    match effect {
        Some(Effect::GatewayTimeoutAfter) => {
            answer = refusal::error(504, "GatewayTimeout", "The gateway timed out.");
        }
        Some(Effect::ErrorAfter { status: 502 }) => answer = bad_gateway(),
        Some(Effect::ErrorAfter { status }) => {
            answer = refusal::error(status, "UnknownError", "Something went wrong.");
        }
        Some(Effect::NotJson) if answer.status == 200 => answer.body = portal().body,
        Some(Effect::UnknownFields) => {
            if let Body::Json(body) = &mut answer.body {
                add_unknown_fields(body);
            }
        }
        _ => {}
    }
    world.counters.throttled += u64::from(answer.status == 429);
    finish(&mut answer, &call);
    answer
}

/// What some effects answer without anything being done.
pub(crate) fn instead_of_an_answer(effect: &Effect) -> Option<Answer> {
    let with_wait = |answer: Answer, seconds: &Option<f64>| match seconds {
        Some(seconds) => answer.with("retry-after", seconds.to_string()),
        None => answer,
    };
    Some(match effect {
        Effect::Conflict => refusal::error(
            409,
            "Directory_ConcurrencyViolation",
            "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.",
        ),
        Effect::Throttle {
            retry_after_seconds,
        } => with_wait(
            refusal::throttled(None, "Tenant_Application/ReadWrite", "CPULimitExceeded"),
            retry_after_seconds,
        ),
        Effect::ServerError => refusal::error(
            500,
            "InternalServerError",
            "There was an internal server error while processing the request.",
        ),
        Effect::BadGateway => bad_gateway(),
        Effect::Portal => portal(),
        Effect::Unavailable {
            retry_after_seconds,
        } => with_wait(
            refusal::error(
                503,
                "ServiceUnavailable",
                "The service is temporarily unavailable. Please try again later.",
            ),
            retry_after_seconds,
        ),
        Effect::Error {
            status,
            code,
            message,
        } => refusal::error(*status, code, message),
        _ => return None,
    })
}

fn bad_gateway() -> Answer {
    let mut answer = Answer::empty(502);
    answer.body = Body::Text(
        "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned(),
        "text/html",
    );
    answer
}

fn portal() -> Answer {
    let mut answer = Answer::empty(200);
    let page = "<html><body>Sign in to continue</body></html>";
    answer.body = Body::Text(page.to_owned(), "text/html");
    answer
}

/// Carries a call out if the quota allows, and charges it.
fn charged(world: &mut World, call: &Call) -> Answer {
    if call.path.trim_matches('/') == "$batch" {
        return batch::run(world, call).unwrap_or_else(|refusal| refusal);
    }
    let cost = quota::cost(call, &world.settings.quota);
    let mut share = 0.0;
    if world.settings.quota.enabled {
        let people = world.directory.people();
        match world
            .buckets
            .take(cost, &world.settings.quota, people, Instant::now())
        {
            Ok(used) => share = used,
            Err(wait) => {
                let kind = if call.method == "GET" {
                    "Read"
                } else {
                    "ReadWrite"
                };
                let scope = format!(
                    "Tenant_Application/{kind}/{}/{}",
                    world.settings.client_id, world.settings.tenant_id
                );
                let seconds = quota::retry_after(wait, &world.settings.quota);
                return refusal::throttled(Some(seconds), &scope, wait.information);
            }
        }
    }
    let mut answer = route(world, call).unwrap_or_else(|refusal| refusal);
    let mut units = cost.units;
    if matches!(answer.status, 400 | 403) {
        world.buckets.give_back(cost);
        units = 0;
    }
    if matches!(answer.status, 401 | 403) {
        world.buckets.give_back_writes(cost);
    } else {
        world.counters.writes += cost.writes;
    }
    world.counters.resource_units += units;
    answer = answer.with("x-ms-resource-unit", units.to_string());
    if share > 0.8 {
        answer = answer.with("x-ms-throttle-limit-percentage", format!("{share:.2}"));
    }
    answer
}

/// Finds who answers.
fn route(world: &mut World, call: &Call) -> Outcome {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["users"]) => users::list(world, call),
        ("GET", ["users", "$count"]) => users::count(world, call),
        ("GET", ["users", "delta" | "delta()"]) => delta::users(world, call),
        ("GET", ["users", key]) => users::one(world, call, key),
        ("PATCH", ["users", key]) => users::update(world, call, key),
        ("DELETE", ["users", key]) => users::delete(world, key),
        ("GET", ["groups"]) => groups::list(world, call),
        ("POST", ["groups"]) => groups::create(world, call),
        ("GET", ["groups", "delta"]) => delta::groups(world, call),
        ("GET", ["groups", key]) => groups::one(world, call, key),
        ("PATCH", ["groups", key]) => groups::update(world, call, key),
        ("DELETE", ["groups", key]) => groups::delete(world, key),
        ("GET", ["groups", id, "members"]) => membership::list(world, call, id, None),
        ("GET", ["groups", id, "members", "$count"]) => membership::count(world, call, id),
        ("POST", ["groups", id, "members", "$ref"]) => membership::add(world, call, id),
        ("DELETE", ["groups", id, "members", member, "$ref"]) => {
            membership::remove(world, id, member)
        }
        ("DELETE", ["groups", id, "members", member]) if *member != "$ref" => {
            world.counters.deletes_without_ref += 1;
            membership::delete_the_object(world, id, member)
        }
        ("GET", ["groups", id, "members", cast]) => membership::list(world, call, id, Some(cast)),
        ("GET", ["groups", id, "transitiveMembers"]) => {
            membership::list_transitive(world, call, id, None)
        }
        ("GET", ["groups", id, "transitiveMembers", cast]) => {
            membership::list_transitive(world, call, id, Some(cast))
        }
        ("GET", ["groups", id, "owners"]) => owners::list(world, call, id),
        ("POST", ["groups", id, "owners", "$ref"]) => owners::add(world, call, id),
        ("DELETE", ["groups", id, "owners", owner, "$ref"]) => owners::remove(world, id, owner),
        ("POST", ["invitations"]) => invitations::invite(world, call),
        ("POST", ["directoryObjects", "getByIds"]) => objects::get_by_ids(world, call),
        ("POST", ["directoryObjects", "validateProperties"]) => {
            objects::validate_properties(world, call)
        }
        ("POST", ["directoryObjects", id, "checkMemberObjects"]) => {
            objects::check_member_objects(world, call, id)
        }
        ("GET", ["directory", "deletedItems", cast]) => deleted::list(world, call, cast),
        ("POST", ["directory", "deletedItems", id, "restore"]) => deleted::restore(world, call, id),
        ("GET", ["organization"]) => contacts::organization(world, call),
        ("GET", ["contacts"]) => contacts::list(world, call),
        ("GET", ["contacts", "delta"]) => delta::contacts(world, call),
        ("GET", ["contacts", id]) => contacts::one(world, call, id),
        (_, known) if is_known_path(known) => Err(refusal::method_not_allowed()),
        (_, segments) => {
            world.counters.unknown_paths += 1;
            Err(refusal::unknown_path(
                segments.last().copied().unwrap_or_default(),
            ))
        }
    }
}

/// Whether the path is there and only the method is wrong.
fn is_known_path(segments: &[&str]) -> bool {
    matches!(
        segments,
        ["users" | "groups" | "contacts" | "organization" | "invitations" | "$batch"]
            | ["users" | "groups" | "contacts", _]
            | ["groups", _, "members" | "transitiveMembers" | "owners"]
            | ["groups", _, "members" | "owners", "$ref"]
            | ["groups", _, "members" | "owners", _, "$ref"]
    )
}

/// Gives an answer what every answer of Graph carries.
fn finish(answer: &mut Answer, call: &Call) {
    let now = Timestamp::now();
    let request_id = Uuid::new_v4().to_string();
    let client_request_id = call
        .header("client-request-id")
        .unwrap_or(&request_id)
        .to_owned();
    let content_type = match &mut answer.body {
        Body::Empty => None,
        Body::Json(body) => {
            refusal::fill(body, &request_id, &client_request_id, now);
            Some(GRAPH_JSON)
        }
        Body::Text(_, kind) => Some(*kind),
    };
    let mut set = |name: &str, value: String| {
        answer.headers.insert(name.to_owned(), value);
    };
    if let Some(content_type) = content_type {
        set("content-type", content_type.to_owned());
        set("odata-version", "4.0".to_owned());
    }
    let place = json!({"ServerInfo": {"DataCenter": "Sandbox", "Slice": "E", "Ring": "1", "RoleInstance": "SANDBOX"}});
    set("x-ms-ags-diagnostic", place.to_string());
    set("client-request-id", client_request_id);
    set("request-id", request_id);
    set("date", text::http_date(now));
    answer
        .headers
        .entry("x-ms-resource-unit".to_owned())
        .or_insert_with(|| "0".to_owned());
}
