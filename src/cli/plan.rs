//! `plan`: what a run would do.

use serde::Serialize;

use super::{
    Exit, Failure, Session, chosen, each_list, now, print, print_json, progress::Progress,
};
use crate::{
    plan::{
        review::Held,
        text::{render, render_held},
        value::{Plan, Totals},
    },
    run::{self, Ports, Preview},
};

/// What `plan --json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plans<'a> {
    pub(super) version: u32,
    pub(super) plans: Vec<PlanView<'a>>,
}

/// One plan with what follows from it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanView<'a> {
    digest: String,
    totals: Totals,
    held: Option<&'a Held>,
    plan: &'a Plan,
}

/// Shows the plan of one sync or of all.
pub(super) async fn plan(session: &Session, sync: Option<&str>) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let stores = session.stores_to_look().await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let mut exit = Exit::Done;
    let mut previews: Vec<Preview> = Vec::new();
    let mut failures: Vec<Failure> = Vec::new();
    for chosen in chosen(&definition, sync)? {
        let progress = Progress::new();
        let ports = Ports {
            readers: &connections,
            stores: &stores,
            watch: &progress,
            now: &now,
            lease: run::LEASE,
        };
        let lists = each_list(ports, chosen, sync).await;
        for sync in lists.unwrap_or_else(|failure| {
            failures.push(failure);
            Vec::new()
        }) {
            let planned = run::plan(ports, &sync).await;
            progress.finish();
            match planned {
                Ok(preview) => {
                    exit = exit.worse(show(session, &preview));
                    previews.push(preview);
                }
                Err(error) => failures.push(Failure::from(error).about(&sync.id)),
            }
        }
    }
    if session.json {
        let plans = previews.iter().map(view).collect();
        print_json(&Plans { version: 1, plans })?;
    }
    Failure::all(failures, exit)
}

pub(super) fn view(preview: &Preview) -> PlanView<'_> {
    let plan = preview.review.approved.plan();
    let digest = plan.digest().as_str().to_owned();
    PlanView {
        digest,
        totals: plan.totals(),
        held: preview.review.held.as_ref(),
        plan,
    }
}

pub(super) fn show(session: &Session, preview: &Preview) -> Exit {
    let plan = preview.review.approved.plan();
    if !session.json {
        print(&render(plan));
        if let Some(held) = &preview.review.held {
            print(&render_held(plan, held));
        }
    }
    let held = preview.review.held.as_ref();
    if plan.is_empty() {
        Exit::Done
    } else if held.is_some_and(|held| !held.redefined.is_empty()) {
        // Not one of the changes would be made.
        Exit::Held
    } else {
        Exit::ChangesFound
    }
}
