//! Every kind of fault, alone and inside batches.

use super::*;

async fn client() -> Client {
    let mut scenario = Scenario::with_people(10);
    scenario.groups[0].members = (0..5).map(User::numbered_id).collect();
    Client::new(scenario).await
}

#[tokio::test]
async fn errors_come_instead_of_the_write() {
    let client = client().await;
    let cases = [
        (Effect::Conflict, 409),
        (
            Effect::Throttle {
                retry_after_seconds: None,
            },
            429,
        ),
        (Effect::ServerError, 500),
        (Effect::BadGateway, 502),
        (
            Effect::Unavailable {
                retry_after_seconds: Some(1.5),
            },
            503,
        ),
        (Effect::Portal, 200),
        (
            Effect::Error {
                status: 418,
                code: "Teapot".to_owned(),
                message: "short".to_owned(),
            },
            418,
        ),
    ];
    let kinds = cases.len() as u64;
    for (effect, status) in cases {
        client.inject(effect);
        assert_eq!(
            (client.add_one(7).await.status, client.members()),
            (status, 5)
        );
    }
    assert_eq!(client.add_one(7).await.status, 204);
    assert_eq!(client.sandbox.counters().faults, kinds);
}

#[tokio::test]
async fn a_gateway_timeout_comes_after_the_write() {
    let client = client().await;
    client.inject(Effect::GatewayTimeoutAfter);
    assert_eq!((client.add_one(7).await.status, client.members()), (504, 6));
}

#[tokio::test]
async fn connections_drop_before_and_after_the_write() {
    let client = client().await;
    let url = format!("{MEMBERS}/$ref");
    let body = |number| Some(json!({"@odata.id": client.reference(number)}));
    client.inject(Effect::DropBefore);
    assert!(client.try_send("POST", &url, body(7)).await.is_err());
    assert_eq!(client.members(), 5);
    client.inject(Effect::DropAfter);
    assert!(client.try_send("POST", &url, body(7)).await.is_err());
    assert_eq!(client.members(), 6);
    assert_eq!(client.add_one(8).await.status, 204);
    let log = client.sandbox.log();
    assert_eq!(
        log.iter()
            .filter(|exchange| exchange.response.is_none())
            .count(),
        2
    );
}

#[tokio::test]
async fn an_answer_can_be_slow_without_holding_up_others() {
    let client = client().await;
    client.sandbox.inject(
        Fault::new(Effect::Slow {
            milliseconds: 1_000,
        })
        .on("GET", "/members"),
    );
    let finished = std::sync::Mutex::new(Vec::new());
    let ask = async |url: &str, name: &'static str| {
        let reply = client.get(url).await;
        finished.lock().unwrap().push(name);
        reply.status
    };
    let statuses = tokio::join!(ask(MEMBERS, "slow"), ask("/users", "quick"));
    assert_eq!(statuses, (200, 200));
    assert_eq!(*finished.lock().unwrap(), ["quick", "slow"]);
}

#[tokio::test]
async fn tokens_expire_and_permissions_go_in_mid_run() {
    let mut client = client().await;
    client.inject(Effect::ExpireTokens);
    assert_eq!(client.get("/users").await.status, 401);
    assert_eq!(client.get("/users").await.status, 401);
    client.sign_in().await;
    assert_eq!(client.get("/users").await.status, 200);
    client.inject(Effect::RevokePermission {
        permission: "GroupMember.ReadWrite.All".to_owned(),
    });
    assert_eq!(client.add_one(8).await.status, 403);
    assert_eq!(client.get(MEMBERS).await.status, 403);
}

#[tokio::test]
async fn pages_can_be_empty_or_short_without_loss() {
    let client = client().await;
    client.inject(Effect::EmptyPage);
    assert_eq!(client.all(MEMBERS).await.len(), 5);
    client.inject(Effect::ShortPage { size: 2 });
    assert_eq!(client.all(MEMBERS).await.len(), 5);
    assert_eq!(client.sandbox.counters().requests, 4);
}

#[tokio::test]
async fn lists_can_be_cut_hidden_or_partial() {
    let client = client().await;
    client.inject(Effect::TruncatedListing { size: 2 });
    let cut = client.get(MEMBERS).await.json();
    assert_eq!(
        (
            cut["value"].as_array().unwrap().len(),
            cut.get("@odata.nextLink")
        ),
        (2, None)
    );
    client.inject(Effect::RepeatedObjects);
    let repeated = client.get(MEMBERS).await.ids();
    assert_eq!((repeated.len(), &repeated[0]), (6, &User::numbered_id(0)));
    client.inject(Effect::HiddenMembership);
    assert!(client.get(MEMBERS).await.ids().is_empty());
    client.inject(Effect::PartialObjects);
    let user = &client.get("/users").await.json()["value"][0];
    assert_eq!(
        (&user["id"], &user["mail"]),
        (&json!(User::numbered_id(0)), &Value::Null)
    );
}

#[tokio::test]
async fn links_can_lead_astray() {
    let client = client().await;
    client.inject(Effect::ForeignNextLink {
        origin: "https://graph.attacker.example".to_owned(),
    });
    let link = client.get("/users?$top=2").await.json()["@odata.nextLink"].clone();
    assert!(
        link.as_str()
            .unwrap()
            .starts_with("https://graph.attacker.example/v1.0/users?"),
        "{link}"
    );
    client.inject(Effect::CyclingNextLink);
    let url = format!("{}/v1.0/users?$top=2", client.sandbox.url());
    assert_eq!(client.get(&url).await.json()["@odata.nextLink"], json!(url));
    let next = client.get("/users?$top=2").await.json()["@odata.nextLink"].clone();
    client.inject(Effect::ExpirePageTokens);
    assert_eq!(
        client.get(next.as_str().unwrap()).await.code(),
        "Directory_ExpiredPageToken"
    );
    client.inject(Effect::NotJson);
    assert_eq!(client.get("/users").await.json(), Value::Null);
}

#[tokio::test]
async fn faults_wait_match_and_meet_items_of_batches() {
    let client = client().await;
    let fault = Fault::new(Effect::ServerError)
        .on("POST", "/members/$ref")
        .after(1)
        .times(2);
    client.sandbox.inject(fault);
    client
        .sandbox
        .inject(Fault::new(Effect::DropBefore).on("POST", "/members"));
    let items: Vec<Value> = (5..9)
        .map(|id| json!({
            "id": id.to_string(), "method": "POST", "url": format!("{MEMBERS}/$ref"),
            "headers": {"Content-Type": "application/json"}, "body": {"@odata.id": client.reference(id)},
        }))
        .collect();
    let reply = client
        .send("POST", "/$batch", Some(json!({"requests": items})))
        .await
        .json();
    let mut statuses: Vec<u64> = reply["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|response| response["status"].as_u64().unwrap())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 204, 500, 500]);
    assert_eq!(client.members(), 7);
    assert!(client.try_send("GET", MEMBERS, None).await.is_ok());
}
