//! `$batch`: up to twenty calls in one request, each charged, throttled and authorised by itself.
//!
//! <https://learn.microsoft.com/en-us/graph/json-batching>. Knows nothing of what its items do.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::references::object_body;
use super::respond;
use crate::sandbox::fault;
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, Outcome, put};
use crate::sandbox::world::World;

/// Items that one batch may have.
const MOST_ITEMS: usize = 20;
const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

struct Item {
    id: String,
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    depends_on: Vec<String>,
}

/// `POST /$batch`.
pub(super) fn run(world: &mut World, call: &Call) -> Outcome {
    if call.method != "POST" {
        return Err(refusal::method_not_allowed());
    }
    world.counters.batch_requests += 1;
    let items = read(object_body(call)?)?;
    let mut answered: HashMap<String, u16> = HashMap::new();
    let mut responses = Vec::with_capacity(items.len());
    let mut waiting = items;
    while !waiting.is_empty() {
        let (ready, later): (Vec<Item>, Vec<Item>) = waiting.into_iter().partition(|item| {
            item.depends_on
                .iter()
                .all(|id| answered.contains_key(&id.to_ascii_lowercase()))
        });
        if ready.is_empty() {
            return Err(bad_payload("Invalid batch payload format."));
        }
        for item in ready {
            world.counters.batch_items += 1;
            let failed = item.depends_on.iter().any(|id| {
                answered
                    .get(&id.to_ascii_lowercase())
                    .is_some_and(|status| *status >= 400)
            });
            let answer = if failed {
                Answer::json(
                    424,
                    json!({"error": {"code": "FailedDependency", "message": ""}}),
                )
            } else {
                answer_item(world, call, &item)
            };
            answered.insert(item.id.to_ascii_lowercase(), answer.status);
            responses.push(written(item.id, &answer));
        }
        waiting = later;
    }
    shuffle(&mut responses, world.counters.batch_requests);
    Ok(Answer::json(200, json!({"responses": responses})))
}

fn answer_item(world: &mut World, outer: &Call, item: &Item) -> Answer {
    let mut call = Call::new(&item.method, &item.url, item.headers.clone(), &outer.base);
    call.body = Ok(item.body.clone());
    call.in_batch = true;
    let effect = fault::strike(&mut world.faults, &call.method, &call.decoded_url(), true);
    if call.path.trim_matches('/') == "$batch" || !item.url.starts_with('/') {
        return bad_payload("Invalid batch request url.");
    }
    // The outer request was signed in; tokens that a fault just took away are missed by the next request.
    respond(world, call, |_| true, effect)
}

fn written(id: String, answer: &Answer) -> Value {
    let mut response = json!({"id": id, "status": answer.status, "headers": shown_headers(answer)});
    if let Some(body) = answer.batch_body() {
        put(&mut response, "body", body);
    }
    response
}

/// Names as Graph writes them inside a batch.
fn shown_headers(answer: &Answer) -> Value {
    let shown = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-ms-ags-diagnostic"].contains(&name.as_str()));
    let renamed = shown.map(|(name, value)| {
        let name = match name.as_str() {
            "content-type" => "Content-Type",
            "retry-after" => "Retry-After",
            "location" => "Location",
            "odata-version" => "OData-Version",
            other => other,
        };
        (name.to_owned(), json!(value))
    });
    Value::Object(renamed.collect())
}

fn read(body: &Value) -> Result<Vec<Item>, Answer> {
    let requests = body
        .get("requests")
        .and_then(Value::as_array)
        .filter(|requests| !requests.is_empty());
    let requests = requests.ok_or_else(|| bad_payload("Invalid batch payload format."))?;
    if requests.len() > MOST_ITEMS {
        return Err(bad_payload(
            "Number of batch request steps exceeds the maximum value of 20.",
        ));
    }
    let mut ids = HashSet::new();
    let mut items = Vec::with_capacity(requests.len());
    for request in requests {
        let item = item(request).ok_or_else(|| bad_payload("Invalid batch payload format."))?;
        if !ids.insert(item.id.to_ascii_lowercase()) {
            return Err(bad_payload(&format!(
                "Request Id {} has to be unique in a batch.",
                item.id
            )));
        }
        if item.body.is_some() && !item.headers.contains_key("content-type") {
            let message = format!(
                "Write request id : {} does not contain Content-Type header or body.",
                item.id
            );
            return Err(bad_payload(&message));
        }
        items.push(item);
    }
    let all_known = items
        .iter()
        .flat_map(|item| &item.depends_on)
        .all(|id| ids.contains(&id.to_ascii_lowercase()));
    if all_known {
        Ok(items)
    } else {
        Err(bad_payload("Invalid batch payload format."))
    }
}

fn item(request: &Value) -> Option<Item> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).map(str::to_owned);
    let headers = request
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let depends_on = request
        .get("dependsOn")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let method = text("method")?.to_ascii_uppercase();
    Some(Item {
        id: text("id").filter(|id| !id.is_empty())?,
        method: METHODS.contains(&method.as_str()).then_some(method)?,
        url: text("url")?,
        headers: headers
            .map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())))
            .collect::<Option<_>>()?,
        body: request.get("body").cloned(),
        depends_on: depends_on
            .map(|id| id.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
    })
}

fn bad_payload(message: &str) -> Answer {
    refusal::error(400, "BadRequest", message)
}

/// Answers come in any order: a shuffle that is the same for the same sequence of requests.
fn shuffle(responses: &mut [Value], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for last in (1..responses.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap_or(0) % (last + 1);
        responses.swap(last, other);
    }
}
