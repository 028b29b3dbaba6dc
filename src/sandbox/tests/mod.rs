//! The sandbox over HTTP, as a client meets it.

mod delta;
mod faults;
mod people;
mod quota;
mod reads;
mod rights;
mod watching;
mod writes;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::scenario::{Scenario, User};
use super::{Effect, Fault, Sandbox, start};

/// Permissions for everything.
const ALL: &[&str] = &[
    "User.Read.All",
    "User.ReadWrite.All",
    "User.Invite.All",
    "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "Directory.Read.All",
    "OrgContact.Read.All",
];

/// A sandbox with a signed-in client.
struct Client {
    sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
}

/// What came back.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn ids(&self) -> Vec<String> {
        let value = self.json()["value"].as_array().cloned().unwrap_or_default();
        value
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Client {
    async fn new(scenario: Scenario) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = start(scenario, 0).await.unwrap();
        let http = reqwest::Client::new();
        let mut client = Self {
            sandbox,
            http,
            token: String::new(),
        };
        client.sign_in().await;
        client
    }

    async fn sign_in(&mut self) {
        let settings = self.sandbox.snapshot();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &settings.client_id),
            ("client_secret", &settings.client_secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let url = format!(
            "{}/{}/oauth2/v2.0/token",
            self.sandbox.url(),
            settings.tenant_id
        );
        let answer: Value = self
            .http
            .post(url)
            .form(&form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        self.token = answer["access_token"].as_str().unwrap().to_owned();
    }

    async fn try_send(
        &self,
        method: &str,
        url: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Reply> {
        let url = if url.starts_with("http") {
            url.to_owned()
        } else {
            format!("{}/v1.0{url}", self.sandbox.url())
        };
        let mut request = self
            .http
            .request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        request = request
            .bearer_auth(&self.token)
            .header("ConsistencyLevel", "eventual");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Reply {
            status,
            headers,
            text: response.text().await?,
        })
    }

    async fn send(&self, method: &str, url: &str, body: Option<Value>) -> Reply {
        self.try_send(method, url, body).await.unwrap()
    }

    async fn get(&self, url: &str) -> Reply {
        self.send("GET", url, None).await
    }

    /// Follows next links to the end.
    async fn all(&self, url: &str) -> Vec<Value> {
        let (mut values, mut url) = (Vec::new(), url.to_owned());
        loop {
            let reply = self.get(&url).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let page = reply.json();
            values.extend(page["value"].as_array().unwrap().iter().cloned());
            match page["@odata.nextLink"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return values,
            }
        }
    }

    fn reference(&self, number: usize) -> String {
        format!(
            "{}/v1.0/directoryObjects/{}",
            self.sandbox.url(),
            User::numbered_id(number)
        )
    }

    async fn add_many(&self, numbers: impl IntoIterator<Item = usize>) -> Reply {
        let bound: Vec<String> = numbers
            .into_iter()
            .map(|number| self.reference(number))
            .collect();
        let url = format!("/groups/{}", Scenario::EVERYONE);
        self.send("PATCH", &url, Some(json!({"members@odata.bind": bound})))
            .await
    }

    async fn add_one(&self, number: usize) -> Reply {
        let url = format!("/groups/{}/members/$ref", Scenario::EVERYONE);
        self.send(
            "POST",
            &url,
            Some(json!({"@odata.id": self.reference(number)})),
        )
        .await
    }

    async fn remove_one(&self, number: usize) -> Reply {
        let url = format!(
            "/groups/{}/members/{}/$ref",
            Scenario::EVERYONE,
            User::numbered_id(number)
        );
        self.send("DELETE", &url, None).await
    }

    fn members(&self) -> usize {
        self.sandbox.members_of(Scenario::EVERYONE).len()
    }

    fn inject(&self, effect: Effect) {
        self.sandbox.inject(Fault::new(effect));
    }
}

const MEMBERS: &str = "/groups/00000000-0000-4000-8000-00000000a001/members";

/// Lets this much time go by for the sandbox, without waiting for it. Its clock is the runtime's.
async fn let_pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
