//! What SQLite's errors mean for the people who run rollcall.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::ports::StoreError;

/// A problem on its way out of a transaction: ours, or SQLite's without the place it happened at.
pub(super) enum Fault {
    /// Ours.
    Store(StoreError),
    /// SQLite's.
    Sqlite(rusqlite::Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Fault {
    /// The same problem in the port's words.
    pub(super) fn explain(self, path: &Path) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Sqlite(error) => explain(&error, path),
        }
    }

    /// Whether another connection was in the way.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self, Self::Sqlite(error) if is_locked(error))
    }
}

/// Anything that has no kind of its own.
pub(super) fn explained(place: &str, problem: String) -> StoreError {
    StoreError::Other {
        place: place.to_owned(),
        problem,
    }
}

/// A file that is not, or no longer, a state file.
pub(super) fn corrupt(path: &Path, problem: &str) -> StoreError {
    StoreError::Corrupt {
        place: path.display().to_string(),
        problem: format!(
            "{problem}\nrestore the file from a backup, or move it and its `-wal` and `-shm` files away: \
             rollcall then starts anew, and its first run removes nobody from a two-way sync"
        ),
    }
}

fn explain(error: &rusqlite::Error, path: &Path) -> StoreError {
    let place = path.display().to_string();
    if is_locked(error) {
        return StoreError::Locked(place);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            corrupt(path, &error.to_string())
        }
        Some(ErrorCode::DiskFull) => StoreError::Full(place),
        Some(_) => explained(&place, error.to_string()),
        // No code: a value had another type than the schema allows, so somebody else wrote it.
        None => corrupt(path, &error.to_string()),
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}
