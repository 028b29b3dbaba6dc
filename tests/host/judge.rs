//! What the host makes of an answer to an invocation.

use serde_json::{Map, Value};

/// What an answer counts as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// The invocation succeeded.
    Succeeded {
        /// Lines for the portal.
        logs: Vec<String>,
        /// What goes to the output bindings.
        outputs: Map<String, Value>,
    },
    /// It failed, and a message comes again.
    Failed(String),
    /// Neither: the invocation hangs until the function's time is up.
    Hangs,
}

/// Judges an answer by its status, content type and body.
pub(crate) fn judge(status: u16, content_type: Option<&str>, body: &[u8]) -> Verdict {
    if !(200..300).contains(&status) {
        return Verdict::Failed(format!("the status is {status}"));
    }
    if body.is_empty() {
        return Verdict::Hangs;
    }
    let kind = content_type.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !["application/json", "text/json"].contains(&kind.to_ascii_lowercase().as_str()) {
        return Verdict::Failed(format!("the content type is `{kind}`"));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Null) => Verdict::Hangs,
        Ok(Value::Object(answer)) => judge_object(&answer),
        Ok(_) => Verdict::Failed("the answer is no object".to_owned()),
        Err(error) => Verdict::Failed(format!("the answer is no JSON: {error}")),
    }
}

fn judge_object(answer: &Map<String, Value>) -> Verdict {
    // Top-level names are matched without regard to case.
    let part = |wanted: &str| {
        let found = answer
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    };
    let outputs = match part("Outputs") {
        None => Map::new(),
        Some(Value::Object(outputs)) => outputs.clone(),
        Some(_) => return Verdict::Failed("`Outputs` is no object".to_owned()),
    };
    let mut logs = Vec::new();
    match part("Logs") {
        None => {}
        Some(Value::Array(lines)) => {
            for line in lines {
                match line {
                    Value::String(line) => logs.push(line.clone()),
                    Value::Number(_) | Value::Bool(_) => logs.push(line.to_string()),
                    _ => return Verdict::Failed("`Logs` holds more than lines".to_owned()),
                }
            }
        }
        Some(_) => return Verdict::Failed("`Logs` is no array".to_owned()),
    }
    Verdict::Succeeded { logs, outputs }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json");

    fn succeeds(status: u16, kind: Option<&str>, body: &str) -> bool {
        matches!(
            judge(status, kind, body.as_bytes()),
            Verdict::Succeeded { .. }
        )
    }

    #[test]
    fn success_takes_a_good_status_json_and_an_object() {
        assert!(succeeds(200, JSON, "{}"));
        assert!(succeeds(
            202,
            Some("application/json; charset=utf-8"),
            "{\"x\":1}"
        ));
        assert!(succeeds(
            200,
            Some("text/json"),
            "{\"logs\":[\"a\"],\"OUTPUTS\":null}"
        ));
        for (status, kind, body) in [
            (500, JSON, "{}"),
            (404, JSON, "{}"),
            (302, JSON, "{}"),
            (200, None, "{}"),
            (200, Some("text/plain"), "{}"),
            (200, JSON, "{"),
            (200, JSON, "[]"),
            (200, JSON, "\"done\""),
            (200, JSON, "{\"Logs\":[{}]}"),
            (200, JSON, "{\"Logs\":\"a\"}"),
            (200, JSON, "{\"Outputs\":[]}"),
        ] {
            let verdict = judge(status, kind, body.as_bytes());
            assert!(
                matches!(verdict, Verdict::Failed(_)),
                "{status} {kind:?} {body}"
            );
        }
    }

    #[test]
    fn an_answer_without_content_hangs() {
        for (status, body) in [(200, ""), (204, ""), (200, "null")] {
            assert_eq!(judge(status, JSON, body.as_bytes()), Verdict::Hangs);
        }
    }

    #[test]
    fn the_lines_of_the_answer_are_the_invocations_log() {
        let answer = judge(
            200,
            JSON,
            br#"{"Outputs":{"q":1},"Logs":["a","b"],"ReturnValue":null}"#,
        );
        let Verdict::Succeeded { logs, outputs } = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(logs, ["a", "b"]);
        assert_eq!(outputs["q"], 1);
    }
}
