//! A panic under the real log: once, as one line, with the invocation it belongs to. It needs a process of its own,
//! because the log and what happens on a panic belong to the whole process.

use std::{env, process::Command};

use rollcall::telemetry;
use serde_json::Value;

use super::{recorded::Recorded, stage, wire::ask};

/// Set for the process within the test.
const WITHIN: &str = "ROLLCALL_TEST_WITHIN";
const THIS: &str = "handler::panics::a_panic_is_logged_once_with_its_invocation";

#[tokio::test]
async fn a_panic_is_logged_once_with_its_invocation() {
    if env::var_os(WITHIN).is_some() {
        return provoke().await;
    }
    let ran = Command::new(env::current_exe().unwrap())
        .args(["--exact", THIS, "--nocapture", "--test-threads=1"])
        .env(WITHIN, "1")
        .output()
        .unwrap();
    let errors = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{errors}");
    let lines: Vec<Value> = errors
        .lines()
        .map(|line| {
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no line of ours: {line}"))
        })
        .collect();
    let of = |id: &str| -> Vec<&Value> {
        lines
            .iter()
            .filter(|line| line["invocation"] == id)
            .collect()
    };
    let [panicked] = of("one")[..] else {
        panic!("{errors}");
    };
    assert_eq!(panicked["level"], "ERROR");
    assert_eq!(panicked["function"], "SyncWorker");
    assert_eq!(panicked["message"], "panicked: told to panic by one");
    assert!(panicked["place"].as_str().unwrap().contains("stage.rs:"));
    // Beside it: the task's own panic, and that the invocation failed for it.
    let told = |text: &str| errors.matches(text).count();
    assert_eq!(told("panicked: told to panic beside it"), 1, "{errors}");
    assert_eq!(of("two").len(), 1, "{errors}");
    assert_eq!(of("two")[0]["why"], "its task panicked");
    assert_eq!(lines.len(), 3, "{errors}");

    // What is no error goes to standard output, among the lines of the test itself.
    let output = String::from_utf8(ran.stdout).unwrap();
    let answered = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|line| line["invocation"] == "three" && line["message"] == "answered");
    let answered = answered.unwrap_or_else(|| panic!("{output}"));
    assert_eq!(
        (&answered["status"], &answered["level"]),
        (&200.into(), &"INFO".into())
    );
    assert!(answered["milliseconds"].is_u64());
}

async fn provoke() {
    telemetry::start_for_host(Some("warn,rollcall=info"), None);
    let (host, _) = stage::for_the_host().await;
    for (id, message, status) in [
        ("one", "panic", 500),
        ("two", "panic in a task", 500),
        ("three", "fine", 200),
    ] {
        let header = "X-Azure-Functions-InvocationId";
        let request = Recorded::named("queue/plain-text")
            .for_ours()
            .saying(message);
        let answer = ask(host, &request.without(header).with(header, id)).await;
        assert_eq!(answer.status, status, "{id}");
    }
}
