//! The management API: everything below `/api/v1`.
//!
//! Two functions serve it, each with a key of its own: `ApiRead` has the routes that change nothing, `ApiWrite` the
//! others. Keys are the host's business; here they are neither read nor logged. This room must not know how the host
//! speaks, how a run goes, or a connection by name.

mod answer;
mod call;
mod connections;
mod decide;
mod definitions;
mod doctor;
mod enqueue;
mod etag;
mod explain;
mod openapi;
mod opt_outs;
mod packages;
mod people;
mod problem;
mod restore;
mod routes;
mod runs;
mod syncs;
#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tracing::Instrument;

pub use openapi::document;
pub use problem::Code;
pub use routes::{READ, Route, WRITE};

use self::{call::Call, problem::Problem, routes::Operation};
use crate::{catalog::Shelf, format, service::Service};

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much longer than the connections a call may take that asks them.
const MARGIN: Duration = Duration::from_secs(5);

/// Everything below `/api/v1`, for both functions: which of the two a request came through is the host's business.
///
/// Paths are told apart in here, so it answers whatever path it is given.
pub fn router(service: Service) -> Router {
    Router::new().fallback(serve).with_state(service)
}

async fn serve(State(service): State<Service>, request: Request) -> Response {
    let answer = answered(service, request).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn answered(service: Service, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let (route, id) = routes::find(&parts.method, parts.uri.path())?;
    let query = call::query(&route, parts.uri.query())?;
    let operation = route.operation;
    let patience = match operation {
        Operation::TestConnection => connections::PATIENCE + MARGIN,
        Operation::ExplainPerson => explain::PATIENCE + MARGIN,
        Operation::GetDoctor => doctor::PATIENCE + MARGIN,
        Operation::LookUpPerson | Operation::ErasePerson => people::PATIENCE,
        _ => PATIENCE,
    };
    let too_late = |_| {
        let detail = format!("no answer within {} s", patience.as_secs());
        Problem::new(Code::TimedOut, detail).help("look whether it was done before trying again")
    };
    let body = async {
        if route.has_body() {
            call::body(&parts.headers, body).await
        } else {
            Ok(axum::body::Bytes::new())
        }
    };
    let body = tokio::time::timeout(patience, body)
        .await
        .map_err(too_late)??;
    let call = Call {
        now: service.now(),
        service,
        id,
        query,
        headers: parts.headers,
        body,
    };
    // A task of its own, so that what was begun is finished when the client goes away, and so that a panic ends here:
    // the host would repeat a request that took the process down until the whole app is.
    let work = tokio::spawn(perform(operation, call).instrument(tracing::Span::current()));
    let joined = tokio::time::timeout(patience, work)
        .await
        .map_err(too_late)?;
    joined.unwrap_or_else(|panicked| Err(Problem::unexpected(panicked.to_string())))
}

async fn perform(operation: Operation, call: Call) -> Result<Response, Problem> {
    // The description of the API is nothing that is stored.
    if operation != Operation::OpenApi {
        format::ready(&call.service.stores, call.now).await?;
    }
    match operation {
        Operation::Health => syncs::health(call).await,
        Operation::OpenApi => answer::json(StatusCode::OK, &document()),
        Operation::GetDoctor => doctor::doctor(call).await,
        Operation::ListSyncs => syncs::list(call).await,
        Operation::GetSync => definitions::get(call, Shelf::Syncs).await,
        Operation::PutSync => definitions::put(call, Shelf::Syncs).await,
        Operation::DeleteSync => definitions::delete(call, Shelf::Syncs).await,
        Operation::ListLists => syncs::lists(call).await,
        Operation::PauseSync => syncs::pause(call).await,
        Operation::ResumeSync => syncs::resume(call).await,
        Operation::ListOptOuts => opt_outs::list(call).await,
        Operation::LiftOptOut => opt_outs::lift(call).await,
        Operation::ListRuns => runs::list(call).await,
        Operation::ExplainPerson => explain::explain(call).await,
        Operation::LookUpPerson => people::look_up(call).await,
        Operation::ErasePerson => people::erase(call).await,
        Operation::StartRun => runs::start(call).await,
        Operation::ListConnections => definitions::connections(call).await,
        Operation::GetConnection => definitions::get(call, Shelf::Connections).await,
        Operation::PutConnection => definitions::put(call, Shelf::Connections).await,
        Operation::DeleteConnection => definitions::delete(call, Shelf::Connections).await,
        Operation::TestConnection => connections::test(call).await,
        Operation::GetRun => runs::get(call).await,
        Operation::GetPlan => runs::plan(call).await,
        Operation::GetChanges => runs::changes(call).await,
        Operation::GetChangesCsv => runs::changes_csv(call).await,
        Operation::GetPackage => packages::get(call).await,
        Operation::ApproveRun => decide::approve(call).await,
        Operation::RejectRun => decide::reject(call).await,
        Operation::RestoreRun => restore::start(call).await,
    }
}
