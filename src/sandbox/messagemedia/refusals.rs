//! Errors as the contacts API gives them.

use serde_json::{Value, json};

use super::put;
use crate::sandbox::platform::PlatformAnswer;

/// One thing that is wrong with a request: the field, the code, and why.
pub(super) struct Invalid {
    pub(super) name: String,
    pub(super) code: &'static str,
    pub(super) reason: &'static str,
    /// The ids that are meant, where some are.
    pub(super) ids: Vec<String>,
}

impl Invalid {
    pub(super) fn new(name: impl Into<String>, code: &'static str, reason: &'static str) -> Self {
        Self {
            name: name.into(),
            code,
            reason,
            ids: Vec::new(),
        }
    }
}

/// `ApiError`; a 400 without fields is `InvalidInputApiError` all the same.
pub(super) fn api_error(status: u16, detail: &str) -> PlatformAnswer {
    let (kind, title) = match status {
        400 => ("message_not_readable", "Message not readable"),
        404 => ("not_found", "Not found"),
        405 => ("method_not_allowed", "Method not allowed"),
        409 => ("conflict", "Conflict"),
        500 => ("internal_server_error", "Internal server error"),
        _ => ("unknown", "Error"),
    };
    let mut body = error(kind, title, detail);
    if status == 400 {
        put(&mut body, "invalidFields", json!([]));
    }
    PlatformAnswer::json(status, body)
}

/// `InvalidInputApiError`.
pub(super) fn invalid(fields: &[Invalid]) -> PlatformAnswer {
    let fields: Vec<Value> = fields
        .iter()
        .map(|field| {
            let mut one = json!({ "name": field.name, "code": field.code, "reason": field.reason });
            if !field.ids.is_empty() {
                put(&mut one, "invalidIds", json!(field.ids));
            }
            one
        })
        .collect();
    let detail = format!("{} field(s) were refused", fields.len());
    let mut body = error("validation", "Bad input", &detail);
    put(&mut body, "invalidFields", json!(fields));
    PlatformAnswer::json(400, body)
}

fn error(kind: &str, title: &str, detail: &str) -> Value {
    json!({ "uuid": "6d0f1c52-0000-4000-8000-0000000000e1", "type": kind, "title": title, "detail": detail })
}
