//! What the host takes for success, and what makes it deliver a message again.
//!
//! Success is 200 with `application/json` and an object; an empty body would hang until the host kills the process.
//! Everything else is a failed invocation to the host, whatever the status: it brings the message back until it has been
//! tried often enough, and then puts its original bytes on the poison queue.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::plan::text::on_one_line;

/// The most lines an answer shows in the portal.
pub const MOST_LINES: usize = 20;
/// The most characters of such a line.
pub const LONGEST_LINE: usize = 300;

/// The invocation is done. `lines` are for people: those beyond the limits are cut off, and the last line says so.
pub fn done(lines: &[String]) -> Response {
    let mut logs: Vec<String> = lines
        .iter()
        .take(MOST_LINES)
        .map(|line| short(line))
        .collect();
    if lines.len() > MOST_LINES {
        logs.truncate(MOST_LINES - 1);
        logs.push(format!("and {} more lines", lines.len() - logs.len()));
    }
    // Outputs stay empty: the host would decode what looks like base64 and rewrite what looks like a date.
    Json(json!({ "Outputs": {}, "Logs": logs, "ReturnValue": null })).into_response()
}

/// The invocation failed and has to be repeated. The host does not read why; people who ask by hand do.
pub fn again(why: &str) -> Response {
    failed(StatusCode::INTERNAL_SERVER_ERROR, why)
}

/// The request is none that the host makes.
pub fn refused(status: StatusCode, why: &str) -> Response {
    failed(status, why)
}

fn failed(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": short(why) }))).into_response()
}

fn short(line: &str) -> String {
    let line = on_one_line(line.trim_end());
    if line.chars().count() <= LONGEST_LINE {
        return line;
    }
    let kept: String = line.chars().take(LONGEST_LINE - 1).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;
    use serde_json::Value;

    use super::*;

    async fn body(response: Response) -> Value {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn lines_are_few_short_and_one_line_each() {
        let lines: Vec<String> = (0..50)
            .map(|number| format!("{number}\n{}", "é".repeat(400)))
            .collect();
        let logs = body(done(&lines)).await["Logs"].clone();
        let logs = logs.as_array().unwrap();
        assert_eq!(logs.len(), MOST_LINES);
        assert_eq!(logs[19], "and 31 more lines");
        for line in logs {
            let line = line.as_str().unwrap();
            assert!(line.chars().count() <= LONGEST_LINE, "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
        assert!(logs[18].as_str().unwrap().starts_with("18\u{fffd}é"));
        let twenty = body(done(&lines[..20])).await["Logs"].clone();
        assert!(twenty[19].as_str().unwrap().starts_with("19"), "{twenty}");
    }

    #[tokio::test]
    async fn nothing_to_say_is_no_empty_answer() {
        let answer = done(&[]);
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        let body = body(answer).await;
        assert_eq!(
            body,
            json!({"Outputs": {}, "Logs": [], "ReturnValue": null})
        );
    }
}
