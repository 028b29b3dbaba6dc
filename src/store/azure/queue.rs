//! Queues of Azure Storage. A body travels as base64, as the Functions host reads and writes it; the port sees text.
//!
//! Azure has its own clock, so the port's `now` goes unused. Times are whole seconds, and at most seven days.

use std::time::Duration;

use async_trait::async_trait;
use azure_storage_queues::{
    MessageTTL, PopReceipt, QueueClient, QueueServiceClient, operations::Message,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

use super::{patience::settle, problems::Trouble};
use crate::store::{
    keys::check_queue_name,
    ports::{Queue, QueueMessage, StoreError},
};

/// The longest message, in bytes: what fits Azure's 64 KiB after base64.
const LONGEST_BODY: usize = 48 * 1024;

/// The longest time Azure hides a message.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a message lives. Azure's own choice is seven days; a job that waits for a person must not end so.
const LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The queues of one account.
pub(super) struct AzureQueues {
    service: QueueServiceClient,
}

impl AzureQueues {
    pub(super) fn new(service: QueueServiceClient) -> Self {
        Self { service }
    }

    /// Makes a queue when it is not there.
    pub(super) async fn make(&self, queue: &str) -> Result<(), StoreError> {
        let client = self.queue(queue)?;
        match settle(|| client.create().into_future()).await.result {
            Ok(_) => Ok(()),
            // It is there, with notes somebody else put on it.
            Err(trouble) if trouble.says("QueueAlreadyExists") => Ok(()),
            Err(trouble) => Err(trouble.explain(&place(queue))),
        }
    }

    fn queue(&self, queue: &str) -> Result<QueueClient, StoreError> {
        check_queue_name(queue)?;
        Ok(self.service.queue_client(queue))
    }

    /// The text of a message. What is not base64 of UTF-8 was not put there by rollcall and never becomes readable, so
    /// it is put out of the way of those behind it for as long as Azure can.
    async fn text(
        &self,
        queue: &str,
        client: &QueueClient,
        message: &Message,
    ) -> Result<String, StoreError> {
        let bytes = BASE64_STANDARD.decode(message.message_text.trim()).ok();
        if let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            return Ok(text);
        }
        let receipt = client.pop_receipt_client(message.pop_receipt());
        let aside = settle(|| {
            let body = message.message_text.clone();
            receipt.update(body, LONGEST_WAIT).into_future()
        });
        let problem = if aside.await.result.is_ok() {
            "it is hidden for seven days now; whoever sent it has to send base64 of UTF-8 text"
        } else {
            "it comes again; whoever sent it has to send base64 of UTF-8 text"
        };
        Err(StoreError::Corrupt {
            place: format!("{}, message {}", place(queue), message.message_id),
            problem: format!("its body is not base64 of UTF-8 text\n{problem}"),
        })
    }
}

#[async_trait]
impl Queue for AzureQueues {
    async fn send(
        &self,
        queue: &str,
        body: &str,
        delay: Duration,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        let client = self.queue(queue)?;
        if body.len() > LONGEST_BODY {
            return Err(StoreError::Other {
                place: queue.to_owned(),
                problem: format!(
                    "the message is {} bytes long and may have {LONGEST_BODY}; store it as a blob",
                    body.len()
                ),
            });
        }
        let encoded = BASE64_STANDARD.encode(body);
        // A repetition after a lost answer can put it there twice: the queue promises at least once.
        let sent = settle(|| {
            let message = client.put_message(encoded.clone());
            message
                .visibility_timeout(whole_seconds(delay))
                .ttl(MessageTTL::from(LIFE))
                .into_future()
        });
        let sent = sent.await.result.map(drop);
        sent.map_err(|trouble| trouble.explain(&place(queue)))
    }

    async fn receive(
        &self,
        queue: &str,
        visibility: Duration,
        _now: Timestamp,
    ) -> Result<Option<QueueMessage>, StoreError> {
        let client = self.queue(queue)?;
        // Azure refuses to hand out a message that it does not hide.
        let visibility = whole_seconds(visibility).max(Duration::from_secs(1));
        let answer = settle(|| {
            let messages = client.get_messages();
            messages.visibility_timeout(visibility).into_future()
        });
        let answer = answer.await.result;
        let answer = answer.map_err(|trouble| trouble.explain(&place(queue)))?;
        let Some(message) = answer.messages.into_iter().next() else {
            return Ok(None);
        };
        let body = self.text(queue, &client, &message).await?;
        Ok(Some(QueueMessage {
            id: message.message_id,
            receipt: message.pop_receipt,
            attempts: u32::try_from(message.dequeue_count).unwrap_or(u32::MAX),
            body,
        }))
    }

    async fn extend(
        &self,
        queue: &str,
        message: &QueueMessage,
        visibility: Duration,
        _now: Timestamp,
    ) -> Result<String, StoreError> {
        let client = self
            .queue(queue)?
            .pop_receipt_client(receipt(queue, message)?);
        let encoded = BASE64_STANDARD.encode(&message.body);
        let settled = settle(|| {
            let update = client.update(encoded.clone(), whole_seconds(visibility));
            update.into_future()
        })
        .await;
        match settled.result {
            Ok(answer) => Ok(answer.pop_receipt),
            // Our own first try may have been carried out and its receipt lost, so this proves nothing about others.
            Err(trouble) if settled.in_doubt && is_taken(&trouble) => Err(StoreError::Other {
                place: format!("{}, message {}", place(queue), message.id),
                problem: "an answer was lost, and with it the proof that the message is ours\n\
                          it comes again when its time is over"
                    .to_owned(),
            }),
            Err(trouble) if is_taken(&trouble) => Err(taken(queue, message)),
            Err(trouble) => Err(trouble.explain(&place(queue))),
        }
    }

    async fn delete(&self, queue: &str, message: &QueueMessage) -> Result<(), StoreError> {
        let client = self
            .queue(queue)?
            .pop_receipt_client(receipt(queue, message)?);
        let settled = settle(|| client.delete().into_future()).await;
        match settled.result {
            Ok(_) => Ok(()),
            // The answer to our own removal was lost.
            Err(trouble) if settled.in_doubt && trouble.says("MessageNotFound") => Ok(()),
            Err(trouble) if is_taken(&trouble) => Err(taken(queue, message)),
            Err(trouble) => Err(trouble.explain(&place(queue))),
        }
    }

    async fn count(&self, queue: &str) -> Result<usize, StoreError> {
        let client = self.queue(queue)?;
        let answer = settle(|| client.get_metadata().into_future()).await.result;
        let answer = answer.map_err(|trouble| trouble.explain(&place(queue)))?;
        Ok(answer.approximate_messages_count)
    }
}

fn place(queue: &str) -> String {
    format!("queue {queue}")
}

/// Rounded up, so that nothing comes earlier than asked; what is longer than Azure can wait ends at its longest.
fn whole_seconds(wait: Duration) -> Duration {
    let seconds = if wait.subsec_nanos() == 0 {
        wait.as_secs()
    } else {
        wait.as_secs().saturating_add(1)
    };
    Duration::from_secs(seconds).min(LONGEST_WAIT)
}

/// The id stands in the address of a request, so it must be one that Azure gave.
fn receipt(queue: &str, message: &QueueMessage) -> Result<PopReceipt, StoreError> {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if message.id.is_empty() || !message.id.bytes().all(is_id) {
        return Err(taken(queue, message));
    }
    Ok(PopReceipt::new(message.id.clone(), message.receipt.clone()))
}

fn is_taken(trouble: &Trouble) -> bool {
    let codes = [
        "MessageNotFound",
        "PopReceiptMismatch",
        "InvalidQueryParameterValue",
    ];
    codes.iter().any(|code| trouble.says(code))
}

fn taken(queue: &str, message: &QueueMessage) -> StoreError {
    StoreError::Conflict(format!("{queue}/{}", message.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_whole_seconds_and_never_shorter_than_asked() {
        for (asked, waited) in [
            (Duration::ZERO, 0),
            (Duration::from_millis(1), 1),
            (Duration::from_secs(5), 5),
            (Duration::from_millis(5001), 6),
            (Duration::MAX, 7 * 24 * 3600),
        ] {
            assert_eq!(whole_seconds(asked), Duration::from_secs(waited));
        }
    }
}
