//! A client that signs in and sends what it is told.
//!
//! Knows nothing of what the answers should be, beyond what every answer carries.

use reqwest::Method;
use rollcall::sandbox::{self, Sandbox, Scenario};
use serde_json::{Value, json};

use crate::judge::judge_log;

/// A client that signs in once and sends what it is told.
pub(crate) struct Walker {
    pub(crate) sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
}

impl Walker {
    pub(crate) async fn new(scenario: Scenario) -> Self {
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

    pub(crate) async fn sign_in(&self, secret: &str) -> Value {
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

    pub(crate) async fn send(
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

    pub(crate) async fn get(&self, url: &str) -> (u16, Value) {
        self.send("GET", url, &[], None).await
    }

    pub(crate) async fn eventual(&self, url: &str) -> (u16, Value) {
        self.send("GET", url, &[("ConsistencyLevel", "eventual")], None)
            .await
    }

    pub(crate) async fn post(&self, url: &str, body: Value) -> (u16, Value) {
        self.send("POST", url, &[], Some(body)).await
    }

    pub(crate) async fn patch(&self, url: &str, body: Value) -> (u16, Value) {
        self.send("PATCH", url, &[], Some(body)).await
    }

    pub(crate) async fn delete(&self, url: &str) -> (u16, Value) {
        self.send("DELETE", url, &[], None).await
    }

    /// Follows next links to the end; gives the delta link, if there is one.
    pub(crate) async fn follow(&self, url: &str) -> Option<String> {
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

    pub(crate) fn reference(&self, id: &str) -> String {
        format!("{}/v1.0/directoryObjects/{id}", self.sandbox.url())
    }

    pub(crate) fn link(&self, id: &str) -> Value {
        json!({"@odata.id": self.reference(id)})
    }

    pub(crate) fn verdict(&self) {
        let faults = judge_log(&self.sandbox.log());
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }
}
