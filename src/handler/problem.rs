//! What went wrong, for whoever called from outside: `application/problem+json` (RFC 9457) with a type that does not
//! change. The management API has a list of its own, which its description shows.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use serde_json::{Value, json};

/// A kind of problem, as it is named to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The HTTP status.
    pub status: StatusCode,
    /// The end of its type, after `urn:rollcall:`.
    pub code: &'static str,
    /// What the code says.
    pub title: &'static str,
}

/// Nothing is at this path.
pub const NOT_FOUND: Kind = Kind {
    status: StatusCode::NOT_FOUND,
    code: "not-found",
    title: "There is nothing here",
};
/// A defect of this program.
pub const UNEXPECTED: Kind = Kind {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "unexpected",
    title: "Something unexpected happened",
};
/// It does not work at the moment.
pub const UNAVAILABLE: Kind = Kind {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "unavailable",
    title: "It does not work at the moment",
};

/// How many seconds a caller should wait after a failure of ours.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("30");

/// A problem on the wire.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// The answer for a problem. `detail` is what happened this time, `help` what to do next.
pub fn problem(kind: &Kind, detail: Option<&str>, help: Option<&str>) -> Response {
    let problem = Problem {
        r#type: format!("urn:rollcall:{}", kind.code),
        title: kind.title,
        status: kind.status.as_u16(),
        detail,
        help,
    };
    let mut response = json_answer(kind.status, "application/problem+json", &json!(problem));
    if kind.status == StatusCode::SERVICE_UNAVAILABLE {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

/// An answer that nobody on the way keeps.
pub(super) fn json_answer(
    status: StatusCode,
    content_type: &'static str,
    value: &Value,
) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(content_type);
    headers.insert(header::CONTENT_TYPE, content_type);
    let no_store = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, no_store);
    response
}
