//! One answer of Microsoft Graph, whether it came by itself or inside a batch.
//!
//! It must not decide what an answer means for a change: that is `verdict`'s work.

use std::time::Duration;

use serde_json::Value;

use crate::connectors::{
    http::shorten,
    ports::{ConnectorError, ErrorKind},
};

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// How long the service asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// The body; a text when it was not JSON (a gateway's HTML page), null when there was none.
    pub(super) body: Value,
}

impl Answer {
    /// Whether the service did what was asked.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the same request may work later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self.status,
            408 | 409 | 424 | 429 | 500 | 502..=504 | 507 | 509
        ) || self.has_code("Directory_ConcurrencyViolation")
    }

    /// Whether the error has this code; Graph is not consistent about upper case.
    pub(super) fn has_code(&self, code: &str) -> bool {
        self.code().eq_ignore_ascii_case(code)
    }

    /// The error's code, or nothing.
    pub(super) fn code(&self) -> &str {
        self.error("code")
    }

    /// The error's message, or nothing. Not yet shortened.
    pub(super) fn message(&self) -> &str {
        self.error("message")
    }

    /// What went wrong, for people.
    pub(super) fn explain(&self) -> String {
        let (code, message) = (self.code(), shorten(self.message()));
        match (code.is_empty(), message.is_empty()) {
            (true, true) => match &self.body {
                Value::String(text) if !text.is_empty() => {
                    format!("answered {}, and no JSON: `{}`", self.status, shorten(text))
                }
                _ => format!("answered {}", self.status),
            },
            (false, true) => format!("answered {} `{}`", self.status, shorten(code)),
            _ => format!("answered {} `{}`: {message}", self.status, shorten(code)),
        }
    }

    /// The body of a success; anything else is an error that names what was asked for.
    pub(super) fn into_body(self, what: &str, grant: &str) -> Result<Value, ConnectorError> {
        if self.is_success() {
            return match self.body {
                Value::String(text) => Err(ConnectorError::new(
                    ErrorKind::BadData,
                    format!("{what}: the answer is not JSON: `{}`", shorten(&text)),
                )
                .help("check `graphUrl` and any proxy between here and Microsoft Graph")),
                body => Ok(body),
            };
        }
        Err(self.into_error(what, grant))
    }

    /// The error of an answer that is none that was wanted. `grant` is the permission that `what` needs.
    pub(super) fn into_error(self, what: &str, grant: &str) -> ConnectorError {
        let message = format!("{what}: Microsoft Graph {}", self.explain());
        match self.status {
            401 => ConnectorError::new(ErrorKind::SignIn, message)
                .help("check that tenant, client id and cloud belong together"),
            403 => ConnectorError::new(ErrorKind::Denied, message).help(format!(
                "grant the application `{grant}` (application permission) and admin consent"
            )),
            // A gateway's 404 says nothing about the group.
            404 if !self.code().is_empty() => ConnectorError::new(ErrorKind::NotFound, message),
            _ if self.is_passing() => {
                ConnectorError::new(ErrorKind::Unavailable(self.retry_after), message)
            }
            _ => ConnectorError::new(ErrorKind::BadData, message),
        }
    }

    fn error(&self, field: &str) -> &str {
        self.body
            .get("error")
            .and_then(|error| error.get(field))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer {
            status,
            retry_after: None,
            body,
        }
    }

    #[test]
    fn html_where_json_was_due_is_explained_and_not_a_success() {
        let page = answer(502, json!("<html><h1>Bad gateway</h1></html>"));
        assert_eq!(
            page.explain(),
            "answered 502, and no JSON: `<html><h1>Bad gateway</h1></html>`"
        );
        let error = answer(200, json!("<html>sign in to the wifi</html>"))
            .into_body("members", "x")
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData);
    }

    #[test]
    fn errors_say_what_to_grant() {
        let error = answer(
            403,
            json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}}),
        )
        .into_error("members", "GroupMember.Read.All");
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(error.help.unwrap().contains("`GroupMember.Read.All`"));
        assert!(
            answer(
                400,
                json!({"error": {"code": "directory_concurrencyViolation"}})
            )
            .is_passing()
        );
    }
}
