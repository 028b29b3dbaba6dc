//! A request to Microsoft Graph as data, and what can become of it.

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::Answer;

/// One request, by itself or inside a batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// The method.
    pub(super) method: Method,
    /// The path below the version (`/groups/…`), or a whole URL for a link that Graph gave.
    pub(super) url: String,
    /// A header besides the usual ones.
    pub(super) header: Option<(&'static str, &'static str)>,
    /// The body.
    pub(super) body: Option<Value>,
}

/// What became of a request that was sent once.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sent {
    /// It was answered.
    Answered(Answer),
    /// Nobody knows: the connection broke, or time ran out. It may have been done.
    Lost(String),
}

impl Call {
    /// A read.
    pub(super) fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            header: None,
            body: None,
        }
    }

    /// A count, which Graph serves only from its eventually consistent index.
    pub(super) fn count(url: impl Into<String>) -> Self {
        Self {
            header: Some(("ConsistencyLevel", "eventual")),
            ..Self::get(url)
        }
    }

    /// A write with a body.
    pub(super) fn with_body(method: Method, url: impl Into<String>, body: Value) -> Self {
        Self {
            method,
            body: Some(body),
            ..Self::get(url)
        }
    }

    /// What the request asks for, without naming anybody: `GET /groups/{}/members`. Words of Graph's own are letters
    /// alone; ids and addresses are not.
    pub(super) fn name(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let path = path.split_once("/v1.0/").map_or(path, |(_, path)| path);
        let is_word = |part: &&str| {
            part.strip_prefix('$')
                .unwrap_or(part)
                .bytes()
                .all(|letter| letter.is_ascii_alphabetic())
        };
        let parts = path.split('/').filter(|part| !part.is_empty());
        let mut name = self.method.to_string();
        for (place, part) in parts.enumerate() {
            name.push_str(if place == 0 { " /" } else { "/" });
            name.push_str(Some(part).filter(is_word).unwrap_or("{}"));
        }
        name
    }

    /// The request as an item of a batch.
    pub(super) fn as_item(&self, id: usize) -> Value {
        let mut item =
            json!({"id": id.to_string(), "method": self.method.as_str(), "url": self.url});
        let mut headers = serde_json::Map::new();
        if let Some((name, value)) = self.header {
            headers.insert(name.to_owned(), value.into());
        }
        if let (Some(body), Some(item)) = (&self.body, item.as_object_mut()) {
            headers.insert("Content-Type".to_owned(), "application/json".into());
            item.insert("body".to_owned(), body.clone());
        }
        if let (false, Some(item)) = (headers.is_empty(), item.as_object_mut()) {
            item.insert("headers".to_owned(), headers.into());
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_request_names_nobody() {
        for (url, name) in [
            (
                "/groups/00000000-0000-4000-8000-00000000a001/members/$ref?$top=1",
                "GET /groups/{}/members/$ref",
            ),
            ("/users?$filter=mail eq 'ada@a.example'", "GET /users"),
            ("/users/ada@a.example", "GET /users/{}"),
            ("/users/ada%40a.example/manager", "GET /users/{}/manager"),
            ("/servicePrincipals(appId='a')", "GET /{}"),
            (
                "/groups/7/members/microsoft.graph.user",
                "GET /groups/{}/members/{}",
            ),
            (
                "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=abc",
                "GET /users/delta",
            ),
        ] {
            assert_eq!(Call::get(url).name(), name, "{url}");
        }
    }
}
