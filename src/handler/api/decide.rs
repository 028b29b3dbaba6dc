//! What a person decides about a held plan. An approval bypasses nothing: it becomes a run, and that run's review says
//! whether the plan still is the one that was approved.

use axum::{http::StatusCode, response::Response};
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
    history::{self, Decision, Undecidable, Verdict, Wanted, Weighed},
    job::{Job, Trigger},
    summary::Summary,
};

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
        digest: Some(body.digest),
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
        digest: Some(body.digest),
        by: call::name("by", &body.by)?,
        reason: Some(call::reason(&body.reason)?),
    };
    let (_, decision) = decide(&call, wanted).await?;
    answer::json(StatusCode::OK, &Rejected { decision })
}

/// Writes the decision down, or finds that it was made before. The first one stands.
async fn decide(call: &Call, wanted: Wanted) -> Result<(Summary, Decision), Problem> {
    let stores = &call.service.stores;
    let weighed = history::weigh(stores, &call.id, &wanted, call.now).await?;
    let Weighed {
        summary,
        decision,
        is_new,
    } = weighed.map_err(undecidable)?;
    // What is undone pauses the list itself.
    if is_new && decision.verdict == Verdict::Approved && summary.restores.is_none() {
        refuse_paused(&call.service, &key_of_history(&summary.sync)?).await?;
    }
    let standing = history::decide(stores, &summary.sync, &decision).await?;
    if decision.is_again(&standing) {
        if is_new {
            tracing::info!(
                event = "plan.decided",
                sync = key_of_history(&summary.sync)?.sync,
                run = summary.run,
                verdict = standing.verdict.name(),
                "somebody decided about a plan that waited"
            );
        }
        return Ok((summary, standing));
    }
    Err(undecidable(Undecidable::Decided(standing)))
}

fn undecidable(why: Undecidable) -> Problem {
    match why {
        Undecidable::NoRun => no_run(),
        Undecidable::NotHeld(status) => {
            let detail = format!("this run is {status}, and nothing of it waits for approval");
            Problem::new(Code::NotHeld, detail)
        }
        Undecidable::Superseded(newer) => {
            let detail = format!("run `{newer}` is newer");
            Problem::new(Code::Superseded, detail).help("decide about that one")
        }
        Undecidable::Mismatch(shown) => {
            Problem::new(Code::DigestMismatch, format!("what waits is `{shown}`"))
                .help("look at the plan again; at least 12 digits have to agree")
        }
        Undecidable::Decided(standing) => {
            let Decision {
                by, verdict, at, ..
            } = standing;
            let detail = format!("{by} {} it at {at}", verdict.name());
            Problem::new(Code::AlreadyDecided, detail)
                .help("start a new run to decide anew: the first decision stands")
        }
    }
}

/// The run that follows from an approval: the same one, however often it is asked for.
fn approved_run(summary: &Summary, decision: &Decision) -> Result<Job, Problem> {
    let ListKey { sync, list } = key_of_history(&summary.sync)?;
    let (run, cause) = (decision.following_run(), decision.cause());
    let mut job = Job::new(run, &sync, Trigger::Approval, cause);
    if let Some(undone) = &summary.restores {
        job = job.restoring(undone);
    }
    job.list = list;
    job.approval = Some(decision.approval());
    Ok(job)
}
