//! One connection of those in memory, as the composition root holds connections.

use async_trait::async_trait;

use super::MemoryConnections;
use crate::connectors::ports::{
    ConnectionTest, Connector, ConnectorError, KnownList, ListReader, ListWriter, Lists, TestLine,
    WantedList, Watch,
};

/// One connection. Clones share its lists.
#[derive(Clone)]
pub struct MemoryConnection {
    connections: MemoryConnections,
    name: String,
}

impl MemoryConnection {
    pub(super) fn new(connections: &MemoryConnections, name: &str) -> Self {
        Self {
            connections: connections.clone(),
            name: name.to_owned(),
        }
    }

    fn known(&self) -> Vec<KnownList> {
        let world = self.connections.lock();
        let mine = world
            .lists
            .iter()
            .filter(|(named, list)| named.connection == self.name && list.exists);
        let known = mine.map(|(named, list)| KnownList {
            name: named.list.clone(),
            id: list.id.clone(),
            note: list.capabilities.read_only.clone(),
        });
        KnownList::sorted(known.collect())
    }
}

impl Connector for MemoryConnection {
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        Ok(self.connections.reader_of(wanted))
    }

    fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        Ok(self.connections.writer_of(wanted, list_id))
    }

    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError> {
        Ok(Box::new(self.clone()))
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Lists for MemoryConnection {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let known = self.known();
        watch.progress("lists seen", known.len(), Some(known.len()));
        Ok(known)
    }
}

#[async_trait]
impl ConnectionTest for MemoryConnection {
    async fn test(&self) -> Vec<TestLine> {
        vec![TestLine {
            what: "look into memory".to_owned(),
            result: Ok(format!("{} lists", self.known().len())),
        }]
    }
}
