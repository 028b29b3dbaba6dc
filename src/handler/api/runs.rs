//! Runs: asking for one, and looking at what became of it.

use axum::{
    http::{HeaderName, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer,
    call::{self, Call, cursor},
    enqueue::{
        LOOK_AGAIN, accepted, enqueue, history_of, key_of_history, keyed_run, refuse_paused,
    },
    problem::{Code, Problem},
    syncs::{known_key, no_sync},
};
use crate::{
    agenda::ListKey,
    catalog::{self, Shelf},
    handler::standing::whole,
    history::{self, Decision, Queued, RunFile, run_id},
    job::{Job, Mode, Trigger},
    plan::{
        review::Held,
        text::{harmless, render, render_held},
        value::{Plan, Totals},
    },
    store::ports::Stores,
    summary::{
        Summary,
        changes::{self, ChangeRow},
    },
};

/// How many runs an answer holds unless it is said, and at most.
const USUAL: usize = 20;
const MOST: usize = 100;

/// The most characters of an idempotency key.
const LONGEST_KEY: usize = 200;

/// Asks for a run.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RunBody {
    /// Whether lists are written.
    mode: Mode,
    /// Who asks, in up to 200 characters.
    #[schema(example = "ada")]
    by: String,
    /// The list, for one of the lists a sync routes people to; without it they all run.
    list: Option<String>,
}

/// One run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunView {
    /// Its id.
    run: String,
    /// The sync.
    sync: String,
    /// The list, for one of the lists a sync routes people to.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
    /// How far it is.
    state: RunState,
    /// Who asked for it, where it was asked for here.
    asked: Option<Asked>,
    /// Its summary, once it has begun.
    summary: Option<Summary>,
    /// What was decided about what it held.
    decision: Option<Decision>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum RunState {
    /// It waits for its turn.
    Queued,
    /// It is at work, or it died and nobody has closed it yet.
    Begun,
    /// It has ended.
    Ended,
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why it runs, in words.
    cause: String,
    /// Whether lists are written.
    mode: Mode,
}

/// Some of the runs of a list, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct RunPage {
    /// Their summaries.
    items: Vec<Summary>,
    /// What was decided about what these runs held.
    decisions: Vec<Decision>,
    /// What to send as `after` for the older ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The plan of a run.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanView {
    /// The run.
    run: String,
    /// The digest of the plan as a whole.
    digest: String,
    /// Its numbers.
    totals: Totals,
    /// What of it waits for approval.
    held: Option<Held>,
    /// The plan, in the form that `rollcall plan --json` prints.
    #[schema(value_type = Object)]
    plan: Plan,
}

/// Every change of a run.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangesView {
    /// The run.
    run: String,
    /// The changes, then what was withheld.
    items: Vec<ChangeRow>,
}

/// `POST /syncs/{id}/runs`
pub(super) async fn start(call: Call) -> Result<Response, Problem> {
    let body: RunBody = call.form()?;
    let by = call::name("by", &body.by)?;
    let given = idempotency_key(&call)?;
    let key = known_key(&call, body.list.as_deref()).await?;
    let run = match &given {
        Some(given) => keyed_run(&call.id, given),
        None => run_id(call.now, &uuid::Uuid::new_v4().simple().to_string()),
    };
    let mut job = Job::new(run, &key.sync, Trigger::Hand, format!("by hand ({by})"));
    job.list.clone_from(&key.list);
    job.mode = body.mode;
    let earlier = history::queued(&call.service.stores, &job.run).await?;
    if earlier.is_none_or(|earlier| !earlier.sent) {
        refuse_faulty(&call, &call.id).await?;
        if job.mode == Mode::Apply {
            refuse_paused(&call.service, &key).await?;
        }
    }
    enqueue(&call.service, &job).await?;
    accepted(&job)
}

/// `GET /syncs/{id}/runs`
pub(super) async fn list(call: Call) -> Result<Response, Problem> {
    let limit = call.limit(USUAL, MOST)?;
    let after = call.after()?;
    if after.as_deref().is_some_and(|after| !is_history_row(after)) {
        let detail = "`after` is the `next` of an earlier answer, unchanged";
        return Err(Problem::new(Code::InvalidRequest, detail));
    }
    let stores = &call.service.stores;
    let key = match call.query.get("list") {
        None => whole(&call.id),
        // Of a list that is gone the history stays, under the name it had.
        Some(list) => match known_key(&call, Some(list)).await {
            Err(problem) if problem.code == Code::NotFound => ListKey {
                sync: call.id.clone(),
                list: Some(call::list(list)?),
            },
            known => known?,
        },
    };
    let partition = history_of(&key);
    let (items, next) = history::page(stores, &partition, after.as_deref(), limit).await?;
    if items.is_empty() && after.is_none() {
        let sync = catalog::get(stores, Shelf::Syncs, &call.id).await?;
        sync.ok_or_else(no_sync)?;
    }
    let mut decisions = Vec::new();
    for run in items.iter().filter(|run| run.held.is_some()) {
        decisions.extend(history::decision(stores, &run.run).await?);
    }
    let page = RunPage {
        items,
        decisions,
        next: next.map(|row| cursor(&row)),
    };
    answer::json(StatusCode::OK, &page)
}

/// `GET /runs/{run}`
pub(super) async fn get(call: Call) -> Result<Response, Problem> {
    let stores = &call.service.stores;
    let summary = history::find(stores, &call.id).await?;
    let queued = history::queued(stores, &call.id).await?;
    let state = match &summary {
        None => RunState::Queued,
        Some(summary) if summary.finished.is_none() => RunState::Begun,
        Some(_) => RunState::Ended,
    };
    let key = match (&summary, &queued) {
        (Some(summary), _) => key_of_history(&summary.sync)?,
        (None, Some(Queued { job, .. })) => ListKey {
            sync: job.sync.clone(),
            list: job.list.clone(),
        },
        (None, None) => return Err(no_run()),
    };
    let view = RunView {
        run: call.id.clone(),
        sync: key.sync,
        list: key.list,
        state,
        asked: queued.map(|queued| Asked {
            at: queued.at,
            cause: queued.job.cause,
            mode: queued.job.mode,
        }),
        summary,
        decision: history::decision(stores, &call.id).await?,
    };
    let answer = answer::json(StatusCode::OK, &view)?;
    Ok(match state {
        RunState::Queued | RunState::Begun => answer::with(answer, header::RETRY_AFTER, LOOK_AGAIN),
        RunState::Ended => answer,
    })
}

/// `GET /runs/{run}/plan`
pub(super) async fn plan(call: Call) -> Result<Response, Problem> {
    let as_text = wants_text(&call)?;
    let (summary, file) = planned(&call.service.stores, &call.id).await?;
    if as_text {
        let mut text = render(&file.plan);
        if let Some(held) = &summary.held {
            text.push_str(&render_held(&file.plan, held));
        }
        return Ok(answer::text("text/plain; charset=utf-8", harmless(&text)));
    }
    let view = PlanView {
        run: summary.run,
        digest: file.plan.digest().as_str().to_owned(),
        totals: file.plan.totals(),
        held: summary.held,
        plan: file.plan,
    };
    answer::json(StatusCode::OK, &view)
}

/// `GET /runs/{run}/changes`
pub(super) async fn changes(call: Call) -> Result<Response, Problem> {
    let (summary, file) = planned(&call.service.stores, &call.id).await?;
    let items = asked_for(&call, &summary, &file)?;
    let run = summary.run;
    answer::json(StatusCode::OK, &ChangesView { run, items })
}

/// `GET /runs/{run}/changes.csv`
pub(super) async fn changes_csv(call: Call) -> Result<Response, Problem> {
    let (summary, file) = planned(&call.service.stores, &call.id).await?;
    let rows = asked_for(&call, &summary, &file)?;
    let text = changes::csv(&summary.run, &rows)
        .map_err(|error| Problem::unexpected(error.to_string()))?;
    let answer = answer::text("text/csv; charset=utf-8; header=present", text);
    let attachment = format!("attachment; filename=\"{}.csv\"", summary.run);
    Ok(answer::with(
        answer,
        header::CONTENT_DISPOSITION,
        &attachment,
    ))
}

/// The rows a call asks for.
fn asked_for(call: &Call, summary: &Summary, file: &RunFile) -> Result<Vec<ChangeRow>, Problem> {
    let rows = changes::rows(&summary.lists, &file.plan, file.outcomes.as_deref());
    match call.query.get("only") {
        None => Ok(rows),
        Some(codes) => {
            changes::only(rows, codes).map_err(|detail| Problem::new(Code::InvalidRequest, detail))
        }
    }
}

pub(super) fn no_run() -> Problem {
    Problem::not_found("there is no such run")
}

/// A run with its plan.
async fn planned(stores: &Stores, run: &str) -> Result<(Summary, RunFile), Problem> {
    let Some(summary) = history::find(stores, run).await? else {
        return Err(match history::queued(stores, run).await? {
            None => no_run(),
            Some(_) => no_plan().header(header::RETRY_AFTER, LOOK_AGAIN),
        });
    };
    match history::run_file(stores, &summary.sync, run).await? {
        Some(file) => Ok((summary, file)),
        None => Err(no_plan()),
    }
}

fn no_plan() -> Problem {
    Problem::not_found(
        "this run has no plan: it has not come so far, it was stopped before, or it was so long ago that its plan is \
         not kept any more",
    )
}

/// Refuses what needs a sync whose definition has faults, or that is not there.
pub(super) async fn refuse_faulty(call: &Call, sync: &str) -> Result<(), Problem> {
    let service = &call.service;
    match catalog::sync(&service.stores, &service.kinds, sync).await? {
        None => Err(no_sync()),
        Some(Ok(_)) => Ok(()),
        Some(Err(faults)) => Err(Problem::faults(faults)),
    }
}

/// `?format=text` or `?format=json` decides; without it, whether plain text and not JSON is accepted.
fn wants_text(call: &Call) -> Result<bool, Problem> {
    match call.query.get("format").map(String::as_str) {
        Some("text") => Ok(true),
        Some("json") => Ok(false),
        Some(_) => {
            let detail = "`format` is one of `json`, `text`";
            Err(Problem::new(Code::InvalidRequest, detail))
        }
        None => {
            let accepted = call.headers.get(header::ACCEPT);
            let accepted = accepted.and_then(|accepted| accepted.to_str().ok());
            let accepted = accepted.unwrap_or_default().to_ascii_lowercase();
            Ok(accepted.contains("text/plain") && !accepted.contains("application/json"))
        }
    }
}

pub(super) fn idempotency_key(call: &Call) -> Result<Option<String>, Problem> {
    let name = HeaderName::from_static("idempotency-key");
    let Some(given) = call.header(&name)? else {
        return Ok(None);
    };
    let given = given.trim();
    let is_printable = given.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if (1..=LONGEST_KEY).contains(&given.len()) && is_printable {
        return Ok(Some(given.to_owned()));
    }
    let detail = format!("`Idempotency-Key` has to have 1 to {LONGEST_KEY} printable characters");
    Err(Problem::new(Code::InvalidRequest, detail))
}

/// Whether it can be a row of the history: what is not would be refused by the storage, as a defect of ours.
fn is_history_row(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:~".contains(&byte);
    (1..=512).contains(&text.len()) && text.bytes().all(fits)
}
