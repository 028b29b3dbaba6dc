//! Graph's errors, each with the status, code and wording that is documented or was seen.
//!
//! Knows when none of them applies; the endpoints decide that.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::text;
use super::wire::Answer;

/// Any error in the envelope; ids and date are filled in on the way out.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, json!({"error": {"code": code, "message": message}}))
}

/// 400 `Request_BadRequest`.
pub(crate) fn bad_request(message: &str) -> Answer {
    error(400, "Request_BadRequest", message)
}

/// 400 `Request_UnsupportedQuery`.
pub(crate) fn unsupported_query(message: &str) -> Answer {
    error(400, "Request_UnsupportedQuery", message)
}

/// 401: the bearer token is missing, unknown or too old.
pub(crate) fn token_invalid() -> Answer {
    error(
        401,
        "InvalidAuthenticationToken",
        "Access token has expired or is not yet valid.",
    )
}

/// 403: known, but not allowed.
pub(crate) fn denied() -> Answer {
    error(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// 404 naming what is not there.
pub(crate) fn not_found(id: &str) -> Answer {
    let message = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    error(404, "Request_ResourceNotFound", &message)
}

/// 404 for a path that Graph does not have.
pub(crate) fn unknown_path(segment: &str) -> Answer {
    error(
        404,
        "ResourceNotFound",
        &format!("Resource not found for the segment '{segment}'."),
    )
}

/// 405.
pub(crate) fn method_not_allowed() -> Answer {
    error(
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
}

/// 400 for a property that is refused, with its name in the details.
pub(crate) fn invalid_property(property: &str, resource: &str) -> Answer {
    let message =
        format!("Invalid value specified for property '{property}' of resource '{resource}'.");
    detailed(
        400,
        "Request_BadRequest",
        &message,
        "InvalidValue",
        property,
    )
}

/// 400 for a name that somebody else has.
pub(crate) fn name_taken(property: &str) -> Answer {
    let message =
        format!("Another object with the same value for property {property} already exists.");
    detailed(
        400,
        "Request_BadRequest",
        &message,
        "ObjectConflict",
        property,
    )
}

/// An error with one detail.
pub(crate) fn detailed(
    status: u16,
    code: &str,
    message: &str,
    detail: &str,
    target: &str,
) -> Answer {
    let details = json!([{"code": detail, "message": message, "target": target}]);
    Answer::json(
        status,
        json!({"error": {"code": code, "message": message, "details": details}}),
    )
}

/// 429, with `Retry-After` when it is known.
pub(crate) fn throttled(retry_after: Option<String>, scope: &str, information: &str) -> Answer {
    let inner = json!({"code": "429", "message": "Please retry after", "status": "429"});
    let body = json!({"error": {
        "code": "TooManyRequests", "message": "Please retry again later.", "innerError": inner,
    }});
    let answer = Answer::json(429, body)
        .with("x-ms-throttle-scope", scope)
        .with("x-ms-throttle-information", information);
    match retry_after {
        Some(seconds) => answer.with("retry-after", seconds),
        None => answer,
    }
}

/// Fills `innerError` of an error body: date and request ids.
pub(crate) fn fill(body: &mut Value, request_id: &str, client_request_id: &str, now: Timestamp) {
    let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) else {
        return;
    };
    let inner = error.entry("innerError").or_insert_with(|| json!({}));
    if let Some(inner) = inner.as_object_mut() {
        inner.insert("date".to_owned(), json!(text::error_time(now)));
        inner.insert("request-id".to_owned(), json!(request_id));
        inner.insert("client-request-id".to_owned(), json!(client_request_id));
    }
}
