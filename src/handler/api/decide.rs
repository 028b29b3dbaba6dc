//! What a person decides about a held plan. An approval bypasses nothing: it becomes a run, and that run's review says
//! whether the plan still is the one that was approved.

use axum::{http::StatusCode, response::Response};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer,
    call::{self, Call},
    enqueue::{accepted, enqueue, key_of_history, refuse_paused},
    problem::{Code, Problem},
    runs::no_run,
};
use crate::{
    agenda::ListKey,
    history::{self, DECISION_VERSION, Decision, Verdict},
    job::{Job, Trigger},
    plan::review::{Approval, Held},
    store::ports::Stores,
    summary::{Status, Summary},
};

/// How long an approval holds, in hours.
const HOLDS: i64 = 24;

/// How far back somebody looks for the newest run that was no preview.
const LOOK_BACK: usize = 50;

/// Approves what waits.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ApproveBody {
    /// The digest of what waits, as the summary's `held.digest` says it: at least its first 12 digits.
    #[schema(example = "3f6c0a9d51be")]
    digest: String,
    /// Who approves, in up to 200 characters.
    #[schema(example = "ada")]
    by: String,
    /// Why, in up to 500 characters.
    reason: Option<String>,
}

/// Rejects what waits.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RejectBody {
    /// The digest of what waits, as the summary's `held.digest` says it: at least its first 12 digits.
    #[schema(example = "3f6c0a9d51be")]
    digest: String,
    /// Who rejects, in up to 200 characters.
    #[schema(example = "ada")]
    by: String,
    /// Why, in up to 500 characters.
    #[schema(example = "these people still work here")]
    reason: String,
}

/// A plan that was rejected.
#[derive(Serialize, ToSchema)]
pub(super) struct Rejected {
    /// The decision.
    decision: Decision,
}

/// `POST /runs/{run}/approve`
pub(super) async fn approve(call: Call) -> Result<Response, Problem> {
    let body: ApproveBody = call.form()?;
    let wanted = Wanted {
        verdict: Verdict::Approved,
        digest: body.digest,
        by: call::name("by", &body.by)?,
        reason: body.reason.as_deref().map(call::reason).transpose()?,
    };
    let (summary, decision) = decide(&call, wanted).await?;
    let job = approved_run(&summary, &decision)?;
    enqueue(&call.service, &job).await?;
    accepted(&job)
}

/// `POST /runs/{run}/reject`
pub(super) async fn reject(call: Call) -> Result<Response, Problem> {
    let body: RejectBody = call.form()?;
    let wanted = Wanted {
        verdict: Verdict::Rejected,
        digest: body.digest,
        by: call::name("by", &body.by)?,
        reason: Some(call::reason(&body.reason)?),
    };
    let (_, decision) = decide(&call, wanted).await?;
    answer::json(StatusCode::OK, &Rejected { decision })
}

/// What somebody wants to decide.
struct Wanted {
    verdict: Verdict,
    digest: String,
    by: String,
    reason: Option<String>,
}

/// Writes the decision down, or finds that it was made before. The first one stands.
async fn decide(call: &Call, wanted: Wanted) -> Result<(Summary, Decision), Problem> {
    let stores = &call.service.stores;
    let found = history::find(stores, &call.id).await?;
    let summary = found.ok_or_else(no_run)?;
    let held = held(&summary)?;
    let is_named = held.digest.is_named_by(&wanted.digest);
    let decision = Decision {
        version: DECISION_VERSION,
        run: summary.run.clone(),
        verdict: wanted.verdict,
        digest: held.digest.as_str().to_owned(),
        by: wanted.by,
        reason: wanted.reason,
        at: call.now,
    };
    let standing = match history::decision(stores, &summary.run).await? {
        Some(standing) => standing,
        None => {
            refuse_superseded(stores, &summary).await?;
            if !is_named {
                return Err(mismatch(held));
            }
            // What is undone pauses the list itself.
            if wanted.verdict == Verdict::Approved && summary.restores.is_none() {
                refuse_paused(&call.service, &key_of_history(&summary.sync)?).await?;
            }
            history::decide(stores, &decision).await?
        }
    };
    // Asked again, perhaps because the answer was lost, it goes on where the first attempt stopped.
    if is_named && decision.is_again(&standing) {
        return Ok((summary, standing));
    }
    let verdict = match standing.verdict {
        Verdict::Approved => "approved",
        Verdict::Rejected => "rejected",
    };
    let detail = format!("{} {verdict} it at {}", standing.by, standing.at);
    Err(Problem::new(Code::AlreadyDecided, detail)
        .help("start a new run to decide anew: the first decision stands"))
}

/// What of a run waits.
fn held(summary: &Summary) -> Result<&Held, Problem> {
    let held = summary.held.as_ref();
    held.filter(|_| summary.finished.is_some() && summary.status != Some(Status::Previewed))
        .ok_or_else(|| {
            let status = summary.status.map_or("not finished", Status::name);
            let detail = format!("this run is {status}, and nothing of it waits for approval");
            Problem::new(Code::NotHeld, detail)
        })
}

fn mismatch(held: &Held) -> Problem {
    let detail = format!("what waits is `{}`", held.digest.short());
    Problem::new(Code::DigestMismatch, detail)
        .help("look at the plan again; at least 12 digits have to agree")
}

/// A newer run saw newer lists: what it found is what has to be decided. A preview decides nothing.
async fn refuse_superseded(stores: &Stores, summary: &Summary) -> Result<(), Problem> {
    let runs = history::list(stores, &summary.sync, LOOK_BACK).await?;
    let newest = runs
        .iter()
        .find(|run| run.status != Some(Status::Previewed));
    match newest {
        Some(newest) if newest.run != summary.run => {
            let detail = format!("run `{}` is newer", newest.run);
            Err(Problem::new(Code::Superseded, detail).help("decide about that one"))
        }
        _ => Ok(()),
    }
}

/// The run that follows from an approval: the same one, however often it is asked for.
fn approved_run(summary: &Summary, decision: &Decision) -> Result<Job, Problem> {
    let ListKey { sync, list } = key_of_history(&summary.sync)?;
    let (run, cause) = (
        format!("{}.a", summary.run),
        format!("approved ({})", decision.by),
    );
    let mut job = Job::new(run, &sync, Trigger::Approval, cause);
    if let Some(undone) = &summary.restores {
        job = job.restoring(undone);
    }
    job.list = list;
    job.approval = Some(Approval {
        digest: decision.digest.clone(),
        by: decision.by.clone(),
        expires: decision
            .at
            .checked_add(HOLDS.hours())
            .unwrap_or(decision.at),
    });
    Ok(job)
}
