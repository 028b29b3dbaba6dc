//! One item of a delta page: the object's properties, its changed members, or that it is gone.
//!
//! Knows nothing of pages.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::token::Token;
use super::{Feed, ids_of};
use crate::sandbox::directory::{Kind, Object, Slot, What, property};
use crate::sandbox::graph::permissions::{READ_HIDDEN, Sight, sight};
use crate::sandbox::scenario::Group;
use crate::sandbox::wire::{Answer, put};
use crate::sandbox::world::World;

/// What a reader of a feed wants to know.
pub(super) struct Wanted {
    kind: Kind,
    names: Vec<String>,
    members: bool,
    manager: bool,
    minimal: bool,
    ids: Option<HashSet<String>>,
}

/// What happened to one object within a page.
#[derive(Default)]
pub(super) struct Change {
    is_new: bool,
    names: BTreeSet<&'static str>,
    members: HashMap<Slot, bool>,
    order: Vec<Slot>,
    /// Whether the change noted last concerned a member not met before.
    pub(super) last_was_member: bool,
}

impl Change {
    /// Adds one event.
    pub(super) fn note(&mut self, what: &What, _object: &Object) {
        self.last_was_member = false;
        match what {
            What::Created => self.is_new = true,
            What::Changed(names) => self.names.extend(names),
            What::MemberAdded(member) | What::MemberRemoved(member) => {
                let added = matches!(what, What::MemberAdded(_));
                if self.members.insert(*member, added).is_none() {
                    self.order.push(*member);
                    self.last_was_member = true;
                }
            }
            What::Deleted | What::OwnersChanged => {}
        }
    }
}

impl Wanted {
    /// What the token says.
    pub(super) fn of(token: &Token, feed: &Feed) -> Result<Self, Answer> {
        let selected = |name: &str| match &token.select {
            Some(names) => names.split(',').any(|one| one == name),
            None => true,
        };
        let names = match &token.select {
            Some(names) => names
                .split(',')
                .filter(|name| !feed.relations.contains(name))
                .map(str::to_owned)
                .collect(),
            None => feed.kind.defaults().map(str::to_owned).collect(),
        };
        Ok(Self {
            kind: feed.kind,
            names,
            members: feed.kind == Kind::Group && selected("members"),
            manager: feed.kind == Kind::User && token.select.is_some() && selected("manager"),
            minimal: token.minimal,
            ids: token.filter.as_deref().map(ids_of).transpose()?,
        })
    }

    /// Whether the filter lets this object through.
    pub(super) fn takes(&self, id: &str) -> bool {
        self.ids
            .as_ref()
            .is_none_or(|ids| ids.contains(&id.to_ascii_lowercase()))
    }

    /// Whether a change of this sort is tracked: only what was selected is.
    pub(super) fn tracks(&self, what: &What) -> bool {
        match what {
            What::Created | What::Deleted => true,
            What::Changed(names) if names.is_empty() => self.manager,
            What::Changed(names) => names
                .iter()
                .any(|name| self.names.iter().any(|wanted| wanted == name)),
            What::MemberAdded(_) | What::MemberRemoved(_) => self.members,
            What::OwnersChanged => false,
        }
    }

    /// Whether members of this group are told at all.
    pub(super) fn shows_members(&self, world: &World, group: &Group) -> bool {
        let hidden =
            group.visibility.as_deref() == Some("HiddenMembership") && !world.may(READ_HIDDEN);
        self.members && !hidden
    }

    /// An object as the first reading gives it: properties that were never set are left out.
    pub(super) fn whole(&self, world: &World, object: &Object) -> Value {
        let mut item = Map::from_iter([("id".to_owned(), json!(object.id))]);
        if sight(world, self.kind) != Sight::Limited {
            for name in &self.names {
                if let Some(value) = property(object, name).filter(is_set) {
                    item.insert(name.clone(), value);
                }
            }
        }
        Value::Object(item)
    }

    /// An object after its changes; nothing when none of them concerns the reader.
    pub(super) fn changed(&self, world: &World, object: &Object, change: &Change) -> Option<Value> {
        if let Some(gone) = object.deleted {
            let reason = if gone.for_good { "deleted" } else { "changed" };
            return Some(json!({"id": object.id, "@removed": {"reason": reason}}));
        }
        let mut item = if self.minimal && !change.is_new {
            json!({"id": object.id})
        } else {
            self.whole(world, object)
        };
        for name in change
            .names
            .iter()
            .filter(|name| self.names.iter().any(|wanted| wanted == *name))
        {
            if let Some(value) = property(object, name) {
                put(&mut item, name, value);
            }
        }
        if let Some(state) = object
            .as_group()
            .filter(|state| self.shows_members(world, &state.group))
        {
            let members: Vec<Value> = if change.is_new {
                state
                    .members
                    .all_from(0)
                    .filter_map(|(_, slot)| member(world, slot, true))
                    .collect()
            } else {
                change
                    .order
                    .iter()
                    .filter_map(|slot| member(world, *slot, *change.members.get(slot)?))
                    .collect()
            };
            if !members.is_empty() {
                put(&mut item, "members@delta", Value::Array(members));
            }
        }
        Some(item)
    }
}

/// An entry of `members@delta`; deleted objects are never told here, their own feed does that.
pub(super) fn member(world: &World, slot: Slot, added: bool) -> Option<Value> {
    let object = world.directory.get(slot)?;
    if added && object.deleted.is_some() {
        return None;
    }
    let mut entry = json!({"@odata.type": format!("#microsoft.graph.{}", object.kind().name()), "id": object.id});
    if !added {
        put(&mut entry, "@removed", json!({"reason": "deleted"}));
    }
    Some(entry)
}

fn is_set(value: &Value) -> bool {
    !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
}
