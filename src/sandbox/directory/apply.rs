//! Scenario into directory and back: the start, a change made by somebody else, and the read-back.
//!
//! Knows nothing of HTTP.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::{Directory, GroupState, Kind, Members, Object, Slot, Thing, What, property};
use crate::sandbox::scenario::{Group, Scenario};

impl Directory {
    /// Makes the directory hold what the scenario lists; every difference is a change that delta will report.
    ///
    /// What is not listed any more is deleted softly, so it can be restored.
    pub(crate) fn apply(&mut self, scenario: &Scenario) {
        let mut listed = HashSet::new();
        for user in &scenario.users {
            listed.insert(self.put(&user.id, Thing::User(Box::new(user.clone()))));
        }
        for contact in &scenario.contacts {
            listed.insert(self.put(&contact.id, Thing::Contact(Box::new(contact.clone()))));
        }
        for device in &scenario.devices {
            listed.insert(self.put(&device.id, Thing::Device(device.clone())));
        }
        for principal in &scenario.service_principals {
            listed.insert(self.put(&principal.id, Thing::ServicePrincipal(principal.clone())));
        }
        for group in &scenario.groups {
            let bare = Group {
                members: Vec::new(),
                owners: Vec::new(),
                ..group.clone()
            };
            let state = GroupState {
                group: bare,
                members: Members::default(),
                owners: Members::default(),
            };
            listed.insert(self.put(&group.id, Thing::Group(Box::new(state))));
        }
        for slot in 0..self.objects.len() {
            if !listed.contains(&slot)
                && self
                    .get(slot)
                    .is_some_and(|object| object.deleted.is_none())
            {
                self.delete(slot, false);
            }
        }
        for group in &scenario.groups {
            self.apply_edges(group);
        }
    }

    /// Writes what it holds into a scenario; settings stay as they are.
    pub(crate) fn write_into(&self, scenario: &mut Scenario) {
        for object in self
            .objects
            .iter()
            .filter(|object| object.deleted.is_none())
        {
            match &object.body {
                Thing::User(user) => scenario.users.push(user.as_ref().clone()),
                Thing::Contact(contact) => scenario.contacts.push(contact.as_ref().clone()),
                Thing::Device(device) => scenario.devices.push(device.clone()),
                Thing::ServicePrincipal(principal) => {
                    scenario.service_principals.push(principal.clone())
                }
                Thing::Group(state) => scenario.groups.push(Group {
                    members: self.ids_of(&state.members),
                    owners: self.ids_of(&state.owners),
                    ..state.group.clone()
                }),
            }
        }
    }

    /// Ids of the members that are not deleted, in order of arrival.
    pub(crate) fn ids_of(&self, members: &Members) -> Vec<String> {
        let live = members
            .all()
            .filter_map(|slot| self.get(slot))
            .filter(|object| object.deleted.is_none());
        live.map(|object| object.id.clone()).collect()
    }

    /// Adds an object, revives it, or notes which of its properties changed.
    fn put(&mut self, id: &str, body: Thing) -> Slot {
        let Some(slot) = self.slot_of(id) else {
            return self.insert(id.to_owned(), body, Duration::ZERO);
        };
        let Some(object) = self.objects.get_mut(slot) else {
            return slot;
        };
        if object.deleted.is_none() && is_same(&object.body, &body) {
            return slot;
        }
        let revived = object.deleted.take().is_some();
        let created = object.created;
        let fresh = Object {
            id: object.id.clone(),
            body,
            created,
            visible_from: object.visible_from,
            deleted: None,
        };
        let changed: Vec<&'static str> = WATCHED
            .into_iter()
            .filter(|name| property(object, name) != property(&fresh, name))
            .collect();
        let managers = (object.as_user(), fresh.as_user());
        let manager_changed =
            matches!(managers, (Some(old), Some(new)) if old.manager != new.manager);
        match (&mut object.body, fresh.body) {
            (Thing::Group(state), Thing::Group(next)) => state.group = next.group,
            (old, next) => *old = next,
        }
        if revived {
            self.record(slot, What::Created);
        } else if !changed.is_empty() || manager_changed {
            self.record(slot, What::Changed(changed));
        }
        self.index_texts(slot);
        slot
    }

    /// Brings members and owners of one group to what is listed.
    fn apply_edges(&mut self, group: &Group) {
        let Some(slot) = self.slot_of(&group.id) else {
            return;
        };
        let listed = |ids: &[String]| -> Vec<Slot> {
            ids.iter().filter_map(|id| self.slot_of(id)).collect()
        };
        let (members, owners) = (listed(&group.members), listed(&group.owners));
        let Some(state) = self.group(slot) else {
            return;
        };
        let now = Instant::now();
        let wanted: HashSet<Slot> = members.iter().copied().collect();
        let gone: Vec<Slot> = state
            .members
            .all()
            .filter(|member| !wanted.contains(member) && self.is_visible(*member, now))
            .collect();
        let added: Vec<Slot> = members
            .into_iter()
            .filter(|member| !state.members.contains(*member))
            .collect();
        let owners_differ = state.owners.len() != owners.len()
            || !owners.iter().all(|one| state.owners.contains(*one));
        for member in gone {
            self.remove_member(slot, member, Duration::ZERO);
        }
        for member in added {
            self.add_member(slot, member, Duration::ZERO);
        }
        if owners_differ && let Some(state) = self.group_mut(slot) {
            state.owners = Members::default();
            for owner in owners {
                state.owners.add(owner, Duration::ZERO);
            }
            self.record(slot, What::OwnersChanged);
        }
    }

    /// Object ids of the direct members that are not deleted, sorted.
    pub(crate) fn members_of(&self, group_id: &str) -> Vec<String> {
        let group = self.slot_of(group_id).and_then(|slot| self.group(slot));
        let mut ids = group
            .map(|state| self.ids_of(&state.members))
            .unwrap_or_default();
        ids.sort();
        ids
    }

    /// How many people there are, deleted ones included: decides the size of the tenant.
    pub(crate) fn people(&self) -> usize {
        self.of_kind(Kind::User).len()
    }
}

/// Whether nothing changed: quicker than comparing property by property, and most objects of an edit are unchanged.
fn is_same(old: &Thing, new: &Thing) -> bool {
    match (old, new) {
        (Thing::User(old), Thing::User(new)) => old == new,
        (Thing::Group(old), Thing::Group(new)) => old.group == new.group,
        (Thing::Contact(old), Thing::Contact(new)) => old == new,
        (Thing::Device(old), Thing::Device(new)) => old == new,
        (Thing::ServicePrincipal(old), Thing::ServicePrincipal(new)) => old == new,
        _ => false,
    }
}

/// Properties whose change delta reports.
const WATCHED: [&str; 36] = [
    "userPrincipalName",
    "mail",
    "mailNickname",
    "displayName",
    "givenName",
    "surname",
    "mobilePhone",
    "businessPhones",
    "department",
    "jobTitle",
    "companyName",
    "country",
    "city",
    "officeLocation",
    "employeeId",
    "employeeType",
    "state",
    "postalCode",
    "streetAddress",
    "faxNumber",
    "usageLocation",
    "preferredLanguage",
    "onPremisesExtensionAttributes",
    "accountEnabled",
    "userType",
    "otherMails",
    "proxyAddresses",
    "onPremisesSyncEnabled",
    "externalUserState",
    "description",
    "uniqueName",
    "groupTypes",
    "mailEnabled",
    "securityEnabled",
    "visibility",
    "membershipRule",
];
