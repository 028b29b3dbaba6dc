//! What the host wraps a message or a tick in: `{"Data":{"job":"\"…\""},"Metadata":{…}}`.
//!
//! `Metadata` is never looked at: the host puts the fields of a JSON message in the place of its own there.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

/// The most bytes of an envelope. A message has 64 KiB at most; in its envelope it stands twice, and escaped twice.
pub const LARGEST: usize = 4 * 1024 * 1024;

/// The name that the functions give their queue's message.
const BINDING: &str = "job";

/// Why an envelope cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not what the host sends.
    #[error("this is no envelope of the functions host: {0}")]
    NotAnEnvelope(String),
    /// It names several values and none as ours do.
    #[error("the envelope holds {0} values and none is called `job`")]
    WhichValue(usize),
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Data")]
    data: Map<String, Value>,
    #[serde(rename = "Metadata", default)]
    _metadata: IgnoredAny,
}

fn opened(body: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    let envelope: Envelope = serde_json::from_slice(body)
        // The place is enough: the words of the parser may hold some of the message.
        .map_err(|error| {
            Unreadable::NotAnEnvelope(format!("line {}, column {}", error.line(), error.column()))
        })?;
    Ok(envelope.data)
}

/// The text of the message in the envelope of a queue function, as it was put on the queue.
///
/// The host encodes a text twice. Once is understood as well: as the text itself, or as bytes in base64 (a binding of
/// binary data) where it is that and the bytes are a text.
pub fn message(body: &[u8]) -> Result<String, Unreadable> {
    let mut data = opened(body)?;
    let values = data.len();
    let value = match data.remove(BINDING) {
        None if values == 1 => data.into_iter().map(|(_, value)| value).next(),
        ours => ours,
    };
    value.map(text_of).ok_or(Unreadable::WhichValue(values))
}

fn text_of(value: Value) -> String {
    let once = match value {
        Value::String(once) => once,
        value => return value.to_string(),
    };
    if let Ok(text) = serde_json::from_str::<String>(&once) {
        return text;
    }
    let is_json = serde_json::from_str::<IgnoredAny>(&once).is_ok();
    let bytes = STANDARD.decode(&once).ok().filter(|_| !is_json);
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or(once)
}

/// Whether the timer's occurrence was missed. A tick needs nothing else of its envelope, and not even that: what cannot
/// be read is a tick in time.
pub fn past_due(body: &[u8]) -> bool {
    let data = opened(body).unwrap_or_default();
    data.values()
        .any(|timer| timer.get("IsPastDue") == Some(&Value::Bool(true)))
}
