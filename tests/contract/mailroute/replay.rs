//! A server that answers with what was recorded, and notes what was asked beyond that.
//!
//! A read is answered as it was recorded after the last write that was played; a write only where the recording has it
//! next. What a scene does not hold, a test has to add, with answers in the recorded form.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Method, Uri},
    response::Response,
};
use serde_json::{Value, json};

use super::recording::{Answered, Asked, Interaction};

pub(super) struct Replay {
    pub(super) url: String,
    shelf: Arc<Mutex<Shelf>>,
}

struct Shelf {
    recorded: Vec<Interaction>,
    /// Where in the recording we are: behind the last write.
    position: usize,
    played: Vec<usize>,
    strangers: Vec<String>,
}

impl Replay {
    /// Begins at this place of the recording.
    pub(super) async fn start(recorded: Vec<Interaction>, position: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let shelf = Arc::new(Mutex::new(Shelf {
            recorded,
            position,
            played: Vec::new(),
            strangers: Vec::new(),
        }));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shelf));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shelf }
    }

    /// What was asked and is not in the recording.
    pub(super) fn strangers(&self) -> Vec<String> {
        self.shelf.lock().unwrap().strangers.clone()
    }

    /// The recorded requests that were made, by their places.
    pub(super) fn played(&self) -> Vec<usize> {
        self.shelf.lock().unwrap().played.clone()
    }
}

/// An answer in the recorded form, for a read that a scene does not hold.
pub(super) fn also(path: &str, query: &[(&str, &str)], status: u16, body: Value) -> Interaction {
    let query = query.iter();
    Interaction {
        request: Asked {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Value::Null,
        },
        response: Answered { status, body },
    }
}

/// A page of these objects.
pub(super) fn page(objects: &[&Value]) -> Value {
    let meta = json!({ "limit": 20, "next": null, "offset": 0, "previous": null, "total_count": objects.len() });
    json!({ "meta": meta, "objects": objects })
}

async fn answer(
    State(shelf): State<Arc<Mutex<Shelf>>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let pairs: Vec<(String, String)> = pairs.into_owned().collect();
    let path = uri.path().replace("%40", "@");
    let mut shelf = shelf.lock().unwrap();
    let position = shelf.position;
    let found = shelf
        .recorded
        .iter()
        .enumerate()
        .position(|(place, recorded)| {
            let asked = &recorded.request;
            // How a listing is cut into pages is the client's affair.
            let rest = pairs
                .iter()
                .filter(|(name, _)| name != "limit" && name != "offset");
            let same_query = rest.clone().count() == asked.query.len()
                && rest
                    .clone()
                    .all(|(name, value)| asked.query.get(name) == Some(value));
            place >= position
                && asked.method == method.as_str()
                && asked.path == path
                && same_query
                && says_the_same(&asked.body, &body)
        });
    let Some(place) = found else {
        shelf.strangers.push(format!("{method} {uri}"));
        return response(404, &Value::Null);
    };
    if method != Method::GET {
        shelf.position = place + 1;
    }
    shelf.played.push(place);
    let answered = shelf.recorded[place].response.clone();
    response(answered.status, &answered.body)
}

/// Everything that was recorded is sent, but for a name that the vendor's client put there by mistake; and beyond it only
/// that no welcome mail is wanted.
fn says_the_same(recorded: &Value, sent: &Value) -> bool {
    let fields = |body: &Value| -> Vec<(String, Value)> {
        let fields = body.as_object().into_iter().flatten();
        fields
            .filter(|(name, _)| !["name", "send_welcome"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    sent.get("send_welcome").is_none_or(|sends| sends == false) && fields(recorded) == fields(sent)
}

fn response(status: u16, body: &Value) -> Response {
    let response = Response::builder().status(status);
    match body {
        Value::Null => response
            .header("content-type", "text/html; charset=utf-8")
            .body(Body::empty()),
        body => response
            .header("content-type", "application/json; charset=utf-8")
            .body(Body::from(body.to_string())),
    }
    .unwrap()
}
