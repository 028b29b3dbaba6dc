//! A request to Microsoft Graph as data, and what can become of it.

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::Answer;

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

    /// The request as an item of a batch.
    pub(super) fn as_item(&self, id: usize) -> Value {
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
