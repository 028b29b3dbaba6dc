//! A page for people: how every list stands, those that need somebody first. Shows; changes nothing.
//!
//! One page without scripts, in which every text is escaped and nothing is loaded. It must not know how lists come to
//! stand so.

use std::{sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::{Request, State as Shared},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::standing::{self, Standing};
use crate::{
    agenda::{LastRun, State},
    service::Service,
    store::ports::StoreError,
};

/// How long the page may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The only style there is; its hash stands in the policy.
const STYLE: &str = "\
body{font:16px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1d2530;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .4rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;\
border-bottom:1px solid #d8dee6}th{font-weight:600;color:#56616f}td{overflow-wrap:anywhere}.note{color:#56616f}";

/// The page, at `/api/dashboard`.
pub fn router(service: Service) -> Router {
    Router::new().fallback(serve).with_state(service)
}

async fn serve(Shared(service): Shared<Service>, request: Request) -> Response {
    let path = request.uri().path().trim_end_matches('/');
    let (status, page) = if !path.eq_ignore_ascii_case("/api/dashboard") {
        let text = "There is nothing here.";
        (StatusCode::NOT_FOUND, message(text))
    } else if request.method() != Method::GET {
        let text = "This page can be looked at, and nothing else.";
        (StatusCode::METHOD_NOT_ALLOWED, message(text))
    } else {
        shown(service).await
    };
    let allow = (status == StatusCode::METHOD_NOT_ALLOWED).then_some([(header::ALLOW, "GET")]);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy()),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, allow, headers, page.into_string()).into_response()
}

/// The page, or that it cannot be shown. In a task of its own, so that a panic ends here.
async fn shown(service: Service) -> (StatusCode, Markup) {
    let work = tokio::time::timeout(PATIENCE, tokio::spawn(overview(service)));
    let why = match work.await {
        Ok(Ok(Ok(page))) => return (StatusCode::OK, page),
        Ok(Ok(Err(error))) => error.to_string(),
        Ok(Err(panicked)) => panicked.to_string(),
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    tracing::error!("the dashboard cannot be shown: {why}");
    let text = "The storage could not be read. Try again; the log says what happened.";
    (StatusCode::SERVICE_UNAVAILABLE, message(text))
}

async fn overview(service: Service) -> Result<Markup, StoreError> {
    let now = service.now();
    let overview = standing::overview(&service).await?;
    let keys = overview.keys();
    let all: Vec<Standing> = keys
        .iter()
        .filter_map(|key| overview.standing(&service, key, now))
        .collect();
    let of = |state: State| all.iter().filter(move |standing| standing.state == state);
    let there = State::ALL.map(|state| (state, of(state).count()));
    Ok(framed(html! {
        p.note {
            (all.len()) (if all.len() == 1 { " list at " } else { " lists at " }) (time(now)) ", rollcall " (env!("CARGO_PKG_VERSION")) "."
            @if overview.unreadable > 0 {
                " The state of " (overview.unreadable) " more cannot be read; the log says why."
            }
        }
        @if all.is_empty() {
            p { "There are no syncs yet. " code { "rollcall push" } " brings them here." }
        }
        @for (state, count) in there.into_iter().filter(|(_, count)| *count > 0) {
            h2 { (heading(state)) " (" (count) ")" }
            table {
                thead { tr { th { "List" } th { "Since" } th { "Last run" } th { "Next due" } th { "Note" } } }
                tbody { @for standing in of(state) { (row(standing)) } }
            }
        }
    }))
}

fn row(standing: &Standing) -> Markup {
    html! {
        tr {
            td { (standing.id) @if let Some(list) = &standing.list { ": " (list) } }
            td { (time(standing.since)) }
            td { @if let Some(last) = &standing.last_run { (last_words(last)) } @else { "never" } }
            td { @if let Some(due) = standing.next_due { (time(due)) } @else { "when asked" } }
            td {
                @if let Some(paused) = &standing.paused {
                    "Paused by " (paused.by) ": " (paused.reason)
                    @if let Some(until) = paused.until { " (until " (time(until)) ")" }
                    ". "
                }
                @if standing.failures > 0 { (standing.failures) " failed in a row. " }
                @if !standing.valid { "The definition has faults. " }
            }
        }
    }
}

fn last_words(last: &LastRun) -> Markup {
    let done = &last.done;
    let counts = [
        (done.added + done.invited, "added"),
        (done.updated, "updated"),
        (done.removed, "removed"),
        (done.refused + done.failed, "not done"),
        (done.waiting, "waiting"),
        (done.handed_over, "handed over"),
    ];
    let said = counts.iter().filter(|(count, _)| *count > 0);
    html! {
        (last.status.name()) ", " (time(last.finished.unwrap_or(last.started)))
        @for (count, what) in said { ", " (count) " " (what) }
        br;
        span.note { (last.run) }
    }
}

fn heading(state: State) -> &'static str {
    match state {
        State::Paused => "Paused",
        State::Failed => "Failed",
        State::Held => "Waiting for approval",
        State::Partial => "Partly done",
        State::Packaged => "Waiting for an administrator",
        State::New => "New",
        State::Succeeded => "Succeeded",
        State::Unchanged => "Nothing to do",
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn message(text: &str) -> Markup {
    framed(html! { p { (text) } })
}

fn framed(content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "rollcall" }
                style { (PreEscaped(STYLE)) }
            }
            body { h1 { "rollcall" } (content) }
        }
    }
}

/// Nothing but our own style.
fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        )
    })
}

#[cfg(test)]
mod tests;
