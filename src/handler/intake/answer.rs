//! What callers are told.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use serde_json::json;

use crate::intake::{Receipt, Refusal, Trouble};

/// A kind of problem, as it is named to callers.
pub(super) struct Kind {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
}

/// The one answer to whoever is not proven to be the HR system.
const UNPROVEN: Kind = Kind {
    status: StatusCode::UNAUTHORIZED,
    code: "not-authenticated",
    title: "The call was refused",
};
const REUSED: Kind = Kind {
    status: StatusCode::CONFLICT,
    code: "id-used-before",
    title: "The id stands for another delivery",
};
const TOO_LARGE: Kind = Kind {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    code: "too-large",
    title: "The body is too large",
};
const FORMAT: Kind = Kind {
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    code: "unknown-format",
    title: "The format cannot be taken in",
};
const CONTENT: Kind = Kind {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    code: "unusable-content",
    title: "The content cannot be used, and nothing was kept of it",
};
const KEY: Kind = Kind {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    code: "bad-idempotency-key",
    title: "The key cannot be used",
};
const NOT_FOUND: Kind = Kind {
    status: StatusCode::NOT_FOUND,
    code: "not-found",
    title: "There is nothing here",
};
const METHOD: Kind = Kind {
    status: StatusCode::METHOD_NOT_ALLOWED,
    code: "method-not-allowed",
    title: "The method does not fit the path",
};
pub(super) const UNAVAILABLE: Kind = Kind {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "unavailable",
    title: "It does not work at the moment",
};

/// How many seconds a caller should wait after a failure of ours.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("30");

/// A problem, as RFC 9457 has it.
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

/// A delivery was taken in.
pub(super) fn accepted(connection: &str, receipt: &Receipt) -> Response {
    let mut response = json_answer(StatusCode::ACCEPTED, "application/json", &json!(receipt));
    let location = format!("/api/hooks/hr/{connection}/{}", receipt.receipt);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// What became of a delivery.
pub(super) fn found(receipt: &Receipt) -> Response {
    json_answer(StatusCode::OK, "application/json", &json!(receipt))
}

/// A call that was not taken in.
pub(super) fn refused(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Unproven(_) => {
            let mut response = problem(&UNPROVEN, None, None);
            let how = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
            response
        }
        Refusal::Unusable(why) => {
            let kind = match why.kind {
                Trouble::Format => &FORMAT,
                Trouble::Length => &TOO_LARGE,
                Trouble::Content => &CONTENT,
                Trouble::Key => &KEY,
            };
            problem(kind, Some(&why.detail), why.help.as_deref())
        }
        Refusal::Reused => {
            let help = "give what is new an id of its own; repeat an id only with the same body";
            problem(&REUSED, None, Some(help))
        }
        Refusal::Store(_) => problem(&UNAVAILABLE, None, Some("send the same again later")),
    }
}

/// Too much is being taken in at once.
pub(super) fn busy() -> Response {
    problem(&UNAVAILABLE, None, Some("send the same again later"))
}

/// Nothing is at this path.
pub(super) fn not_found() -> Response {
    problem(&NOT_FOUND, None, None)
}

/// The path takes another method.
pub(super) fn wrong_method(allowed: &'static str) -> Response {
    let mut response = problem(&METHOD, None, None);
    let allowed = HeaderValue::from_static(allowed);
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// A problem.
pub(super) fn problem(kind: &Kind, detail: Option<&str>, help: Option<&str>) -> Response {
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

fn json_answer(
    status: StatusCode,
    content_type: &'static str,
    value: &serde_json::Value,
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
