//! Answers in both envelopes.

use serde_json::{Value, json};

use super::state::{Envelope, PoliteMail};
use crate::sandbox::platform::PlatformAnswer;

/// A status that is no success, and what is said about it.
pub(super) struct Refusal(pub(super) u16, pub(super) String);

/// The answer of an operation: one value.
pub(super) fn done(server: &PoliteMail, kind: &str, value: Value) -> PlatformAnswer {
    let path = &server.base_path;
    let metadata = format!("https://politemail.example{path}/$metadata#{kind}");
    let name = match server.envelope {
        Envelope::V3 => "odata.metadata",
        Envelope::V4 => "@odata.context",
    };
    PlatformAnswer::json(200, json!({ name: metadata, "value": value }))
}

/// A refusal in the server's envelope.
pub(super) fn refusal(envelope: Envelope, refusal: &Refusal) -> PlatformAnswer {
    let Refusal(status, message) = refusal;
    match envelope {
        Envelope::V3 => three(*status, "", message),
        Envelope::V4 => PlatformAnswer::json(
            *status,
            json!({ "error": { "code": "", "message": message } }),
        ),
    }
}

/// An error of OData 3.
pub(super) fn three(status: u16, code: &str, message: &str) -> PlatformAnswer {
    let message = json!({ "lang": "en-US", "value": message });
    PlatformAnswer::json(
        status,
        json!({ "odata.error": { "code": code, "message": message } }),
    )
}
