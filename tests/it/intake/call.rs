//! Calls, as an HR system puts them together, and what they are answered.

use axum::{
    body::Body,
    http::{HeaderMap, Request, Response, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use rollcall::intake::Receipt;
use serde_json::Value;
use sha2::Sha256;

use super::stage::secret;

/// How a call is proven.
#[derive(Clone)]
pub(crate) enum By {
    Secret(Vec<u8>),
    Token(String),
    Nothing,
}

/// A call that is put together.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) by: By,
    pub(crate) id: Option<String>,
    /// How many seconds its time is behind ours.
    pub(crate) age: i64,
    pub(crate) body: Vec<u8>,
    /// Headers that are added, or put in the place of others.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Call {
    /// A full load for `workday`, signed.
    pub(crate) fn load(id: &str, csv: impl AsRef<[u8]>) -> Self {
        Self {
            path: "/api/hooks/hr/workday".to_owned(),
            by: By::Secret(secret("ROLLCALL_OLD")),
            id: Some(id.to_owned()),
            age: 0,
            body: csv.as_ref().to_vec(),
            headers: vec![("content-type", "text/csv".to_owned())],
        }
    }

    /// A notice for `workday`, signed.
    pub(crate) fn notice(id: &str) -> Self {
        Self {
            body: br#"{"type":"people.changed","people":["7","8"]}"#.to_vec(),
            ..Self::load(id, "").with("content-type", "application/json")
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn to(self, connection: &str) -> Self {
        Self {
            path: format!("/api/hooks/hr/{connection}"),
            ..self
        }
    }

    pub(crate) fn signed_by(self, variable: &str) -> Self {
        Self {
            by: By::Secret(secret(variable)),
            ..self
        }
    }

    pub(crate) fn shows(self, token: &str) -> Self {
        Self {
            by: By::Token(token.to_owned()),
            id: None,
            ..self
        }
    }

    pub(crate) fn aged(self, seconds: i64) -> Self {
        Self {
            age: seconds,
            ..self
        }
    }

    /// The headers of the proof.
    pub(crate) fn proof(&self, now: Timestamp) -> Vec<(&'static str, String)> {
        let id = self.id.clone().unwrap_or_default();
        let time = (now.as_second() - self.age).to_string();
        match &self.by {
            By::Nothing => Vec::new(),
            By::Token(token) => vec![("authorization", format!("Bearer {token}"))],
            By::Secret(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
                mac.update(format!("{id}.{time}.").as_bytes());
                mac.update(&self.body);
                let signature = STANDARD.encode(mac.finalize().into_bytes());
                vec![
                    ("webhook-id", id),
                    ("webhook-timestamp", time),
                    ("webhook-signature", format!("v1,{signature}")),
                ]
            }
        }
    }

    pub(crate) fn request(self, now: Timestamp) -> Request<Body> {
        let mut headers = self.proof(now);
        headers.retain(|(name, _)| !self.headers.iter().any(|(other, _)| other == name));
        headers.extend(self.headers);
        let mut request = Request::post(self.path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body)).unwrap()
    }
}

/// An answer, whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.to_vec(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
        self
    }

    #[track_caller]
    pub(crate) fn receipt(&self) -> Receipt {
        self.is(202);
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A problem with this code; gives its detail.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> String {
        self.is(status);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:rollcall:{code}"));
        assert_eq!(problem["status"], status);
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }
}
