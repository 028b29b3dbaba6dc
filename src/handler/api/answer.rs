//! Answers that went well.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::problem::Problem;

/// The value as JSON.
pub(super) fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::unexpected(error.to_string()))?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// A text of another kind.
pub(super) fn text(media: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, media)], text).into_response()
}

/// Bytes of another kind.
pub(super) fn bytes(media: &'static str, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, media)], bytes).into_response()
}

/// The same answer with a header more. Values are made of identifiers and digests, which fit.
pub(super) fn with(mut answer: Response, name: header::HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}
