//! Records in the `records` table.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::{Database, next_number, problems::Fault, too_long};
use crate::store::{
    keys::check_key,
    ports::{Record, Records, StoreError, Table, Version},
};

/// The longest value, in bytes: half of what an Azure table takes, because Azure counts UTF-16.
const LONGEST_VALUE: usize = 32 * 1024;

#[async_trait]
impl Records for Database {
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError> {
        let key = Key::new(table, partition, row)?;
        self.read(move |connection| {
            let found = connection
                .prepare(
                    "SELECT row, value, version FROM records
                     WHERE kind = ?1 AND partition = ?2 AND row = ?3",
                )?
                .query_row(params![key.kind, key.partition, key.row], record)
                .optional()?;
            Ok(found)
        })
        .await
    }

    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError> {
        let key = Key::new(table, partition, row)?;
        let value = checked(row, value)?;
        self.write(move |transaction| {
            let version = next_number(transaction)?;
            let inserted = transaction.execute(
                "INSERT INTO records (kind, partition, row, value, version)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![key.kind, key.partition, key.row, value, version],
            )?;
            key.unless_changed(inserted, version)
        })
        .await
    }

    async fn replace(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
        version: &Version,
    ) -> Result<Version, StoreError> {
        let key = Key::new(table, partition, row)?;
        let value = checked(row, value)?;
        let expected = number(version);
        self.write(move |transaction| {
            let version = next_number(transaction)?;
            let replaced = transaction.execute(
                "UPDATE records SET value = ?4, version = ?5
                 WHERE kind = ?1 AND partition = ?2 AND row = ?3 AND version = ?6",
                params![key.kind, key.partition, key.row, value, version, expected],
            )?;
            key.unless_changed(replaced, version)
        })
        .await
    }

    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        let key = Key::new(table, partition, row)?;
        let expected = number(version);
        self.write(move |transaction| {
            let deleted = transaction.execute(
                "DELETE FROM records
                 WHERE kind = ?1 AND partition = ?2 AND row = ?3 AND version = ?4",
                params![key.kind, key.partition, key.row, expected],
            )?;
            key.unless_changed(deleted, 0).map(drop)
        })
        .await
    }

    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        check_key(partition)?;
        if let Some(after) = after {
            check_key(after)?;
        }
        let partition = partition.to_owned();
        // No key is empty, so the empty text stands before them all.
        let after = after.unwrap_or_default().to_owned();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare(
                "SELECT row, value, version FROM records
                 WHERE kind = ?1 AND partition = ?2 AND row > ?3 ORDER BY row LIMIT ?4",
            )?;
            let rows =
                statement.query_map(params![table.name(), partition, after, limit], record)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn next_partition(
        &self,
        table: Table,
        after: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        if let Some(after) = after {
            check_key(after)?;
        }
        let after = after.unwrap_or_default().to_owned();
        self.read(move |connection| {
            let first = connection.query_row(
                "SELECT MIN(partition) FROM records WHERE kind = ?1 AND partition > ?2",
                params![table.name(), after],
                |row| row.get(0),
            )?;
            Ok(first)
        })
        .await
    }
}

/// The key of one row.
struct Key {
    kind: &'static str,
    partition: String,
    row: String,
}

impl Key {
    fn new(table: Table, partition: &str, row: &str) -> Result<Self, StoreError> {
        check_key(partition)?;
        check_key(row)?;
        Ok(Self {
            kind: table.name(),
            partition: partition.to_owned(),
            row: row.to_owned(),
        })
    }

    fn unless_changed(&self, rows: usize, version: i64) -> Result<Version, Fault> {
        if rows == 1 {
            Ok(Version(version.to_string()))
        } else {
            Err(StoreError::Conflict(format!("{}/{}", self.partition, self.row)).into())
        }
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        row: row.get(0)?,
        value: row.get(1)?,
        version: Version(row.get::<_, i64>(2)?.to_string()),
    })
}

/// A version that is none of ours matches no row: numbers start at 1.
fn number(version: &Version) -> i64 {
    version.0.parse().unwrap_or(0)
}

fn checked(row: &str, value: &str) -> Result<String, StoreError> {
    if value.len() > LONGEST_VALUE {
        return Err(too_long("value", row, value.len(), LONGEST_VALUE));
    }
    Ok(value.to_owned())
}
