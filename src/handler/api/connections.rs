//! Trying a connection out.

use std::time::Duration;

use axum::{http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer,
    call::Call,
    problem::{Code, Problem},
};
use crate::{catalog, connectors::ports::TestLine};

/// How long a connection may take to be tried out.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing is asked beyond the name in the path.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestBody {}

/// What came of trying a connection out.
#[derive(Serialize, ToSchema)]
pub(super) struct Tested {
    /// The connection.
    connection: String,
    /// Whether everything that was tried went well.
    works: bool,
    /// Each thing that was tried, in order.
    lines: Vec<TestedLine>,
}

/// One thing that was tried.
#[derive(Serialize, ToSchema)]
pub(super) struct TestedLine {
    /// What was tried (`sign in`).
    what: String,
    /// Whether it went well.
    ok: bool,
    /// What was found, or what went wrong.
    message: String,
    /// The kind of problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// `POST /connections/{name}/test`
pub(super) async fn test(call: Call) -> Result<Response, Problem> {
    let TestBody {} = call.form()?;
    let (service, name) = (&call.service, &call.id);
    let found = catalog::connections(&service.stores, &service.kinds, name).await?;
    let definition = found.map_err(Problem::faults)?;
    if !definition.connections.contains_key(name) {
        return Err(Problem::not_found("there is no such connection"));
    }
    let opened = service.opener.open(&definition);
    let lines = match opened.test(name) {
        Ok(test) => tokio::time::timeout(PATIENCE, test.test())
            .await
            .map_err(|_| {
                let detail = format!("the connection took longer than {} s", PATIENCE.as_secs());
                Problem::new(Code::TimedOut, detail)
            })?,
        Err(error) => vec![TestLine {
            what: "settings".to_owned(),
            result: Err(error),
        }],
    };
    let tested = Tested {
        connection: name.clone(),
        works: lines.iter().all(|line| line.result.is_ok()),
        lines: lines.into_iter().map(told).collect(),
    };
    answer::json(StatusCode::OK, &tested)
}

fn told(line: TestLine) -> TestedLine {
    let (what, ok) = (line.what, line.result.is_ok());
    match line.result {
        Ok(message) => TestedLine {
            what,
            ok,
            message,
            code: None,
            help: None,
        },
        Err(error) => TestedLine {
            what,
            ok,
            code: Some(error.code()),
            help: Some(error.advice().to_owned()),
            message: error.message,
        },
    }
}
