//! Connections that exist only in memory, with faults on demand: how the spine is tested without a network.
//!
//! It keeps the same promises as a real connection (what is there already is `AlreadySo`, nothing is taken for a
//! success that is not), so that the shared contract suite runs over it too.

mod connection;
mod faults;
mod people;
mod reader;
mod writer;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::Notify;

pub use self::connection::MemoryConnection;
use self::faults::Faults;
use super::ports::{ConnectorError, ListReader, ListWriter, Readers, WantedList, Writers};
use crate::model::{
    address::Address,
    capabilities::{AddsBy, Capabilities, Updatable},
    list::ListRef,
    member::{ExternalId, Member},
    reading::Directory,
};

/// Any number of connections with their lists. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryConnections {
    world: Arc<Mutex<World>>,
    died: Arc<Notify>,
}

/// How often the connections were asked for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Lists that were read, or tried to.
    pub reads: usize,
    /// Directories that were read.
    pub directory_reads: usize,
    /// Writers that were opened.
    pub writers: usize,
    /// Lists that were created.
    pub creations: usize,
    /// Guests who were invited.
    pub invitations: usize,
    /// Calls of `write`.
    pub writes: usize,
    /// Changes that took effect.
    pub effects: usize,
}

/// What a list that takes addresses can do: everything but invite.
pub fn by_address() -> Capabilities {
    Capabilities {
        updatable: Updatable::Everything,
        ..Capabilities::new(AddsBy::Address, 20)
    }
}

/// What a list that takes only people of the directory can do, like an Entra group.
pub fn by_directory() -> Capabilities {
    Capabilities {
        invites: true,
        ..Capabilities::new(AddsBy::DirectoryObject, 20)
    }
}

/// A list by the names of its connection and itself.
pub fn list_ref(connection: &str, list: &str) -> ListRef {
    ListRef {
        connection: connection.to_owned(),
        list: list.to_owned(),
    }
}

#[derive(Default)]
struct World {
    lists: BTreeMap<ListRef, List>,
    /// The people each connection knows.
    directories: BTreeMap<String, Directory>,
    /// Connections where any list can be created, and what it can then do.
    open: BTreeMap<String, Capabilities>,
    /// Guests who were invited and are not shown yet.
    late_guests: Vec<Member>,
    counters: Counters,
    last_number: u64,
}

impl World {
    /// The list, there or not; nothing when nobody has ever put it there and its connection is not an open one.
    fn list(&mut self, wanted: &ListRef) -> Option<&mut List> {
        let name = self.name_of(wanted);
        if let Some(capabilities) = self.open.get(&wanted.connection) {
            let absent = || List::absent(capabilities.clone());
            self.lists.entry(name.clone()).or_insert_with(absent);
        }
        self.lists.get_mut(&name)
    }

    /// A list can be called by its id as well.
    fn name_of(&self, wanted: &ListRef) -> ListRef {
        let is_meant = |named: &ListRef, list: &List| {
            named.connection == wanted.connection && list.id.as_deref() == Some(&wanted.list)
        };
        let by_id = self
            .lists
            .iter()
            .find(|(named, list)| is_meant(named, list));
        by_id.map_or_else(|| wanted.clone(), |(named, _)| named.clone())
    }

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn person(&self, connection: &str, id: &ExternalId) -> Option<&Member> {
        let people = &self.directories.get(connection)?.people;
        people.iter().find(|person| person.id.as_ref() == Some(id))
    }

    fn person_with(&self, connection: &str, address: &Address) -> Option<&Member> {
        let people = &self.directories.get(connection)?.people;
        people
            .iter()
            .find(|person| person.addresses.contains(address))
    }
}

struct List {
    id: Option<String>,
    exists: bool,
    members: Vec<Member>,
    capabilities: Capabilities,
    faults: Faults,
}

impl List {
    fn absent(capabilities: Capabilities) -> Self {
        Self {
            id: None,
            exists: false,
            members: Vec::new(),
            capabilities,
            faults: Faults::default(),
        }
    }
}

/// Setting up, and looking at what came of it.
impl MemoryConnections {
    /// No connections yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a list there, with these members.
    pub fn put_list(&self, list: &ListRef, capabilities: Capabilities, members: Vec<Member>) {
        let mut world = self.lock();
        let id = format!("list-{}", world.next_number());
        let created = List {
            id: Some(id),
            exists: true,
            members,
            ..List::absent(capabilities)
        };
        world.lists.insert(list.clone(), created);
    }

    /// Lets a list be known but absent, so that it can be created.
    pub fn put_absent(&self, list: &ListRef, capabilities: Capabilities) {
        let absent = List::absent(capabilities);
        self.lock().lists.insert(list.clone(), absent);
    }

    /// Lets every list of a connection be absent until it is put there or created, as on a platform that takes any
    /// name.
    pub fn open_connection(&self, connection: &str, capabilities: Capabilities) {
        self.lock().open.insert(connection.to_owned(), capabilities);
    }

    /// Puts people into a connection's directory. Someone without an id gets one.
    pub fn put_people(&self, connection: &str, people: Vec<Member>) {
        let mut world = self.lock();
        for mut person in people {
            let number = world.next_number();
            person
                .id
                .get_or_insert_with(|| format!("person-{number}").into());
            let directory = world.directories.entry(connection.to_owned()).or_default();
            directory.people.push(person);
        }
    }

    /// Names the domains of the organisation behind a connection.
    pub fn set_own_domains(&self, connection: &str, domains: &[&str]) {
        let mut world = self.lock();
        let directory = world.directories.entry(connection.to_owned()).or_default();
        directory.own_domains = domains.iter().map(|&domain| domain.to_owned()).collect();
    }

    /// Lets somebody else change the members of a list, as people do between two runs.
    pub fn edit(&self, list: &ListRef, change: impl FnOnce(&mut Vec<Member>)) {
        if let Some(list) = self.lock().lists.get_mut(list) {
            change(&mut list.members);
        }
    }

    /// Who is on a list, in the order they were added; nobody when it is not there.
    pub fn members(&self, list: &ListRef) -> Vec<Member> {
        let world = self.lock();
        world
            .lists
            .get(list)
            .map(|list| list.members.clone())
            .unwrap_or_default()
    }

    /// The labels of who is on a list, sorted.
    pub fn labels(&self, list: &ListRef) -> Vec<String> {
        let members = self.members(list);
        let mut labels: Vec<String> = members
            .iter()
            .map(|member| member.label().to_owned())
            .collect();
        labels.sort_unstable();
        labels
    }

    /// Whether a list is there.
    pub fn exists(&self, list: &ListRef) -> bool {
        self.lock().lists.get(list).is_some_and(|list| list.exists)
    }

    /// One of the connections, by its name.
    pub fn connection(&self, name: &str) -> MemoryConnection {
        MemoryConnection::new(self, name)
    }

    /// The people a connection knows.
    pub fn directory(&self, connection: &str) -> Directory {
        self.lock()
            .directories
            .get(connection)
            .cloned()
            .unwrap_or_default()
    }

    /// How often the connections were asked for what.
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    fn reader_of(&self, wanted: &WantedList) -> Box<dyn ListReader> {
        Box::new(reader::Reader {
            connections: self.clone(),
            wanted: wanted.clone(),
        })
    }

    fn writer_of(&self, wanted: &WantedList, list_id: Option<&str>) -> Box<dyn ListWriter> {
        self.lock().counters.writers += 1;
        Box::new(writer::Writer {
            connections: self.clone(),
            wanted: wanted.clone(),
            list_id: list_id.map(str::to_owned),
        })
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Readers for MemoryConnections {
    async fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        Ok(self.reader_of(wanted))
    }
}

#[async_trait]
impl Writers for MemoryConnections {
    async fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        Ok(self.writer_of(wanted, list_id))
    }
}

#[cfg(test)]
mod tests;
