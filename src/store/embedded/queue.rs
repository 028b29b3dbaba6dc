//! Queues in the `messages` table. The receipt changes with every receive and extend: an old one proves nothing.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Database, next_number, too_long};
use crate::store::{
    keys::check_queue_name,
    ports::{Queue, QueueMessage, StoreError},
};

/// The longest message, in bytes: what fits Azure's 64 KiB after base64.
const LONGEST_BODY: usize = 48 * 1024;

#[async_trait]
impl Queue for Database {
    async fn send(
        &self,
        queue: &str,
        body: &str,
        delay: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        check_queue_name(queue)?;
        if body.len() > LONGEST_BODY {
            return Err(too_long("message", queue, body.len(), LONGEST_BODY));
        }
        let (queue, body) = (queue.to_owned(), body.to_owned());
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO messages (queue, body, visible_from, attempts, receipt)
                 VALUES (?1, ?2, ?3, 0, 0)",
                params![queue, body, later(now, delay)],
            )?;
            Ok(())
        })
        .await
    }

    async fn receive(
        &self,
        queue: &str,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<Option<QueueMessage>, StoreError> {
        check_queue_name(queue)?;
        let queue = queue.to_owned();
        self.write(move |transaction| {
            let oldest: Option<i64> = transaction
                .query_row(
                    "SELECT id FROM messages WHERE queue = ?1 AND visible_from <= ?2
                     ORDER BY id LIMIT 1",
                    params![queue, now.as_microsecond()],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(id) = oldest else { return Ok(None) };
            let receipt = next_number(transaction)?;
            let message = transaction.query_row(
                "UPDATE messages SET visible_from = ?2, attempts = attempts + 1, receipt = ?3
                 WHERE id = ?1 RETURNING attempts, body",
                params![id, later(now, visibility), receipt],
                |row| {
                    Ok(QueueMessage {
                        id: id.to_string(),
                        receipt: receipt.to_string(),
                        attempts: row.get(0)?,
                        body: row.get(1)?,
                    })
                },
            )?;
            Ok(Some(message))
        })
        .await
    }

    async fn extend(
        &self,
        queue: &str,
        message: &QueueMessage,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        check_queue_name(queue)?;
        let (queue, id, old) = (
            queue.to_owned(),
            number(&message.id),
            number(&message.receipt),
        );
        self.write(move |transaction| {
            let receipt = next_number(transaction)?;
            let extended = transaction.execute(
                "UPDATE messages SET visible_from = ?4, receipt = ?5
                 WHERE queue = ?1 AND id = ?2 AND receipt = ?3",
                params![queue, id, old, later(now, visibility), receipt],
            )?;
            unless_taken(extended, &queue, id)?;
            Ok(receipt.to_string())
        })
        .await
    }

    async fn delete(&self, queue: &str, message: &QueueMessage) -> Result<(), StoreError> {
        check_queue_name(queue)?;
        let (queue, id, receipt) = (
            queue.to_owned(),
            number(&message.id),
            number(&message.receipt),
        );
        self.write(move |transaction| {
            let deleted = transaction.execute(
                "DELETE FROM messages WHERE queue = ?1 AND id = ?2 AND receipt = ?3",
                params![queue, id, receipt],
            )?;
            Ok(unless_taken(deleted, &queue, id)?)
        })
        .await
    }

    async fn count(&self, queue: &str) -> Result<usize, StoreError> {
        check_queue_name(queue)?;
        let queue = queue.to_owned();
        self.read(move |connection| {
            let count: i64 = connection.query_row(
                "SELECT count(*) FROM messages WHERE queue = ?1",
                [queue],
                |row| row.get(0),
            )?;
            Ok(usize::try_from(count).unwrap_or(0))
        })
        .await
    }
}

/// A point in time as it is stored; far enough away it is the last one there is.
fn later(now: Timestamp, wait: Duration) -> i64 {
    let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    now.as_microsecond().saturating_add(wait)
}

/// An id or receipt that is none of ours matches no message; -1 is never given, and 0 stands for "not received".
fn number(text: &str) -> i64 {
    text.parse().ok().filter(|number| *number > 0).unwrap_or(-1)
}

fn unless_taken(rows: usize, queue: &str, id: i64) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("{queue}/{id}")))
    }
}
