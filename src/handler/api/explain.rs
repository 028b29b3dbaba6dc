//! Why one person is, is not, or will be on a list.

use std::time::Duration;

use axum::{http::StatusCode, response::Response};

use super::{
    answer,
    call::Call,
    problem::{Code, Problem},
    syncs::{known_key, no_sync},
};
use crate::{
    catalog,
    connectors::ports::Unwatched,
    explain::{self, Asked, Sources, Unanswered},
};

/// How long reading the lists may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The most characters of what a person is asked for by: as many as an address has.
const LONGEST: usize = 320;

/// `GET /syncs/{id}/explain`
pub(super) async fn explain(call: Call) -> Result<Response, Problem> {
    let asked = asked(&call)?;
    let service = &call.service;
    let found = catalog::sync(&service.stores, &service.kinds, &call.id).await?;
    let (definition, sync) = found.ok_or_else(no_sync)?.map_err(Problem::faults)?;
    let list = match call.query.get("list") {
        Some(list) => known_key(&call, Some(list)).await?.list,
        None => None,
    };
    let opened = service.opener.open(&definition);
    let now = || service.now();
    let sources = Sources {
        readers: opened.readers(),
        stores: &service.stores,
        watch: &Unwatched,
        now: &now,
    };
    let answered = explain::answer(sources, &sync, list.as_deref(), &asked);
    let answered = tokio::time::timeout(PATIENCE, answered)
        .await
        .map_err(|_| {
            let detail = format!(
                "reading the lists took longer than {} s",
                PATIENCE.as_secs()
            );
            Problem::new(Code::TimedOut, detail).help("name one list, or ask `rollcall explain`")
        })?;
    match answered {
        Ok(answered) => answer::json(StatusCode::OK, &answered),
        Err(Unanswered::Store(error)) => Err(error.into()),
        Err(Unanswered::Connection(error)) => {
            let help = error.advice().to_owned();
            Err(Problem::new(Code::ConnectionFailed, error.message).help(help))
        }
    }
}

fn asked(call: &Call) -> Result<Asked, Problem> {
    let given = call.query.get("address").map(String::as_str);
    let asked = given
        .filter(|text| text.chars().count() <= LONGEST && !text.chars().any(char::is_control))
        .and_then(Asked::parse);
    asked.ok_or_else(|| {
        let detail = format!("`address` has to be there, with 1 to {LONGEST} characters");
        Problem::new(Code::InvalidRequest, detail)
    })
}
