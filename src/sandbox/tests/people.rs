//! What is read of people besides the usual, and what may be written of them.

use serde_json::{Value, json};

use super::{ALL, Client};
use crate::sandbox::scenario::{Scenario, User};

fn person(number: usize) -> String {
    format!("/users/{}", User::numbered_id(number))
}

#[tokio::test]
async fn managers_come_along_when_they_are_asked_for() {
    let mut scenario = Scenario::with_people(3);
    scenario.users[1].manager = Some(User::numbered_id(0));
    scenario.users[2].manager = Some("00000000-0000-4000-8000-00000000dead".to_owned());
    scenario.page_size_limit = Some(2);
    let client = Client::new(scenario).await;
    let people = client
        .all("/users?$select=id&$expand=manager($select=id,mail)")
        .await;
    assert_eq!(people[0].get("manager"), None);
    assert_eq!(
        people[1]["manager"],
        json!({
            "@odata.type": "#microsoft.graph.user", "id": User::numbered_id(0), "mail": "user0000@contoso.example",
        })
    );
    assert_eq!(people[2].get("manager"), None, "a manager who is not there");
    let one = client.get(&format!("{}?$expand=manager", person(1))).await;
    assert_eq!(one.json()["manager"]["displayName"], "User 0000");
    let nobody = client.get("/users?$expand=manager($select=boss)").await;
    assert_eq!((nobody.status, nobody.code().as_str()), (400, "BadRequest"));
    let members = format!("/groups/{}/members?$expand=manager", Scenario::EVERYONE);
    assert_eq!(client.get(&members).await.status, 400);
}

#[tokio::test]
async fn extension_attributes_are_read_under_their_own_names() {
    let name = "extension_0123456789abcdef0123456789abcdef_costCentre";
    let mut scenario = Scenario::with_people(2);
    let ada = &mut scenario.users[0];
    ada.extension_attributes
        .insert("extensionAttribute7".to_owned(), "blue".to_owned());
    ada.extensions.insert(name.to_owned(), "4711".to_owned());
    let client = Client::new(scenario).await;
    let people = client
        .all(&format!(
            "/users?$select=id,onPremisesExtensionAttributes,{name}"
        ))
        .await;
    let attributes = &people[0]["onPremisesExtensionAttributes"];
    assert_eq!(attributes["extensionAttribute7"], "blue");
    assert_eq!(attributes["extensionAttribute15"], Value::Null);
    assert_eq!(people[0][name], "4711");
    assert_eq!(people[1].get(name), None);
    let wrong = client.get("/users?$select=extension_12_costCentre").await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text.contains("Could not find a property named"),
        "{}",
        wrong.text
    );
}

#[tokio::test]
async fn people_are_changed_by_whoever_may() {
    let mut scenario = Scenario::with_people(3).with_permissions(ALL);
    scenario.users[1].on_premises_sync_enabled = Some(true);
    scenario.users[2].is_admin = true;
    let client = Client::new(scenario).await;
    let patch = async |number: usize, body: Value| {
        client
            .send("PATCH", &person(number), Some(body))
            .await
            .status
    };
    let phone =
        json!({"mobilePhone": "+61491570006", "jobTitle": null, "businessPhones": ["+6125550000"]});
    assert_eq!(patch(0, phone.clone()).await, 204);
    assert_eq!(patch(0, phone.clone()).await, 204, "the same again");
    let ada = &client.sandbox.snapshot().users[0];
    assert_eq!(ada.mobile_phone.as_deref(), Some("+61491570006"));
    assert_eq!(ada.business_phones, ["+6125550000"]);
    assert_eq!(
        patch(1, phone.clone()).await,
        400,
        "synced from on-premises"
    );
    assert_eq!(
        patch(2, phone.clone()).await,
        403,
        "an administrator's number"
    );
    assert_eq!(patch(2, json!({"jobTitle": "Chief"})).await, 204);
    assert_eq!(patch(9, phone.clone()).await, 404);
    for wrong in [
        json!({"displayName": null}),
        json!({"usageLocation": "AUS"}),
        json!({"department": "x".repeat(65)}),
        json!({"mobilePhone": 7}),
        json!({"businessPhones": ["1", "2"]}),
        json!({"shoeSize": "44"}),
    ] {
        assert_eq!(patch(0, wrong.clone()).await, 400, "{wrong}");
    }
    client.sandbox.edit(|scenario| {
        scenario
            .permissions
            .retain(|name| name != "User.ReadWrite.All")
    });
    assert_eq!(patch(0, phone).await, 403, "without the permission");
}
