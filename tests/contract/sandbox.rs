//! The sandbox, walked through from end to end: every request sent and every answer given must fit the slice.
//!
//! Knows the sandbox only over HTTP and by its log.

use std::collections::BTreeSet;

use reqwest::Method;
use rollcall::sandbox::scenario::{
    Contact, Device, Group, GuestPolicy, Quota, Scenario, ServicePrincipal, User,
};
use rollcall::sandbox::{self, Effect, Fault, Sandbox};
use serde_json::{Value, json};

use crate::judge::{judge, judge_log};

const PERMISSIONS: &[&str] = &[
    "User.Read.All",
    "User.ReadWrite.All",
    "User.Invite.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "OrgContact.Read.All",
];
/// Operations that the sandbox does not stand in for.
const NOT_THERE: [&str; 7] = [
    "POST /users/{user-id}/sendMail",
    "GET /subscriptions",
    "POST /subscriptions",
    "GET /subscriptions/{subscription-id}",
    "PATCH /subscriptions/{subscription-id}",
    "DELETE /subscriptions/{subscription-id}",
    "POST /subscriptions/{subscription-id}/reauthorize",
];

const EVERYONE: &str = Scenario::EVERYONE;
const INNER: &str = "00000000-0000-4000-8000-00000000a002";
const UNIFIED: &str = "00000000-0000-4000-8000-00000000a003";
const CONTACT: &str = "00000000-0000-4000-8000-00000000c001";
const DEVICE: &str = "00000000-0000-4000-8000-00000000d001";
const GUEST: &str = "00000000-0000-4000-8000-00000000e001";

/// A client that signs in once and sends what it is told.
struct Walker {
    sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
}

impl Walker {
    async fn new(scenario: Scenario) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = sandbox::start(scenario, 0).await.expect("it starts");
        let mut walker = Self {
            sandbox,
            http: reqwest::Client::new(),
            token: String::new(),
        };
        walker.token = walker.sign_in("not-a-secret").await["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        walker
    }

    async fn sign_in(&self, secret: &str) -> Value {
        let settings = Scenario::default();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &settings.client_id),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let url = format!(
            "{}/{}/oauth2/v2.0/token",
            self.sandbox.url(),
            settings.tenant_id
        );
        self.http
            .post(url)
            .form(&form)
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON")
    }

    async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, Value) {
        let url = if url.starts_with("http") {
            url.to_owned()
        } else {
            format!("{}/v1.0{url}", self.sandbox.url())
        };
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        request = request.header("client-request-id", "00000000-0000-4000-8000-000000000bbb");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let id = response
            .headers()
            .get("client-request-id")
            .expect("the id comes back")
            .to_str()
            .expect("text");
        assert_eq!(id, "00000000-0000-4000-8000-000000000bbb");
        for name in ["request-id", "date", "x-ms-resource-unit"] {
            assert!(response.headers().contains_key(name), "{name}");
        }
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, url: &str) -> (u16, Value) {
        self.send("GET", url, &[], None).await
    }

    async fn eventual(&self, url: &str) -> (u16, Value) {
        self.send("GET", url, &[("ConsistencyLevel", "eventual")], None)
            .await
    }

    async fn post(&self, url: &str, body: Value) -> (u16, Value) {
        self.send("POST", url, &[], Some(body)).await
    }

    async fn patch(&self, url: &str, body: Value) -> (u16, Value) {
        self.send("PATCH", url, &[], Some(body)).await
    }

    async fn delete(&self, url: &str) -> (u16, Value) {
        self.send("DELETE", url, &[], None).await
    }

    /// Follows next links to the end; gives the delta link, if there is one.
    async fn follow(&self, url: &str) -> Option<String> {
        let mut url = url.to_owned();
        loop {
            let (status, page) = self.get(&url).await;
            assert_eq!(status, 200, "{url}: {page}");
            match page["@odata.nextLink"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return page["@odata.deltaLink"].as_str().map(str::to_owned),
            }
        }
    }

    fn reference(&self, id: &str) -> String {
        format!("{}/v1.0/directoryObjects/{id}", self.sandbox.url())
    }

    fn link(&self, id: &str) -> Value {
        json!({"@odata.id": self.reference(id)})
    }

    fn verdict(&self) {
        let faults = judge_log(&self.sandbox.log());
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }
}

fn tenant() -> Scenario {
    let mut scenario = Scenario::with_people(30).with_permissions(PERMISSIONS);
    scenario.page_size_limit = Some(7);
    scenario.guest_policy = GuestPolicy {
        guests_in_m365_groups: false,
        ..GuestPolicy::default()
    };
    scenario.users[4].mail = None;
    scenario.users[4].manager = Some(User::numbered_id(0));
    scenario.users[5].account_enabled = Some(false);
    scenario.users[6].user_type = None;
    scenario.users[7].on_premises_sync_enabled = Some(true);
    scenario.users.push(User {
        id: GUEST.to_owned(),
        user_principal_name: "bob_fabrikam.example#EXT#@contoso.onmicrosoft.example".to_owned(),
        mail: Some("Bob@fabrikam.example".to_owned()),
        user_type: Some("Guest".to_owned()),
        external_user_state: Some("Accepted".to_owned()),
        ..User::default()
    });
    scenario.contacts.push(Contact {
        id: CONTACT.to_owned(),
        display_name: Some("Desk".to_owned()),
        mail: Some("desk@fabrikam.example".to_owned()),
        ..Contact::default()
    });
    scenario.devices.push(Device {
        id: DEVICE.to_owned(),
        display_name: Some("Kiosk".to_owned()),
    });
    let principal = "00000000-0000-4000-8000-00000000f001".to_owned();
    scenario.service_principals.push(ServicePrincipal {
        id: principal.clone(),
        display_name: None,
    });
    scenario.groups[0].members = (10..25).map(User::numbered_id).collect();
    scenario.groups[0]
        .members
        .extend([INNER, CONTACT, DEVICE, GUEST].map(str::to_owned));
    scenario.groups[0].members.push(principal);
    scenario.groups[0].owners = vec![User::numbered_id(0)];
    let inner = Group {
        id: INNER.to_owned(),
        display_name: "Inner".to_owned(),
        ..Group::default()
    };
    scenario.groups.push(Group {
        members: vec![User::numbered_id(1)],
        ..inner
    });
    scenario.groups.push(Group {
        id: UNIFIED.to_owned(),
        display_name: "Team".to_owned(),
        group_types: vec!["Unified".to_owned()],
        mail_enabled: true,
        ..Group::default()
    });
    for (index, unwritable) in unwritable().into_iter().enumerate() {
        scenario.groups.push(Group {
            id: unwritable_id(index),
            display_name: "Closed".to_owned(),
            ..unwritable
        });
    }
    scenario
}

fn unwritable() -> [Group; 6] {
    let dynamic = vec!["DynamicMembership".to_owned()];
    [
        Group {
            mail_enabled: true,
            security_enabled: false,
            ..Group::default()
        },
        Group {
            mail_enabled: true,
            ..Group::default()
        },
        Group {
            group_types: dynamic,
            membership_rule: Some("user.city -eq \"x\"".to_owned()),
            ..Group::default()
        },
        Group {
            on_premises_sync_enabled: Some(true),
            ..Group::default()
        },
        Group {
            is_assignable_to_role: Some(true),
            ..Group::default()
        },
        Group {
            is_management_restricted: Some(true),
            ..Group::default()
        },
    ]
}

fn unwritable_id(index: usize) -> String {
    format!("00000000-0000-4000-8000-00000000aa{index:02}")
}

#[tokio::test]
async fn everything_asked_and_answered_fits_the_slice() {
    let walker = Walker::new(tenant()).await;
    walker.sign_in("wrong").await;
    read_people_and_groups(&walker).await;
    read_members(&walker).await;
    write_members(&walker).await;
    write_groups(&walker).await;
    look_objects_up(&walker).await;
    follow_changes(&walker).await;
    send_batches(&walker).await;
    meet_faults(&walker).await;
    walker.verdict();

    let seen: BTreeSet<String> = walker
        .sandbox
        .log()
        .iter()
        .filter_map(|exchange| {
            judge().operation_of(&exchange.request.method, &exchange.request.url)
        })
        .collect();
    let missing: Vec<String> = judge()
        .operations()
        .into_iter()
        .filter(|operation| !seen.contains(operation) && !NOT_THERE.contains(&operation.as_str()))
        .collect();
    assert!(missing.is_empty(), "never walked: {missing:?}");
    assert_eq!(walker.sandbox.counters().unknown_paths, 0);
    walker.sandbox.stop().await;
}

async fn read_people_and_groups(walker: &Walker) {
    walker.follow("/users?$top=999").await;
    let columns = "id,userPrincipalName,mail,otherMails,proxyAddresses,accountEnabled,userType,department,birthday,\
                   onPremisesSyncEnabled,createdDateTime,identities,signInActivity,employeeId,externalUserState";
    walker.follow(&format!("/users?$select={columns}")).await;
    assert_eq!(walker.get("/users/user0001@contoso.example").await.0, 200);
    assert_eq!(
        walker
            .get("/users/bob_fabrikam.example%23EXT%23%40contoso.onmicrosoft.example")
            .await
            .0,
        200
    );
    assert_eq!(
        walker
            .get("/users/nobody@contoso.example?$select=id")
            .await
            .0,
        404
    );
    for filter in [
        "mail eq 'user0001@contoso.example'",
        "proxyAddresses/any(p:p%20eq%20'smtp:user0001@contoso.example')",
    ] {
        let (_, page) = walker
            .get(&format!("/users?$select=id&%24filter={filter}"))
            .await;
        assert_eq!(page["value"].as_array().map(Vec::len), Some(1), "{filter}");
    }
    assert_eq!(
        walker
            .get("/users?$filter=endsWith(mail,'example')")
            .await
            .0,
        400
    );
    assert_eq!(
        walker
            .eventual("/users?$filter=endsWith(mail,'example')&$count=true&$orderby=displayName")
            .await
            .0,
        200
    );
    assert_eq!(
        walker
            .eventual("/users?$search=\"displayName:user\"")
            .await
            .0,
        200
    );
    assert_eq!(walker.eventual("/users/$count").await.0, 200);
    assert_eq!(walker.get("/users?$filter=aboutMe eq 'x'").await.0, 400);
    walker
        .follow("/groups?$select=id,displayName,groupTypes,mailEnabled,uniqueName,visibility")
        .await;
    walker
        .follow("/groups?$filter=displayName eq 'Closed'")
        .await;
    assert_eq!(walker.get(&format!("/groups/{EVERYONE}")).await.0, 200);
    assert_eq!(
        walker
            .get(&format!("/groups/{EVERYONE}?$expand=members"))
            .await
            .0,
        200
    );
    assert_eq!(
        walker.get(&format!("/groups/{DEVICE}?$select=id")).await.0,
        404
    );
    assert_eq!(walker.get("/groups(uniqueName='nobody')").await.0, 404);
    assert_eq!(walker.get("/organization").await.0, 200);
    assert_eq!(
        walker
            .get("/organization?$select=id,displayName,verifiedDomains")
            .await
            .0,
        200
    );
    walker.follow("/contacts?$top=5").await;
    assert_eq!(walker.get(&format!("/contacts/{CONTACT}")).await.0, 200);
    assert_eq!(walker.get(&format!("/contacts/{EVERYONE}")).await.0, 404);
}

async fn read_members(walker: &Walker) {
    for list in ["members", "transitiveMembers"] {
        walker.follow(&format!("/groups/{EVERYONE}/{list}")).await;
        walker
            .follow(&format!(
                "/groups/{EVERYONE}/{list}?$select=id,mail,groupTypes&$top=999"
            ))
            .await;
        walker
            .follow(&format!(
                "/groups/{EVERYONE}/{list}/microsoft.graph.user?$select=id,mail"
            ))
            .await;
        let filtered = format!(
            "/groups/{EVERYONE}/{list}/microsoft.graph.user?$filter=accountEnabled eq true"
        );
        assert_eq!(walker.get(&filtered).await.0, 400);
        assert_eq!(
            walker.eventual(&format!("{filtered}&$count=true")).await.0,
            200
        );
    }
    assert_eq!(
        walker
            .eventual(&format!("/groups/{EVERYONE}/members/$count"))
            .await
            .0,
        200
    );
    assert_eq!(
        walker.get(&format!("/groups/{CONTACT}/members")).await.0,
        404
    );
    walker
        .follow(&format!("/groups/{EVERYONE}/owners?$select=id,displayName"))
        .await;
    walker.sandbox.edit(|scenario| {
        scenario
            .permissions
            .retain(|name| !name.starts_with("User.R") && name != "Directory.Read.All")
    });
    assert_eq!(walker.get("/users").await.0, 403);
    walker.follow(&format!("/groups/{EVERYONE}/members")).await;
    walker
        .follow(&format!(
            "/groups/{EVERYONE}/members/microsoft.graph.user?$select=id,mail,otherMails"
        ))
        .await;
    walker.sandbox.edit(|scenario| {
        scenario.permissions = PERMISSIONS.iter().map(|name| (*name).to_owned()).collect()
    });
}

async fn write_members(walker: &Walker) {
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

async fn write_groups(walker: &Walker) {
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

async fn look_objects_up(walker: &Walker) {
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

async fn follow_changes(walker: &Walker) {
    let groups = walker
        .follow("/groups/delta?$select=displayName,members")
        .await
        .expect("a delta link");
    let users = walker
        .follow("/users/delta?$select=id,mail,accountEnabled,manager")
        .await
        .expect("a delta link");
    walker.follow("/groups/delta").await;
    walker.follow("/contacts/delta").await;
    walker.follow("/users/delta?$deltatoken=latest").await;
    walker.sandbox.edit(|scenario| {
        scenario.users[3].mail = None;
        scenario
            .users
            .retain(|user| user.id != User::numbered_id(8));
        scenario.groups[0].members.truncate(5);
        scenario.groups.retain(|group| group.id != INNER);
    });
    walker.follow(&groups).await;
    walker.follow(&users).await;
    let minimal = [("Prefer", "return=minimal")];
    assert_eq!(
        walker
            .send("GET", "/users/delta?$select=mail", &minimal, None)
            .await
            .0,
        200
    );
    assert_eq!(walker.get("/users/delta?$deltatoken=garbage").await.0, 400);
    walker.sandbox.inject(Fault::new(Effect::ExpireDeltaTokens));
    assert_eq!(walker.get(&users).await.0, 410);
}

async fn send_batches(walker: &Walker) {
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

async fn meet_faults(walker: &Walker) {
    let effects = [
        (Effect::Conflict, 409),
        (
            Effect::Throttle {
                retry_after_seconds: Some(2.128),
            },
            429,
        ),
        (
            Effect::Throttle {
                retry_after_seconds: None,
            },
            429,
        ),
        (Effect::ServerError, 500),
        (
            Effect::Unavailable {
                retry_after_seconds: None,
            },
            503,
        ),
    ];
    for (effect, status) in effects {
        walker.sandbox.inject(Fault::new(effect));
        let add = format!("/groups/{UNIFIED}/members/$ref");
        assert_eq!(
            walker
                .post(&add, walker.link(&User::numbered_id(25)))
                .await
                .0,
            status
        );
    }
    let lists = [
        Effect::EmptyPage,
        Effect::ShortPage { size: 1 },
        Effect::TruncatedListing { size: 1 },
        Effect::PartialObjects,
        Effect::HiddenMembership,
        Effect::CyclingNextLink,
        Effect::ForeignNextLink {
            origin: "https://graph.attacker.example".to_owned(),
        },
    ];
    for effect in lists {
        for url in [
            "/users",
            "/groups/delta",
            &format!("/groups/{EVERYONE}/members"),
        ] {
            walker.sandbox.inject(Fault::new(effect.clone()));
            assert_eq!(walker.get(url).await.0, 200, "{effect:?}");
        }
    }
    let (_, page) = walker.get("/users?$top=2").await;
    walker.sandbox.inject(Fault::new(Effect::ExpirePageTokens));
    assert_eq!(
        walker
            .get(page["@odata.nextLink"].as_str().expect("a link"))
            .await
            .0,
        400
    );
    walker.sandbox.edit(|scenario| {
        scenario.quota = Quota {
            enabled: true,
            writes_per150s: 1,
            ..Quota::default()
        };
    });
    let add = format!("/groups/{UNIFIED}/members/$ref");
    assert_eq!(
        walker
            .post(&add, walker.link(&User::numbered_id(26)))
            .await
            .0,
        204
    );
    assert_eq!(
        walker
            .post(&add, walker.link(&User::numbered_id(27)))
            .await
            .0,
        429
    );
    walker.sandbox.inject(Fault::new(Effect::ExpireTokens));
    assert_eq!(walker.get("/users").await.0, 401);
}

#[tokio::test]
async fn refused_requests_get_the_error_envelope() {
    let walker = Walker::new(tenant()).await;
    let group = format!("/groups/{EVERYONE}");
    let many: Vec<String> = (0..21)
        .map(|number| walker.reference(&User::numbered_id(number)))
        .collect();
    let get = json!({"id": "1", "method": "GET", "url": "/users"});
    let (members, ids) = (format!("{group}/members"), vec![EVERYONE; 21]);
    let cases = [
        (
            "PATCH",
            group.as_str(),
            Some(json!({"members@odata.bind": many})),
            400,
        ),
        (
            "PATCH",
            group.as_str(),
            Some(json!({"displayname": "x"})),
            400,
        ),
        ("PATCH", group.as_str(), None, 400),
        (
            "POST",
            &format!("{members}/$ref"),
            Some(json!({"@odata.id": "/directoryObjects/x"})),
            400,
        ),
        (
            "POST",
            "/groups",
            Some(json!({"displayName": "x", "mailEnabled": false, "securityEnabled": true})),
            400,
        ),
        (
            "POST",
            "/$batch",
            Some(json!({"requests": [get, get]})),
            400,
        ),
        ("POST", "/$batch", Some(json!({"requests": []})), 400),
        (
            "POST",
            "/directoryObjects/getByIds",
            Some(json!({"ids": []})),
            400,
        ),
        (
            "POST",
            &format!("/directoryObjects/{EVERYONE}/checkMemberObjects"),
            Some(json!({"ids": ids})),
            400,
        ),
        (
            "POST",
            "/invitations",
            Some(json!({"invitedUserEmailAddress": "bob@fabrikam.example"})),
            400,
        ),
        ("GET", "/users?$top=1000", None, 400),
        ("GET", "/users?$skip=10", None, 400),
        ("GET", "/users?$select=emailAddress", None, 400),
        ("GET", "/users/$count", None, 400),
        ("GET", "/nowhere", None, 404),
        ("DELETE", &format!("{members}/$ref"), None, 405),
        (
            "GET",
            &format!("{members}/microsoft.graph.message"),
            None,
            400,
        ),
    ];
    for (method, url, body, expected) in cases {
        let (status, answer) = walker.send(method, url, &[], body).await;
        assert_eq!(status, expected, "{method} {url}: {answer}");
        let faults = judge().faults_by_name("contract.error", &answer);
        assert!(faults.is_empty(), "{method} {url}: {faults:#?}");
    }
    let wrong = format!("{members}/{}", User::numbered_id(10));
    assert_eq!(walker.delete(&wrong).await.0, 204);
    assert_eq!(walker.sandbox.counters().users_deleted, 1);
    let log = walker.sandbox.log();
    let last = judge_log(&log[log.len() - 1..]);
    assert!(
        last[0].contains("no such operation"),
        "a delete without /$ref is caught: {last:?}"
    );
}
