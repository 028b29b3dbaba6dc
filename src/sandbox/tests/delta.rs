//! The delta feeds.

use super::*;

/// Follows a feed to its end: all items, and the delta link.
async fn crawl(client: &Client, url: &str) -> (Vec<Value>, String) {
    let (mut items, mut url) = (Vec::new(), url.to_owned());
    loop {
        let reply = client.get(&url).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let page = reply.json();
        items.extend(page["value"].as_array().unwrap().iter().cloned());
        match (
            page["@odata.nextLink"].as_str(),
            page["@odata.deltaLink"].as_str(),
        ) {
            (Some(next), None) => url = next.to_owned(),
            (None, Some(delta)) => return (items, delta.to_owned()),
            other => panic!("exactly one link: {other:?}"),
        }
    }
}

fn scenario() -> Scenario {
    let mut scenario = Scenario {
        page_size_limit: Some(3),
        ..Scenario::with_people(50)
    };
    scenario.groups[0].members = (0..40).map(User::numbered_id).collect();
    scenario
}

#[tokio::test]
async fn the_first_reading_gives_every_member_once_over_many_pages() {
    let client = Client::new(scenario()).await;
    let (items, _) = crawl(&client, "/groups/delta?$select=displayName,members").await;
    assert!(items.len() > 1, "one large group is spread over pages");
    let members: Vec<&Value> = items
        .iter()
        .flat_map(|item| item["members@delta"].as_array().into_iter().flatten())
        .collect();
    assert_eq!(members.len(), 40);
    assert!(items.iter().all(|item| item["displayName"] == "Everyone"));
}

#[tokio::test]
async fn changes_come_after_the_latest_link_and_come_again_on_replay() {
    let client = Client::new(scenario()).await;
    let (items, link) = crawl(
        &client,
        "/groups/delta?$select=displayName,members&$deltatoken=latest",
    )
    .await;
    assert!(items.is_empty());
    assert_eq!(crawl(&client, &link).await.0, Vec::<Value>::new());
    client.add_one(45).await;
    client.remove_one(3).await;
    client.sandbox.edit(|scenario| {
        scenario.groups[0]
            .members
            .retain(|id| *id != User::numbered_id(4))
    });
    for _ in 0..2 {
        let (items, _) = crawl(&client, &link).await;
        let members: Vec<(String, bool)> = items
            .iter()
            .flat_map(|item| item["members@delta"].as_array().unwrap().iter())
            .map(|entry| {
                (
                    entry["id"].as_str().unwrap().to_owned(),
                    entry.get("@removed").is_none(),
                )
            })
            .collect();
        let expected = [(45, true), (3, false), (4, false)];
        assert_eq!(
            members,
            expected.map(|(number, added)| (User::numbered_id(number), added))
        );
    }
}

#[tokio::test]
async fn people_change_go_and_come_back() {
    let client = Client::new(scenario()).await;
    let (items, link) = crawl(&client, "/users/delta?$select=mail,displayName").await;
    assert_eq!(items.len(), 50);
    client.sandbox.edit(|scenario| {
        scenario.users[7].department = Some("not selected".to_owned());
        scenario.users[8].mail = None;
        scenario.users.remove(9);
    });
    let (items, link) = crawl(&client, &link).await;
    assert_eq!(items.len(), 2);
    assert_eq!(
        (&items[0]["id"], &items[0]["mail"]),
        (&json!(User::numbered_id(8)), &Value::Null)
    );
    assert_eq!(
        items[1],
        json!({"id": User::numbered_id(9), "@removed": {"reason": "changed"}})
    );
    // The deleted person is not told as a removed member.
    assert_eq!(client.members(), 39);
    client
        .sandbox
        .edit(|scenario| scenario.users.push(User::numbered(9)));
    let (items, _) = crawl(&client, &link).await;
    assert_eq!(items[0]["mail"], "user0009@contoso.example");
}

#[tokio::test]
async fn tokens_expire_and_garbage_is_told_apart() {
    let client = Client::new(scenario()).await;
    let (_, link) = crawl(&client, "/users/delta?$deltatoken=latest").await;
    client.inject(Effect::ExpireDeltaTokens);
    let gone = client.get(&link).await;
    assert_eq!(
        (gone.status, gone.code().as_str()),
        (410, "syncStateNotFound")
    );
    let (again, _) = crawl(&client, gone.header("location")).await;
    assert_eq!(again.len(), 50);
    let garbage = client.get("/users/delta?$deltatoken=garbage").await;
    assert_eq!((garbage.status, garbage.header("location")), (400, ""));
    assert!(garbage.text.contains("Badly formed token."));
    let (_, users) = crawl(&client, "/users/delta?$deltatoken=latest").await;
    let other = client.get(&users.replace("/users/", "/groups/")).await;
    assert_eq!((other.status, other.ids().len()), (200, 0));
    assert_eq!(client.get("/users/delta?$top=5").await.status, 400);
}

#[tokio::test]
async fn delta_lags_on_its_own_clock_and_filters_by_id() {
    let mut scenario = scenario();
    scenario.replication_lag_ms.delta = 300;
    let client = Client::new(scenario).await;
    let start = format!(
        "/groups/delta?$select=members&$filter=id eq '{}'&$deltatoken=latest",
        Scenario::EVERYONE
    );
    let (_, link) = crawl(&client, &start).await;
    client.add_one(44).await;
    let (items, link) = crawl(&client, &link).await;
    assert!(items.is_empty());
    let_pass(Duration::from_millis(350)).await;
    assert_eq!(crawl(&client, &link).await.0.len(), 1);
    assert_eq!(
        client
            .get("/groups/delta?$filter=displayName eq 'x'")
            .await
            .status,
        400
    );
}
