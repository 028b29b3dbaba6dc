//! What was asked and answered, and how much of it: the log and the counters.
//!
//! Knows nothing of what a request means.

use std::collections::{BTreeMap, VecDeque};

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The log keeps this many exchanges; older ones are forgotten, so that a sandbox left running does not fill memory.
const KEPT: usize = 100_000;

/// One request with its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exchange {
    /// What was asked.
    pub request: Asked,
    /// What was answered; absent when the connection was dropped instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Answered>,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// HTTP method.
    pub method: String,
    /// Whole URL as sent.
    pub url: String,
    /// The headers that matter to Graph, names in lower case; never the token.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON as it is, a form as an object, anything else as a string. Secrets are blotted out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// An answer as it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON as it is, anything else as a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// How much was asked since the start or the last clearing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counters {
    /// HTTP requests to Graph; sign-in and the control surface are left out.
    pub requests: u64,
    /// Requests for an access token.
    pub token_requests: u64,
    /// `$batch` requests; they are part of `requests`.
    pub batch_requests: u64,
    /// Items of all batches.
    pub batch_items: u64,
    /// Write units charged.
    pub writes: u64,
    /// Resource units charged.
    pub resource_units: u64,
    /// Answers 429, items of batches included.
    pub throttled: u64,
    /// Injected faults that struck.
    pub faults: u64,
    /// Invitations that went out.
    pub invitations: u64,
    /// Invitations to somebody who had one already, or is known as a guest. Must stay 0.
    pub repeated_invitations: u64,
    /// Requests for a path that is not there.
    pub unknown_paths: u64,
    /// Requests `DELETE /groups/{id}/members/{id}` without `/$ref`, whether or not they were allowed. Must stay 0.
    pub deletes_without_ref: u64,
    /// People deleted by a request. Must stay 0.
    pub users_deleted: u64,
}

/// The log while it is written: bodies stay bytes until somebody reads them.
#[derive(Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
}

/// One exchange as written down.
pub(crate) struct Entry {
    /// Method of the request.
    pub(crate) method: String,
    /// URL of the request.
    pub(crate) url: String,
    /// Headers of the request.
    pub(crate) headers: BTreeMap<String, String>,
    /// Body of the request.
    pub(crate) body: Bytes,
    /// Status, headers and body of the answer.
    pub(crate) answer: Option<(u16, BTreeMap<String, String>, Bytes)>,
}

impl Log {
    /// Writes one exchange down.
    pub(crate) fn push(&mut self, entry: Entry) {
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Everything, in order.
    pub(crate) fn read(&self) -> Vec<Exchange> {
        self.entries.iter().map(Entry::read).collect()
    }
}

impl Entry {
    fn read(&self) -> Exchange {
        let is_form = self
            .headers
            .get("content-type")
            .is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
        let body = if is_form {
            Some(form(&self.body))
        } else {
            value(&self.body)
        };
        let request = Asked {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body,
        };
        let response = self
            .answer
            .as_ref()
            .map(|(status, headers, body)| Answered {
                status: *status,
                headers: headers.clone(),
                body: value(body).map(without_token),
            });
        Exchange { request, response }
    }
}

fn value(body: &Bytes) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    Some(
        serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned())),
    )
}

fn form(body: &Bytes) -> Value {
    url::form_urlencoded::parse(body)
        .map(|(name, value)| {
            let secret = name == "client_secret" || name == "client_assertion";
            let shown = if secret {
                "(secret)".to_owned()
            } else {
                value.into_owned()
            };
            (name.into_owned(), Value::String(shown))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn without_token(mut body: Value) -> Value {
    if let Some(token) = body.get_mut("access_token") {
        *token = Value::String("(token)".to_owned());
    }
    body
}
