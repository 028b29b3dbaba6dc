//! A request, and how often it may be sent.

use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

/// A request below the base address.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    pub(super) form: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) safe: bool,
    pub(super) impatient: bool,
}

impl Request {
    /// Reads `path`, below the base address; segments are percent-encoded by the caller (see `web::segment`).
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// Sends a body. Repeated only where nothing can have come of it.
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    /// Changes something. Repeated only where nothing can have come of it.
    pub(crate) fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self {
            safe: method == Method::GET,
            method,
            path: path.into(),
            query: Vec::new(),
            body,
            impatient: false,
            form: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Sends a form. Repeated only where nothing can have come of it.
    pub(crate) fn form(path: impl Into<String>, fields: Vec<(String, String)>) -> Self {
        Self {
            form: fields,
            ..Self::new(Method::POST, path, None)
        }
    }

    /// The same request with one more parameter.
    #[must_use]
    pub(crate) fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The same request, whose failure is an answer: not repeated, whatever it is.
    #[must_use]
    pub(crate) fn unrepeated(mut self) -> Self {
        self.safe = false;
        self
    }

    /// The same request with one more header, in place of the connection's own of that name.
    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same request, which may be repeated even when it may have had its effect: the effect is the same.
    #[must_use]
    pub(crate) fn repeatable(mut self) -> Self {
        self.safe = true;
        self
    }

    /// The same request, given up when it is answered with "too many": where a quota lasts for hours, asking again within
    /// minutes is of no use.
    #[must_use]
    pub(crate) fn not_again(mut self) -> Self {
        self.impatient = true;
        self
    }
}
