//! All storage in one SQLite file, for a laptop, a single server, the sandbox and the tests.
//!
//! Two processes may use one file: every read-then-write is one immediate transaction. This module must not know what
//! is stored.

mod blobs;
mod problems;
mod queue;
mod records;
mod schema;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::problems::explained;
use super::ports::{StoreError, Stores};

/// The name of the file in the state folder.
pub const FILE: &str = "rollcall.db";

/// How the file is opened, where it differs from the usual.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait for another process that is writing before giving up with `StoreError::Locked`.
    pub patience: Duration,
    /// The most pages the file may grow to; how a test fills a disk.
    pub most_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(5),
            most_pages: None,
        }
    }
}

/// Opens the state file in `folder`; folder and file are made when they are not there.
pub fn open(folder: &Path) -> Result<Stores, StoreError> {
    open_with(folder, &Options::default())
}

/// Opens the state file in `folder` for somebody who only looks: when it is not there, what comes back is empty, and
/// neither folder nor file is made.
pub fn open_to_look(folder: &Path) -> Result<Stores, StoreError> {
    let path = folder.join(FILE);
    if path.exists() {
        return open(folder);
    }
    open_nowhere()
}

/// Storage in memory, empty, and gone with the process.
pub fn open_nowhere() -> Result<Stores, StoreError> {
    connect(PathBuf::from(":memory:"), &Options::default())
}

/// Opens the state file in `folder` with other options.
pub fn open_with(folder: &Path, options: &Options) -> Result<Stores, StoreError> {
    let path = folder.join(FILE);
    make_file(folder, &path).map_err(|problem| StoreError::Other {
        place: path.display().to_string(),
        problem: problem.to_string(),
    })?;
    connect(path, options)
}

fn connect(path: PathBuf, options: &Options) -> Result<Stores, StoreError> {
    let connection = schema::connect(&path, options).map_err(|fault| fault.explain(&path))?;
    let database = Arc::new(Database {
        connection: Arc::new(Mutex::new(connection)),
        path,
    });
    Ok(Stores {
        records: database.clone(),
        blobs: database.clone(),
        queue: database,
    })
}

/// The open file.
struct Database {
    connection: Arc<Mutex<Connection>>,
    path: PathBuf,
}

impl Database {
    /// Does `work` in one transaction that may write, on a thread that may block. When the caller stops waiting, the
    /// work still ends whole.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, problems::Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
        .await
    }

    /// Does `work` that only reads, on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, problems::Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(|connection| work(connection)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, problems::Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = self.connection.clone();
        let task = tokio::task::spawn_blocking(move || {
            // A panic elsewhere rolled its transaction back, so the connection behind a poisoned lock is sound.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection)
        });
        match task.await {
            Ok(result) => result.map_err(|fault| fault.explain(&self.path)),
            Err(stopped) => Err(StoreError::Other {
                place: self.path.display().to_string(),
                problem: stopped.to_string(),
            }),
        }
    }
}

/// The next number of the file; never given twice, so a version or receipt cannot come back.
fn next_number(transaction: &Transaction<'_>) -> Result<i64, problems::Fault> {
    Ok(transaction.query_row(
        "UPDATE numbers SET last = last + 1 RETURNING last",
        [],
        |row| row.get(0),
    )?)
}

/// What is stored names people, so a new file is for its owner alone. SQLite gives its helper files the same mode.
fn make_file(folder: &Path, path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// A text that is too long for its place.
fn too_long(what: &str, place: &str, length: usize, most: usize) -> StoreError {
    explained(
        place,
        format!("the {what} is {length} bytes long and may have {most}; store it as a blob"),
    )
}
