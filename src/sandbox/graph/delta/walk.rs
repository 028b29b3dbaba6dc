//! One page of a feed: how much goes on it, and where the next begins.
//!
//! Knows nothing of tokens and links.

use std::collections::HashMap;

use serde_json::Value;

use super::Feed;
use super::item::{self, Change, Wanted};
use super::token::Phase;
use crate::sandbox::directory::Slot;
use crate::sandbox::fault::Effect;
use crate::sandbox::wire::{Call, put};
use crate::sandbox::world::World;

/// Objects in a page; the service decides, `$top` is not taken.
const PAGE: usize = 200;
/// Member entries in a page, for every object it may have.
const MEMBERS_PER_OBJECT: usize = 5;
/// How many objects and how many member entries a page may have.
fn sizes(world: &World, call: &Call) -> (usize, usize) {
    let limit = world
        .settings
        .page_size_limit
        .map_or(PAGE, |limit| limit.min(PAGE));
    let limit = match call.twist {
        Some(Effect::ShortPage { size } | Effect::TruncatedListing { size }) => {
            size.clamp(1, limit)
        }
        _ => limit,
    };
    (limit, limit * MEMBERS_PER_OBJECT)
}

/// Items, and where to go on if there are more.
pub(super) type Page = (Vec<Value>, Option<Phase>);

/// Everything there is, from a place on: `(place of the object, place of its member, changes to start from)`.
pub(super) fn whole(
    world: &World,
    call: &Call,
    feed: &Feed,
    wanted: &Wanted,
    at: (usize, u64, usize),
) -> Page {
    let (first, mut member_place, upto) = at;
    let (most_objects, most_members) = sizes(world, call);
    let (mut values, mut entries) = (Vec::new(), 0);
    for (place, slot) in world
        .directory
        .of_kind(feed.kind)
        .iter()
        .enumerate()
        .skip(first)
    {
        let Some(object) = world
            .directory
            .get(*slot)
            .filter(|object| object.deleted.is_none())
        else {
            continue;
        };
        if !wanted.takes(&object.id) {
            continue;
        }
        if values.len() == most_objects || entries >= most_members {
            return (
                values,
                Some(Phase::All {
                    slot: place,
                    member: 0,
                    upto,
                }),
            );
        }
        let mut item = wanted.whole(world, object);
        if let Some(state) = object
            .as_group()
            .filter(|state| wanted.shows_members(world, &state.group))
        {
            let mut members = Vec::new();
            for (at, member) in state.members.all_from(member_place) {
                if members.len() + entries == most_members {
                    put(&mut item, "members@delta", Value::Array(members));
                    values.push(item);
                    return (
                        values,
                        Some(Phase::All {
                            slot: place,
                            member: at,
                            upto,
                        }),
                    );
                }
                members.extend(item::member(world, member, true));
            }
            entries += members.len();
            if !members.is_empty() {
                put(&mut item, "members@delta", Value::Array(members));
            }
        }
        member_place = 0;
        values.push(item);
    }
    (values, None)
}

/// What changed between two points of time; changes of one object within a page become one item.
pub(super) fn changes(
    world: &World,
    call: &Call,
    feed: &Feed,
    wanted: &Wanted,
    from: usize,
    upto: usize,
) -> Page {
    let (most_objects, most_members) = sizes(world, call);
    let mut order: Vec<Slot> = Vec::new();
    let mut found: HashMap<Slot, Change> = HashMap::new();
    let mut entries = 0;
    let mut next = None;
    for (index, event) in world
        .directory
        .events
        .iter()
        .enumerate()
        .take(upto)
        .skip(from)
    {
        let object = world
            .directory
            .get(event.slot)
            .filter(|object| object.kind() == feed.kind);
        let Some(object) =
            object.filter(|object| wanted.takes(&object.id) && wanted.tracks(&event.what))
        else {
            continue;
        };
        let is_new = !found.contains_key(&event.slot);
        if (is_new && order.len() == most_objects) || entries == most_members {
            next = Some(Phase::Since {
                from: index,
                upto: Some(upto),
            });
            break;
        }
        if is_new {
            order.push(event.slot);
        }
        let change = found.entry(event.slot).or_default();
        change.note(&event.what, object);
        entries += usize::from(change.last_was_member);
    }
    let values = order
        .iter()
        .filter_map(|slot| wanted.changed(world, world.directory.get(*slot)?, found.get(slot)?));
    (values.collect(), next)
}
