//! The tables of the state file, and how an older file becomes a newer one.

use std::{path::Path, time::Instant};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{
    Options,
    problems::{Fault, corrupt, explained},
};

/// Says that an SQLite file is rollcall's: `roll` in ASCII.
const APPLICATION: i32 = 0x726f_6c6c;

/// How many bytes of the write-ahead log are kept for the next write.
const KEPT_LOG: i64 = 4 * 1024 * 1024;

/// Each step takes the file one schema version further. A step that has been released is never edited.
const STEPS: [&str; 1] = ["
    CREATE TABLE numbers (last INTEGER NOT NULL) STRICT;
    INSERT INTO numbers VALUES (0);
    CREATE TABLE records (
        kind TEXT NOT NULL, partition TEXT NOT NULL, row TEXT NOT NULL,
        value TEXT NOT NULL, version INTEGER NOT NULL,
        PRIMARY KEY (kind, partition, row)
    ) STRICT;
    CREATE TABLE blobs (name TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL,
        visible_from INTEGER NOT NULL, attempts INTEGER NOT NULL, receipt INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_in_order ON messages (queue, id);
"];

/// Opens the file and brings it to the newest schema.
pub(super) fn connect(path: &Path, options: &Options) -> Result<Connection, Fault> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(options.patience)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // What is erased must not stay readable in the free pages of the file.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    refuse_a_stranger(&connection, path)?;
    write_ahead(&connection, options)?;
    migrate(&mut connection, path)?;
    // Otherwise the log stays as large as the largest blob ever written.
    connection.pragma_update_and_check(None, "journal_size_limit", KEPT_LOG, |_| Ok(()))?;
    if let Some(pages) = options.most_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(connection)
}

/// Looks before anything is written: the file may belong to another program, or to a newer rollcall.
fn refuse_a_stranger(connection: &Connection, path: &Path) -> Result<usize, Fault> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && number("application_id")? != i64::from(APPLICATION) {
        return Err(corrupt(path, "it is an SQLite file of another program").into());
    }
    let version = number("user_version")?;
    match usize::try_from(version) {
        Ok(version) if version <= STEPS.len() => Ok(version),
        _ => Err(explained(
            &path.display().to_string(),
            format!(
                "a newer rollcall wrote this file (schema {version}, and this one knows schemas up to {}); \
                 use that rollcall, or another state folder",
                STEPS.len()
            ),
        )
        .into()),
    }
}

/// With a write-ahead log readers do not wait for a writer. SQLite does not call its busy handler for this switch, so
/// two processes that make the file at the same moment would fail without another try.
fn write_ahead(connection: &Connection, options: &Options) -> Result<(), Fault> {
    let start = Instant::now();
    loop {
        let switched = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
            .map_err(Fault::from);
        match switched {
            Err(fault) if fault.is_locked() && start.elapsed() < options.patience => {
                std::thread::yield_now();
            }
            done => return done,
        }
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Fault> {
    if refuse_a_stranger(connection, path)? == STEPS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again inside the transaction: another process may have migrated while we waited for it.
    let version = refuse_a_stranger(&transaction, path)?;
    for step in STEPS.iter().skip(version) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", STEPS.len() as i64)?;
    transaction.commit()?;
    Ok(())
}
