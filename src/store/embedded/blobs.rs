//! Blobs in the `blobs` table. A put is one transaction, so a reader sees the old bytes or the new.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use super::Database;
use crate::store::{
    keys::{check_blob_name, check_blob_prefix},
    ports::{Blobs, StoreError},
};

#[async_trait]
impl Blobs for Database {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        check_blob_name(name)?;
        let name = name.to_owned();
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO blobs (name, bytes) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes",
                params![name, bytes],
            )?;
            Ok(())
        })
        .await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_blob_name(name)?;
        let name = name.to_owned();
        self.read(move |connection| {
            let found = connection
                .prepare("SELECT bytes FROM blobs WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            Ok(found)
        })
        .await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        check_blob_name(name)?;
        let name = name.to_owned();
        self.write(move |transaction| {
            transaction.execute("DELETE FROM blobs WHERE name = ?1", [name])?;
            Ok(())
        })
        .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        check_blob_prefix(prefix)?;
        let from = prefix.to_owned();
        // Names are ASCII without DEL, so DEL stands behind every name that begins with the prefix.
        let until = format!("{prefix}\u{7f}");
        self.read(move |connection| {
            let mut statement = connection
                .prepare("SELECT name FROM blobs WHERE name >= ?1 AND name < ?2 ORDER BY name")?;
            let names = statement.query_map([from, until], |row| row.get(0))?;
            Ok(names.collect::<Result<_, _>>()?)
        })
        .await
    }
}
