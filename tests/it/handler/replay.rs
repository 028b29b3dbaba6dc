//! Every recorded request, byte for byte.

use serde_json::Value;

use super::{
    judge::{Verdict, judge},
    recorded::Recorded,
    stage,
    wire::ask,
};

/// What was put on the queue, for each recording.
fn originals() -> Vec<(&'static str, String)> {
    let object = r#"{"v":1,"job":"run","sync":"sales","list":"Sales","run":"0195a3c2","attempt":1,"id":"42","due":"2026-01-02T03:04:05Z","opts":{"mode":"apply"},"tags":["a"],"ok":true,"nil":null}"#;
    let said = |text: &str| text.to_owned();
    vec![
        ("admin/queue", said(r#"{"v":1}"#)),
        (
            "queue/48k",
            format!("{{\"pad\": \"{}\"}}", "x".repeat(48_000)),
        ),
        ("queue/binary", said("bin hello")),
        ("queue/broken-json", said("{ not json")),
        ("queue/empty", String::new()),
        ("queue/json-array", said(r#"["a","b"]"#)),
        ("queue/json-null", said("null")),
        ("queue/json-object", said(object)),
        ("queue/json-string", said(r#""quoted""#)),
        ("queue/number", said("42")),
        ("queue/plain-text", said("hello from the list")),
        ("queue/redelivery-1", said("do-fail")),
        ("queue/redelivery-2", said("do-fail")),
        ("queue/redelivery-3", said("do-fail")),
        ("queue/unicode", said("line\nbreak ☃ 😀 'q' \\ / <é>")),
    ]
}

#[tokio::test]
async fn every_message_arrives_as_it_was_put_on_the_queue() {
    let (host, told) = stage::for_the_host().await;
    let originals = originals();
    for (name, _) in Recorded::all("queue") {
        assert!(originals.iter().any(|(known, _)| *known == name), "{name}");
    }
    for (number, (name, original)) in originals.iter().enumerate() {
        let request = Recorded::named(name).for_ours();
        let answer = ask(host, &request).await;
        let verdict = judge(&answer);
        if original == "do-fail" {
            assert_eq!(verdict, Verdict::Failure, "{name}");
            assert_eq!(answer.status, 500, "{name}");
        } else {
            assert_eq!(verdict.lines(), ["SyncWorker did it"], "{name}");
        }
        let calls = told.calls();
        assert_eq!(calls.len(), number + 1, "{name}");
        assert_eq!(
            calls[number].message.as_deref(),
            Some(original.as_str()),
            "{name}"
        );
        let invocation = &calls[number].invocation;
        let id = request.header("X-Azure-Functions-InvocationId");
        assert_eq!(Some(invocation.id.as_str()), id, "{name}");
        assert_eq!(invocation.function, "SyncWorker");
        assert_eq!(invocation.traceparent, None);
        assert!(!invocation.past_due);
    }
}

#[tokio::test]
async fn every_message_reaches_the_poison_function_as_well() {
    let (host, told) = stage::for_the_host().await;
    for (name, original) in originals() {
        ask(host, &Recorded::named(name).to("/SyncPoison")).await;
        let call = told.calls().pop().unwrap();
        assert_eq!(call.message, Some(original), "{name}");
        assert_eq!(call.invocation.function, "SyncPoison");
    }
}

#[tokio::test]
async fn every_tick_is_a_tick() {
    let (host, told) = stage::for_the_host().await;
    let mut ticks = Recorded::all("timer");
    ticks.push(("admin/timer".to_owned(), Recorded::named("admin/timer")));
    for (name, tick) in ticks {
        let answer = ask(host, &tick.for_ours()).await;
        assert_eq!(judge(&answer).lines(), ["Scheduler did it"], "{name}");
        let call = told.calls().pop().unwrap();
        assert_eq!(call.message, None);
        assert_eq!(call.invocation.past_due, name == "timer/past-due", "{name}");
    }
    assert_eq!(told.calls().len(), 7);
}

#[tokio::test]
async fn a_wrapped_http_request_is_none_of_ours() {
    let (host, told) = stage::for_the_host().await;
    for (name, request) in Recorded::all("envelope") {
        let answer = ask(host, &request).await;
        assert_eq!(judge(&answer), Verdict::Failure, "{name}");
        assert_eq!(answer.status, 404, "{name}");
        assert!(told.calls().is_empty(), "{name}");
    }
    // As a value that is no text it would still arrive whole.
    for (name, request) in Recorded::all("envelope") {
        let sent: Value = serde_json::from_str(&request.body).unwrap();
        ask(host, &request.to("/SyncWorker")).await;
        let message = told.calls().pop().unwrap().message.unwrap();
        let message: Value = serde_json::from_str(&message).unwrap();
        assert_eq!(message, sent["Data"]["req"], "{name}");
    }
}

#[tokio::test]
async fn requests_from_outside_reach_the_public_paths_as_they_were_passed_on() {
    let (host, told) = stage::for_the_host().await;
    let forwarded = Recorded::all("http-forwarded");
    for (name, request) in forwarded.into_iter().chain(Recorded::all("http-proxied")) {
        let answer = ask(host, &request).await;
        assert_eq!(answer.status, 200, "{name}");
        let seen: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(seen["method"], request.method.as_str(), "{name}");
        assert_eq!(seen["path"], request.path.as_str(), "{name}");
        assert_eq!(seen["body"], request.body.as_str(), "{name}");
        let headers: Vec<(String, String)> =
            serde_json::from_value(seen["headers"].clone()).unwrap();
        let sent: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        assert_eq!(headers, sent, "{name}");
    }
    assert!(told.calls().is_empty());
}
