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
    history::run_id,
    plan::{
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
    let stores = session.stores()?;
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
        let finished = run_once(
            &connections,
            &stores,
            &progress,
            sync,
            &session.user(),
            approve,
        )
        .await;
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
    session.forget_old(&stores, keep).await;
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
    connections: &Connections,
    stores: &Stores,
    progress: &Progress,
    sync: &Sync,
    user: &str,
    approve: Option<&str>,
) -> Result<Finished, RunError> {
    let request = request(format!("by hand ({user})"), user, approve);
    let ports = ports(connections, stores, progress);
    let finished = run::run(ports, connections, sync, &request).await?;
    note(stores, sync, &finished).await?;
    Ok(finished)
}

/// Asks for a run by hand, with the digest that was given as its approval.
pub(super) fn request(cause: String, user: &str, approve: Option<&str>) -> RunRequest {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let unique = unique.get(..6).unwrap_or_default();
    let begun = now();
    let approval = approve.map(|digest| Approval {
        digest: digest.to_owned(),
        by: user.to_owned(),
        // Given for this run and no other.
        expires: begun.checked_add(24.hours()).unwrap_or(begun),
    });
    RunRequest {
        run: run_id(begun, unique),
        cause,
        worker: format!("{user}, process {}", std::process::id()),
        approval,
        deadline: None,
    }
}

/// Notes in the agenda how a run ended.
pub(super) async fn note(
    stores: &Stores,
    sync: &Sync,
    finished: &Finished,
) -> Result<(), RunError> {
    let key = ListKey::of(&sync.id);
    agenda::change(stores, &key, now(), |entry| entry.ran(&finished.summary)).await?;
    Ok(())
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

pub(super) fn exit_of(finished: &Finished) -> Exit {
    match (finished.summary.status, &finished.stopped_by) {
        (_, Some(error)) => super::exit_of(error),
        (Some(Status::Unchanged | Status::Succeeded | Status::Previewed), None) => Exit::Done,
        (Some(Status::Held), None) => Exit::Held,
        (Some(Status::Partial | Status::Failed), None) => Exit::SomeFailed,
        (None, None) => Exit::Unexpected,
    }
}
