//! A request to a platform, and what it answers.

use serde_json::Value;

use crate::sandbox::{
    fault::Effect,
    text,
    wire::{Answer, Body},
};

/// An answer of a platform.
pub struct PlatformAnswer(pub(super) Answer);

/// A request to a platform.
#[derive(Clone, Debug)]
pub struct PlatformCall {
    /// HTTP method, upper case.
    pub method: String,
    /// Decoded segments of the path.
    pub segments: Vec<String>,
    /// The path as sent.
    pub path: String,
    /// Decoded names and values of the query, in the order in which they were sent.
    pub query: Vec<(String, String)>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The body; `Err` when it is no JSON.
    pub body: Result<Option<Value>, ()>,
    /// Scheme and host, as the client calls them.
    pub origin: String,
    /// What an injected fault does to the answer, if that is for a listing itself to do.
    pub twist: Option<Effect>,
}

impl PlatformCall {
    /// The decoded value of a parameter.
    pub fn option(&self, name: &str) -> Option<&str> {
        let mut query = self.query.iter();
        query.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// The body as JSON; `None` when there is none or it is something else.
    pub fn json(&self) -> Option<&Value> {
        self.body.as_ref().ok()?.as_ref()
    }

    pub(super) fn decoded_url(&self) -> String {
        text::decoded_url(&self.path, &self.query)
    }
}

impl PlatformAnswer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self(Answer::empty(status))
    }

    /// An answer without a body that calls itself a page, as some frameworks send it.
    pub fn empty_page(status: u16) -> Self {
        Self::page(status, "")
    }

    /// An answer with a JSON body.
    pub fn json(status: u16, body: Value) -> Self {
        Self(Answer::json(status, body))
    }

    /// An answer that is an HTML page.
    pub fn page(status: u16, text: &str) -> Self {
        let mut answer = Answer::empty(status);
        answer.body = Body::Text(text.to_owned(), "text/html");
        Self(answer)
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        Self(self.0.with(name, value))
    }
}
