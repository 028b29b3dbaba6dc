//! Listings, page by page, and what injected faults do to them.

use serde_json::{Map, Value, json};

use super::{
    answer::Refusal,
    state::{Envelope, Links, PoliteMail},
};
use crate::sandbox::{
    fault::Effect,
    platform::{PlatformAnswer, PlatformCall},
};

/// One page of a listing.
pub(super) struct Page;

impl Page {
    /// The page that is asked for of these things, which are sorted by the number before them and written only where
    /// they are on it. `options` may be asked beside the token of a page.
    pub(super) fn of<T>(
        server: &PoliteMail,
        call: &PlatformCall,
        set: &str,
        options: &[&str],
        things: Vec<(i32, T)>,
        object: impl Fn(T) -> Value,
    ) -> Result<PlatformAnswer, Refusal> {
        let unknown = call
            .query
            .iter()
            .find(|(name, _)| name != "$skiptoken" && !options.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            let message = format!("The query parameter '{name}' is not supported.");
            return Err(Refusal(400, message));
        }
        let (after, turn) = match call.option("$skiptoken") {
            None => (i32::MIN, 0),
            Some(token) => read_token(token)
                .ok_or_else(|| Refusal(400, "The page token is not valid.".to_owned()))?,
        };
        let things = match call.twist {
            Some(Effect::EmptyListing) => Vec::new(),
            _ => things,
        };
        let total = things.len();
        let rest: Vec<(i32, T)> = things.into_iter().filter(|(id, _)| *id > after).collect();
        let size = match &call.twist {
            Some(Effect::EmptyPage) => 0,
            Some(Effect::ShortPage { size } | Effect::TruncatedListing { size }) => *size,
            _ => server.page_size,
        };
        let has_more = rest.len() > size;
        let page: Vec<(i32, T)> = rest.into_iter().take(size).collect();
        let last = page.last().map_or(after, |(id, _)| *id);
        let next = match &call.twist {
            Some(Effect::TruncatedListing { .. }) => None,
            Some(Effect::CyclingNextLink) => Some(token(after, turn)),
            Some(Effect::EmptyPage) => Some(token(last, turn + 1)),
            Some(Effect::ForeignNextLink { .. }) => Some(token(last, turn)),
            _ => has_more.then(|| token(last, turn)),
        };
        let mut objects: Vec<Value> = page.into_iter().map(|(_, thing)| object(thing)).collect();
        match &call.twist {
            Some(Effect::RepeatedObjects) => {
                let first = objects.first().cloned();
                objects.reverse();
                objects.extend(first);
            }
            Some(Effect::HiddenMembership) => objects.clear(),
            Some(Effect::PartialObjects) => objects.iter_mut().for_each(keep_id),
            _ => {}
        }
        let mark = match server.envelope {
            Envelope::V3 => "odata.",
            Envelope::V4 => "@odata.",
        };
        let base = server.base_path.trim_matches('/');
        let mut body = Map::new();
        let metadata = match server.envelope {
            Envelope::V3 => "metadata",
            Envelope::V4 => "context",
        };
        let address = format!("{}/{base}/$metadata#{set}", call.origin);
        body.insert(format!("{mark}{metadata}"), address.into());
        if server.counts {
            let count = match server.envelope {
                Envelope::V3 => json!(total.to_string()),
                Envelope::V4 => json!(total),
            };
            body.insert(format!("{mark}count"), count);
        }
        if let Some(token) = next {
            let link = link(server, call, &token);
            body.insert(format!("{mark}nextLink"), link.into());
        }
        body.insert("value".to_owned(), objects.into());
        Ok(PlatformAnswer::json(200, Value::Object(body)))
    }
}

/// The number of the last object given, and how often an empty page came since.
fn token(after: i32, turn: u32) -> String {
    format!("{after}~{turn}")
}

fn read_token(text: &str) -> Option<(i32, u32)> {
    let (after, turn) = text.split_once('~')?;
    Some((after.parse().ok()?, turn.parse().ok()?))
}

fn link(server: &PoliteMail, call: &PlatformCall, token: &str) -> String {
    let others = call.query.iter().filter(|(name, _)| name != "$skiptoken");
    let mut query: Vec<String> = others
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    query.push(format!("$skiptoken={token}"));
    let query = query.join("&");
    let path = call.path.trim_end_matches('/');
    if let Some(Effect::ForeignNextLink { origin }) = &call.twist {
        return format!("{origin}{path}?{query}");
    }
    let base = server.base_path.trim_matches('/');
    match server.links {
        Links::Absolute => format!("{}{path}?{query}", call.origin),
        Links::FromRoot => format!("{path}?{query}"),
        Links::FromService => {
            let below = path.trim_start_matches('/').strip_prefix(base);
            format!("{}?{query}", below.unwrap_or(path).trim_start_matches('/'))
        }
        Links::FromListing => format!("{}?{query}", path.rsplit('/').next().unwrap_or(path)),
    }
}

fn keep_id(object: &mut Value) {
    if let Value::Object(map) = object {
        map.retain(|name, _| name == "ID");
    }
}
