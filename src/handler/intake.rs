//! The calls of HR systems: `POST /api/hooks/hr/{connection}`, and what became of one.
//!
//! Whoever is not proven to be the HR system gets one and the same answer, whatever is wrong. This module must not know
//! how a call is proven, nor what is done with it.

mod answer;
mod body;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, header},
    response::Response,
};

use self::{
    answer::{accepted, found, refused},
    body::{Budget, Taken},
};
use crate::{
    handler::problem::{UNAVAILABLE, problem},
    intake::{self, Call, Headers, Refusal, Secrets},
    service::Service,
};

/// The path of the calls, in lower case; it is matched without regard to case.
const ROOT: [&str; 3] = ["api", "hooks", "hr"];

/// What the calls are answered with.
#[derive(Clone)]
struct Hooks {
    service: Service,
    secrets: Arc<Secrets>,
    budget: Budget,
}

/// What a path means.
enum Place<'a> {
    /// A connection: its HR system sends here.
    Connection(&'a str),
    /// What became of a delivery.
    Receipt(&'a str, &'a str),
    /// Nothing.
    Nowhere,
}

/// Everything below `/api/hooks`.
///
/// Paths are told apart in here, because they are matched without regard to case but for the names in them; so this
/// router answers whatever path it is given, most of them with 404, and cannot be merged with another one of that sort.
pub fn router(service: Service, secrets: Arc<Secrets>) -> Router {
    let hooks = Hooks {
        service,
        secrets,
        budget: Budget::default(),
    };
    Router::new().fallback(answer_to).with_state(hooks)
}

async fn answer_to(State(hooks): State<Hooks>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    match (place(&path), request.method()) {
        (Place::Connection(connection), &Method::POST) => {
            take_in(&hooks, connection, request).await
        }
        (Place::Receipt(connection, receipt), &Method::GET) => {
            tell(&hooks, connection, receipt).await
        }
        (Place::Connection(_), _) => answer::wrong_method("POST"),
        (Place::Receipt(..), _) => answer::wrong_method("GET"),
        (Place::Nowhere, _) => answer::not_found(),
    }
}

fn place(path: &str) -> Place<'_> {
    let mut parts = path.split('/').skip(1);
    let is_ours = ROOT.iter().all(|known| {
        parts
            .next()
            .is_some_and(|part| part.eq_ignore_ascii_case(known))
    });
    match (is_ours, parts.next(), parts.next(), parts.next()) {
        (true, Some(connection), None, None) if !connection.is_empty() => {
            Place::Connection(connection)
        }
        (true, Some(connection), Some(receipt), None)
            if !connection.is_empty() && !receipt.is_empty() =>
        {
            Place::Receipt(connection, receipt)
        }
        _ => Place::Nowhere,
    }
}

async fn take_in(hooks: &Hooks, connection: &str, request: Request) -> Response {
    let headers = headers(request.headers());
    let keep = intake::is_credible(&headers, hooks.service.now());
    // Held until the answer: what came in counts against the budget for as long as it is in memory.
    let (body, _share) = match body::take(request, keep, &hooks.budget).await {
        Taken::Body(body, share) => (body, share),
        Taken::NoRoom => {
            tell_refused(None, "busy", "too much is being taken in at once");
            return answer::busy();
        }
    };
    let call = Call {
        connection: connection.to_owned(),
        headers,
        body,
    };
    match intake::deliver(&hooks.service, hooks.secrets.as_ref(), call).await {
        Ok(receipt) => {
            let (format, rows) = (receipt.format, receipt.rows);
            let runs = receipt.runs.len() + receipt.more_runs;
            tracing::info!(
                event = "intake.accepted",
                connection,
                %format,
                rows,
                runs,
                "a delivery was taken in"
            );
            accepted(connection, &receipt)
        }
        Err(refusal) => {
            log(connection, &refusal);
            refused(&refusal)
        }
    }
}

/// One line for each refusal. The name of a connection is the caller's own word until it is proven who calls.
fn log(connection: &str, refusal: &Refusal) {
    let connection = Some(connection);
    match refusal {
        Refusal::Unproven(why @ intake::Unproven::Wrong(_)) => {
            tell_refused(connection, "unproven", &why.to_string());
        }
        Refusal::Unproven(why) => tell_refused(None, "unproven", &why.to_string()),
        // In one word: the whole of it may quote what was sent.
        Refusal::Unusable(why) => tell_refused(connection, "unusable", why.kind.name()),
        Refusal::Reused => tell_refused(connection, "reused", &refusal.to_string()),
        Refusal::Store(_) => tell_failed(None, refusal),
        Refusal::NotKept(_) => tell_failed(connection, refusal),
    }
}

fn tell_failed(connection: Option<&str>, why: &Refusal) {
    tracing::error!(
        event = "intake.failed",
        connection,
        problem = "storage",
        "a delivery could not be kept: {why}"
    );
}

fn tell_refused(connection: Option<&str>, problem: &str, why: &str) {
    tracing::warn!(
        event = "intake.refused",
        connection,
        problem,
        "a call was refused: {why}"
    );
}

async fn tell(hooks: &Hooks, connection: &str, receipt: &str) -> Response {
    match intake::status(&hooks.service.stores, connection, receipt).await {
        Ok(Some(receipt)) => found(&receipt),
        Ok(None) => answer::not_found(),
        Err(error) => {
            tracing::error!("the status of a delivery cannot be read: {error}");
            problem(&UNAVAILABLE, None, None)
        }
    }
}

fn headers(map: &HeaderMap) -> Headers {
    Headers {
        id: joined(map, &HeaderName::from_static("webhook-id")),
        timestamp: joined(map, &HeaderName::from_static("webhook-timestamp")),
        signature: joined(map, &HeaderName::from_static("webhook-signature")),
        authorization: joined(map, &header::AUTHORIZATION),
        idempotency_key: joined(map, &HeaderName::from_static("idempotency-key")),
        content_type: joined(map, &header::CONTENT_TYPE),
        content_encoding: joined(map, &header::CONTENT_ENCODING),
    }
}

/// The values of a header, joined as the Functions host joins them. One that is no text is there, and fits nothing.
fn joined(map: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = map.get_all(name).iter();
    let values: Vec<&str> = values
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

#[cfg(test)]
mod tests;
