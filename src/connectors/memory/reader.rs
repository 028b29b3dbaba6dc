//! Reads a list in memory, in pages.

use async_trait::async_trait;

use super::MemoryConnections;
use crate::{
    connectors::ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
    model::reading::{Directory, Reading},
};

/// How many members are on a page.
const PAGE: usize = 100;

pub(super) struct Reader {
    pub(super) connections: MemoryConnections,
    pub(super) wanted: WantedList,
}

#[async_trait]
impl ListReader for Reader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let (result, pages) = self.look();
        // The lock is free by now: whoever watches may look at the list.
        for page in 1..=pages {
            watch.progress("members read", page * PAGE, None);
        }
        result
    }

    async fn directory(&self, watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        let directory = self.people()?;
        let count = directory.people.len();
        watch.progress("people read", count, Some(count));
        Ok(directory)
    }
}

impl Reader {
    /// What a read gives, and after how many pages.
    fn look(&self) -> (Result<Reading, ConnectorError>, usize) {
        let mut world = self.connections.lock();
        world.counters.reads += 1;
        let Some(list) = world.list(&self.wanted.list) else {
            return (Err(not_there(&self.wanted)), 0);
        };
        if let Some((pages, error)) = &list.faults.read {
            return (Err(error.clone()), *pages);
        }
        let name = self.wanted.list.clone();
        let capabilities = list.capabilities.clone();
        let is_found = list.exists && !list.faults.is_hidden;
        let mut reading = match (is_found, self.wanted.create) {
            (true, _) => {
                let members = list.faults.shown.as_ref().unwrap_or(&list.members);
                Reading::whole(name, members.clone(), capabilities)
            }
            (false, Some(_)) => Reading::absent(name, capabilities),
            (false, None) => return (Err(not_there(&self.wanted)), 0),
        };
        reading.list_id = list.id.clone().filter(|_| is_found);
        reading.doubts.clone_from(&list.faults.doubts);
        let pages = reading.members.len().div_ceil(PAGE);
        (Ok(reading), pages)
    }

    fn people(&self) -> Result<Directory, ConnectorError> {
        let mut world = self.connections.lock();
        world.counters.directory_reads += 1;
        let list = world.list(&self.wanted.list);
        if let Some(error) = list.and_then(|list| list.faults.directory.as_ref()) {
            return Err(error.clone());
        }
        let connection = &self.wanted.list.connection;
        let mut directory = world
            .directories
            .get(connection)
            .cloned()
            .unwrap_or_default();
        directory
            .people
            .sort_by(|left, right| left.label().cmp(right.label()));
        Ok(directory)
    }
}

pub(super) fn not_there(wanted: &WantedList) -> ConnectorError {
    ConnectorError::new(
        ErrorKind::NotFound,
        format!("list `{}` is not there", wanted.list),
    )
}
