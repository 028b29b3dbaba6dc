//! How traces are sent: with which headers, where they are led, and what is sent again.

use std::collections::HashMap;

use rollcall::telemetry::Destination;
use serde_json::{Value, json};

use super::{
    collector::{Collector, Said},
    exporting::{Exporting, insights},
};

/// The environment of this process says nothing of headers: they are those that the exporter was given.
#[tokio::test]
async fn a_collector_gets_the_headers_that_are_said() {
    let (collector, url) = Collector::start().await;
    let exporting = Exporting::start(Destination::Otlp {
        endpoint: format!("{url}/v1/mine"),
        headers: HashMap::from([("api-key".to_owned(), "a,b".to_owned())]),
    });
    exporting.call().await;
    let taken = collector.taken("/");
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0].path, "/v1/mine");
    assert_eq!(taken[0].key.as_deref(), Some("a,b"));
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_once() {
    let (collector, url) = Collector::start().await;
    let exporting = Exporting::start(insights(&url));
    for status in [307, 308] {
        collector.says(Said::status(status).header("location", "/elsewhere"));
        exporting.call().await;
    }
    let [first, second] = &collector.taken("/v2.1/track")[..] else {
        panic!("{:?}", collector.taken("/"));
    };
    let led = collector.taken("/elsewhere");
    let bodies: Vec<&[u8]> = led.iter().map(|one| one.body.as_slice()).collect();
    assert_eq!(bodies, [&first.body[..], &second.body[..]]);
}

#[tokio::test]
async fn a_redirect_to_somebody_else_is_not_followed() {
    let (collector, url) = Collector::start().await;
    let (other, elsewhere) = Collector::start().await;
    let exporting = Exporting::start(insights(&url));
    collector.says(Said::status(307).header("location", &elsewhere));
    exporting.call().await;
    assert_eq!(collector.taken("/").len(), 1);
    assert!(other.taken("/").is_empty(), "{:?}", other.taken("/"));
}

#[tokio::test]
async fn what_was_not_taken_for_a_reason_that_passes_is_sent_once_more() {
    let (collector, url) = Collector::start().await;
    let exporting = Exporting::start(insights(&url));
    let not_taken = |status: u16| {
        let error = json!({ "index": 0, "statusCode": status, "message": "not now" });
        Said::status(206).body(json!({ "itemsReceived": 1, "itemsAccepted": 0, "errors": [error] }))
    };
    // As a whole, and it may be at once.
    collector.says(Said::status(439).header("retry-after", "0"));
    exporting.call().await;
    let taken = collector.taken("/");
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert_eq!(taken[0].body, taken[1].body);
    // One by one.
    collector.says(not_taken(500));
    exporting.call().await;
    let envelopes: Vec<Value> = collector.envelopes();
    assert_eq!(envelopes.len(), 4, "{envelopes:#?}");
    assert_eq!(envelopes[2], envelopes[3]);
    // Not for a reason that stays.
    collector.says(not_taken(400));
    exporting.call().await;
    assert_eq!(collector.envelopes().len(), 5);
}
