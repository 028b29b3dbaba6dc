//! What is noted and asked for when a run has ended.

use std::time::Duration;

use jiff::SignedDuration;

use super::{
    Again, Report,
    follow_up::{FollowUp, follow_up},
    key_of, send, telling,
};
use crate::{
    agenda::{self, Paused},
    history::{self, NOT_UNDOABLE},
    job::{Job, Mode},
    plan::review::Approval,
    service::Service,
    summary::{Status, Summary},
    telemetry::told_list,
};

/// After a retry was to begin, its list's schedule is left alone for this long, so that the two do not meet.
const TIME_FOR_A_RETRY: Duration = Duration::from_secs(10 * 60);

/// Notes how the run ended, and asks for what follows. Everything in it may be done twice.
pub(super) async fn conclude(
    service: &Service,
    job: &Job,
    summary: Summary,
) -> Result<Report, Again> {
    let mut report = vec![told(job, &summary)];
    telling::run_ended(job, &summary);
    if job.mode == Mode::Preview || summary.status == Some(Status::Previewed) {
        return Ok(report);
    }
    if summary
        .problem
        .as_ref()
        .is_some_and(|problem| problem.code == NOT_UNDOABLE)
    {
        // Nothing was tried, and nothing is said about the list.
        return Ok(report);
    }
    let entry = agenda::change(&service.stores, &key_of(job), service.now(), |entry| {
        entry.ran(&summary);
    })
    .await?;
    match follow_up(&summary, job, entry.failures) {
        FollowUp::Nothing => {}
        FollowUp::Retry(wait) => {
            let retry = Job {
                run: job.follower('r', job.retries + 1),
                retries: job.retries + 1,
                waits: 0,
                ..job.clone()
            };
            send(service, &retry, wait).await?;
            let ended = summary.finished.unwrap_or(summary.started);
            let until = SignedDuration::try_from(wait + TIME_FOR_A_RETRY).ok();
            let until = until.and_then(|wait| ended.checked_add(wait).ok());
            agenda::change(&service.stores, &key_of(job), service.now(), |entry| {
                entry.backed_off = until;
            })
            .await?;
            report.push(format!("tried again in {} minutes", wait.as_secs() / 60));
        }
        FollowUp::Rest(wait) => {
            let rest = Job {
                run: job.follower('c', job.parts + 1),
                parts: job.parts + 1,
                waits: 0,
                approval: approval_of_rest(service, job, &summary).await?,
                ..job.clone()
            };
            send(service, &rest, wait).await?;
            report.push(format!("the rest follows as run `{}`", rest.run));
        }
        FollowUp::Pause(reason) => {
            let paused = Paused {
                reason,
                by: "rollcall".to_owned(),
                since: summary.finished.unwrap_or(summary.started),
                until: None,
            };
            // The reason quotes what a platform said; it is for the history, and not for logs.
            report.push(format!("paused after {} failures in a row", entry.failures));
            let mut is_new = false;
            agenda::change(&service.stores, &key_of(job), service.now(), |entry| {
                // A pause that is there has a reason of its own.
                is_new = !entry.is_paused(paused.since);
                if is_new {
                    entry.paused = Some(paused.clone());
                }
            })
            .await?;
            if is_new {
                telling::list_paused(job, entry.failures);
            }
        }
    }
    Ok(report)
}

/// Whoever approved a plan approved what a deadline left of it.
async fn approval_of_rest(
    service: &Service,
    job: &Job,
    summary: &Summary,
) -> Result<Option<Approval>, Again> {
    let Some(approval) = &job.approval else {
        return Ok(None);
    };
    let file = history::run_file(&service.stores, &summary.sync, &summary.run).await?;
    let rest = file.and_then(|file| Some(file.plan.digest_of_rest(&file.outcomes?)));
    Ok(rest.map(|digest| Approval {
        digest: digest.as_str().to_owned(),
        ..approval.clone()
    }))
}

/// One line about a run, for the host's own page.
fn told(job: &Job, summary: &Summary) -> String {
    let status = summary.status.map_or("not ended", Status::name);
    let sync = match &job.list {
        None => job.sync.clone(),
        Some(list) => format!("{}/{}", job.sync, told_list(list)),
    };
    let mut line = format!("run `{}` of `{sync}`: {status}", summary.run);
    if let Some(lists) = summary.split {
        line.push_str(&format!("; split into {lists} lists"));
    }
    let done = summary.done;
    for (count, what) in [
        (done.created, "created"),
        (done.added, "added"),
        (done.invited, "invited"),
        (done.updated, "updated"),
        (done.removed, "removed"),
        (done.refused, "refused"),
        (done.failed, "failed"),
        (done.waiting, "waiting for approval"),
        (done.handed_over, "handed over in a package"),
    ] {
        if count > 0 {
            line.push_str(&format!(", {count} {what}"));
        }
    }
    if let Some(problem) = &summary.problem {
        // Its message may quote what a platform said about somebody; the history has it.
        line.push_str(&format!("; {}", problem.code));
    }
    line
}
