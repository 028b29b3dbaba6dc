//! The package of a run, for the administrator who applies it.

use axum::{http::header, response::Response};

use super::{answer, call::Call, problem::Problem, runs::no_run};
use crate::history;

/// `GET /runs/{run}/package`
pub(super) async fn get(call: Call) -> Result<Response, Problem> {
    let stores = &call.service.stores;
    let summary = history::find(stores, &call.id).await?.ok_or_else(no_run)?;
    let package = history::package(stores, &summary.sync, &summary.run).await?;
    let zip = package.ok_or_else(|| {
        let problem = Problem::not_found("this run made no package");
        // The run that looked last knows which one waits.
        match summary.packages.iter().find(|package| package.is_open()) {
            Some(open) => problem.help(format!("the package of run `{}` waits", open.run)),
            None => problem,
        }
    })?;
    let attachment = format!("attachment; filename=\"{}.zip\"", summary.run);
    Ok(answer::with(
        answer::bytes("application/zip", zip),
        header::CONTENT_DISPOSITION,
        &attachment,
    ))
}
