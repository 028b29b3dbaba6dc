//! `approve` and `reject`: what a person decides about a held plan.
//!
//! An approval bypasses nothing: it becomes a run, and that run's review says whether the plan still is the one that was
//! approved. The decision is written down first, as the API does; whoever is interrupted types the same again.

use serde::Serialize;

use super::{
    Exit, Failure, Session, apply, chosen, now, print, print_json, progress::Progress, report,
};
use crate::{
    agenda::{self, ListKey, Paused},
    definition::sync::{Definition, Sync},
    history::{self, Decision, Undecidable, Verdict, Wanted, Weighed},
    plan::text::render_held,
    store::ports::Stores,
    summary::Summary,
};

/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

/// What `--json` prints.
#[derive(Serialize)]
struct Decided<'a> {
    version: u32,
    decision: &'a Decision,
    /// The run that followed from an approval.
    run: Option<&'a Summary>,
}

/// Approves what a run holds and runs its sync, which applies it if it still is the same plan.
pub(super) async fn approve(
    session: &Session,
    about: &str,
    digest: Option<&str>,
    reason: Option<&str>,
) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let stores = session.stores().await?;
    let held = held_run(&stores, about, digest).await?;
    let sync = sync_of(&definition, &held)?;
    let wanted = wanted(session, Verdict::Approved, digest, reason)?;
    let Weighed {
        summary,
        decision,
        is_new,
    } = weighed(&stores, &held.run, &wanted).await?;
    // What is undone pauses the list itself.
    if is_new && summary.restores.is_none() {
        refuse_paused(&stores, &summary).await?;
    }
    let decision = decide(&stores, &summary, decision).await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let request = apply::approved_request(&session.user(), &decision);
    let progress = Progress::new();
    let ports = apply::ports(&connections, &stores, &progress);
    let undone = summary.restores.as_deref();
    let finished = apply::run_noted(ports, &connections, &sync, &request, undone).await;
    progress.finish();
    let finished = finished.map_err(|error| Failure::from(error).about(&sync.id))?;
    if session.json {
        print_json(&Decided {
            version: 1,
            decision: &decision,
            run: Some(&finished.summary),
        })?;
    } else {
        print(&apply::told(&finished));
    }
    Ok(apply::exit_of(&finished))
}

/// Rejects what a run holds. It stays rejected when the same plan comes again.
pub(super) async fn reject(session: &Session, run: &str, reason: &str) -> Result<Exit, Failure> {
    let stores = session.stores().await?;
    let wanted = wanted(session, Verdict::Rejected, None, Some(reason))?;
    let weighed = weighed(&stores, run, &wanted).await?;
    let decision = decide(&stores, &weighed.summary, weighed.decision).await?;
    if session.json {
        print_json(&Decided {
            version: 1,
            decision: &decision,
            run: None,
        })?;
    } else {
        let told = report::decision(&decision);
        print(&format!(
            "Run {run} of {}: {told}\n\
             It stays rejected when the same plan comes again; another plan is held anew.\n",
            weighed.summary.sync
        ));
    }
    Ok(Exit::Done)
}

/// The run that is meant, by its own id or as the last one of a sync. Whoever names no run has to name the digest they
/// looked at: the last run may have come after that.
async fn held_run(stores: &Stores, about: &str, digest: Option<&str>) -> Result<Summary, Failure> {
    if let Some(summary) = history::find(stores, about).await? {
        return Ok(summary);
    }
    let Some(summary) = history::newest(stores, about).await? else {
        return Err(refused(format!(
            "there is no run `{about}`, and no sync of that name has run\n`rollcall history` lists the runs"
        )));
    };
    match (&summary.held, digest) {
        (Some(held), None) => {
            let shown = held.digest.short();
            let mut message = format!(
                "run `{}` is the last one of `{about}`; say which plan you looked at: \
                 `rollcall approve {about} --digest {shown}`\n",
                summary.run
            );
            if let Some(file) = history::run_file(stores, &summary.sync, &summary.run).await? {
                message.push_str(&render_held(&file.plan, held));
            }
            message.push_str(&format!("`rollcall show {}` shows it whole", summary.run));
            Err(refused(message))
        }
        _ => Ok(summary),
    }
}

/// The sync of a run, as it is defined now.
fn sync_of(definition: &Definition, summary: &Summary) -> Result<Sync, Failure> {
    let found = chosen(definition, Some(&summary.sync))?;
    let sync = found
        .first()
        .ok_or_else(|| refused(format!("there is no sync `{}`", summary.sync)))?;
    Ok(match summary.sync.split_once('/') {
        Some((_, list)) => sync.for_list(list),
        None => (*sync).clone(),
    })
}

fn wanted(
    session: &Session,
    verdict: Verdict,
    digest: Option<&str>,
    reason: Option<&str>,
) -> Result<Wanted, Failure> {
    let reason = reason.map(str::trim);
    let fits = |reason: &str| {
        let length = reason.chars().count();
        (1..=LONGEST_REASON).contains(&length) && !reason.chars().any(char::is_control)
    };
    if reason.is_some_and(|reason| !fits(reason)) {
        return Err(refused(format!(
            "`--reason` has to have 1 to {LONGEST_REASON} characters on one line"
        )));
    }
    Ok(Wanted {
        verdict,
        digest: digest.map(str::to_owned),
        by: session.user(),
        reason: reason.map(str::to_owned),
    })
}

async fn weighed(stores: &Stores, run: &str, wanted: &Wanted) -> Result<Weighed, Failure> {
    history::weigh(stores, run, wanted, now())
        .await?
        .map_err(|why| undecidable(run, why))
}

async fn decide(
    stores: &Stores,
    summary: &Summary,
    decision: Decision,
) -> Result<Decision, Failure> {
    let standing = history::decide(stores, &summary.sync, &decision).await?;
    if decision.is_again(&standing) {
        return Ok(standing);
    }
    Err(undecidable(&summary.run, Undecidable::Decided(standing)))
}

/// A paused list is not written, by an approval neither.
async fn refuse_paused(stores: &Stores, summary: &Summary) -> Result<(), Failure> {
    let sync = &summary.sync;
    match agenda::pause_of(stores, &ListKey::of(sync), now()).await? {
        None => Ok(()),
        Some(Paused { by, reason, .. }) => Err(refused(format!(
            "`{sync}` is paused by {by}: {reason}\nresume it first: `rollcall resume {sync}`"
        ))),
    }
}

fn undecidable(run: &str, why: Undecidable) -> Failure {
    refused(match why {
        Undecidable::NoRun => {
            format!("there is no run `{run}`\n`rollcall history` lists them")
        }
        Undecidable::NotHeld(status) => {
            format!("run `{run}` is {status}, and nothing of it waits for approval")
        }
        Undecidable::Superseded(newer) => format!(
            "run `{newer}` is newer than `{run}` and saw the lists as they are\ndecide about that one"
        ),
        Undecidable::Mismatch(shown) => format!(
            "what waits in run `{run}` is `{shown}`\n\
             look at the plan again (`rollcall show {run}`); at least 12 digits have to agree"
        ),
        Undecidable::Decided(standing) => format!(
            "run `{run}` was {}\nstart a new run to decide anew: the first decision stands",
            report::decision(&standing)
        ),
    })
}

fn refused(message: String) -> Failure {
    Failure {
        exit: Exit::InvalidInput,
        message,
    }
}
