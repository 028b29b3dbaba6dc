//! Readers that read each list of one connection once, however often it is asked for: a sync that routes people to many
//! lists has one source.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::{
    connectors::ports::{ConnectorError, ListReader, Readers, WantedList, Watch},
    model::reading::{Directory, Reading},
};

/// Readers that remember what they read of one connection.
pub struct ReadOnce<'a> {
    readers: &'a dyn Readers,
    connection: &'a str,
    known: Arc<Mutex<Vec<(WantedList, Reading)>>>,
}

impl<'a> ReadOnce<'a> {
    /// Over other readers; `connection` is the one whose lists are read once.
    pub fn of(readers: &'a dyn Readers, connection: &'a str) -> Self {
        Self {
            readers,
            connection,
            known: Arc::default(),
        }
    }
}

#[async_trait]
impl Readers for ReadOnce<'_> {
    async fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        let reader = self.readers.reader(wanted).await?;
        if wanted.list.connection != self.connection {
            return Ok(reader);
        }
        Ok(Box::new(Remembering {
            reader,
            wanted: wanted.clone(),
            known: self.known.clone(),
        }))
    }
}

struct Remembering {
    reader: Box<dyn ListReader>,
    wanted: WantedList,
    known: Arc<Mutex<Vec<(WantedList, Reading)>>>,
}

impl Remembering {
    fn known(&self) -> Option<Reading> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = known.iter();
        known
            .find(|(wanted, _)| *wanted == self.wanted)
            .map(|(_, reading)| reading.clone())
    }
}

#[async_trait]
impl ListReader for Remembering {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        if let Some(reading) = self.known() {
            return Ok(reading);
        }
        let reading = self.reader.read(watch).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.push((self.wanted.clone(), reading.clone()));
        Ok(reading)
    }

    async fn directory(&self, watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        self.reader.directory(watch).await
    }
}
