//! Sends several requests to Microsoft Graph as one.
//!
//! A batch saves round trips, not quota: each item is charged, throttled and answered by itself, in any order.
//! <https://learn.microsoft.com/graph/json-batching>

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    answer::Answer,
    call::{Call, Sent},
    graph::Graph,
};
use crate::connectors::{
    http::{Waits, retry_after},
    ports::{ConnectorError, meter},
};

/// Microsoft Graph takes at most this many requests in one batch.
pub(super) const MOST_IN_A_BATCH: usize = 20;

impl Graph {
    /// Sends reads as one batch and repeats those that were not answered for good. Gives the answers in the order of
    /// the calls.
    pub(super) async fn read_batch(
        &self,
        calls: &[Call],
        waits: &mut Waits,
    ) -> Result<Vec<Answer>, ConnectorError> {
        let mut answers: Vec<Option<Answer>> = vec![None; calls.len()];
        loop {
            let open: Vec<usize> = (0..calls.len())
                .filter(|&at| answers.get(at).is_some_and(Option::is_none))
                .collect();
            if open.is_empty() {
                return Ok(answers.into_iter().flatten().collect());
            }
            let sending: Vec<Call> = open
                .iter()
                .filter_map(|&at| calls.get(at).cloned())
                .collect();
            let mut asked = None;
            let mut why = None;
            for (at, sent) in open.into_iter().zip(self.batch_once(&sending).await?) {
                match sent {
                    Sent::Answered(answer) if !answer.is_passing() => {
                        if let Some(slot) = answers.get_mut(at) {
                            *slot = Some(answer);
                        }
                    }
                    Sent::Answered(answer) => {
                        asked = asked.max(answer.retry_after);
                        why = Some(answer.explain());
                    }
                    Sent::Lost(reason) => why = Some(reason),
                }
            }
            if let Some(why) = why {
                self.wait(waits, asked, &why).await?;
            }
        }
    }

    /// Sends at most 20 calls as one batch, once; a single call travels by itself. Gives what became of each, in the
    /// order of the calls; an item without an answer is lost.
    pub(super) async fn batch_once(&self, calls: &[Call]) -> Result<Vec<Sent>, ConnectorError> {
        debug_assert!(calls.len() <= MOST_IN_A_BATCH);
        if let [call] = calls {
            return Ok(vec![self.once(call).await?]);
        }
        let items: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(id, call)| call.as_item(id))
            .collect();
        let envelope = Call::with_body(Method::POST, "/$batch", json!({"requests": items}));
        let mut sent = unpack(self.once(&envelope).await?, calls.len());
        let refused = |sent: &Sent| matches!(sent, Sent::Answered(answer) if answer.status == 401);
        if sent.iter().any(refused) {
            // The envelope was let in and an item was not: the token ran out in between.
            let stale = self.sign_in.token(self.patience).await?;
            self.sign_in.other_than(&stale, self.patience).await?;
            for (sent, call) in sent.iter_mut().zip(calls).filter(|(sent, _)| refused(sent)) {
                *sent = self.once(call).await?;
            }
        }
        Ok(sent)
    }
}

/// The items' answers by id. Whatever the envelope's status: an older form answers 424 with items inside.
fn unpack(envelope: Sent, count: usize) -> Vec<Sent> {
    let answer = match envelope {
        Sent::Answered(answer) => answer,
        lost @ Sent::Lost(_) => return vec![lost; count],
    };
    let Some(items) = answer.body.get("responses").and_then(Value::as_array) else {
        let all = if answer.is_success() {
            Sent::Lost("answered a batch with something that is no answer to one".to_owned())
        } else {
            Sent::Answered(answer)
        };
        return vec![all; count];
    };
    let mut sent = vec![Sent::Lost("left an item of a batch unanswered".to_owned()); count];
    for item in items {
        let id = item.get("id").and_then(|id| match id {
            Value::String(id) => id.parse::<usize>().ok(),
            other => other.as_u64().and_then(|id| usize::try_from(id).ok()),
        });
        let status = item.get("status").and_then(|status| match status {
            Value::String(status) => status.parse().ok(),
            other => other.as_u64().and_then(|status| u16::try_from(status).ok()),
        });
        if let (Some(slot), Some(status)) = (id.and_then(|id| sent.get_mut(id)), status) {
            let headers = item.get("headers").and_then(Value::as_object);
            let asked = headers.and_then(|headers| {
                let (_, value) = headers
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
                match value {
                    Value::String(text) => retry_after(text, Timestamp::now()),
                    other => retry_after(&other.to_string(), Timestamp::now()),
                }
            });
            meter::count_answer(status, asked);
            *slot = Sent::Answered(Answer {
                status,
                retry_after: asked,
                body: item.get("body").cloned().unwrap_or(Value::Null),
            });
        }
    }
    sent
}
