//! `apply`: one run of one sync, or of all.

use jiff::ToSpan;
use serde::Serialize;

use super::{
    Exit, Failure, Session, chosen, each_list, now, print, print_json, progress::Progress, report,
};
use crate::{
    agenda::{self, ListKey},
    app::Connections,
    connectors::ports::{Unwatched, Watch},
    definition::sync::Sync,
    history::{self, DECISION_VERSION, Decision, Verdict, run_id},
    plan::{
        handed::PackageState,
        review::Approval,
        text::{render, render_held},
    },
    run::{self, Finished, Ports, RunError, RunRequest},
    store::ports::Stores,
    summary::{Status, Summary},
};

/// What `apply --json` prints.
#[derive(Serialize)]
pub(super) struct Runs<'a> {
    pub(super) version: u32,
    pub(super) runs: Vec<&'a Summary>,
}

/// Runs one sync or all.
pub(super) async fn apply(
    session: &Session,
    sync: Option<&str>,
    approve: Option<&str>,
) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let syncs = chosen(&definition, sync)?;
    let keep = session.keep()?;
    let stores = session.stores().await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let mut exit = Exit::Done;
    let mut ended: Vec<Finished> = Vec::new();
    let mut failures: Vec<Failure> = Vec::new();
    let mut lists: Vec<Sync> = Vec::new();
    for chosen in syncs {
        let ports = ports(&connections, &stores, &Unwatched);
        match each_list(ports, chosen, sync).await {
            Ok(each) => lists.extend(each),
            Err(failure) => failures.push(failure),
        }
    }
    for sync in &lists {
        let progress = Progress::new();
        let ports = ports(&connections, &stores, &progress);
        let finished = run_once(ports, &connections, sync, &session.user(), approve).await;
        progress.finish();
        match finished {
            Ok(finished) => {
                exit = exit.worse(exit_of(&finished));
                if !session.json {
                    print(&told(&finished));
                }
                ended.push(finished);
            }
            Err(error) => failures.push(Failure::from(error).about(&sync.id)),
        }
    }
    session.sweep(&stores, keep).await;
    if session.json {
        print_json(&Runs {
            version: 1,
            runs: ended.iter().map(|finished| &finished.summary).collect(),
        })?;
    }
    Failure::all(failures, exit)
}

/// One run started by hand.
pub(super) async fn run_once(
    ports: Ports<'_>,
    connections: &Connections,
    sync: &Sync,
    user: &str,
    approve: Option<&str>,
) -> Result<Finished, RunError> {
    let request = request(ports, format!("by hand ({user})"), user, approve);
    let held = match approve {
        Some(digest) => held_as(ports.stores, sync, digest).await?,
        None => None,
    };
    let finished = run_noted(ports, connections, sync, &request, None).await?;
    remember_approval(ports, sync, user, held, &finished).await?;
    Ok(finished)
}

/// Asks for a run by hand, with the digest that was given as its approval.
pub(super) fn request(
    ports: Ports<'_>,
    cause: String,
    user: &str,
    approve: Option<&str>,
) -> RunRequest {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let unique = unique.get(..6).unwrap_or_default();
    let begun = (ports.now)();
    let approval = approve.map(|digest| Approval {
        digest: digest.to_owned(),
        by: user.to_owned(),
        // Given for this run and no other.
        expires: begun.checked_add(24.hours()).unwrap_or(begun),
    });
    RunRequest {
        run: run_id(begun, unique),
        cause,
        worker: worker(user),
        approval,
        deadline: None,
    }
}

/// The whole digest of what the last run held, when it is the one that was given.
async fn held_as(stores: &Stores, sync: &Sync, given: &str) -> Result<Option<String>, RunError> {
    let newest = history::newest(stores, &sync.id).await?;
    let held = newest.and_then(|newest| newest.held);
    let held = held.filter(|held| held.digest.is_named_by(given));
    Ok(held.map(|held| held.digest.as_str().to_owned()))
}

/// Remembers that what was held is approved, so that an older no does not stand any more.
pub(super) async fn remember_approval(
    ports: Ports<'_>,
    sync: &Sync,
    user: &str,
    digest: Option<String>,
    finished: &Finished,
) -> Result<(), RunError> {
    let Some(digest) = digest.filter(|_| finished.summary.held.is_none()) else {
        return Ok(());
    };
    let decision = Decision {
        version: DECISION_VERSION,
        run: finished.summary.run.clone(),
        verdict: Verdict::Approved,
        digest,
        by: user.to_owned(),
        reason: None,
        at: (ports.now)(),
    };
    history::remember_decision(ports.stores, &sync.id, &decision).await?;
    Ok(())
}

/// The run that follows from a decision that was written down.
pub(super) fn approved_request(user: &str, decision: &Decision) -> RunRequest {
    RunRequest {
        run: decision.following_run(),
        cause: decision.cause(),
        worker: worker(user),
        approval: Some(decision.approval()),
        deadline: None,
    }
}

/// One run, or one that undoes the run `undone`, noted in the agenda.
pub(super) async fn run_noted(
    ports: Ports<'_>,
    connections: &Connections,
    sync: &Sync,
    request: &RunRequest,
    undone: Option<&str>,
) -> Result<Finished, RunError> {
    let finished = match undone {
        None => run::run(ports, connections, sync, request).await?,
        Some(undone) => run::restore(ports, connections, sync, request, undone).await?,
    };
    let key = ListKey::of(&sync.id);
    agenda::change(ports.stores, &key, (ports.now)(), |entry| {
        entry.ran(&finished.summary);
    })
    .await?;
    Ok(finished)
}

pub(super) fn worker(user: &str) -> String {
    format!("{user}, process {}", std::process::id())
}

pub(super) fn ports<'a>(
    connections: &'a Connections,
    stores: &'a Stores,
    watch: &'a dyn Watch,
) -> Ports<'a> {
    Ports {
        readers: connections,
        stores,
        watch,
        now: &now,
        lease: run::LEASE,
    }
}

/// The plan that was worked on, and the summary.
pub(super) fn told(finished: &Finished) -> String {
    let mut text = String::new();
    if let Some(file) = &finished.file {
        text.push_str(&render(&file.plan));
        if let Some(held) = &finished.summary.held {
            text.push_str(&render_held(&file.plan, held));
        }
        text.push('\n');
    }
    text.push_str(&report::summary(&finished.summary));
    text
}

/// How a command ends after a run.
pub(super) fn exit_of(finished: &Finished) -> Exit {
    // Told once: somebody may hold a package that must not be applied any more.
    let mut packages = finished.summary.packages.iter();
    let is_superseded = packages.any(|package| package.state == PackageState::Superseded);
    match (finished.summary.status, &finished.stopped_by) {
        (_, Some(error)) => super::exit_of(error),
        (Some(Status::Unchanged | Status::Succeeded | Status::Packaged), None) if is_superseded => {
            Exit::Held
        }
        (Some(Status::Unchanged | Status::Succeeded | Status::Previewed), None) => Exit::Done,
        (Some(Status::Held), None) => Exit::Held,
        // A package that waited before is no news: whoever is told of every run must not be told each day.
        (Some(Status::Packaged), None) if finished.summary.done.handed_over > 0 => Exit::Held,
        (Some(Status::Packaged), None) => Exit::Done,
        (Some(Status::Partial | Status::Failed), None) => Exit::SomeFailed,
        (None, None) => Exit::Unexpected,
    }
}
