//! Users, lists, filters, permissions, sign-in.

use super::*;
use crate::sandbox::scenario::Group;

#[tokio::test]
async fn users_come_page_by_page_and_each_once() {
    let client = Client::new(Scenario::with_people(2500)).await;
    let users = client.all("/users?$top=999&$select=id,mail").await;
    assert_eq!(users.len(), 2500);
    let ids: std::collections::BTreeSet<_> =
        users.iter().map(|user| user["id"].to_string()).collect();
    assert_eq!(ids.len(), 2500);
    assert_eq!(client.sandbox.counters().requests, 3);
    assert_eq!(users[0].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn the_server_may_send_shorter_pages() {
    let scenario = Scenario {
        page_size_limit: Some(2),
        ..Scenario::with_people(5)
    };
    let client = Client::new(scenario).await;
    assert_eq!(client.all("/users?$top=999").await.len(), 5);
    assert_eq!(client.sandbox.counters().requests, 3);
}

#[tokio::test]
async fn a_person_is_found_by_id_and_by_name_without_case() {
    let mut scenario = Scenario::with_people(1);
    scenario.users.push(User {
        id: User::numbered_id(9),
        user_principal_name: "o'neil_fabrikam.example#EXT#@contoso.onmicrosoft.example".to_owned(),
        ..User::default()
    });
    let client = Client::new(scenario).await;
    assert_eq!(
        client.get("/users/USER0000@contoso.example").await.status,
        200
    );
    let guest = client
        .get("/users/o'neil_fabrikam.example%23EXT%23%40contoso.onmicrosoft.example")
        .await;
    assert_eq!(guest.json()["id"], json!(User::numbered_id(9)));
    let quoted = client
        .get("/users('o''neil_fabrikam.example%23EXT%23%40contoso.onmicrosoft.example')")
        .await;
    assert_eq!(quoted.json()["id"], json!(User::numbered_id(9)));
    let missing = client.get("/users/nobody@contoso.example").await;
    assert_eq!(
        (missing.status, missing.code().as_str()),
        (404, "Request_ResourceNotFound")
    );
    assert!(missing.text.contains("'nobody@contoso.example'"));
}

#[tokio::test]
async fn filters_find_addresses_and_a_bare_plus_is_a_space() {
    let mut scenario = Scenario::with_people(20);
    scenario.users[3].other_mails = vec!["a+b@fabrikam.example".to_owned()];
    let client = Client::new(scenario).await;
    let found = async |filter: &str| {
        client
            .get(&format!("/users?$select=id&$filter={filter}"))
            .await
            .ids()
            .len()
    };
    assert_eq!(found("mail eq 'USER0003@contoso.example'").await, 1);
    assert_eq!(
        found("proxyAddresses/any(p:p eq 'smtp:user0003@contoso.example')").await,
        1
    );
    assert_eq!(
        found("otherMails/any(p:p eq 'a%2Bb@fabrikam.example')").await,
        1
    );
    assert_eq!(
        found("otherMails/any(p:p eq 'a+b@fabrikam.example')").await,
        0
    );
    assert_eq!(found("mail in ('user0001@contoso.example','user0002@contoso.example') and accountEnabled eq true").await, 2);
    assert_eq!(found("startsWith(userPrincipalName,'user000')").await, 10);
    assert_eq!(
        found("not(startsWith(displayName,'User 000'))&$count=true").await,
        10
    );
    assert_eq!(
        found("endsWith(mail,'7@contoso.example')&$count=true").await,
        2
    );
}

#[tokio::test]
async fn advanced_filters_and_long_ones_are_refused_in_graphs_words() {
    let client = Client::new(Scenario::with_people(1)).await;
    let ends = client.get("/users?$filter=endsWith(mail,'e')").await;
    assert_eq!(
        (ends.status, ends.code().as_str()),
        (400, "Request_UnsupportedQuery")
    );
    assert!(ends.text.contains("Operator 'endsWith' is not supported"));
    let values: Vec<String> = (0..16).map(|number| format!("'u{number}'")).collect();
    let many = client
        .get(&format!("/users?$filter=mail in ({})", values.join(",")))
        .await;
    assert!(
        many.text.contains("'OR' operators: 16. Max allowed: 15."),
        "{}",
        many.text
    );
    let wrong = client.get("/users?$filter=aboutMe eq 'x'").await;
    assert!(
        wrong.text.contains("property 'aboutMe' of resource 'User'"),
        "{}",
        wrong.text
    );
    for broken in [
        "mail eq",
        "mail like 'x'",
        "(mail eq 'x'",
        "mail eq 'x",
        "otherMails/any(x:y eq 'z')",
        "nope(mail,'x')",
    ] {
        assert_eq!(
            client.get(&format!("/users?$filter={broken}")).await.status,
            400,
            "{broken}"
        );
    }
    assert_eq!(client.get("/users?$top=1000").await.status, 400);
    assert_eq!(client.get("/users?$skip=5").await.status, 400);
    assert_eq!(client.get("/users?$select=emailAddress").await.status, 400);
}

#[tokio::test]
async fn counting_wants_the_header() {
    let client = Client::new(Scenario::with_people(7)).await;
    assert_eq!(client.get("/users/$count").await.text, "7");
    let page = client.get("/users?$count=true&$top=2").await.json();
    assert_eq!(page["@odata.count"], 7);
    let bare = client
        .http
        .get(format!("{}/v1.0/users/$count", client.sandbox.url()))
        .bearer_auth(&client.token);
    assert_eq!(bare.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn nesting_is_flattened_and_service_principals_are_left_out() {
    let mut scenario = Scenario::with_people(4);
    let inner = "00000000-0000-4000-8000-00000000b001".to_owned();
    scenario.groups.push(Group {
        id: inner.clone(),
        display_name: "Inner".to_owned(),
        ..Group::default()
    });
    scenario.groups[0].members = vec![User::numbered_id(0), inner.clone()];
    scenario.groups[1].members = vec![
        User::numbered_id(1),
        User::numbered_id(0),
        Scenario::EVERYONE.to_owned(),
    ];
    let client = Client::new(scenario).await;
    assert_eq!(
        client.get(MEMBERS).await.ids(),
        vec![User::numbered_id(0), inner]
    );
    assert_eq!(
        client
            .get(&format!("{MEMBERS}/microsoft.graph.user"))
            .await
            .ids(),
        vec![User::numbered_id(0)]
    );
    let all = client
        .get(&MEMBERS.replace("members", "transitiveMembers/microsoft.graph.user"))
        .await
        .ids();
    assert_eq!(all.len(), 2);
    assert_eq!(
        client
            .get(&format!("{MEMBERS}/microsoft.graph.message"))
            .await
            .code(),
        "Request_UnsupportedQuery"
    );
}

#[test]
fn a_scenario_says_what_is_wrong_with_it() {
    let unknown = Scenario::parse(
        r#"{"groups": [{"id": "00000000-0000-4000-8000-000000000001", "members": ["x"]}]}"#,
    );
    assert_eq!(
        unknown.unwrap_err().to_string(),
        "scenario `-`: groups[0].members: nothing has the id `x`"
    );
    let field = Scenario::parse(r#"{"users": [{"id": 5}]}"#)
        .unwrap_err()
        .to_string();
    assert!(
        field.starts_with("scenario `-`: at `users[0].id`: invalid type"),
        "{field}"
    );
    let one = r#"{"id": "00000000-0000-4000-8000-000000000001", "userPrincipalName": "a@b"}"#;
    let twice = Scenario::parse(&format!(r#"{{"users": [{one}, {one}]}}"#))
        .unwrap_err()
        .to_string();
    assert!(twice.contains("already used by users[0]"), "{twice}");
    assert!(
        Scenario::load("/nowhere.json")
            .unwrap_err()
            .to_string()
            .contains("`/nowhere.json`")
    );
}

#[tokio::test]
async fn the_control_surface_reads_and_replaces_the_state() {
    let client = Client::new(Scenario::with_people(2)).await;
    let url = |path: &str| format!("{}/_sandbox/{path}", client.sandbox.url());
    let mut state: Scenario = client
        .http
        .get(url("state"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(state, client.sandbox.snapshot());
    state.users.remove(0);
    assert_eq!(
        client
            .http
            .put(url("state"))
            .json(&state)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(client.get("/users").await.ids(), vec![User::numbered_id(1)]);
    let fault = json!({"when": {"method": "GET"}, "then": {"kind": "throttle", "retryAfterSeconds": 2.128}});
    assert_eq!(
        client
            .http
            .post(url("faults"))
            .json(&fault)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    let throttled = client.get("/users").await;
    assert_eq!(
        (throttled.status, throttled.header("retry-after")),
        (429, "2.128")
    );
    let counters: Value = client
        .http
        .get(url("counters"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (counters["requests"].clone(), counters["throttled"].clone()),
        (json!(2), json!(1))
    );
    let log: Value = client
        .http
        .get(url("log"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(log[0]["request"]["body"]["client_secret"], "(secret)");
    assert_eq!(
        client
            .http
            .delete(url("log"))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert!(client.sandbox.log().is_empty());
}
