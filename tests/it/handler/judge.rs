//! What a real host makes of an answer to an envelope, written down from its source and its behaviour, not from ours.

use serde_json::Value;

use super::wire::Answer;

/// What becomes of the invocation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It succeeded, with this body.
    Success(Value),
    /// It failed: the message comes back.
    Failure,
    /// It neither ends nor fails until its time is up, and then the whole process is killed.
    Hangs,
}

pub(super) fn judge(answer: &Answer) -> Verdict {
    if !(200..300).contains(&answer.status) {
        return Verdict::Failure;
    }
    if answer.body.is_empty() || answer.body.trim() == "null" {
        return Verdict::Hangs;
    }
    let content_type = answer.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type != "application/json" && media_type != "text/json" {
        return Verdict::Failure;
    }
    let Ok(body) = serde_json::from_str::<Value>(&answer.body) else {
        return Verdict::Failure;
    };
    let Some(object) = body.as_object() else {
        return Verdict::Failure;
    };
    // Top-level names match without regard to case. Things that are no text cannot be lines of the log.
    for (name, value) in object {
        let fits = match name.to_ascii_lowercase().as_str() {
            "logs" => {
                value.is_null()
                    || value
                        .as_array()
                        .is_some_and(|lines| lines.iter().all(is_text))
            }
            "outputs" => value.is_null() || value.is_object(),
            _ => true,
        };
        if !fits {
            return Verdict::Failure;
        }
    }
    Verdict::Success(body)
}

fn is_text(line: &Value) -> bool {
    line.is_string() || line.is_number()
}

impl Verdict {
    /// The lines for the portal; nothing else may be in a successful answer of ours.
    #[track_caller]
    pub(super) fn lines(self) -> Vec<String> {
        let Self::Success(body) = self else {
            panic!("no success: {self:?}");
        };
        let object = body.as_object().unwrap();
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        assert_eq!(names, ["Logs", "Outputs", "ReturnValue"]);
        assert_eq!(object["Outputs"], serde_json::json!({}));
        assert_eq!(object["ReturnValue"], Value::Null);
        serde_json::from_value(object["Logs"].clone()).unwrap()
    }
}

#[test]
fn the_judge_knows_every_row_of_the_table() {
    let answer = |status, content_type: &str, body: &str| Answer {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.to_owned(),
    };
    let json = "application/json";
    for (given, wanted) in [
        (
            answer(200, json, "{}"),
            Verdict::Success(serde_json::json!({})),
        ),
        (
            answer(201, "text/json; charset=utf-8", r#"{"x":1}"#),
            Verdict::Success(serde_json::json!({"x": 1})),
        ),
        (answer(200, json, ""), Verdict::Hangs),
        (answer(204, json, ""), Verdict::Hangs),
        (answer(200, json, "null"), Verdict::Hangs),
        (answer(200, json, "[]"), Verdict::Failure),
        (answer(200, json, "\"ok\""), Verdict::Failure),
        (answer(200, json, "{"), Verdict::Failure),
        (answer(200, json, r#"{"Logs":[{}]}"#), Verdict::Failure),
        (answer(200, json, r#"{"logs":"x"}"#), Verdict::Failure),
        (answer(200, json, r#"{"Outputs":[]}"#), Verdict::Failure),
        (answer(200, "text/plain", "{}"), Verdict::Failure),
        (answer(200, "", "{}"), Verdict::Failure),
        (answer(302, json, "{}"), Verdict::Failure),
        (answer(400, json, "{}"), Verdict::Failure),
        (answer(500, json, "{}"), Verdict::Failure),
    ] {
        assert_eq!(judge(&given), wanted, "{given:?}");
    }
}
