//! Sign-in, tokens, permissions, and what is seen without them.

use super::*;
use crate::sandbox::scenario::Contact;

#[tokio::test]
async fn without_permission_members_are_blank_and_users_denied() {
    let mut scenario = Scenario::with_people(3).with_permissions(&["GroupMember.Read.All"]);
    scenario.groups[0].members = vec![User::numbered_id(0)];
    let client = Client::new(scenario).await;
    assert_eq!(client.get("/users").await.status, 403);
    let member = &client.get(MEMBERS).await.json()["value"][0];
    assert_eq!(member["@odata.type"], "#microsoft.graph.user");
    assert_eq!(member["mail"], Value::Null);
    assert_eq!(member["businessPhones"], json!([]));
    assert_eq!(client.add_one(1).await.status, 403);
    assert_eq!(client.sandbox.counters().writes, 0);
}

#[tokio::test]
async fn hidden_membership_reads_as_empty() {
    let mut scenario = Scenario::with_people(2);
    scenario.groups[0].members = vec![User::numbered_id(0)];
    scenario.groups[0].visibility = Some("HiddenMembership".to_owned());
    let client = Client::new(scenario).await;
    assert_eq!(client.get(MEMBERS).await.ids(), Vec::<String>::new());
    client
        .sandbox
        .edit(|scenario| scenario.permissions.push("Member.Read.Hidden".to_owned()));
    assert_eq!(client.get(MEMBERS).await.ids().len(), 1);
}

#[tokio::test]
async fn sign_in_refuses_in_entras_words() {
    let client = Client::new(Scenario::default()).await;
    let settings = client.sandbox.snapshot();
    let ask = async |tenant: &str, form: &[(&str, &str)]| {
        let url = format!("{}/{tenant}/oauth2/v2.0/token", client.sandbox.url());
        let reply = client.http.post(url).form(form).send().await.unwrap();
        (
            reply.status().as_u16(),
            reply.json::<Value>().await.unwrap()["error_codes"][0].clone(),
        )
    };
    let scope = ("scope", "https://graph.microsoft.com/.default");
    let (grant, id) = (
        ("grant_type", "client_credentials"),
        ("client_id", settings.client_id.as_str()),
    );
    let wrong = ("client_secret", "wrong");
    assert_eq!(
        ask(&settings.tenant_id, &[grant, id, scope, wrong]).await,
        (401, json!(7_000_215))
    );
    assert_eq!(
        ask("elsewhere", &[grant, id, scope, wrong]).await,
        (400, json!(90002))
    );
    assert_eq!(
        ask(&settings.tenant_id, &[grant, id, wrong]).await,
        (400, json!(70011))
    );
    assert_eq!(
        ask(&settings.tenant_id, &[grant, scope, wrong]).await,
        (400, json!(700_016))
    );
    let url = format!(
        "{}/msi/token?api-version=2019-08-01&resource=https://graph.microsoft.com",
        client.sandbox.url()
    );
    let identity = client
        .http
        .get(url)
        .header("X-IDENTITY-HEADER", settings.identity_header);
    let token: Value = identity.send().await.unwrap().json().await.unwrap();
    assert!(token["expires_on"].is_string());
}

#[tokio::test]
async fn a_wrong_token_and_a_wrong_path_are_told_apart() {
    let mut client = Client::new(Scenario::default()).await;
    let unknown = client.get("/me/messages").await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (404, "ResourceNotFound")
    );
    assert_eq!(client.sandbox.counters().unknown_paths, 1);
    client.token = "nonsense".to_owned();
    let refused = client.get("/users").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "InvalidAuthenticationToken")
    );
}

#[tokio::test]
async fn a_delete_without_ref_is_denied_or_deletes_the_person() {
    let mut scenario = Scenario::with_people(2);
    scenario.groups[0].members = vec![User::numbered_id(0)];
    let client = Client::new(scenario).await;
    let wrong = format!("{MEMBERS}/{}", User::numbered_id(0));
    assert_eq!(client.send("DELETE", &wrong, None).await.status, 403);
    client
        .sandbox
        .edit(|scenario| scenario.permissions.push("User.ReadWrite.All".to_owned()));
    assert_eq!(client.send("DELETE", &wrong, None).await.status, 204);
    let counters = client.sandbox.counters();
    assert_eq!(
        (counters.deletes_without_ref, counters.users_deleted),
        (2, 1)
    );
    assert_eq!(client.get("/users").await.ids().len(), 1);
    assert_eq!(
        client
            .send("DELETE", &format!("{MEMBERS}/$ref"), None)
            .await
            .status,
        405
    );
    // Restored people come back with their memberships.
    assert_eq!(client.members(), 0);
    let restore = format!("/directory/deletedItems/{}/restore", User::numbered_id(0));
    assert_eq!(client.send("POST", &restore, None).await.status, 200);
    assert_eq!(client.members(), 1);
}

#[tokio::test]
async fn basic_reading_shows_names_and_addresses_only() {
    let scenario = Scenario::with_people(1).with_permissions(&["User.ReadBasic.All"]);
    let client = Client::new(scenario).await;
    let user = &client
        .get("/users?$select=id,mail,accountEnabled,otherMails")
        .await
        .json()["value"][0];
    assert_eq!(user["mail"], "user0000@contoso.example");
    assert_eq!(
        (&user["accountEnabled"], &user["otherMails"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn contacts_and_devices_want_more_rights_as_members() {
    let mut scenario = Scenario::with_people(0);
    let id = "00000000-0000-4000-8000-00000000c001".to_owned();
    scenario.contacts.push(Contact {
        id: id.clone(),
        ..Contact::default()
    });
    let client = Client::new(scenario).await;
    let reference =
        json!({"@odata.id": format!("{}/v1.0/directoryObjects/{id}", client.sandbox.url())});
    let add = async || {
        client
            .send("POST", &format!("{MEMBERS}/$ref"), Some(reference.clone()))
            .await
            .status
    };
    assert_eq!(add().await, 403);
    client
        .sandbox
        .edit(|scenario| scenario.permissions.push("OrgContact.Read.All".to_owned()));
    assert_eq!(add().await, 204);
}

#[tokio::test]
async fn who_may_only_create_groups_may_not_change_them() {
    let scenario = Scenario::with_people(1).with_permissions(&["Group.Create"]);
    let client = Client::new(scenario).await;
    let mut body = json!({
        "displayName": "n", "mailEnabled": false, "mailNickname": "n", "securityEnabled": true,
        "owners@odata.bind": [client.reference(0)],
    });
    assert_eq!(
        client
            .send("POST", "/groups", Some(body.clone()))
            .await
            .status,
        403
    );
    body.as_object_mut().unwrap().remove("owners@odata.bind");
    let made = client.send("POST", "/groups", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let url = format!("/groups/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(
        client
            .send("PATCH", &url, Some(json!({"description": "x"})))
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn tokens_and_page_links_have_a_lifetime() {
    let scenario = Scenario {
        token_lifetime_seconds: 0,
        ..Scenario::with_people(1)
    };
    let client = Client::new(scenario).await;
    assert_eq!(client.get("/users").await.status, 401);
    client
        .sandbox
        .edit(|scenario| scenario.token_lifetime_seconds = 60);
    assert_eq!(client.get("/users").await.status, 401);
}

#[tokio::test]
async fn a_strict_cast_wants_the_advanced_parameters() {
    let client = Client::new(Scenario {
        strict_cast: true,
        ..Scenario::with_people(1)
    })
    .await;
    let cast = format!("{MEMBERS}/microsoft.graph.user?$select=id");
    assert_eq!(client.get(&cast).await.status, 400);
    assert_eq!(client.get(&format!("{cast}&$count=true")).await.status, 200);
}
