//! Throttling: per call, per item, and in faster time.

use super::*;
use crate::sandbox::scenario::{PatchCost, Quota, TenantSize};

fn quota(writes: u64, clock_speed: f64) -> Scenario {
    let quota = Quota {
        enabled: true,
        writes_per150s: writes,
        clock_speed,
        ..Quota::default()
    };
    Scenario {
        quota,
        ..Scenario::with_people(100)
    }
}

#[tokio::test]
async fn writes_run_out_and_come_back_after_the_wait() {
    let client = Client::new(quota(3, 500.0)).await;
    for number in 0..3 {
        assert_eq!(client.add_one(number).await.status, 204);
    }
    let mut refused = 0;
    loop {
        let reply = client.add_one(3).await;
        if reply.status == 204 {
            break;
        }
        refused += 1;
        assert_eq!(
            (reply.status, reply.header("x-ms-throttle-information")),
            (429, "WriteLimitExceeded")
        );
        assert_eq!(reply.json()["error"]["code"], "TooManyRequests");
        let wait: f64 = reply.header("retry-after").parse().unwrap();
        assert!(wait > 0.0 && wait <= 0.3, "{wait}");
        let_pass(Duration::from_secs_f64(wait)).await;
    }
    assert!(refused <= 2, "{refused}");
    assert_eq!(client.sandbox.counters().throttled, refused);
    assert_eq!(client.sandbox.counters().writes, 4);
}

#[tokio::test]
async fn items_of_a_batch_are_throttled_each_by_itself() {
    let client = Client::new(quota(5, 1.0)).await;
    let items: Vec<Value> = (0..8)
        .map(|id| json!({
            "id": id.to_string(), "method": "POST", "url": format!("{MEMBERS}/$ref"),
            "headers": {"Content-Type": "application/json"}, "body": {"@odata.id": client.reference(id)},
        }))
        .collect();
    let reply = client
        .send("POST", "/$batch", Some(json!({"requests": items})))
        .await;
    assert_eq!(reply.status, 200);
    let body = reply.json();
    let responses = body["responses"].as_array().unwrap();
    let throttled: Vec<&Value> = responses
        .iter()
        .filter(|response| response["status"] == 429)
        .collect();
    assert_eq!((throttled.len(), client.members()), (3, 5));
    assert!(
        throttled[0]["headers"]["Retry-After"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
    assert_eq!(client.sandbox.counters().throttled, 3);
}

#[tokio::test]
async fn a_bound_patch_costs_one_or_a_third() {
    let client = Client::new(quota(100, 1.0)).await;
    assert_eq!(client.add_many(0..20).await.status, 204);
    assert_eq!(client.sandbox.counters().writes, 1);
    client
        .sandbox
        .edit(|scenario| scenario.quota.patch_cost = PatchCost::Thirds);
    assert_eq!(client.add_many(20..40).await.status, 204);
    assert_eq!(client.sandbox.counters().writes, 8);
}

#[tokio::test]
async fn resource_units_follow_the_table_and_run_out() {
    let mut scenario = quota(100, 1.0);
    scenario.quota.tenant_size = Some(TenantSize::S);
    let client = Client::new(scenario).await;
    let unit = async |url: &str| {
        client
            .get(url)
            .await
            .header("x-ms-resource-unit")
            .to_owned()
    };
    assert_eq!(unit("/users").await, "2");
    assert_eq!(unit("/users?$select=id").await, "1");
    assert_eq!(unit(MEMBERS).await, "3");
    assert_eq!(unit(&format!("{MEMBERS}?$select=id&$top=5")).await, "1");
    assert_eq!(unit("/users?$top=0").await, "0");
    client
        .sandbox
        .edit(|scenario| scenario.quota.clock_speed = 0.001);
    let mut last = String::new();
    let items: Vec<Value> = (0..20)
        .map(|id| json!({"id": id.to_string(), "method": "GET", "url": MEMBERS}))
        .collect();
    for _ in 0..70 {
        last = client
            .send("POST", "/$batch", Some(json!({"requests": items})))
            .await
            .text;
        if last.contains("ResourceUnitLimitExceeded") {
            break;
        }
    }
    assert!(last.contains("ResourceUnitLimitExceeded"));
}
