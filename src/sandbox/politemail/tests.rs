//! The stand-in by itself: what it takes, what it refuses, and what it keeps to itself.

use serde_json::{Value, json};

use super::*;
use crate::sandbox::{
    Fault,
    fault::Effect,
    platform::{StandIn, start},
};

struct Caller {
    server: StandIn<PoliteMail>,
    http: reqwest::Client,
}

impl Caller {
    async fn new(state: PoliteMail) -> Self {
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let server = start(state, 0).await.unwrap();
        Self { server, http }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(format!("{}{path}", self.server.url())))
            .await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/odata/{path}", self.server.url());
        self.send(self.http.post(url).json(&body)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request
            .basic_auth("ada", Some("secret"))
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

fn server() -> PoliteMail {
    let mut state = PoliteMail::with_login("ada", "secret");
    state.put_list(
        "Staff",
        ["a@acme.example", "b@acme.example", "c@acme.example"],
    );
    let gone = state.meet("gone@acme.example");
    let contact = state.contacts.iter_mut().find(|contact| contact.id == gone);
    contact.unwrap().opted_out = true;
    state.page_size = 2;
    state
}

#[tokio::test]
async fn pages_are_linked_in_every_way_there_is() {
    for (envelope, mark) in [(Envelope::V3, "odata."), (Envelope::V4, "@odata.")] {
        for (links, start) in [
            (Links::Absolute, "http://"),
            (Links::FromRoot, "/api/odata/Lists(301)/Contacts?"),
            (Links::FromService, "Lists(301)/Contacts?"),
            (Links::FromListing, "Contacts?"),
        ] {
            let caller = Caller::new(PoliteMail {
                envelope,
                links,
                counts: true,
                ..server()
            })
            .await;
            let (status, page) = caller.get("/api/odata/Lists(301)/Contacts").await;
            assert_eq!(status, 200);
            assert_eq!(page["value"].as_array().unwrap().len(), 2);
            let link = page[format!("{mark}nextLink")].as_str().unwrap();
            assert!(link.starts_with(start), "{link}");
            let count = &page[format!("{mark}count")];
            assert!(count == &json!("3") || count == &json!(3), "{count}");
            let (_, query) = link.split_once('?').unwrap();
            let (_, rest) = caller
                .get(&format!("/api/odata/Lists(301)/Contacts?{query}"))
                .await;
            assert_eq!(rest["value"][0]["Email"], "c@acme.example");
            assert_eq!(rest.get(format!("{mark}nextLink")), None);
        }
    }
}

#[tokio::test]
async fn who_opted_out_is_taken_and_not_added() {
    let caller = Caller::new(server()).await;
    let emails =
        json!({"emails": ["GONE@acme.example", "A@acme.example", "new@acme.example", "nonsense"]});
    let (status, answer) = caller.post("Lists(301)/AddEmails", emails).await;
    assert_eq!((status, &answer["value"]), (200, &json!(true)));
    let state = caller.server.snapshot();
    assert_eq!(
        state.emails_on("Staff"),
        [
            "a@acme.example",
            "b@acme.example",
            "c@acme.example",
            "new@acme.example"
        ]
    );
    let emails = json!({"emails": ["B@ACME.example", "nobody@acme.example"]});
    caller.post("Lists(301)/RemoveEmails", emails).await;
    let state = caller.server.snapshot();
    assert_eq!(state.emails_on("Staff").len(), 3);
    assert!(
        state.contact("b@acme.example").is_some(),
        "a contact is never deleted"
    );
}

#[tokio::test]
async fn what_is_not_described_is_refused_in_the_servers_words() {
    let caller = Caller::new(server()).await;
    for (path, body, status) in [
        ("Lists/NewList", json!({"Name": " "}), 400),
        ("Lists/NewList", json!({"Name": "x", "OwnerID": "1"}), 400),
        ("Lists/NewList", json!({"Name": "x", "Colour": "red"}), 400),
        (
            "Contacts/CreateContact",
            json!({"Email": "x@acme.example"}),
            400,
        ),
        (
            "Contacts/CreateContact",
            json!({"ID": 0, "Email": "A@acme.example"}),
            400,
        ),
        (
            "Lists(301)/AddEmails",
            json!({"emails": "x@acme.example"}),
            400,
        ),
        ("Lists(999)/AddEmails", json!({"emails": []}), 404),
        ("Lists(301)/AddContacts", json!({"contacts": [1]}), 404),
    ] {
        let (found, answer) = caller.post(path, body.clone()).await;
        assert_eq!(found, status, "{path} {body}");
        assert!(answer["odata.error"]["message"]["value"].is_string());
    }
    for (path, status) in [
        ("/api/odata/Lists", 400),
        ("/api/odata/Lists?$select=ID,Colour", 400),
        ("/api/odata/Lists(301)/Contacts?$top=5", 400),
        ("/api/odata/Lists?$select=ID,Name", 200),
        ("/ssv3/odata/Lists?$select=ID,Name", 404),
    ] {
        assert_eq!(caller.get(path).await.0, status, "{path}");
    }
    let url = format!("{}/api/odata/Lists?$select=ID", caller.server.url());
    let answer = caller
        .http
        .get(url)
        .basic_auth("ada", Some("wrong"))
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), 401);
}

#[tokio::test]
async fn lists_and_contacts_are_made() {
    let caller = Caller::new(server()).await;
    let (_, first) = caller
        .post("Lists/NewList", json!({"Name": "New", "Shared": true}))
        .await;
    let (_, second) = caller.post("Lists/NewList", json!({"Name": "New"})).await;
    assert_ne!(first["value"], second["value"], "asked twice, made twice");
    let body = json!({"ID": 0, "Email": "kim@acme.example", "FirstName": "Kim", "ListIDs": "301"});
    let (_, made) = caller.post("Contacts/CreateContact", body).await;
    assert!(made["value"].is_i64());
    caller.server.edit(|state| state.page_size = 10);
    let (_, page) = caller.get("/api/odata/Lists(301)/Contacts").await;
    assert_eq!(page["value"][3]["FirstName"], "Kim");
    caller.server.edit(|state| state.envelope = Envelope::V4);
    let (_, lists) = caller.get("/api/odata/Lists?$select=ID,IsNewsletter").await;
    assert_eq!(lists["value"][2], json!({"ID": 303, "IsNewsletter": 0}));
}

#[tokio::test]
async fn faults_bend_listings() {
    let caller = Caller::new(server()).await;
    let path = "/api/odata/Lists(301)/Contacts";
    for (effect, size, has_next) in [
        (Effect::EmptyPage, 0, true),
        (Effect::ShortPage { size: 1 }, 1, true),
        (Effect::TruncatedListing { size: 1 }, 1, false),
        (Effect::RepeatedObjects, 3, true),
        (Effect::CyclingNextLink, 2, true),
        (
            Effect::ForeignNextLink {
                origin: "https://attacker.example".to_owned(),
            },
            2,
            true,
        ),
    ] {
        caller.server.inject(Fault::new(effect.clone()));
        let (_, page) = caller.get(path).await;
        assert_eq!(page["value"].as_array().unwrap().len(), size, "{effect:?}");
        assert_eq!(page.get("odata.nextLink").is_some(), has_next, "{effect:?}");
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_is_refused() {
    let mut state = server();
    state.lists[0].members.insert(1);
    state.page_size = 0;
    let message = start(state, 0).await.err().unwrap().to_string();
    assert!(
        message.contains("pageSize") && message.contains("nobody known as 1"),
        "{message}"
    );
}

#[tokio::test]
async fn reads_can_lag_and_a_journal_tells_what_came_and_went() {
    let caller = Caller::new(server()).await;
    caller.server.watch(|server| server.emails_on("Staff"));
    caller.server.hold_back();
    caller
        .server
        .inject(Fault::new(Effect::ErrorAfter { status: 500 }));
    let new = json!({ "emails": ["d@acme.example"] });
    assert_eq!(caller.post("Lists(301)/AddEmails", new).await.0, 500);
    let old = json!({ "emails": ["a@acme.example"] });
    assert_eq!(caller.post("Lists(301)/RemoveEmails", old).await.0, 200);
    let first = |page: Value| page["value"][0]["Email"].clone();
    let (_, page) = caller.get("/api/odata/Lists(301)/Contacts").await;
    assert_eq!(first(page), "a@acme.example");
    caller.server.catch_up();
    let (_, page) = caller.get("/api/odata/Lists(301)/Contacts").await;
    assert_eq!(first(page), "b@acme.example");
    let turns = caller.server.journal().into_iter();
    let turns: Vec<(String, bool)> = turns.map(|turn| (turn.fact, turn.came)).collect();
    let told = [("d@acme.example", true), ("a@acme.example", false)];
    assert_eq!(turns, told.map(|(fact, came)| (fact.to_owned(), came)));

    caller.server.inject(Fault::new(Effect::EmptyListing));
    let (status, page) = caller.get("/api/odata/Lists(301)/Contacts").await;
    assert_eq!((status, page["value"].clone()), (200, json!([])));
}
