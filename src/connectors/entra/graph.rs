//! Sends requests to Microsoft Graph: token, ids for support, limits of patience, batches.
//!
//! It must not know what the requests are for.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use url::Url;

use super::{
    answer::Answer,
    settings::{Batch, Endpoints},
    sign_in::SignIn,
};
use crate::connectors::{
    http::{Patience, Waits, retry_after, shorten},
    ports::{ConnectorError, ErrorKind},
};

/// Microsoft Graph takes at most this many requests in one batch.
pub(super) const MOST_IN_A_BATCH: usize = 20;

/// The way to one tenant's Microsoft Graph. Cheap to clone; the pool and the token are shared.
#[derive(Clone)]
pub(super) struct Graph {
    /// The pool of connections.
    pub(super) http: reqwest::Client,
    /// Where requests go.
    pub(super) endpoints: Endpoints,
    /// The token.
    pub(super) sign_in: Arc<SignIn>,
    /// How long one piece of work may wait.
    pub(super) patience: Patience,
    /// How many objects are asked for at a time.
    pub(super) page_size: u16,
    /// How writes are packed.
    pub(super) batch: Batch,
}

/// One request, by itself or inside a batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// The method.
    pub(super) method: Method,
    /// The path below the version (`/groups/…`), or a whole URL for a link that Graph gave.
    pub(super) url: String,
    /// A header besides the usual ones.
    pub(super) header: Option<(&'static str, &'static str)>,
    /// The body.
    pub(super) body: Option<Value>,
}

/// What became of a request that was sent once.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sent {
    /// It was answered.
    Answered(Answer),
    /// Nobody knows: the connection broke, or time ran out. It may have been done.
    Lost(String),
}

impl Call {
    /// A read.
    pub(super) fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            header: None,
            body: None,
        }
    }

    /// A count, which Graph serves only from its eventually consistent index.
    pub(super) fn count(url: impl Into<String>) -> Self {
        Self {
            header: Some(("ConsistencyLevel", "eventual")),
            ..Self::get(url)
        }
    }

    /// A write with a body.
    pub(super) fn with_body(method: Method, url: impl Into<String>, body: Value) -> Self {
        Self {
            method,
            body: Some(body),
            ..Self::get(url)
        }
    }

    fn as_item(&self, id: usize) -> Value {
        let mut item =
            json!({"id": id.to_string(), "method": self.method.as_str(), "url": self.url});
        let mut headers = serde_json::Map::new();
        if let Some((name, value)) = self.header {
            headers.insert(name.to_owned(), value.into());
        }
        if let (Some(body), Some(item)) = (&self.body, item.as_object_mut()) {
            headers.insert("Content-Type".to_owned(), "application/json".into());
            item.insert("body".to_owned(), body.clone());
        }
        if let (false, Some(item)) = (headers.is_empty(), item.as_object_mut()) {
            item.insert("headers".to_owned(), headers.into());
        }
        item
    }
}

impl Graph {
    /// Sends a request once; a refused token is replaced once. An error means that signing in failed.
    pub(super) async fn once(&self, call: &Call) -> Result<Sent, ConnectorError> {
        let token = self.sign_in.token().await?;
        let sent = self.send(call, token.secret()).await?;
        match sent {
            Sent::Answered(answer) if answer.status == 401 => {
                let token = self.sign_in.other_than(&token).await?;
                self.send(call, token.secret()).await
            }
            sent => Ok(sent),
        }
    }

    /// Sends a request that is safe to repeat until it is answered for good, or the patience is used up.
    pub(super) async fn patiently(
        &self,
        call: &Call,
        waits: &mut Waits,
    ) -> Result<Answer, ConnectorError> {
        loop {
            let (asked, why) = match self.once(call).await? {
                Sent::Answered(answer) if !answer.is_passing() => return Ok(answer),
                Sent::Answered(answer) => (answer.retry_after, answer.explain()),
                Sent::Lost(why) => (None, why),
            };
            self.wait(waits, asked, &why).await?;
        }
    }

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
        let mut sent = self.unpack(self.once(&envelope).await?, calls.len());
        let refused = |sent: &Sent| matches!(sent, Sent::Answered(answer) if answer.status == 401);
        if sent.iter().any(refused) {
            // The envelope was let in and an item was not: the token ran out in between.
            let stale = self.sign_in.token().await?;
            self.sign_in.other_than(&stale).await?;
            for (sent, call) in sent.iter_mut().zip(calls).filter(|(sent, _)| refused(sent)) {
                *sent = self.once(call).await?;
            }
        }
        Ok(sent)
    }

    /// Waits before the next try, or says that there will be none.
    pub(super) async fn wait(
        &self,
        waits: &mut Waits,
        asked: Option<std::time::Duration>,
        why: &str,
    ) -> Result<(), ConnectorError> {
        let Some(wait) = waits.next(asked) else {
            return Err(ConnectorError::new(
                ErrorKind::Unavailable(asked),
                format!("Microsoft Graph {why}, and went on doing so"),
            )
            .help("try again later"));
        };
        tracing::debug!(wait_ms = wait.as_millis() as u64, why, "trying again");
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// The items' answers by id. Whatever the envelope's status: an older form answers 424 with items inside.
    fn unpack(&self, envelope: Sent, count: usize) -> Vec<Sent> {
        let answer = match envelope {
            Sent::Answered(answer) => answer,
            lost @ Sent::Lost(_) => return vec![lost; count],
        };
        let Some(items) = answer.body.get("responses").and_then(Value::as_array) else {
            let all = if answer.is_success() {
                Sent::Lost("answered a batch with something else".to_owned())
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
                *slot = Sent::Answered(Answer {
                    status,
                    retry_after: asked,
                    body: item.get("body").cloned().unwrap_or(Value::Null),
                });
            }
        }
        sent
    }

    async fn send(&self, call: &Call, token: &str) -> Result<Sent, ConnectorError> {
        let url = self.absolute(&call.url)?;
        let client_request_id = uuid::Uuid::new_v4().to_string();
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .bearer_auth(token)
            .header("client-request-id", &client_request_id);
        if let Some((name, value)) = call.header {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let started = Instant::now();
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(lost(error)),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = match response.bytes().await {
            Ok(bytes) => bytes,
            Err(error) => return Ok(lost(error)),
        };
        tracing::debug!(
            method = %call.method,
            // Without the query: filters hold addresses.
            path = call.url.split('?').next().unwrap_or_default(),
            status,
            bytes = bytes.len(),
            duration_ms = started.elapsed().as_millis() as u64,
            client_request_id,
            request_id = header(&headers, "request-id"),
            resource_units = header(&headers, "x-ms-resource-unit"),
            "Microsoft Graph answered"
        );
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(shorten(&String::from_utf8_lossy(&bytes))))
        };
        let asked = header(&headers, "retry-after");
        Ok(Sent::Answered(Answer {
            status,
            retry_after: asked.and_then(|value| retry_after(value, Timestamp::now())),
            body,
        }))
    }

    /// A path below the version, or a link that must lead to the configured host: the token goes nowhere else.
    fn absolute(&self, url: &str) -> Result<Url, ConnectorError> {
        let graph = &self.endpoints.graph;
        let parsed = if url.starts_with('/') {
            Url::parse(&format!("{graph}v1.0{url}"))
        } else {
            Url::parse(url)
        };
        match parsed {
            Ok(parsed)
                if parsed.origin() == graph.origin()
                    && parsed.username().is_empty()
                    && parsed.password().is_none() =>
            {
                Ok(parsed)
            }
            Ok(parsed) => Err(ConnectorError::new(
                ErrorKind::BadData,
                format!(
                    "an answer leads to `{}`, which is not `{}`; it was not followed",
                    shorten(&parsed.origin().ascii_serialization()),
                    graph.origin().ascii_serialization()
                ),
            )
            .help("if this host belongs to your cloud, set `cloud` or `graphUrl` accordingly")),
            Err(_) => Err(ConnectorError::new(
                ErrorKind::BadData,
                "an answer holds a link that is not a URL",
            )),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn lost(error: reqwest::Error) -> Sent {
    let why = if error.is_timeout() {
        "gave no answer in time"
    } else if error.is_connect() {
        "could not be reached"
    } else {
        "broke off the connection"
    };
    tracing::debug!(error = %error.without_url(), why, "a request was lost");
    Sent::Lost(why.to_owned())
}
