//! A request and an answer as the rest of the sandbox sees them, whether alone or an item of a batch.
//!
//! Knows nothing of sockets, nor of what Graph holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fault::Effect;
use super::text;

/// The content type Graph gives its JSON.
pub(crate) const GRAPH_JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// The headers of a request that are looked at and logged; never `authorization`.
pub(crate) const READ_HEADERS: [&str; 8] = [
    "consistencylevel",
    "prefer",
    "client-request-id",
    "x-ms-throttle-priority",
    "content-type",
    "accept",
    "accept-encoding",
    "user-agent",
];

/// A request below `/v1.0`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// HTTP method, upper case.
    pub(crate) method: String,
    /// Decoded segments of the path below `/v1.0`; `users('x')` counts as `users`, `x`.
    pub(crate) segments: Vec<String>,
    /// The path below `/v1.0` as sent.
    pub(crate) path: String,
    /// The query as sent.
    pub(crate) raw_query: String,
    /// Decoded names and values of the query.
    pub(crate) query: Vec<(String, String)>,
    /// Headers with names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body; `Err` when it is no JSON.
    pub(crate) body: Result<Option<Value>, ()>,
    /// Where links lead: scheme, host and `/v1.0`.
    pub(crate) base: String,
    /// Whether this is an item of a batch.
    pub(crate) in_batch: bool,
    /// What an injected fault does to the answer, if that is for the listing itself to do.
    pub(crate) twist: Option<Effect>,
}

/// An answer before it is written out.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers, names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: Body,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// None at all.
    Empty,
    /// JSON.
    Json(Value),
    /// Text of another kind.
    Text(String, &'static str),
}

/// What a request comes to; the error side is an answer too, so that `?` can be used.
pub(crate) type Outcome = Result<Answer, Answer>;

impl Call {
    /// A call from its URL below `/v1.0`.
    pub(crate) fn new(
        method: &str,
        url: &str,
        headers: BTreeMap<String, String>,
        base: &str,
    ) -> Self {
        let (path, raw_query) = url.split_once('?').unwrap_or((url, ""));
        let query = url::form_urlencoded::parse(raw_query.as_bytes())
            .into_owned()
            .collect();
        Self {
            method: method.to_ascii_uppercase(),
            segments: segments(path),
            path: path.to_owned(),
            raw_query: raw_query.to_owned(),
            query,
            headers,
            body: Ok(None),
            base: base.to_owned(),
            in_batch: false,
            twist: None,
        }
    }

    /// The decoded value of a query option such as `$select`.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A header by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether `ConsistencyLevel: eventual` was sent.
    pub(crate) fn is_eventual(&self) -> bool {
        self.header("consistencylevel")
            .is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
    }

    /// Whether both parameters of an advanced query were sent.
    pub(crate) fn is_advanced(&self) -> bool {
        self.is_eventual()
            && self
                .option("$count")
                .is_some_and(|count| count.eq_ignore_ascii_case("true"))
    }

    /// The decoded path and query, which faults are matched against.
    pub(crate) fn decoded_url(&self) -> String {
        text::decoded_url(&self.path, &self.query)
    }

    /// This request's own URL.
    pub(crate) fn own_link(&self) -> String {
        let mark = if self.raw_query.is_empty() { "" } else { "?" };
        format!(
            "{}{}{mark}{}",
            self.base,
            self.path,
            text::uri_safe(&self.raw_query)
        )
    }

    /// This request's URL with another `$skiptoken`.
    pub(crate) fn link_to(&self, skiptoken: &str) -> String {
        let kept = self.raw_query.split('&').filter(|pair| {
            let name = text::percent_decoded(pair.split('=').next().unwrap_or_default());
            !pair.is_empty() && name != "$skiptoken"
        });
        let pairs: Vec<String> = kept
            .map(text::uri_safe)
            .chain([format!("$skiptoken={skiptoken}")])
            .collect();
        format!("{}{}?{}", self.base, self.path, pairs.join("&"))
    }
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            body: Body::Empty,
        }
    }

    /// An answer with a JSON body.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            body: Body::Json(body),
        }
    }

    /// An answer that is one plain number.
    pub(crate) fn number(count: usize) -> Self {
        Self {
            status: 200,
            headers: BTreeMap::new(),
            body: Body::Text(count.to_string(), "text/plain"),
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// The body as it stands in an answer to a batch.
    pub(crate) fn batch_body(&self) -> Option<Value> {
        match &self.body {
            Body::Empty => None,
            Body::Json(value) => Some(value.clone()),
            Body::Text(text, _) => Some(serde_json::from_str(text).unwrap_or_else(|_| json!(text))),
        }
    }
}

/// Cuts a path into decoded segments: `/groups(uniqueName='x')` gives `groups`, `uniqueName=x`.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for raw in path.trim_matches('/').split('/') {
        let segment = text::percent_decoded(raw);
        let key = segment
            .split_once('(')
            .and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
        match key {
            Some((name, "")) => segments.push(name.to_owned()),
            Some((name, key)) if !name.is_empty() => {
                segments.push(name.to_owned());
                let (alternate, quoted) = match key.split_once('=') {
                    Some((alternate, quoted)) if !key.starts_with('\'') => {
                        (Some(alternate), quoted)
                    }
                    _ => (None, key),
                };
                let inner = quoted
                    .strip_prefix('\'')
                    .and_then(|rest| rest.strip_suffix('\''))
                    .unwrap_or(quoted);
                let value = inner.replace("''", "'");
                segments.push(alternate.map_or(value.clone(), |name| format!("{name}={value}")));
            }
            _ => segments.push(segment),
        }
    }
    segments
}

/// Sets one property of a JSON object; anything else stays as it is.
pub(crate) fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(properties) = object.as_object_mut() {
        properties.insert(name.to_owned(), value.into());
    }
}
