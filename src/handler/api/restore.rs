//! A run that undoes another one: asked for like any run, and held and approved like any.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    call::{self, Call},
    enqueue::{accepted, enqueue, key_of_history, keyed_run},
    problem::{Code, Problem},
    runs::{idempotency_key, no_run, refuse_faulty},
};
use crate::{
    history::{self, NotUndoable, run_id},
    job::{Job, Mode, Trigger},
};

/// Asks for a run to be undone.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RestoreBody {
    /// Whether lists are written.
    mode: Mode,
    /// Who asks, in up to 200 characters.
    #[schema(example = "ada")]
    by: String,
    /// Why, in up to 500 characters.
    reason: Option<String>,
}

/// `POST /runs/{run}/restore`
pub(super) async fn start(call: Call) -> Result<Response, Problem> {
    let body: RestoreBody = call.form()?;
    let by = call::name("by", &body.by)?;
    let reason = body.reason.as_deref().map(call::reason).transpose()?;
    let given = idempotency_key(&call)?;
    let (stores, undone) = (&call.service.stores, &call.id);
    let run = match &given {
        // No sync has such an id.
        Some(given) => keyed_run(&format!("restore~{undone}"), given),
        None => run_id(call.now, &uuid::Uuid::new_v4().simple().to_string()),
    };
    let earlier = history::queued(stores, &run).await?;
    let summary = match earlier.is_some_and(|earlier| earlier.sent) {
        // Asked again: whatever became of it, it was fine then.
        true => history::find(stores, undone).await?.ok_or_else(no_run)?,
        false => {
            let found = history::undoable_at_a_glance(stores, undone, call.now).await?;
            let summary = found.map_err(|why| refused(&why))?;
            refuse_faulty(&call, &key_of_history(&summary.sync)?.sync).await?;
            summary
        }
    };
    let key = key_of_history(&summary.sync)?;
    let mut cause = format!("restores run {undone} ({by})");
    if let Some(reason) = reason {
        cause.push_str(": ");
        cause.push_str(&reason);
    }
    let mut job = Job::new(run, &key.sync, Trigger::Hand, cause).restoring(undone);
    job.list = key.list;
    job.mode = body.mode;
    enqueue(&call.service, &job).await?;
    accepted(&job)
}

fn refused(why: &NotUndoable) -> Problem {
    if let NotUndoable::Unknown { .. } = why {
        return no_run();
    }
    let problem = why.problem();
    let refused = Problem::new(Code::NotUndoable, problem.message);
    match problem.help {
        Some(help) => refused.help(help),
        None => refused,
    }
}
