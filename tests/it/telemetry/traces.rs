//! Traces from the call over the queue to the requests of a run.

use serde_json::Value;

use super::{
    collector::Collector,
    office::{Office, TRACE},
};
use rollcall::sandbox::{Effect, Fault};

const SETTING: &str = "APPLICATIONINSIGHTS_CONNECTION_STRING";

fn connection(url: &str) -> String {
    format!("InstrumentationKey=the-key;IngestionEndpoint={url}")
}

/// The spans of the trace of whoever asked for runs.
fn ours(collector: &Collector) -> Vec<Value> {
    let mut envelopes = collector.envelopes();
    envelopes.retain(|envelope| envelope["tags"]["ai.operation.id"] == TRACE);
    envelopes
}

fn data(envelope: &Value) -> &Value {
    &envelope["data"]["baseData"]
}

fn named<'a>(spans: &'a [Value], name: &str) -> Vec<&'a Value> {
    spans
        .iter()
        .filter(|span| data(span)["name"] == name)
        .collect()
}

#[tokio::test]
async fn a_trace_leads_from_the_call_to_the_requests_of_its_run() {
    let (collector, url) = Collector::start().await;
    let office = Office::open(&[
        (SETTING, &connection(&url)),
        ("WEBSITE_SITE_NAME", "roll-app"),
        ("WEBSITE_INSTANCE_ID", "instance-7"),
    ])
    .await;
    let throttle = Effect::Throttle {
        retry_after_seconds: Some(0.01),
    };
    office
        .tenant
        .inject(Fault::new(throttle).on("GET", "/groups").times(2));
    let before = office.tenant.counters();
    let run = office.run("apply").await;
    let after = office.tenant.counters();
    let said = office.stop().await;
    let spans = ours(&collector);

    let calls = named(&spans, "ApiWrite");
    assert_eq!(calls.len(), 1, "{spans:#?}");
    assert_eq!(
        calls[0]["tags"]["ai.operation.parentId"],
        "00f067aa0ba902b7"
    );
    assert_eq!(data(calls[0])["responseCode"], "202");
    assert_eq!(calls[0]["tags"]["ai.operation.name"], "ApiWrite");
    let runs = named(&spans, "run");
    assert_eq!(runs.len(), 1, "{spans:#?}");
    let of_run = data(runs[0]);
    assert_eq!(
        runs[0]["tags"]["ai.operation.parentId"],
        data(calls[0])["id"]
    );
    assert_eq!(of_run["properties"]["run"], run["run"]);
    assert_eq!(of_run["properties"]["sync"], "everyone");
    assert_eq!(of_run["properties"]["status"], run["status"]);
    assert_eq!(runs[0]["tags"]["ai.cloud.role"], "roll-app");
    assert_eq!(runs[0]["tags"]["ai.cloud.roleInstance"], "instance-7");
    assert_eq!(runs[0]["iKey"], "the-key");

    let requests: Vec<&Value> = spans
        .iter()
        .filter(|span| span["data"]["baseType"] == "RemoteDependencyData")
        .collect();
    for request in &requests {
        assert_eq!(request["tags"]["ai.operation.parentId"], of_run["id"]);
        assert_eq!(data(request)["target"], "127.0.0.1");
        assert_eq!(request["tags"]["ai.operation.name"], Value::Null);
    }
    let traffic = &run["traffic"];
    assert_eq!(traffic["requests"], requests.len());
    assert_eq!(
        traffic["requests"],
        requests_of(&after) - requests_of(&before)
    );
    assert_eq!(traffic["throttled"], 2, "{traffic}");
    assert!(
        traffic["waitedMilliseconds"].as_u64().unwrap() > 0,
        "{traffic}"
    );
    let codes: Vec<&Value> = requests.iter().map(|it| &data(it)["resultCode"]).collect();
    assert_eq!(codes.iter().filter(|code| **code == "429").count(), 2);
    // The line of the log leads to the trace.
    let line = said.lines().find(|line| line.contains("a run has ended"));
    assert!(line.unwrap().contains(TRACE), "{said}");
}

fn requests_of(counters: &rollcall::sandbox::Counters) -> u64 {
    counters.requests + counters.token_requests
}

#[tokio::test]
async fn of_traces_that_are_not_sent_errors_and_runs_are() {
    let (collector, url) = Collector::start().await;
    let office = Office::open(&[(SETTING, &connection(&url)), ("ROLLCALL_TRACE_SHARE", "0")]).await;
    let fault = Fault::new(Effect::ServerError)
        .on("GET", "/groups")
        .times(1);
    office.tenant.inject(fault);
    office.run("apply").await;
    office.stop().await;
    let spans = collector.envelopes();
    assert_eq!(named(&spans, "run").len(), 1, "{spans:#?}");
    assert_eq!(spans.len(), 2, "{spans:#?}");
    let error = spans.iter().find(|span| data(span)["success"] == false);
    assert_eq!(data(error.unwrap())["resultCode"], "500");
    for span in &spans {
        assert_eq!(span["sampleRate"], 100.0, "each of them counts once");
    }
}

#[tokio::test]
async fn a_run_does_not_care_whether_its_trace_can_be_sent() {
    // Nobody listens there.
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let office = Office::open(&[(SETTING, &connection(&url))]).await;
    for _ in 0..2 {
        let run = office.run("apply").await;
        assert_ne!(run["status"], "failed", "{run}");
    }
    let said = office.stop().await;
    assert_eq!(said.matches("traces are not sent").count(), 1, "{said}");
}

#[tokio::test]
async fn without_a_place_to_send_to_there_is_no_trace() {
    let office = Office::open(&[]).await;
    let run = office.run("apply").await;
    assert!(run["traffic"]["requests"].as_u64().unwrap() > 0, "{run}");
    let said = office.stop().await;
    assert!(said.contains("a run has ended"), "{said}");
    assert!(!said.contains(TRACE), "{said}");
}
