//! Members, groups, guests, batches.

use super::*;
use crate::sandbox::scenario::{Group, GuestPolicy, ReplicationLag};

#[tokio::test]
async fn twenty_are_added_at_once_and_removed_one_by_one() {
    let client = Client::new(Scenario::with_people(30)).await;
    assert_eq!(client.add_many(0..20).await.status, 204);
    assert_eq!(client.members(), 20);
    assert_eq!(client.remove_one(3).await.status, 204);
    assert_eq!(client.members(), 19);
    let again = client.remove_one(3).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (400, "Request_BadRequest")
    );
    assert_eq!(client.sandbox.counters().writes, 3);
}

#[tokio::test]
async fn adding_many_is_all_or_nothing() {
    let client = Client::new(Scenario::with_people(30)).await;
    assert_eq!(client.add_one(5).await.status, 204);
    let already = client.add_many(0..20).await;
    assert!(
        already
            .text
            .contains("One or more added object references already exist"),
        "{}",
        already.text
    );
    assert_eq!((already.status, client.members()), (400, 1));
    let missing = client.add_many([1, 2, 99]).await;
    assert_eq!((missing.status, client.members()), (404, 1));
    assert!(missing.text.contains(&User::numbered_id(99)));
    assert_eq!(
        (client.add_many(6..27).await.status, client.members()),
        (400, 1)
    );
}

#[tokio::test]
async fn the_five_unwritable_kinds_refuse() {
    let cases: [(Group, u16); 5] = [
        (
            Group {
                mail_enabled: true,
                security_enabled: false,
                ..Group::default()
            },
            400,
        ),
        (
            Group {
                group_types: vec!["DynamicMembership".to_owned()],
                ..Group::default()
            },
            403,
        ),
        (
            Group {
                on_premises_sync_enabled: Some(true),
                ..Group::default()
            },
            400,
        ),
        (
            Group {
                is_assignable_to_role: Some(true),
                ..Group::default()
            },
            403,
        ),
        (
            Group {
                is_management_restricted: Some(true),
                ..Group::default()
            },
            403,
        ),
    ];
    for (group, status) in cases {
        let mut scenario = Scenario::with_people(2);
        scenario.groups[0] = Group {
            id: Scenario::EVERYONE.to_owned(),
            members: vec![User::numbered_id(1)],
            ..group
        };
        let client = Client::new(scenario).await;
        assert_eq!(client.add_one(0).await.status, status);
        assert_eq!(client.add_many([0]).await.status, status);
        assert_eq!(client.remove_one(1).await.status, status);
        assert_eq!(client.members(), 1);
    }
}

#[tokio::test]
async fn groups_are_made_found_changed_and_deleted() {
    let client = Client::new(Scenario::with_people(3).with_permissions(ALL)).await;
    let body = json!({
        "displayName": "Night shift", "mailEnabled": false, "mailNickname": "night-shift", "securityEnabled": true,
        "members@odata.bind": [client.reference(0)], "owners@odata.bind": [client.reference(1)],
    });
    let made = client.send("POST", "/groups", Some(body.clone())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert!(made.header("location").contains(&id));
    assert_eq!(client.sandbox.members_of(&id), vec![User::numbered_id(0)]);
    let taken = client.send("POST", "/groups", Some(body)).await;
    assert_eq!(
        taken.json()["error"]["details"][0]["code"],
        "ObjectConflict"
    );
    assert_eq!(
        client
            .get("/groups?$filter=displayName eq 'night shift'")
            .await
            .ids(),
        vec![id.clone()]
    );
    let url = format!("/groups/{id}");
    assert_eq!(
        client
            .send("PATCH", &url, Some(json!({"description": "At night"})))
            .await
            .status,
        204
    );
    assert_eq!(client.get(&url).await.json()["description"], "At night");
    let last = client
        .send(
            "DELETE",
            &format!("{url}/owners/{}/$ref", User::numbered_id(1)),
            None,
        )
        .await;
    assert!(last.text.contains("must have at least one owner"));
    assert_eq!(client.send("DELETE", &url, None).await.status, 204);
    assert_eq!(client.get(&url).await.status, 404);
    assert_eq!(
        client
            .get("/directory/deletedItems/microsoft.graph.group")
            .await
            .ids(),
        vec![id.clone()]
    );
    let mail = json!({"displayName": "x", "mailEnabled": true, "mailNickname": "x", "securityEnabled": false});
    assert!(
        client
            .send("POST", "/groups", Some(mail))
            .await
            .text
            .contains("Cannot Create")
    );
}

#[tokio::test]
async fn an_upsert_makes_once() {
    let client = Client::new(Scenario::default().with_permissions(ALL)).await;
    let body = json!({"displayName": "n", "mailEnabled": false, "mailNickname": "n", "securityEnabled": true});
    let url = "/groups(uniqueName='list-7')";
    assert_eq!(
        client.send("PATCH", url, Some(body.clone())).await.status,
        404
    );
    let upsert = async || {
        let url = format!("{}/v1.0{url}", client.sandbox.url());
        let request = client
            .http
            .patch(url)
            .bearer_auth(&client.token)
            .header("Prefer", "create-if-missing");
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!((upsert().await, upsert().await), (201, 204));
    assert_eq!(client.get(url).await.json()["uniqueName"], "list-7");
}

#[tokio::test]
async fn guests_are_invited_once_and_policy_holds() {
    let scenario = Scenario {
        guest_policy: GuestPolicy {
            blocked_domains: vec!["evil.example".to_owned()],
            ..GuestPolicy::default()
        },
        ..Scenario::with_people(1)
    };
    let client = Client::new(scenario.with_permissions(ALL)).await;
    let invite = async |address: &str| {
        let body = json!({"invitedUserEmailAddress": address, "inviteRedirectUrl": "https://myapps.microsoft.com"});
        client.send("POST", "/invitations", Some(body)).await
    };
    let first = invite("bob@fabrikam.example").await;
    assert_eq!(first.status, 201, "{}", first.text);
    let id = first.json()["invitedUser"]["id"].clone();
    assert_eq!(
        invite("BOB@fabrikam.example").await.json()["invitedUser"]["id"],
        id
    );
    let guest = client
        .get(&format!(
            "/users/{}?$select=userPrincipalName,userType",
            id.as_str().unwrap()
        ))
        .await
        .json();
    assert_eq!(
        guest["userPrincipalName"],
        "bob_fabrikam.example#EXT#@contoso.onmicrosoft.example"
    );
    assert_eq!(invite("x@evil.example").await.status, 400);
    assert!(
        invite("user0000@contoso.example")
            .await
            .text
            .contains("already exists in the directory")
    );
}

#[tokio::test]
async fn lag_hides_new_people_and_new_members_for_a_while() {
    let lag = ReplicationLag {
        directory: 300,
        delta: 0,
    };
    let scenario = Scenario {
        replication_lag_ms: lag,
        ..Scenario::with_people(2)
    };
    let client = Client::new(scenario.with_permissions(ALL)).await;
    let body = json!({"invitedUserEmailAddress": "bob@fabrikam.example", "inviteRedirectUrl": "https://x.example"});
    let guest =
        client.send("POST", "/invitations", Some(body)).await.json()["invitedUser"]["id"].clone();
    let guest = guest.as_str().unwrap();
    let reference = json!({"@odata.id": format!("{}/v1.0/users/{guest}", client.sandbox.url())});
    let add = async || {
        client
            .send("POST", &format!("{MEMBERS}/$ref"), Some(reference.clone()))
            .await
            .status
    };
    assert_eq!(client.get(&format!("/users/{guest}")).await.status, 404);
    assert_eq!(add().await, 404);
    assert_eq!(client.add_one(0).await.status, 204);
    assert_eq!(client.get(MEMBERS).await.ids().len(), 0);
    assert_eq!(client.add_one(0).await.status, 400);
    let_pass(Duration::from_millis(350)).await;
    assert_eq!(client.get(MEMBERS).await.ids().len(), 1);
    assert_eq!(add().await, 204);
    assert_eq!(client.remove_one(0).await.status, 204);
    assert_eq!(client.get(MEMBERS).await.ids(), vec![User::numbered_id(0)]);
    let_pass(Duration::from_millis(350)).await;
    assert_eq!(client.get(MEMBERS).await.ids(), vec![guest.to_owned()]);
}

#[tokio::test]
async fn a_batch_answers_every_item_in_some_order() {
    let client = Client::new(Scenario::with_people(40)).await;
    let item = |id: usize| {
        json!({
            "id": id.to_string(), "method": "PATCH", "url": format!("/groups/{}", Scenario::EVERYONE),
            "headers": {"Content-Type": "application/json"},
            "body": {"members@odata.bind": [client.reference(id)]},
        })
    };
    let items: Vec<Value> = (0..20).map(item).collect();
    let reply = client
        .send("POST", "/$batch", Some(json!({"requests": items})))
        .await
        .json();
    let responses = reply["responses"].as_array().unwrap();
    assert!(responses.iter().all(|response| response["status"] == 204));
    let ids: Vec<&str> = responses
        .iter()
        .map(|response| response["id"].as_str().unwrap())
        .collect();
    let mut sorted = ids.clone();
    sorted.sort_by_key(|id| id.parse::<u32>().unwrap());
    assert_ne!(ids, sorted);
    assert_eq!(client.members(), 20);
    let counters = client.sandbox.counters();
    assert_eq!(
        (
            counters.requests,
            counters.batch_requests,
            counters.batch_items,
            counters.writes
        ),
        (1, 1, 20, 20)
    );
}

#[tokio::test]
async fn a_batch_fails_dependants_and_refuses_bad_envelopes() {
    let client = Client::new(Scenario::with_people(1)).await;
    let requests = json!([
        {"id": "2", "method": "GET", "url": "/users", "dependsOn": ["1"]},
        {"id": "1", "method": "GET", "url": "/users/nobody"},
        {"id": "3", "method": "GET", "url": "/users?$select=id"},
    ]);
    let reply = client
        .send("POST", "/$batch", Some(json!({"requests": requests})))
        .await
        .json();
    let status = |id: &str| {
        let responses = reply["responses"].as_array().unwrap();
        responses
            .iter()
            .find(|response| response["id"] == id)
            .unwrap()["status"]
            .as_u64()
            .unwrap()
    };
    assert_eq!((status("1"), status("2"), status("3")), (404, 424, 200));
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/users"});
    let twice = client
        .send(
            "POST",
            "/$batch",
            Some(json!({"requests": [get("a"), get("A")]})),
        )
        .await;
    assert!(
        twice
            .text
            .contains("Request Id A has to be unique in a batch."),
        "{}",
        twice.text
    );
    let many: Vec<Value> = (0..21).map(|id| get(&id.to_string())).collect();
    assert_eq!(
        client
            .send("POST", "/$batch", Some(json!({"requests": many})))
            .await
            .status,
        400
    );
    assert_eq!(
        client
            .send("POST", "/$batch", Some(json!({"requests": []})))
            .await
            .status,
        400
    );
}
