//! The control surface of a stand-in for a platform.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::{Platform, PlatformCounters, Shared, locked};
use crate::sandbox::{fault::Fault, wire::Answer};

/// The control surface below `/_sandbox`, as the stand-in tenant has it.
pub(super) fn control<P: Platform>(
    shelf: &Shared<P>,
    method: &str,
    path: &str,
    body: &Bytes,
) -> Answer {
    let json_of =
        |value: Result<Value, serde_json::Error>| Answer::json(200, value.unwrap_or_default());
    let refused = |message: String| Answer::json(400, json!({ "error": message }));
    let mut shelf = locked(shelf);
    match (method, path) {
        ("GET", "/_sandbox/state") => json_of(serde_json::to_value(&shelf.platform)),
        ("PUT", "/_sandbox/state") => match serde_json::from_slice::<P>(body) {
            Ok(platform) if platform.faults().is_empty() => {
                shelf.platform = platform;
                Answer::empty(204)
            }
            Ok(platform) => refused(platform.faults().join("; ")),
            Err(error) => refused(format!("state: {error}")),
        },
        ("GET", "/_sandbox/log") => json_of(serde_json::to_value(shelf.log.read())),
        ("DELETE", "/_sandbox/log") => {
            shelf.log.clear();
            shelf.counters = PlatformCounters::default();
            Answer::empty(204)
        }
        ("GET", "/_sandbox/counters") => json_of(serde_json::to_value(shelf.counters)),
        ("POST", "/_sandbox/faults") => match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => {
                shelf.faults.push(fault);
                Answer::empty(204)
            }
            Err(error) => refused(format!("fault: {error}")),
        },
        ("GET", "/_sandbox/faults") => json_of(serde_json::to_value(&shelf.faults)),
        ("DELETE", "/_sandbox/faults") => {
            shelf.faults.clear();
            Answer::empty(204)
        }
        _ => Answer::json(
            404,
            json!({ "error": format!("the sandbox has no `{method} {path}`") }),
        ),
    }
}
