//! The tenant while it runs: objects, who is in which group, and what changed in which order.
//!
//! Knows nothing of HTTP, permissions or quotas.

mod apply;
mod events;
mod members;
mod properties;

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use jiff::Timestamp;

pub(crate) use events::{Event, What};
pub(crate) use members::Members;
pub(crate) use properties::{Kind, is_known, limited, property};

use super::scenario::{Contact, Device, Group, ServicePrincipal, User};

/// Where an object stands in the directory; stays the same for as long as the sandbox runs.
pub(crate) type Slot = usize;

/// The tenant's objects with their indexes.
#[derive(Default)]
pub(crate) struct Directory {
    objects: Vec<Object>,
    by_id: HashMap<String, Slot>,
    /// Users by every address they carry and by name, in lower case, prefixes included.
    by_text: HashMap<String, Vec<Slot>>,
    /// Slots of each kind in order of arrival; deleted objects stay in it.
    kinds: HashMap<Kind, Vec<Slot>>,
    /// All changes since the start.
    pub(crate) events: Vec<Event>,
    /// Goes up with every change, so that something worked out from the whole can be kept until then.
    pub(crate) version: u64,
    /// Transitive members of groups, valid for one version.
    pub(crate) transitive: HashMap<Slot, (u64, std::sync::Arc<Vec<Slot>>)>,
}

/// One object.
pub(crate) struct Object {
    /// Its id.
    pub(crate) id: String,
    /// What it is.
    pub(crate) body: Thing,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Before this it answers 404, as if it had not replicated yet.
    pub(crate) visible_from: Option<Instant>,
    /// When it was deleted, and whether for good.
    pub(crate) deleted: Option<Deleted>,
}

/// When and how something was deleted.
#[derive(Clone, Copy)]
pub(crate) struct Deleted {
    /// When.
    pub(crate) at: Timestamp,
    /// Whether it cannot be restored.
    pub(crate) for_good: bool,
}

/// What an object is.
pub(crate) enum Thing {
    /// A person.
    User(Box<User>),
    /// A group; its members and owners are kept aside.
    Group(Box<GroupState>),
    /// An organisational contact.
    Contact(Box<Contact>),
    /// A device.
    Device(Device),
    /// A service principal.
    ServicePrincipal(ServicePrincipal),
}

/// A group while it runs.
pub(crate) struct GroupState {
    /// Its properties; `members` and `owners` are empty here.
    pub(crate) group: Group,
    /// Direct members.
    pub(crate) members: Members,
    /// Owners.
    pub(crate) owners: Members,
}

impl Object {
    /// Its kind.
    pub(crate) fn kind(&self) -> Kind {
        match self.body {
            Thing::User(_) => Kind::User,
            Thing::Group(_) => Kind::Group,
            Thing::Contact(_) => Kind::Contact,
            Thing::Device(_) => Kind::Device,
            Thing::ServicePrincipal(_) => Kind::ServicePrincipal,
        }
    }

    /// The person, if it is one.
    pub(crate) fn as_user(&self) -> Option<&User> {
        if let Thing::User(user) = &self.body {
            Some(user)
        } else {
            None
        }
    }

    /// The group, if it is one.
    pub(crate) fn as_group(&self) -> Option<&GroupState> {
        if let Thing::Group(state) = &self.body {
            Some(state)
        } else {
            None
        }
    }

    /// Whether a reader sees it now.
    pub(crate) fn is_visible(&self, now: Instant) -> bool {
        self.deleted.is_none() && self.visible_from.is_none_or(|from| from <= now)
    }
}

impl Directory {
    /// The object in a slot.
    pub(crate) fn get(&self, slot: Slot) -> Option<&Object> {
        self.objects.get(slot)
    }

    /// The object in a slot, to be changed.
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Object> {
        self.version += 1;
        self.objects.get_mut(slot)
    }

    /// The group in a slot.
    pub(crate) fn group(&self, slot: Slot) -> Option<&GroupState> {
        self.get(slot).and_then(Object::as_group)
    }

    /// The group in a slot, to be changed.
    pub(crate) fn group_mut(&mut self, slot: Slot) -> Option<&mut GroupState> {
        match self.get_mut(slot).map(|object| &mut object.body) {
            Some(Thing::Group(state)) => Some(state),
            _ => None,
        }
    }

    /// The slot with this id, deleted or fresh objects included.
    pub(crate) fn slot_of(&self, id: &str) -> Option<Slot> {
        self.by_id.get(&id.to_ascii_lowercase()).copied()
    }

    /// The slot with this id if a reader sees it now.
    pub(crate) fn find(&self, id: &str) -> Option<Slot> {
        let now = Instant::now();
        self.slot_of(id)
            .filter(|slot| self.get(*slot).is_some_and(|object| object.is_visible(now)))
    }

    /// As [`Directory::find`], for one kind only.
    pub(crate) fn find_kind(&self, id: &str, kind: Kind) -> Option<Slot> {
        self.find(id)
            .filter(|slot| self.get(*slot).is_some_and(|object| object.kind() == kind))
    }

    /// The person with this id or sign-in name.
    pub(crate) fn find_user(&self, key: &str) -> Option<Slot> {
        self.find_kind(key, Kind::User).or_else(|| {
            let now = Instant::now();
            self.with_text(key).iter().copied().find(|slot| {
                self.get(*slot).is_some_and(|object| {
                    let named = object
                        .as_user()
                        .is_some_and(|user| user.user_principal_name.eq_ignore_ascii_case(key));
                    named && object.is_visible(now)
                })
            })
        })
    }

    /// People who carry this text as a name or an address.
    pub(crate) fn with_text(&self, text: &str) -> &[Slot] {
        self.by_text
            .get(&text.to_ascii_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// All slots of a kind, deleted ones included.
    pub(crate) fn of_kind(&self, kind: Kind) -> &[Slot] {
        self.kinds.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Whether a reader sees the object in this slot now.
    pub(crate) fn is_visible(&self, slot: Slot, now: Instant) -> bool {
        self.get(slot).is_some_and(|object| object.is_visible(now))
    }

    /// Puts a new object in, visible after `lag`, and tells delta.
    pub(crate) fn insert(&mut self, id: String, body: Thing, lag: Duration) -> Slot {
        let visible_from = (!lag.is_zero()).then(|| Instant::now() + lag);
        let slot = self.objects.len();
        self.by_id.insert(id.to_ascii_lowercase(), slot);
        let object = Object {
            id,
            body,
            created: Timestamp::now(),
            visible_from,
            deleted: None,
        };
        self.kinds.entry(object.kind()).or_default().push(slot);
        self.objects.push(object);
        self.index_texts(slot);
        self.record(slot, What::Created);
        slot
    }

    /// Deletes an object; edges to it stay, hidden, so that a restore brings them back.
    pub(crate) fn delete(&mut self, slot: Slot, for_good: bool) {
        if let Some(object) = self.get_mut(slot) {
            object.deleted = Some(Deleted {
                at: Timestamp::now(),
                for_good,
            });
            self.record(slot, What::Deleted);
        }
    }

    /// Brings a deleted object back with all its edges.
    pub(crate) fn restore(&mut self, slot: Slot) {
        if let Some(object) = self.get_mut(slot) {
            object.deleted = None;
            self.record(slot, What::Created);
        }
    }

    /// Adds a direct member; the edge shows after `lag`.
    pub(crate) fn add_member(&mut self, group: Slot, member: Slot, lag: Duration) {
        if let Some(state) = self.group_mut(group) {
            state.members.add(member, lag);
            self.record(group, What::MemberAdded(member));
        }
    }

    /// Removes a direct member; the edge goes after `lag`.
    pub(crate) fn remove_member(&mut self, group: Slot, member: Slot, lag: Duration) {
        if let Some(state) = self.group_mut(group) {
            state.members.remove(member, lag);
            self.record(group, What::MemberRemoved(member));
        }
    }

    /// Every reader sees everything that is so.
    pub(crate) fn catch_up(&mut self) {
        self.version += 1;
        for object in &mut self.objects {
            object.visible_from = None;
            if let Thing::Group(state) = &mut object.body {
                state.members.catch_up();
                state.owners.catch_up();
            }
        }
    }

    /// Whether this group takes that object as a member at the moment, visible or not.
    pub(crate) fn has_member(&self, group: Slot, member: Slot) -> bool {
        self.group(group)
            .is_some_and(|state| state.members.contains(member))
    }

    /// Notes a change for delta.
    pub(crate) fn record(&mut self, slot: Slot, what: What) {
        self.version += 1;
        self.events.push(Event {
            at: Instant::now(),
            slot,
            what,
        });
    }

    /// Files a person under every address and name.
    fn index_texts(&mut self, slot: Slot) {
        let Some(user) = self.objects.get(slot).and_then(Object::as_user) else {
            return;
        };
        let texts: std::collections::BTreeSet<String> = std::iter::once(&user.user_principal_name)
            .chain(&user.mail)
            .chain(&user.proxy_addresses)
            .chain(&user.other_mails)
            .map(|text| text.to_ascii_lowercase())
            .collect();
        for text in texts {
            let slots = self.by_text.entry(text).or_default();
            if !slots.contains(&slot) {
                slots.push(slot);
            }
        }
    }
}
