//! The control surface below `/_sandbox`: look at the sandbox and change it from outside. No sign-in; loopback only.
//!
//! Knows nothing of Graph.

use serde::Serialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::scenario::Scenario;
use super::server::{Shared, locked};
use super::wire::Answer;

/// Answers a request below `/_sandbox`.
pub(crate) fn answer(world: &Shared, method: &str, path: &str, body: &[u8]) -> Answer {
    match (method, path) {
        ("GET", "/_sandbox/state") => json_of(&locked(world).snapshot()),
        ("PUT", "/_sandbox/state") => match Scenario::parse(&String::from_utf8_lossy(body)) {
            Ok(scenario) => {
                locked(world).become_scenario(scenario);
                Answer::empty(204)
            }
            Err(error) => refused(&error.to_string()),
        },
        ("GET", "/_sandbox/log") => json_of(&locked(world).log.read()),
        ("DELETE", "/_sandbox/log") => {
            let mut world = locked(world);
            world.log.clear();
            world.counters = super::Counters::default();
            Answer::empty(204)
        }
        ("GET", "/_sandbox/counters") => json_of(&locked(world).counters),
        ("POST", "/_sandbox/faults") => match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => {
                locked(world).faults.push(fault);
                Answer::empty(204)
            }
            Err(error) => refused(&format!("fault: {error}")),
        },
        ("GET", "/_sandbox/faults") => json_of(&locked(world).faults),
        ("DELETE", "/_sandbox/faults") => {
            locked(world).faults.clear();
            Answer::empty(204)
        }
        _ => Answer::json(
            404,
            json!({"error": format!("the sandbox has no `{method} {path}`")}),
        ),
    }
}

fn json_of(value: &impl Serialize) -> Answer {
    Answer::json(200, serde_json::to_value(value).unwrap_or(Value::Null))
}

fn refused(message: &str) -> Answer {
    Answer::json(400, json!({"error": message}))
}
