//! The part of the walk that writes: members, groups, guests, batches.
//!
//! Knows the sandbox only over HTTP; verdicts on the exchanges are not its business.

use rollcall::sandbox::scenario::User;
use rollcall::sandbox::{Effect, Fault};
use serde_json::json;

use crate::tenant::{CONTACT, DEVICE, EVERYONE, GUEST, INNER, UNIFIED, unwritable_id};
use crate::walker::Walker;

pub(crate) async fn write_members(walker: &Walker) {
    let add = |group: &str| format!("/groups/{group}/members/$ref");
    let (first, guest) = (User::numbered_id(0), GUEST);
    assert_eq!(
        walker.post(&add(EVERYONE), walker.link(&first)).await.0,
        204
    );
    assert_eq!(
        walker.post(&add(EVERYONE), walker.link(&first)).await.0,
        400
    );
    assert_eq!(
        walker
            .post(&add(EVERYONE), walker.link(&User::numbered_id(999)))
            .await
            .0,
        404
    );
    assert_eq!(walker.post(&add(UNIFIED), walker.link(guest)).await.0, 403);
    assert_eq!(walker.post(&add(UNIFIED), walker.link(INNER)).await.0, 400);
    let twenty: Vec<String> = (0..20)
        .map(|number| walker.reference(&User::numbered_id(number)))
        .collect();
    let bind = json!({"members@odata.bind": twenty});
    assert_eq!(
        walker
            .patch(&format!("/groups/{EVERYONE}"), bind.clone())
            .await
            .0,
        400
    );
    assert_eq!(
        walker.patch(&format!("/groups/{UNIFIED}"), bind).await.0,
        204
    );
    let member = |group: &str, id: &str| format!("/groups/{group}/members/{id}/$ref");
    assert_eq!(walker.delete(&member(UNIFIED, &first)).await.0, 204);
    assert_eq!(walker.delete(&member(UNIFIED, &first)).await.0, 400);
    assert_eq!(
        walker
            .delete(&member(UNIFIED, &User::numbered_id(999)))
            .await
            .0,
        404
    );
    for (index, expected) in [400, 400, 403, 400, 403, 403].into_iter().enumerate() {
        let group = unwritable_id(index);
        assert_eq!(
            walker.post(&add(&group), walker.link(&first)).await.0,
            expected,
            "{index}"
        );
        let bind = json!({"members@odata.bind": [walker.reference(&first)]});
        assert_eq!(
            walker.patch(&format!("/groups/{group}"), bind).await.0,
            expected,
            "{index}"
        );
        assert_eq!(
            walker.delete(&member(&group, &first)).await.0,
            expected,
            "{index}"
        );
    }
    let owners = format!("/groups/{EVERYONE}/owners");
    assert_eq!(
        walker.delete(&format!("{owners}/{first}/$ref")).await.0,
        400
    );
    assert_eq!(
        walker
            .post(
                &format!("{owners}/$ref"),
                walker.link(&User::numbered_id(1))
            )
            .await
            .0,
        204
    );
    assert_eq!(
        walker
            .post(
                &format!("{owners}/$ref"),
                walker.link(&User::numbered_id(1))
            )
            .await
            .0,
        400
    );
    assert_eq!(
        walker.delete(&format!("{owners}/{first}/$ref")).await.0,
        204
    );
}

pub(crate) async fn write_groups(walker: &Walker) {
    let body = json!({
        "displayName": "Night shift", "mailEnabled": false, "mailNickname": "night-shift", "securityEnabled": true,
        "members@odata.bind": [walker.reference(&User::numbered_id(2))],
    });
    let (status, made) = walker.post("/groups", body.clone()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(walker.post("/groups", body).await.0, 400);
    let url = format!("/groups/{}", made["id"].as_str().expect("an id"));
    assert_eq!(
        walker
            .patch(&url, json!({"description": "At night", "visibility": null}))
            .await
            .0,
        204
    );
    assert_eq!(walker.delete(&url).await.0, 204);
    assert_eq!(walker.delete(&url).await.0, 404);
    let team = json!({
        "displayName": "Team 2", "mailEnabled": true, "mailNickname": "team2", "securityEnabled": false,
        "groupTypes": ["Unified"], "owners@odata.bind": [walker.reference(&User::numbered_id(2))],
    });
    assert_eq!(walker.post("/groups", team).await.0, 201);
    let body = json!({"displayName": "n", "mailEnabled": false, "mailNickname": "n", "securityEnabled": true});
    let upsert = "/groups(uniqueName='list-7')";
    let prefer = [("Prefer", "create-if-missing")];
    assert_eq!(walker.patch(upsert, body.clone()).await.0, 404);
    assert_eq!(
        walker
            .send("PATCH", upsert, &prefer, Some(body.clone()))
            .await
            .0,
        201
    );
    assert_eq!(
        walker.send("PATCH", upsert, &prefer, Some(body)).await.0,
        204
    );
    assert_eq!(walker.get(upsert).await.0, 200);
    walker
        .follow("/directory/deletedItems/microsoft.graph.group?$select=id,displayName")
        .await;
    walker
        .follow("/directory/deletedItems/microsoft.graph.user")
        .await;
    let id = made["id"].as_str().expect("an id");
    assert_eq!(
        walker
            .send(
                "POST",
                &format!("/directory/deletedItems/{id}/restore"),
                &[],
                None
            )
            .await
            .0,
        200
    );
    assert_eq!(
        walker
            .send(
                "POST",
                &format!("/directory/deletedItems/{id}/restore"),
                &[],
                None
            )
            .await
            .0,
        404
    );
}

pub(crate) async fn write_people(walker: &Walker) {
    let person = |number: usize| format!("/users/{}", User::numbered_id(number));
    let numbers = json!({"mobilePhone": "+61491570006", "businessPhones": ["+61255500000"], "jobTitle": null});
    assert_eq!(walker.patch(&person(0), numbers.clone()).await.0, 204);
    assert_eq!(walker.patch(&person(7), numbers.clone()).await.0, 400);
    assert_eq!(walker.patch(&person(8), numbers.clone()).await.0, 403);
    assert_eq!(walker.patch(&person(999), numbers).await.0, 404);
}

pub(crate) async fn look_objects_up(walker: &Walker) {
    let invitation = |address: &str| json!({"invitedUserEmailAddress": address, "inviteRedirectUrl": "https://myapps.microsoft.com/?tenantid=x"});
    assert_eq!(
        walker
            .post("/invitations", invitation("new@fabrikam.example"))
            .await
            .0,
        201
    );
    assert_eq!(
        walker
            .post("/invitations", invitation("user0001@contoso.example"))
            .await
            .0,
        400
    );
    let ids = [
        User::numbered_id(1),
        User::numbered_id(999),
        DEVICE.to_owned(),
        CONTACT.to_owned(),
    ];
    assert_eq!(
        walker
            .post("/directoryObjects/getByIds", json!({"ids": ids}))
            .await
            .0,
        200
    );
    let select = "/directoryObjects/getByIds?$select=id,mail";
    assert_eq!(
        walker
            .post(select, json!({"ids": ids, "types": ["user"]}))
            .await
            .0,
        200
    );
    let validate = "/directoryObjects/validateProperties";
    assert_eq!(
        walker
            .post(
                validate,
                json!({"entityType": "Group", "mailNickname": "free"})
            )
            .await
            .0,
        204
    );
    assert_eq!(
        walker
            .post(
                validate,
                json!({"entityType": "Group", "mailNickname": "everyone"})
            )
            .await
            .0,
        422
    );
    let check = format!(
        "/directoryObjects/{}/checkMemberObjects",
        User::numbered_id(1)
    );
    let (_, found) = walker
        .post(&check, json!({"ids": [EVERYONE, UNIFIED]}))
        .await;
    assert_eq!(found["value"], json!([EVERYONE, UNIFIED]));
}

pub(crate) async fn send_batches(walker: &Walker) {
    let body = json!({"members@odata.bind": [walker.reference(&User::numbered_id(29))]});
    let headers = json!({"Content-Type": "application/json"});
    let requests = json!([
        {"id": "1", "method": "GET", "url": "/users?$select=id&$top=3"},
        {"id": "2", "method": "GET", "url": "/users/nobody@contoso.example"},
        {"id": "3", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
        {"id": "4", "method": "PATCH", "url": format!("/groups/{EVERYONE}"), "headers": headers, "body": body},
        {"id": "5", "method": "GET", "url": "/users/$count", "headers": {"ConsistencyLevel": "eventual"}},
        {"id": "6", "method": "DELETE", "url": format!("/groups/{EVERYONE}/members/{}/$ref", User::numbered_id(10))},
        {"id": "7", "method": "GET", "url": "/users/delta?$deltatoken=latest"},
    ]);
    walker.sandbox.inject(
        Fault::new(Effect::Throttle {
            retry_after_seconds: Some(1.0),
        })
        .on("GET", "$top=3"),
    );
    let (status, answer) = walker.post("/$batch", json!({"requests": requests})).await;
    assert_eq!(
        (status, answer["responses"].as_array().map(Vec::len)),
        (200, Some(7))
    );
}
