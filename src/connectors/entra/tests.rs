//! A small stand-in for Microsoft Graph whose answers each test writes itself: for what goes wrong on the wire.

mod attributes;
mod reading;
mod signing_in;
mod updating;
mod writing;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{EntraConnection, Settings, connect};
use crate::{
    connectors::{
        http::Patience,
        ports::{Invitation, WantedList},
    },
    model::{
        list::{GroupKind, ListRef, Side},
        member::Member,
    },
    plan::{
        change::{Action, Change, Reason, Seen},
        outcome::Outcome,
    },
};

pub(super) const GROUP: &str = "00000000-0000-4000-8000-000000009001";

/// One request that arrived, without the version in its path; items of a batch arrive one by one after the batch.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

/// What the stand-in does.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// A token where one is asked for, the items of a batch one by one, else 404.
    Usual,
    Json(u16, Value),
    With(u16, &'static str, &'static str, Value),
    Text(u16, &'static str),
    Empty(u16),
    HangUp,
    /// A batch whose items are not answered.
    Silent,
}

type Script = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

#[derive(Clone)]
pub(super) struct StandIn {
    pub(super) origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    script: Arc<Script>,
}

impl StandIn {
    /// `script` is told what was asked, and how often just that was asked before.
    pub(super) async fn start(
        script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stand_in = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            script: Arc::new(script),
        };
        let router = Router::new().fallback(answer).with_state(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stand_in
    }

    /// Everything that was asked with this in its URL.
    pub(super) fn asked(&self, piece: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|asked| asked.url.contains(piece))
            .cloned()
            .collect()
    }

    pub(super) fn connection(&self) -> EntraConnection {
        self.connection_with(json!({}))
    }

    pub(super) fn connection_with(&self, more: Value) -> EntraConnection {
        let mut settings = json!({
            "tenantId": "acme.onmicrosoft.com",
            "clientId": "00000000-0000-4000-8000-00000000c11e",
            "clientSecretVariable": "SECRET",
            "graphUrl": self.origin,
            "loginUrl": self.origin,
        });
        settings
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let secrets = |name: &str| (name == "SECRET").then(|| "hunter2".to_owned());
        connect(&settings, &secrets, hasty()).unwrap()
    }

    fn reply(&self, asked: Asked) -> Reply {
        let mut all = self.asked.lock().unwrap();
        let before = all
            .iter()
            .filter(|earlier| {
                earlier.method == asked.method
                    && earlier.url == asked.url
                    && earlier.body == asked.body
            })
            .count();
        all.push(asked.clone());
        drop(all);
        (self.script)(&asked, before)
    }
}

/// A patience for tests.
pub(super) fn hasty() -> Patience {
    Patience {
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_millis(10),
        total_wait: Duration::from_millis(200),
    }
}

pub(super) fn wanted(list: &str) -> WantedList {
    WantedList {
        create: Some(GroupKind::Security),
        invitation: Some(Invitation {
            redirect_url: "https://myapps.microsoft.com".into(),
            send_message: true,
        }),
        ..WantedList::of(ListRef {
            connection: "entra-id".into(),
            list: list.into(),
        })
    }
}

pub(super) fn person(number: usize) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.user", "id": id(number),
        "accountEnabled": true, "mail": format!("p{number}@acme.org"), "userPrincipalName": format!("p{number}@acme.org"),
    })
}

pub(super) fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

pub(super) fn changes(action: &Action, members: impl IntoIterator<Item = Member>) -> Vec<Change> {
    members
        .into_iter()
        .map(|member| Change {
            side: Side::Target,
            action: action.clone(),
            member,
            reason: Reason::OnSource,
            seen: Seen::default(),
        })
        .collect()
}

pub(super) fn people(numbers: impl IntoIterator<Item = usize>) -> Vec<Member> {
    let member = |number| Member {
        id: Some(id(number).into()),
        ..Member::default()
    };
    numbers.into_iter().map(member).collect()
}

pub(super) fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::Json(status, json!({"error": {"code": code, "message": message}}))
}

/// An outcome in a word or two.
pub(super) fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".into(),
        Outcome::AlreadySo => "already so".into(),
        Outcome::HandedOver { .. } => "handed over".into(),
        Outcome::Refused(problem) => format!("refused {}", problem.code),
        Outcome::Failed(problem) => format!("failed {}", problem.code),
    }
}

async fn answer(
    State(stand_in): State<StandIn>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked {
        method: method.to_string(),
        url: uri.to_string().replacen("/v1.0/", "/", 1),
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    match stand_in.reply(asked.clone()) {
        Reply::Usual if asked.url.ends_with("/oauth2/v2.0/token") => {
            token("token-1", 3600).into_response()
        }
        Reply::Usual if asked.url.ends_with("/$batch") => {
            let items = asked.body["requests"].as_array().unwrap();
            let mut answers: Vec<Value> = items
                .iter()
                .filter_map(|item| {
                    let reply = stand_in.reply(Asked {
                        method: item["method"].as_str().unwrap().into(),
                        url: item["url"].as_str().unwrap().into(),
                        headers: HeaderMap::new(),
                        body: item["body"].clone(),
                    });
                    as_item(reply, &item["id"])
                })
                .collect();
            // Graph answers in any order.
            answers.reverse();
            Reply::Json(200, json!({"responses": answers})).into_response()
        }
        Reply::Usual => error(404, "Request_ResourceNotFound", "nothing here").into_response(),
        reply => reply.into_response(),
    }
}

pub(super) fn token(token: &str, expires_in: u32) -> Reply {
    Reply::Json(
        200,
        json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": token}),
    )
}

fn as_item(reply: Reply, id: &Value) -> Option<Value> {
    let (status, headers, body) = match reply {
        Reply::Json(status, body) => (status, json!({}), body),
        Reply::With(status, name, value, body) => (status, json!({name: value}), body),
        Reply::Text(status, text) => (status, json!({}), text.into()),
        Reply::Empty(status) => (status, json!({}), Value::Null),
        Reply::Usual => (
            404,
            json!({}),
            json!({"error": {"code": "Request_ResourceNotFound", "message": "nothing"}}),
        ),
        Reply::HangUp | Reply::Silent => return None,
    };
    Some(json!({"id": id, "status": status, "headers": headers, "body": body}))
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let (status, header, body) = match self {
            Self::Json(status, body) => (status, None, body.to_string()),
            Self::With(status, name, value, body) => {
                (status, Some((name, value)), body.to_string())
            }
            Self::Text(status, text) => (status, None, text.to_owned()),
            Self::Empty(status) => (status, None, String::new()),
            Self::Silent => (200, None, json!({"responses": []}).to_string()),
            // The server's task ends without an answer, and the connection with it.
            Self::HangUp | Self::Usual => std::panic::resume_unwind(Box::new("hang up")),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        response
    }
}
