//! Who opted out of a list and is not added again, and the acts of people that lift it. Lists and baselines are not
//! touched here: the next run takes a lift up.

use axum::{http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer,
    call::{self, Call, cursor},
    enqueue::history_of,
    problem::{Code, Problem},
    syncs::{known_key, no_sync},
};
use crate::{
    agenda::ListKey,
    catalog,
    definition::sync::Sync,
    history::{self, LiftView, LiftedView, NotLifted, OptOutView, Wish},
    telemetry::told_list,
};

/// How many items an answer holds unless it is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 200;

/// How many names a problem tells.
const MOST_NAMES: usize = 20;

/// Who is not added to the lists of a sync.
#[derive(Serialize, ToSchema)]
pub(super) struct OptOutPage {
    /// Some of them, by side and name.
    items: Vec<OptOutView>,
    /// What people lifted, the newest first; at most 200.
    lifts: Vec<LiftView>,
    /// What to send as `after` for the next ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lets somebody be added again.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LiftBody {
    /// The address, number or platform's id of who opted out.
    #[schema(example = "ada@acme.example")]
    who: String,
    /// Who asks, in up to 200 characters.
    #[schema(example = "grace")]
    by: String,
    /// Why, in up to 500 characters.
    #[schema(example = "she asked to be on it again")]
    reason: String,
    /// The list, for one of the lists a sync routes people to.
    list: Option<String>,
}

/// What was lifted.
#[derive(Serialize, ToSchema)]
pub(super) struct LiftAnswer {
    /// One for each list of the sync on which they had opted out.
    items: Vec<LiftedView>,
}

/// `GET /syncs/{id}/opt-outs`
pub(super) async fn list(call: Call) -> Result<Response, Problem> {
    let limit = call.limit(USUAL, MOST)?;
    let after = call.after()?;
    let given = call.query.get("list").cloned();
    let (sync, key) = meant(&call, given.as_deref()).await?;
    let stores = &call.service.stores;
    let found = history::opt_outs(stores, &history_of(&key), sync.lists()).await?;
    let mut items = found.views();
    if let Some(after) = after {
        items.retain(|item| place(item) > after);
    }
    let is_last = items.len() <= limit;
    items.truncate(limit);
    let next = items.last().filter(|_| !is_last);
    let next = next.map(|item| cursor(&place(item)));
    let mut lifts = found.lift_views();
    lifts.truncate(MOST);
    answer::json(StatusCode::OK, &OptOutPage { items, lifts, next })
}

/// `POST /syncs/{id}/opt-outs/lift`
pub(super) async fn lift(call: Call) -> Result<Response, Problem> {
    let body: LiftBody = call.form()?;
    let wish = Wish {
        who: call::name("who", &body.who)?,
        by: call::name("by", &body.by)?,
        reason: call::reason(&body.reason)?,
    };
    let (sync, key) = meant(&call, body.list.as_deref()).await?;
    let (stores, partition) = (&call.service.stores, history_of(&key));
    let lifted = history::lift(stores, &partition, sync.lists(), &wish, call.now).await?;
    let lifted = lifted.map_err(refused)?;
    let list = key.list.as_deref().map(told_list);
    tracing::info!(
        sync = key.sync,
        list = list.as_deref(),
        "an opt-out is lifted"
    );
    tracing::debug!(
        sync = partition,
        by = wish.by,
        who = wish.who,
        "who lifted whose"
    );
    let items = lifted.iter().map(LiftedView::from).collect();
    answer::json(StatusCode::OK, &LiftAnswer { items })
}

/// The list that a call means, with its sync. One that routes people needs to be told which of its lists.
async fn meant(call: &Call, list: Option<&str>) -> Result<(Sync, ListKey), Problem> {
    let (stores, kinds) = (&call.service.stores, &call.service.kinds);
    let found = catalog::sync(stores, kinds, &call.id).await?;
    let (_, sync) = found.ok_or_else(no_sync)?.map_err(Problem::faults)?;
    if sync.mapping.route.is_some() && list.is_none() {
        let detail = "this sync routes people to many lists; `list` says which is meant";
        return Err(Problem::new(Code::InvalidRequest, detail)
            .help("`GET /api/v1/syncs/{id}/lists` shows those that are known"));
    }
    let key = known_key(call, list).await?;
    let sync = match &key.list {
        Some(list) => sync.for_list(list),
        None => sync,
    };
    Ok((sync, key))
}

/// Where an item stands in the order of the answers.
fn place(item: &OptOutView) -> String {
    format!("{:?}\n{}\n{}", item.side, item.who.label(), item.since)
}

fn refused(why: NotLifted) -> Problem {
    let listed = |names: &[String]| -> String {
        let shown = names.iter().take(MOST_NAMES);
        let shown: Vec<String> = shown.map(|name| format!("`{name}`")).collect();
        shown.join(", ")
    };
    match why {
        NotLifted::Nobody(names) if names.is_empty() => {
            Problem::not_found("nobody is known to have opted out here")
        }
        NotLifted::Nobody(names) => {
            Problem::not_found("nobody is known to have opted out by this name")
                .help(format!("who is: {}", listed(&names)))
        }
        NotLifted::Several(names) => {
            let detail = "several who opted out are known by this name";
            Problem::new(Code::InvalidRequest, detail)
                .help(format!("name one of them: {}", listed(&names)))
        }
    }
}
