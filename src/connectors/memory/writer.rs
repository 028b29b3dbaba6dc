//! Writes a list in memory, one change after the other.

use async_trait::async_trait;

use super::{List, MemoryConnections, World, people::position, reader::not_there};
use crate::{
    connectors::ports::{ConnectorError, ListWriter, WantedList, Watch},
    model::{capabilities::AddsBy, member::Member},
    plan::{
        change::{Action, Change, FieldChange},
        outcome::{Outcome, Problem},
    },
};

pub(super) struct Writer {
    pub(super) connections: MemoryConnections,
    pub(super) wanted: WantedList,
    pub(super) list_id: Option<String>,
}

#[async_trait]
impl ListWriter for Writer {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        let mut world = self.connections.lock();
        let number = world.next_number();
        let mut created = 0;
        let list = world
            .list(&self.wanted.list)
            .ok_or_else(|| not_there(&self.wanted))?;
        if let Some(error) = &list.faults.create {
            return Err(error.clone());
        }
        if !list.exists {
            list.exists = true;
            list.id = Some(format!("list-{number}"));
            created = 1;
        }
        self.list_id.clone_from(&list.id);
        world.counters.creations += created;
        Ok(self.list_id.clone())
    }

    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        self.connections.lock().counters.writes += 1;
        let mut outcomes = Vec::with_capacity(changes.len());
        for change in changes {
            if self.is_dead() {
                self.connections.died.notify_one();
                std::future::pending::<()>().await;
            }
            outcomes.push(self.write_one(change));
            watch.progress("changes made", outcomes.len(), Some(changes.len()));
        }
        if self.is_dead() {
            self.connections.died.notify_one();
            std::future::pending::<()>().await;
        }
        outcomes
    }
}

impl Writer {
    /// Whether the moment to fall silent has come; it comes once.
    fn is_dead(&self) -> bool {
        let mut world = self.connections.lock();
        let Some(list) = world.list(&self.wanted.list) else {
            return false;
        };
        list.faults
            .effects_left
            .take_if(|left| *left == 0)
            .is_some()
    }

    fn write_one(&self, change: &Change) -> Outcome {
        let mut world = self.connections.lock();
        let name = world.name_of(&self.wanted.list);
        let Some(mut list) = world.lists.remove(&name) else {
            return failed("not-found", &not_there(&self.wanted).message);
        };
        let outcome = self.write_to(&mut world, &mut list, change);
        world.lists.insert(name, list);
        outcome
    }

    fn write_to(&self, world: &mut World, list: &mut List, change: &Change) -> Outcome {
        if !list.exists || (self.list_id.is_some() && self.list_id != list.id) {
            return failed("not-found", &not_there(&self.wanted).message);
        }
        if let Some(reason) = &list.capabilities.read_only {
            return refused("read-only", reason);
        }
        if let Some(code) = list.faults.refusals.get(change.member.label()) {
            return refused(code, &format!("`{}` is refused", change.member.label()));
        }
        if let Some(left) = list.faults.failures.checked_sub(1) {
            list.faults.failures = left;
            return failed("unavailable", "the connection is away");
        }
        let outcome = match &change.action {
            Action::Invite => self.invite(world, list, &change.member),
            Action::Add => self.add(world, list, &change.member),
            Action::Update(fields) => update(list, &change.member, fields),
            Action::Remove => remove(list, &change.member),
        };
        if outcome == Outcome::Applied {
            world.counters.effects += 1;
            list.faults.effects_left = list.faults.effects_left.map(|left| left.saturating_sub(1));
            if let Some(left) = list.faults.lost_answers.checked_sub(1) {
                list.faults.lost_answers = left;
                return failed("no-answer", "the connection gave no answer");
            }
        }
        outcome
    }

    fn invite(&self, world: &mut World, list: &mut List, member: &Member) -> Outcome {
        if !list.capabilities.invites {
            return refused("guest-refused", "the connection does not invite guests");
        }
        let Some(address) = member.address() else {
            return refused("no-key", "a guest is invited by an address");
        };
        let connection = &self.wanted.list.connection;
        let guest = match world.person_with(connection, address) {
            Some(person) => person.clone(),
            None => {
                let mut guest = member.clone();
                guest.id = Some(format!("guest-{}", world.next_number()).into());
                world.counters.invitations += 1;
                if list.faults.guests_are_late {
                    world.late_guests.push(guest);
                    return Outcome::Applied;
                }
                let directory = world.directories.entry(connection.clone()).or_default();
                directory.people.push(guest.clone());
                guest
            }
        };
        self.add(world, list, &guest)
    }

    fn add(&self, world: &World, list: &mut List, member: &Member) -> Outcome {
        let mut added = match list.capabilities.adds_by {
            AddsBy::Address | AddsBy::Phone
                if member.addresses.is_empty() && member.phones.is_empty() =>
            {
                return refused(
                    "no-key",
                    "a member is added by an address or a phone number",
                );
            }
            AddsBy::Address | AddsBy::Phone => member.clone(),
            AddsBy::DirectoryObject => {
                let connection = &self.wanted.list.connection;
                let person = member
                    .id
                    .as_ref()
                    .and_then(|id| world.person(connection, id));
                match person {
                    Some(person) => person.clone(),
                    None => return refused("not-found", "no person in the directory has this id"),
                }
            }
        };
        if position(&list.members, &added).is_some() {
            return Outcome::AlreadySo;
        }
        // Notes say where something was read; this has been read nowhere yet.
        added.note = None;
        list.members.push(added);
        Outcome::Applied
    }
}

fn update(list: &mut List, member: &Member, fields: &[FieldChange]) -> Outcome {
    if let Some(field) = fields
        .iter()
        .find(|field| !list.capabilities.updatable.allows(&field.field))
    {
        return refused(
            "not-updatable",
            &format!("`{}` cannot be changed here", field.field),
        );
    }
    let found = position(&list.members, member).and_then(|index| list.members.get_mut(index));
    let Some(found) = found else {
        return refused(
            "not-found",
            &format!("`{}` is not on the list", member.label()),
        );
    };
    let before = found.attributes.clone();
    for field in fields {
        match &field.after {
            Some(value) => found.attributes.insert(field.field.clone(), value.clone()),
            None => found.attributes.remove(&field.field),
        };
    }
    if found.attributes == before {
        Outcome::AlreadySo
    } else {
        Outcome::Applied
    }
}

fn remove(list: &mut List, member: &Member) -> Outcome {
    match position(&list.members, member) {
        Some(index) => {
            list.members.remove(index);
            Outcome::Applied
        }
        None => Outcome::AlreadySo,
    }
}

fn refused(code: &str, message: &str) -> Outcome {
    Outcome::Refused(problem(code, message))
}

fn failed(code: &str, message: &str) -> Outcome {
    Outcome::Failed(problem(code, message))
}

fn problem(code: &str, message: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: message.to_owned(),
        help: None,
    }
}
