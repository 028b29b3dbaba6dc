//! What callers are told.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;

use crate::{
    handler::problem::{Kind, NOT_FOUND, UNAVAILABLE, json_answer, problem},
    intake::{Receipt, Refusal, Trouble},
};

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
const METHOD: Kind = Kind {
    status: StatusCode::METHOD_NOT_ALLOWED,
    code: "method-not-allowed",
    title: "The method does not fit the path",
};
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
        Refusal::Store(_) | Refusal::NotKept(_) => {
            problem(&UNAVAILABLE, None, Some("send the same again later"))
        }
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
