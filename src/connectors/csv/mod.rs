//! Lists in CSV files: one file is one list, one row one member.
//!
//! A file is read whole or not at all, and written by replacing it whole, so that neither a reader nor a crash ever
//! sees half of it. This module must not know what the rows are matched with.

mod columns;
mod dialect;
mod keys;
mod lists;
mod new_row;
mod path;
mod read;
mod records;
mod rewrite;
mod row;
mod settings;
mod table;
mod try_out;
mod write;

use std::path::{Path, PathBuf};

pub use self::{
    read::each_member,
    settings::{Columns, Delimiter, Form, Settings, check, check_form},
};
use super::ports::{
    ConnectionTest, Connector, ConnectorError, ErrorKind, ListReader, ListWriter, Lists,
    WantedList, Watch,
};

/// A folder of files.
pub struct CsvConnection {
    settings: Settings,
    base: PathBuf,
}

/// Opens a connection. Relative folders are relative to `base`.
pub fn connect(settings: Settings, base: &Path) -> CsvConnection {
    CsvConnection {
        settings,
        base: base.to_owned(),
    }
}

impl Connector for CsvConnection {
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        let reader = read::Reader::new(&self.settings, &self.base, wanted)?;
        Ok(Box::new(reader))
    }

    fn writer(
        &self,
        wanted: &WantedList,
        _list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        let writer = write::Writer::new(&self.settings, &self.base, wanted)?;
        Ok(Box::new(writer))
    }

    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError> {
        Ok(Box::new(lists::Files::new(&self.settings, &self.base)))
    }

    /// Whether the folder can be read, and what each file in it looks like.
    fn test(&self) -> Box<dyn ConnectionTest> {
        Box::new(try_out::TryOut::new(&self.settings, &self.base))
    }
}

/// Does file work on a thread that may block, and tells `watch` from here how far it is.
async fn off_thread<T: Send + 'static>(
    what: &str,
    watch: &dyn Watch,
    work: impl FnOnce(&dyn Fn(usize)) -> T + Send + 'static,
) -> Result<T, ConnectorError> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let task = tokio::task::spawn_blocking(move || {
        // Nobody listens any more when the caller gave up; the work is not worth less for that.
        work(&|done| sender.send(done).unwrap_or_default())
    });
    while let Some(done) = receiver.recv().await {
        watch.progress(what, done, None);
    }
    task.await
        .map_err(|stopped| ConnectorError::new(ErrorKind::Io, stopped.to_string()))
}

#[cfg(test)]
mod tests;
