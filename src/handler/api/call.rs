//! One call, taken apart: what is in its path, query, headers and body, checked before anything is done.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::StreamExt;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    problem::{Code, Problem},
    routes::Route,
};
use crate::{definition::strict_json, service::Service};

/// The most bytes of a body.
pub(super) const LARGEST_BODY: usize = 64 * 1024;

/// The most characters of a name that comes from a client.
const LONGEST_NAME: usize = 200;

/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

/// The most characters of a list's name.
const LONGEST_LIST: usize = 300;

/// One call.
pub(super) struct Call {
    pub(super) service: Service,
    pub(super) now: Timestamp,
    /// The identifier in the path; empty where the route has none.
    pub(super) id: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    /// The body as JSON, every key once.
    pub(super) fn json(&self) -> Result<Value, Problem> {
        let problem = |detail: &str| Problem::new(Code::InvalidBody, detail);
        let text = std::str::from_utf8(&self.body).map_err(|_| problem("the body is not UTF-8"))?;
        if text.trim().is_empty() {
            return Err(problem("the body is empty").help("send a JSON object"));
        }
        strict_json(text).map_err(|faults| {
            let first = faults.first().map(ToString::to_string);
            problem(&first.unwrap_or_default())
        })
    }

    /// The body as an object of a known form.
    pub(super) fn form<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let value = self.json()?;
        if !value.is_object() {
            return Err(Problem::new(Code::InvalidBody, "the body is no object"));
        }
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let place = if path == "." {
                String::new()
            } else {
                format!("{path}: ")
            };
            Problem::new(Code::InvalidBody, format!("{place}{}", error.inner()))
        })
    }

    /// A header that may be there once.
    pub(super) fn header(&self, name: &HeaderName) -> Result<Option<&str>, Problem> {
        let mut values = self.headers.get_all(name).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let value = value.to_str().ok().filter(|_| values.next().is_none());
        value.map(Some).ok_or_else(|| {
            let detail = format!("the header `{name}` has to be there once, in ASCII");
            Problem::new(Code::InvalidRequest, detail)
        })
    }

    /// How many items are wanted.
    pub(super) fn limit(&self, usual: usize, most: usize) -> Result<usize, Problem> {
        let Some(given) = self.query.get("limit") else {
            return Ok(usual);
        };
        let limit: Option<usize> = given.parse().ok();
        limit
            .filter(|limit| (1..=most).contains(limit))
            .ok_or_else(|| {
                let detail = format!("`limit` is a number from 1 to {most}");
                Problem::new(Code::InvalidRequest, detail)
            })
    }

    /// Where an earlier answer left off.
    pub(super) fn after(&self) -> Result<Option<String>, Problem> {
        let Some(given) = self.query.get("after") else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(given).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        text.map(Some).ok_or_else(|| {
            let detail = "`after` is the `next` of an earlier answer, unchanged";
            Problem::new(Code::InvalidRequest, detail)
        })
    }
}

/// Where the next answer has to go on, for clients to give back; not for reading.
pub(super) fn cursor(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// The query, each key once and only those the route takes. The host's key comes in `code` and goes no further.
pub(super) fn query(
    route: &Route,
    query: Option<&str>,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut found = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        // What was sent is not repeated: it may be a key in the wrong place.
        if name != "code" && !route.query.contains(&name.as_ref()) {
            let known: Vec<String> = route.query.iter().map(|name| format!("`{name}`")).collect();
            let allowed = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            let detail = format!("a query parameter is not known; allowed: {allowed}");
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
        if found
            .insert(name.into_owned(), value.into_owned())
            .is_some()
        {
            let detail = "a query parameter is given twice; allowed: once";
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
    }
    found.remove("code");
    Ok(found)
}

/// The body, no bigger than it may be.
pub(super) async fn body(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let media = headers.get(header::CONTENT_TYPE);
    let media = media
        .and_then(|media| media.to_str().ok())
        .unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = "the header `Content-Type` has to be `application/json`";
        return Err(Problem::new(Code::WrongMediaType, detail));
    }
    let too_large = || {
        let detail = format!("the body may have {LARGEST_BODY} bytes");
        Problem::new(Code::TooLarge, detail)
    };
    let said: Option<usize> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    if said.is_some_and(|said| said > LARGEST_BODY) {
        return Err(too_large());
    }
    let mut parts = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(part) = parts.next().await {
        let part =
            part.map_err(|_| Problem::new(Code::InvalidBody, "the body broke off; send it again"))?;
        if whole.len() + part.len() > LARGEST_BODY {
            return Err(too_large());
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.into())
}

/// Who asks: one line.
pub(super) fn name(field: &str, text: &str) -> Result<String, Problem> {
    plain(field, text, LONGEST_NAME)
}

/// Why, in words: one line.
pub(super) fn reason(text: &str) -> Result<String, Problem> {
    plain("reason", text, LONGEST_REASON)
}

/// A list's name.
pub(super) fn list(text: &str) -> Result<String, Problem> {
    plain("list", text, LONGEST_LIST)
}

fn plain(field: &str, text: &str, longest: usize) -> Result<String, Problem> {
    let text = text.trim();
    let length = text.chars().count();
    if (1..=longest).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let detail = format!("`{field}` has to have 1 to {longest} characters on one line");
    Err(Problem::new(Code::InvalidRequest, detail))
}
