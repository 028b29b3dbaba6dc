//! `history`: past runs.

use serde::Serialize;

use super::{Exit, Failure, Session, chosen, print, print_json, report, table};
use crate::{
    agenda,
    history::{self, Decision},
    summary::Summary,
};

/// What `history --json` prints.
#[derive(Serialize)]
struct History {
    version: u32,
    runs: Vec<Summary>,
    /// What was decided about what these runs held.
    decisions: Vec<Decision>,
}

/// Lists past runs.
pub(super) async fn history(
    session: &Session,
    sync: Option<&str>,
    limit: u32,
) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let stores = session.stores_to_look().await?;
    let mut runs = Vec::new();
    for chosen in chosen(&definition, sync)? {
        let mut ids = vec![sync.unwrap_or(&chosen.id).to_owned()];
        if !ids.iter().any(|id| id.contains('/')) {
            let lists = agenda::lists_of(&stores, &chosen.id).await?;
            ids.extend(lists.iter().map(|list| chosen.for_list(list).id));
        }
        for id in ids {
            runs.extend(history::list(&stores, &id, limit as usize).await?);
        }
    }
    runs.sort_by(|left, right| {
        (right.started, &right.run, &right.sync).cmp(&(left.started, &left.run, &left.sync))
    });
    let mut decisions = Vec::new();
    for run in runs.iter().filter(|run| run.held.is_some()) {
        decisions.extend(history::decision(&stores, &run.run).await?);
    }
    if session.json {
        print_json(&History {
            version: 1,
            runs,
            decisions,
        })?;
    } else {
        print(&rows(&runs));
        for decision in &decisions {
            let told = report::decision(decision);
            print(&format!("{} was {told}\n", decision.run));
        }
    }
    Ok(Exit::Done)
}

fn rows(runs: &[Summary]) -> String {
    if runs.is_empty() {
        return "There are no runs yet.\n".to_owned();
    }
    let header = [
        "started", "run", "sync", "status", "added", "updated", "removed", "not made", "waiting",
        "cause",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(runs.iter().map(|run| {
        vec![
            run.started.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            run.run.clone(),
            run.sync.clone(),
            report::status(run).to_owned(),
            (run.done.added + run.done.invited).to_string(),
            run.done.updated.to_string(),
            run.done.removed.to_string(),
            (run.done.refused + run.done.failed).to_string(),
            run.done.waiting.to_string(),
            run.cause.clone(),
        ]
    }));
    table::render(&rows, "")
}
