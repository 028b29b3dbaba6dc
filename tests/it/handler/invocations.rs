//! What the recordings do not show: several at once, another form of the same, work that fails or does not end.

use std::{net::SocketAddr, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    judge::{Verdict, judge},
    recorded::Recorded,
    stage,
    wire::{Answer, Connection, ask},
};

fn job() -> Recorded {
    Recorded::named("queue/json-object").for_ours()
}

/// Sends requests at the same time, each on a connection of its own.
fn at_once(host: SocketAddr, requests: Vec<Recorded>) -> JoinSet<Answer> {
    let mut sent = JoinSet::new();
    for request in requests {
        sent.spawn(async move { ask(host, &request).await });
    }
    sent
}

#[tokio::test]
async fn as_many_run_at_once_as_the_host_sends() {
    let host_json: Value = serde_json::from_str(include_str!("../../../host.json")).unwrap();
    let queues = &host_json["extensions"]["queues"];
    let most =
        queues["batchSize"].as_u64().unwrap() + queues["newBatchThreshold"].as_u64().unwrap();
    let most = usize::try_from(most).unwrap();
    assert_eq!(most, 6);

    let (host, told) = stage::for_the_host().await;
    let sent = at_once(host, vec![job().saying("wait"); most]);
    // None has ended: all of them wait for what comes now.
    told.called(most).await;
    told.gate.add_permits(6);
    for answer in sent.join_all().await {
        assert_eq!(judge(&answer).lines(), Vec::<String>::new());
    }
    assert_eq!(told.dropped(), 0);
}

#[tokio::test]
async fn one_that_panics_does_not_disturb_the_others() {
    let (host, told) = stage::for_the_host().await;
    let sent = at_once(host, vec![job().saying("wait"); 5]);
    told.called(5).await;
    let mut connection = Connection::to(host).await;
    for message in ["panic", "panic in a task", "panic"] {
        connection.send(&job().saying(message)).await;
        let answer = connection.answer().await;
        assert_eq!(judge(&answer), Verdict::Failure);
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("told to"), "{}", answer.body);
    }
    // The same connection, and the others, go on.
    connection.send(&job().saying("fine")).await;
    assert_eq!(
        judge(&connection.answer().await).lines(),
        ["SyncWorker did it"]
    );
    told.gate.add_permits(6);
    for answer in sent.join_all().await {
        assert_eq!(judge(&answer).lines(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_length_instead_of_chunks_makes_no_difference() {
    let (host, told) = stage::for_the_host().await;
    for name in ["queue/48k", "queue/unicode", "queue/empty", "admin/queue"] {
        let request = Recorded::named(name).for_ours();
        ask(host, &request).await;
        let answer = ask(host, &request.with_length()).await;
        assert_eq!(judge(&answer).lines(), ["SyncWorker did it"], "{name}");
        let calls = told.calls();
        let [.., chunked, at_length] = calls.as_slice() else {
            panic!("{calls:?}");
        };
        assert_eq!(chunked.message, at_length.message, "{name}");
    }
}

#[tokio::test]
async fn a_trace_is_taken_over_where_it_is_one() {
    let (host, told) = stage::for_the_host().await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (sent, wanted) in [
        (trace, Some(trace)),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", None),
        (
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            None,
        ),
        ("x", None),
    ] {
        ask(host, &job().with("traceparent", sent)).await;
        let call = told.calls().pop().unwrap();
        assert_eq!(call.invocation.traceparent.as_deref(), wanted, "{sent}");
    }
}

#[tokio::test]
async fn an_invocation_has_an_id_whatever_was_sent() {
    let (host, told) = stage::for_the_host().await;
    let header = "X-Azure-Functions-InvocationId";
    ask(host, &job().without(header)).await;
    ask(host, &job().without(header)).await;
    for (sent, wanted) in [("a b", "ab"), (&"x".repeat(4000), &"x".repeat(100))] {
        ask(host, &job().without(header).with(header, sent)).await;
        assert_eq!(told.calls().pop().unwrap().invocation.id, wanted);
    }
    ask(host, &job().without(header).with(header, "é")).await;
    let calls = told.calls();
    assert_eq!(calls.len(), 5);
    let ids: Vec<&str> = calls
        .iter()
        .map(|call| call.invocation.id.as_str())
        .collect();
    for made_up in [0, 1, 4] {
        assert_eq!(ids[made_up].len(), 36, "{ids:?}");
    }
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        assert!(id.chars().all(|letter| letter.is_ascii_graphic()), "{id}");
    }
}

#[tokio::test]
async fn the_deadline_is_four_fifths_of_what_the_host_gives() {
    let (host, told) = stage::for_the_host_with(Duration::from_secs(1000)).await;
    let before = Timestamp::now();
    ask(host, &job()).await;
    let after = Timestamp::now();
    let deadline = told.calls()[0].invocation.deadline;
    let share = SignedDuration::from_secs(800);
    assert!(before + share <= deadline && deadline <= after + share);
}

#[tokio::test]
async fn work_that_does_not_end_is_dropped_and_comes_back() {
    let (host, told) = stage::for_the_host_with(Duration::from_secs(1)).await;
    let endless = at_once(host, vec![job().saying("never end"); 2]);
    told.called(2).await;
    assert_eq!(
        judge(&ask(host, &job().saying("fine")).await).lines().len(),
        1
    );
    for answer in endless.join_all().await {
        assert_eq!(judge(&answer), Verdict::Failure);
        assert_eq!(answer.status, 500);
    }
    assert_eq!(told.dropped(), 2);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_work_with_it() {
    let (host, told) = stage::for_the_host().await;
    let mut connection = Connection::to(host).await;
    connection.send(&job().saying("never end")).await;
    told.called(1).await;
    drop(connection);
    tokio::time::timeout(Duration::from_secs(30), async {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        while told.dropped() == 0 {
            looks.tick().await;
        }
    })
    .await
    .expect("nobody is left to hear of it");
}

#[tokio::test]
async fn what_is_no_envelope_fails_and_is_recorded_at_the_last_stop() {
    let (host, told) = stage::for_the_host().await;
    let garbage = [
        "",
        "null",
        "[]",
        "{}",
        "\"x\"",
        "{\"Data\":",
        r#"{"Data":null}"#,
        r#"{"Data":{}}"#,
        r#"{"Data":{"a":"1","b":"2"}}"#,
        r#"{"data":{"job":"x"}}"#,
        "\u{0}\u{1}",
    ];
    for body in garbage {
        let mut request = job();
        request.body = body.to_owned();
        let answer = ask(host, &request).await;
        assert_eq!(judge(&answer), Verdict::Failure, "{body:?}");
        assert_eq!(answer.status, 400, "{body:?}");
        assert!(told.calls().is_empty(), "{body:?}");
    }
    for (number, body) in garbage.iter().enumerate() {
        let mut request = job().to("/SyncPoison");
        request.body = (*body).to_owned();
        let answer = ask(host, &request).await;
        assert_eq!(judge(&answer).lines(), ["SyncPoison did it"], "{body:?}");
        assert_eq!(told.calls()[number].message.as_deref(), Some(*body));
    }
    let mut tick = Recorded::named("timer/no-monitor").for_ours();
    tick.body = "{".to_owned();
    assert_eq!(judge(&ask(host, &tick).await).lines(), ["Scheduler did it"]);
}

#[tokio::test]
async fn envelopes_in_forms_that_were_not_recorded_are_understood() {
    let (host, told) = stage::for_the_host().await;
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let cases = [
        // Once instead of twice.
        (
            json!({"Data": {"job": "{\"version\":1}"}}),
            "{\"version\":1}",
        ),
        (json!({"Data": {"job": "not base64!"}}), "not base64!"),
        // Base64 of something that is no text stays as it is, and so does what is JSON.
        (json!({"Data": {"job": "/////w=="}}), "/////w=="),
        (json!({"Data": {"job": "12345678"}}), "12345678"),
        // Values that are no strings at all.
        (json!({"Data": {"job": 42}}), "42"),
        (json!({"Data": {"job": null}}), "null"),
        (json!({"Data": {"job": [1]}}), "[1]"),
        (json!({"Data": {"job": ["\"x\""]}}), "[\"\\\"x\\\"\"]"),
        (json!({"Data": {"job": true}}), "true"),
        // Our name among others, and another name alone.
        (json!({"Data": {"other": "\"x\"", "job": "\"y\""}}), "y"),
        (json!({"Data": {"other": "\"x\""}, "Metadata": null}), "x"),
        // Metadata of any form.
        (
            json!({"Data": {"job": "\"x\""}, "Metadata": [1, {"Data": {}}]}),
            "x",
        ),
    ];
    for (envelope, wanted) in cases {
        let mut request = job();
        request.body = envelope.to_string();
        let answer = ask(host, &request).await;
        assert_eq!(judge(&answer).lines().len(), 1, "{envelope}");
        let message = told.calls().pop().unwrap().message;
        assert_eq!(message.as_deref(), Some(wanted), "{envelope}");
    }
    let mut request = job();
    let text = Value::String(Value::String(deep.clone()).to_string());
    request.body = format!("{{\"Metadata\":{{\"State\":{deep}}},\"Data\":{{\"job\":{text}}}}}");
    assert_eq!(judge(&ask(host, &request).await).lines().len(), 1);
    assert_eq!(told.calls().pop().unwrap().message, Some(deep));
}

#[tokio::test]
async fn an_envelope_has_a_size() {
    let (host, told) = stage::for_the_host().await;
    let large = "y".repeat(3 * 1024 * 1024);
    assert_eq!(ask(host, &job().saying(&large)).await.status, 200);
    assert_eq!(told.calls()[0].message.as_deref(), Some(large.as_str()));
    let answer = ask(
        host,
        &job().saying(&"y".repeat(4 * 1024 * 1024)).with_length(),
    )
    .await;
    assert_eq!(answer.status, 413);
    assert_eq!(told.calls().len(), 1);
}
