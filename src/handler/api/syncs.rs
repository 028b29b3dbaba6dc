//! How syncs and their lists stand, pausing and resuming them, and the health of it all.

use std::collections::BTreeMap;

use axum::{http::StatusCode, response::Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer,
    call::{self, Call, cursor},
    problem::{Code, Problem},
};
use crate::{
    agenda::{self, ListKey, Paused, State},
    catalog,
    definition::sync::Sync,
    format::FORMAT,
    handler::standing::{self, Standing, whole},
    job,
    telemetry::told_list,
};

/// How many items an answer holds unless it is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 200;

/// Some of the syncs or lists, and how they stand.
#[derive(Serialize, ToSchema)]
pub(super) struct StandingPage {
    /// The syncs; with `state`, or of one sync, also the lists that they route people to.
    items: Vec<Standing>,
    /// What to send as `after` for the next ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// How many were left out because their state cannot be read.
    unreadable: usize,
}

/// Pauses a list.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PauseBody {
    /// Why, in up to 500 characters.
    #[schema(example = "the directory is being moved")]
    reason: String,
    /// Who asks, in up to 200 characters.
    #[schema(example = "ada")]
    by: String,
    /// When it goes on by itself; without it somebody has to resume it.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// The list, for one of the lists a sync routes people to.
    list: Option<String>,
}

/// Resumes a list.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResumeBody {
    /// Who asks, in up to 200 characters.
    #[schema(example = "ada")]
    by: String,
    /// The list, for one of the lists a sync routes people to.
    list: Option<String>,
}

/// That everything is reachable, and how the lists stand.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    /// `ok`.
    status: &'static str,
    /// The version of rollcall.
    version: &'static str,
    /// When the process that answers started: UTC, whole seconds.
    #[schema(example = "2026-11-21T06:00:00Z")]
    started: String,
    /// The form of what is stored, which is the one that this version of rollcall writes.
    format: u32,
    /// How many lists stand so, by state; a sync counts as one beside the lists it routes people to.
    lists: BTreeMap<&'static str, usize>,
    /// How many lists cannot be read.
    unreadable: usize,
    /// How many jobs are on the queue, those at work included.
    jobs: usize,
}

/// `GET /health`
pub(super) async fn health(call: Call) -> Result<Response, Problem> {
    let stores = &call.service.stores;
    let overview = standing::overview(&call.service).await?;
    let jobs = stores.queue.count(job::QUEUE).await?;
    stores.blobs.get("health").await?;
    let mut lists: BTreeMap<&str, usize> =
        State::ALL.iter().map(|state| (state.name(), 0)).collect();
    for key in overview.keys() {
        if let Some(standing) = overview.standing(&call.service, &key, call.now) {
            *lists.entry(standing.state.name()).or_default() += 1;
        }
    }
    let health = Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        started: call
            .service
            .started
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string(),
        format: FORMAT,
        lists,
        unreadable: overview.unreadable,
        jobs,
    };
    answer::json(StatusCode::OK, &health)
}

/// `GET /syncs`
pub(super) async fn list(call: Call) -> Result<Response, Problem> {
    let limit = call.limit(USUAL, MOST)?;
    let after = call.after()?.map(|place| key_at(&place));
    let state = match call.query.get("state") {
        None => None,
        Some(given) => Some(state_of(given)?),
    };
    let page = match state {
        None => {
            let overview = standing::overview(&call.service).await?;
            let keys = overview.ids().map(whole).collect();
            page(&call, &overview, keys, after.as_ref(), limit)
        }
        Some(state) => standing_so(&call, state, after.as_ref(), limit).await?,
    };
    answer::json(StatusCode::OK, &page)
}

/// `GET /syncs/{id}/lists`
pub(super) async fn lists(call: Call) -> Result<Response, Problem> {
    let limit = call.limit(USUAL, MOST)?;
    let after = call.after()?.map(|place| key_at(&place));
    let overview = standing::overview(&call.service).await?;
    if !overview.has(&call.id) {
        return Err(no_sync());
    }
    let mut keys = overview.keys();
    keys.retain(|key| key.sync == call.id);
    let page = page(&call, &overview, keys, after.as_ref(), limit);
    answer::json(StatusCode::OK, &page)
}

/// `POST /syncs/{id}/pause`
pub(super) async fn pause(call: Call) -> Result<Response, Problem> {
    let body: PauseBody = call.form()?;
    let (reason, by) = (call::reason(&body.reason)?, call::name("by", &body.by)?);
    if body.until.is_some_and(|until| until <= call.now) {
        let detail = "`until` has to be in the future";
        return Err(Problem::new(Code::InvalidRequest, detail));
    }
    let key = known_key(&call, body.list.as_deref()).await?;
    change(&call, &key, |entry| {
        let earlier = entry.paused.take();
        let since = earlier.map_or(call.now, |earlier| earlier.since);
        entry.paused = Some(Paused {
            reason: reason.clone(),
            by: by.clone(),
            since,
            until: body.until,
        });
    })
    .await
}

/// `POST /syncs/{id}/resume`
pub(super) async fn resume(call: Call) -> Result<Response, Problem> {
    let body: ResumeBody = call.form()?;
    let by = call::name("by", &body.by)?;
    let key = known_key(&call, body.list.as_deref()).await?;
    let answer = change(&call, &key, agenda::Entry::resume).await?;
    let list = key.list.as_deref().map(told_list);
    tracing::info!(
        event = "list.resumed",
        sync = key.sync,
        list = list.as_deref(),
        "a list is resumed"
    );
    tracing::debug!(sync = key.sync, by, "who resumed it");
    Ok(answer)
}

/// The list that a call means: the sync as a whole, or one that the sync routes people to.
pub(super) async fn known_key(call: &Call, list: Option<&str>) -> Result<ListKey, Problem> {
    let (stores, kinds) = (&call.service.stores, &call.service.kinds);
    let found = catalog::sync(stores, kinds, &call.id).await?;
    let found = found.ok_or_else(no_sync)?;
    match list {
        None => Ok(whole(&call.id)),
        Some(list) => {
            let routes = |sync: &Sync| sync.mapping.route.is_some();
            // With a faulty definition nobody can tell; the entry decides.
            let may_route = found.as_ref().map_or(true, |(_, sync)| routes(sync));
            let key = ListKey {
                sync: call.id.clone(),
                list: Some(call::list(list)?),
            };
            let entry = agenda::get(stores, &key).await?.filter(|_| may_route);
            // As it is written there: the agenda finds names without case, the history does not.
            entry.map(|(entry, _)| entry.key).ok_or_else(|| {
                Problem::not_found("this sync routes nobody to such a list")
                    .help("`GET /api/v1/syncs/{id}/lists` shows those that are known")
            })
        }
    }
}

pub(super) fn no_sync() -> Problem {
    Problem::not_found("there is no such sync")
}

async fn change(
    call: &Call,
    key: &ListKey,
    change: impl FnMut(&mut agenda::Entry),
) -> Result<Response, Problem> {
    agenda::change(&call.service.stores, key, call.now, change).await?;
    let mut overview = standing::catalog_alone(&call.service).await?;
    overview.load(&call.service, key).await?;
    let standing = overview.standing(&call.service, key, call.now);
    answer::json(StatusCode::OK, &standing.ok_or_else(no_sync)?)
}

/// The lists that stand so: the agenda's index names them, the entries decide. A pause that is over is still in the
/// index until somebody writes the entry, so the paused ones are looked at too.
async fn standing_so(
    call: &Call,
    state: State,
    after: Option<&ListKey>,
    limit: usize,
) -> Result<StandingPage, Problem> {
    let stores = &call.service.stores;
    let mut overview = standing::catalog_alone(&call.service).await?;
    let mut keys: Vec<ListKey> = Vec::new();
    for index in [state, State::Paused] {
        let rows = agenda::in_state(stores, index).await?;
        keys.extend(rows.into_iter().map(|row| row.key));
    }
    if state == State::New {
        keys.extend(overview.ids().map(whole));
    }
    keys.retain(|key| overview.has(&key.sync) && after.is_none_or(|after| key > after));
    keys.sort();
    keys.dedup();
    let mut fitting: Vec<ListKey> = Vec::new();
    for key in keys {
        let is_there = overview.load(&call.service, &key).await?;
        let standing = overview.standing(&call.service, &key, call.now);
        let stands_so = standing.is_some_and(|standing| standing.state == state);
        if stands_so && (is_there || key.list.is_none()) {
            fitting.push(key);
        }
        if fitting.len() > limit {
            break;
        }
    }
    Ok(page(call, &overview, fitting, after, limit))
}

fn page(
    call: &Call,
    overview: &standing::Overview,
    keys: Vec<ListKey>,
    after: Option<&ListKey>,
    limit: usize,
) -> StandingPage {
    let mut keys: Vec<ListKey> = keys
        .into_iter()
        .filter(|key| after.is_none_or(|after| key > after))
        .collect();
    let is_last = keys.len() <= limit;
    keys.truncate(limit);
    let next = keys.last().filter(|_| !is_last).map(|key| match &key.list {
        None => cursor(&key.sync),
        Some(list) => cursor(&format!("{}\n{list}", key.sync)),
    });
    let standings = keys
        .iter()
        .filter_map(|key| overview.standing(&call.service, key, call.now));
    StandingPage {
        items: standings.collect(),
        next,
        unreadable: overview.unreadable,
    }
}

/// The key that a cursor names.
fn key_at(place: &str) -> ListKey {
    match place.split_once('\n') {
        None => whole(place),
        Some((sync, list)) => ListKey {
            sync: sync.to_owned(),
            list: Some(list.to_owned()),
        },
    }
}

fn state_of(given: &str) -> Result<State, Problem> {
    let found = State::ALL.iter().find(|state| state.name() == given);
    found.copied().ok_or_else(|| {
        let names: Vec<String> = State::ALL
            .iter()
            .map(|state| format!("`{}`", state.name()))
            .collect();
        let detail = format!("`state` is one of {}", names.join(", "));
        Problem::new(Code::InvalidRequest, detail)
    })
}
