//! Lists of objects: pages, filters, counts and the links between pages.
//!
//! Knows nothing of where the objects come from.

use tokio::time::Instant;

use serde_json::{Value, json};

use super::view::View;
use super::wanted::Wanted;
use crate::sandbox::directory::{Kind, Object, Slot};
use crate::sandbox::fault::Effect;
use crate::sandbox::refusal;
use crate::sandbox::text;
use crate::sandbox::wire::{Answer, Call, Outcome, put};
use crate::sandbox::world::World;

/// Objects in a page when `$top` says nothing, and the most it may say.
const DEFAULT_TOP: usize = 100;
const LARGEST_TOP: usize = 999;

/// What is listed.
pub(super) struct Listing<'a> {
    /// The kind that filters speak of.
    pub(super) kind: Kind,
    /// The kinds that can be in it.
    pub(super) kinds: &'a [Kind],
    /// Whether every object says its type.
    pub(super) typed: bool,
    /// The name after `$metadata#`.
    pub(super) set: &'a str,
    /// Whether any filter counts as advanced.
    pub(super) filters_are_advanced: bool,
    /// Query options it takes.
    pub(super) options: &'a [&'a str],
}

/// Objects from a place on, each with its place.
pub(super) type Places<'w> = Box<dyn Iterator<Item = (u64, Slot)> + 'w>;

pub(super) const LIST_OPTIONS: &[&str] = &[
    "$select",
    "$top",
    "$filter",
    "$search",
    "$orderby",
    "$count",
    "$skiptoken",
    "$expand",
];

/// Answers with one page of every object of the listing's kind that replication shows by now.
pub(super) fn everything(world: &World, call: &Call, listing: &Listing<'_>) -> Outcome {
    let now = Instant::now();
    let is_visible = |object: &Object| object.is_visible(now);
    page(
        world,
        call,
        listing,
        &all_of(world, listing.kind),
        &is_visible,
    )
}

/// Answers with one page.
pub(super) fn page<'w>(
    world: &'w World,
    call: &Call,
    listing: &Listing<'_>,
    source: &dyn Fn(u64) -> Places<'w>,
    exists: &dyn Fn(&Object) -> bool,
) -> Outcome {
    refuse_unknown_options(call, listing.options)?;
    let view = View::of(call, listing.kinds, listing.typed)?;
    let limit = page_size(world, call)?;
    let start = start_of(world, call)?;
    let wanted = Wanted::of(call, listing)?;
    let directory = &world.directory;
    let keeps = |slot: Slot| {
        directory
            .get(slot)
            .is_some_and(|object| exists(object) && wanted.takes(object))
    };
    let from = |place: u64| -> Places<'w> { wanted.narrow(world, listing, source, place) };
    let mut values: Vec<Value> = Vec::new();
    let mut next = None;
    for (place, slot) in from(start) {
        if !keeps(slot) {
            continue;
        }
        if values.len() == limit {
            next = Some(place);
            break;
        }
        values.extend(directory.get(slot).map(|object| view.write(world, object)));
    }
    let mut body = json!({"@odata.context": view.context(call, listing.set)});
    let counts = call.is_advanced() && call.option("$skiptoken").is_none();
    if counts {
        put(
            &mut body,
            "@odata.count",
            json!(from(0).filter(|(_, slot)| keeps(*slot)).count()),
        );
    }
    let next = next.map(|place| call.link_to(&token(world, place)));
    let again = call.link_to(&token(world, start));
    twist(call, &mut body, values, next, again);
    Ok(Answer::json(200, body))
}

/// Answers `/$count`.
pub(super) fn count<'w>(
    world: &'w World,
    call: &Call,
    listing: &Listing<'_>,
    source: &dyn Fn(u64) -> Places<'w>,
    exists: &dyn Fn(&Object) -> bool,
) -> Outcome {
    if !call.is_eventual() {
        return Err(refusal::bad_request("$count is not currently supported."));
    }
    refuse_unknown_options(call, &["$filter", "$search"])?;
    let wanted = Wanted::of(call, listing)?;
    let directory = &world.directory;
    let keeps = |slot: Slot| {
        directory
            .get(slot)
            .is_some_and(|object| exists(object) && wanted.takes(object))
    };
    let slots = wanted.narrow(world, listing, source, 0);
    let count = match call.twist {
        Some(Effect::EmptyListing) => 0,
        _ => slots.filter(|(_, slot)| keeps(*slot)).count(),
    };
    Ok(Answer::number(count))
}

/// Writes values and links as the fault wants them, if there is one. `again` leads to this very page.
pub(super) fn twist(
    call: &Call,
    body: &mut Value,
    mut values: Vec<Value>,
    next: Option<String>,
    again: String,
) {
    let link = match &call.twist {
        Some(Effect::EmptyPage) => {
            values.clear();
            Some(again)
        }
        Some(Effect::HiddenMembership | Effect::EmptyListing) => {
            values.clear();
            None
        }
        Some(Effect::TruncatedListing { .. }) => None,
        Some(Effect::RepeatedObjects) => {
            values.extend(values.first().cloned());
            values.reverse();
            next
        }
        Some(Effect::CyclingNextLink) => Some(call.own_link()),
        Some(Effect::ForeignNextLink { origin }) => {
            let link = next.unwrap_or(again);
            let path = link
                .find("/v1.0")
                .and_then(|at| link.get(at..))
                .unwrap_or_default();
            Some(format!("{origin}{path}"))
        }
        _ => next,
    };
    put(body, "value", Value::Array(values));
    if let Some(link) = link {
        put(body, "@odata.nextLink", json!(link));
    }
}

/// How many objects a page may have: `$top`, the server's own limit, and a fault.
fn page_size(world: &World, call: &Call) -> Result<usize, Answer> {
    let top = match call.option("$top") {
        None => DEFAULT_TOP,
        Some(text) => text
            .parse()
            .ok()
            .filter(|top| (1..=LARGEST_TOP).contains(top))
            .ok_or_else(|| {
                let message = format!(
                    "Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."
                );
                refusal::bad_request(&message)
            })?,
    };
    let limit = world
        .settings
        .page_size_limit
        .map_or(top, |limit| limit.min(top));
    Ok(match call.twist {
        Some(Effect::ShortPage { size } | Effect::TruncatedListing { size }) => size.min(limit),
        _ => limit,
    })
}

/// Refuses query options that this list does not take; names without `$` mean nothing to Graph and pass.
pub(super) fn refuse_unknown_options(call: &Call, known: &[&str]) -> Result<(), Answer> {
    for (name, _) in &call.query {
        if name.starts_with('$') && !known.contains(&name.as_str()) {
            return Err(refusal::bad_request(&format!(
                "'{name}' is not supported by the service."
            )));
        }
    }
    Ok(())
}

/// An opaque token for a place in a list.
fn token(world: &World, place: u64) -> String {
    text::sealed(&json!([
        "p",
        world.page_epoch,
        jiff::Timestamp::now().as_second(),
        place
    ]))
}

/// The place a `$skiptoken` stands for.
fn start_of(world: &World, call: &Call) -> Result<u64, Answer> {
    let Some(token) = call.option("$skiptoken") else {
        return Ok(0);
    };
    let fields = text::unsealed(token).filter(|fields| fields.get(0) == Some(&json!("p")));
    let fields = fields.ok_or_else(|| refusal::bad_request("Badly formed token."))?;
    let number = |index: usize| {
        fields
            .get(index)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    let age = u64::try_from(jiff::Timestamp::now().as_second())
        .unwrap_or_default()
        .saturating_sub(number(2));
    if number(1) != world.page_epoch || age > world.settings.page_token_lifetime_seconds {
        return Err(refusal::error(
            400,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        ));
    }
    Ok(number(3))
}

/// All slots of a kind from a place on.
pub(super) fn all_of<'w>(world: &'w World, kind: Kind) -> impl Fn(u64) -> Places<'w> {
    move |from| {
        let slots = world.directory.of_kind(kind);
        let rest = slots
            .get(usize::try_from(from).unwrap_or(usize::MAX)..)
            .unwrap_or_default();
        Box::new((from..).zip(rest.iter().copied()))
    }
}
