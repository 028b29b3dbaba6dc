//! The host's own hands on a storage account: Storage Queues over plain REST, signed with the account's key.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use reqwest::{Method, StatusCode, Url};
use sha2::Sha256;

use crate::encode::Received;

/// The version of the service that is asked.
const SERVICE: &str = "2021-12-02";

/// A storage account, and where its services are (host and port).
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Its name.
    pub(crate) name: String,
    /// Its key, in base64.
    pub(crate) key: String,
    /// Its blobs.
    pub(crate) blob: String,
    /// Its queues.
    pub(crate) queue: String,
    /// Its tables.
    pub(crate) table: String,
}

impl Account {
    /// The account of a connection string.
    pub(crate) fn parse(text: &str) -> Self {
        let part = |name: &str| {
            let parts = text.split(';').filter_map(|part| part.split_once('='));
            let found = parts.into_iter().find(|(key, _)| *key == name);
            found.unwrap_or_else(|| panic!("no `{name}`")).1.to_owned()
        };
        let place = |name: &str| {
            let url = Url::parse(&part(name)).unwrap();
            format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
        };
        Self {
            name: part("AccountName"),
            key: part("AccountKey"),
            blob: place("BlobEndpoint"),
            queue: place("QueueEndpoint"),
            table: place("TableEndpoint"),
        }
    }

    /// What the program gets as `AzureWebJobsStorage`.
    pub(crate) fn connection_string(&self) -> String {
        let Self {
            name,
            key,
            blob,
            queue,
            table,
        } = self;
        format!(
            "DefaultEndpointsProtocol=http;AccountName={name};AccountKey={key};\
             BlobEndpoint=http://{blob}/{name};QueueEndpoint=http://{queue}/{name};\
             TableEndpoint=http://{table}/{name};"
        )
    }
}

/// A message as the host holds it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// What the envelope says about it.
    pub(crate) about: Received,
    /// Its text as it is stored, mostly base64.
    pub(crate) stored: String,
}

/// The queues of an account.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    account: Account,
    client: reqwest::Client,
}

impl Queues {
    /// The queues of `account`.
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            account: account.clone(),
            client: crate::invoke::client(),
        }
    }

    /// Makes a queue, unless it is there.
    pub(crate) async fn create(&self, queue: &str) {
        let (status, _) = self.ask(Method::PUT, &format!("/{queue}"), "").await;
        assert!(status.is_success(), "{queue}: {status}");
    }

    /// Puts a text there as it is: for what is no base64.
    pub(crate) async fn put_raw(&self, queue: &str, stored: &str) {
        let body = format!(
            "<QueueMessage><MessageText>{}</MessageText></QueueMessage>",
            escaped(stored)
        );
        let (status, answer) = self
            .ask(Method::POST, &format!("/{queue}/messages"), &body)
            .await;
        assert_eq!(status, StatusCode::CREATED, "{queue}: {answer}");
    }

    /// Puts a text there in base64, as rollcall and the host do.
    pub(crate) async fn put(&self, queue: &str, text: &str) {
        self.put_raw(queue, &BASE64_STANDARD.encode(text)).await;
    }

    /// Takes up to `count` messages and hides them; nothing when there is no such queue.
    pub(crate) async fn receive(
        &self,
        queue: &str,
        count: usize,
        hidden: Duration,
    ) -> Vec<Message> {
        let path = format!(
            "/{queue}/messages?numofmessages={}&visibilitytimeout={}",
            count.clamp(1, 32),
            whole_seconds(hidden)
        );
        let (status, answer) = self.ask(Method::GET, &path, "").await;
        if status == StatusCode::NOT_FOUND {
            return Vec::new();
        }
        assert!(status.is_success(), "{queue}: {status} {answer}");
        parts(&answer, "QueueMessage").map(message).collect()
    }

    /// The visible messages, up to 32, which stay where they are.
    pub(crate) async fn peek(&self, queue: &str) -> Vec<String> {
        let path = format!("/{queue}/messages?peekonly=true&numofmessages=32");
        let (status, answer) = self.ask(Method::GET, &path, "").await;
        if status == StatusCode::NOT_FOUND {
            return Vec::new();
        }
        assert!(status.is_success(), "{queue}: {status} {answer}");
        let messages = parts(&answer, "QueueMessage");
        messages
            .map(|message| text(message, "MessageText"))
            .collect()
    }

    /// Hides a message for so long from now: the new receipt, or nothing when it is not ours any more.
    pub(crate) async fn hide(
        &self,
        queue: &str,
        id: &str,
        receipt: &str,
        hidden: Duration,
    ) -> Option<String> {
        let path = format!(
            "{}&visibilitytimeout={}",
            receipt_path(queue, id, receipt),
            whole_seconds(hidden)
        );
        let url = self.url(&path);
        let request = self.signed(Method::PUT, &url, "");
        let answer = request.send().await.unwrap();
        let receipt = answer.headers().get("x-ms-popreceipt").cloned();
        answer
            .status()
            .is_success()
            .then(|| receipt.unwrap().to_str().unwrap().to_owned())
    }

    /// Deletes a message; whether it was still ours.
    pub(crate) async fn delete(&self, queue: &str, id: &str, receipt: &str) -> bool {
        let path = receipt_path(queue, id, receipt);
        self.ask(Method::DELETE, &path, "").await.0.is_success()
    }

    /// How many messages there are, hidden ones included; nothing when there is no such queue.
    pub(crate) async fn count(&self, queue: &str) -> Option<usize> {
        let url = self.url(&format!("/{queue}?comp=metadata"));
        let answer = self.signed(Method::GET, &url, "").send().await.unwrap();
        if answer.status() == StatusCode::NOT_FOUND {
            return None;
        }
        let count = answer.headers().get("x-ms-approximate-messages-count");
        Some(count.unwrap().to_str().unwrap().parse().unwrap())
    }

    async fn ask(&self, method: Method, path: &str, body: &str) -> (StatusCode, String) {
        let request = self.signed(method, &self.url(path), body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    fn url(&self, path: &str) -> Url {
        let Account { queue, name, .. } = &self.account;
        Url::parse(&format!("http://{queue}/{name}{path}")).unwrap()
    }

    fn signed(&self, method: Method, url: &Url, body: &str) -> reqwest::RequestBuilder {
        let date = Timestamp::now()
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        let signature = signature(&self.account, &method, url, body.len(), &date);
        self.client
            .request(method, url.clone())
            .header("x-ms-date", date)
            .header("x-ms-version", SERVICE)
            .header(
                "authorization",
                format!("SharedKey {}:{signature}", self.account.name),
            )
            .body(body.to_owned())
    }
}

/// The signature of a request that has no other headers of the standard ones than its length.
fn signature(account: &Account, method: &Method, url: &Url, length: usize, date: &str) -> String {
    let length = if length == 0 {
        String::new()
    } else {
        length.to_string()
    };
    // An emulator has the account in its path, so that it stands there twice.
    let mut resource = format!("/{}{}", account.name, url.path());
    let queries: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    for (name, value) in queries {
        resource.push_str(&format!("\n{name}:{value}"));
    }
    let text = format!(
        "{method}\n\n\n{length}\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{SERVICE}\n{resource}"
    );
    let key = BASE64_STANDARD.decode(&account.key).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn receipt_path(queue: &str, id: &str, receipt: &str) -> String {
    let receipt: String = url::form_urlencoded::byte_serialize(receipt.as_bytes()).collect();
    format!("/{queue}/messages/{id}?popreceipt={receipt}")
}

/// The service counts in seconds; what is hidden at all is hidden for one of them at least.
fn whole_seconds(time: Duration) -> u64 {
    time.as_millis().div_ceil(1000).try_into().unwrap()
}

fn message(xml: &str) -> Message {
    let time = |name: &str| {
        let text = text(xml, name);
        jiff::fmt::rfc2822::parse(&text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .timestamp()
    };
    Message {
        about: Received {
            id: Some(text(xml, "MessageId")),
            receipt: text(xml, "PopReceipt"),
            deliveries: text(xml, "DequeueCount").parse().unwrap(),
            inserted: time("InsertionTime"),
            expires: Some(time("ExpirationTime")),
            visible: Some(time("TimeNextVisible")),
        },
        stored: text(xml, "MessageText"),
    }
}

/// The insides of each element of this name.
fn parts<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let parts: Vec<&str> = xml.split(start.as_str()).skip(1).collect();
    parts
        .into_iter()
        .map(move |part| part.split(end.as_str()).next().unwrap())
}

fn text(xml: &str, name: &str) -> String {
    let text = parts(xml, name).next().unwrap_or_default();
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (entity, letter)| {
            text.replace(entity, letter)
        })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
