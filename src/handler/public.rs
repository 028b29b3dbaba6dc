//! Everything below `/api/`, in one router: the management API, the page for people, the calls of HR systems.
//!
//! Each part looks at its paths itself, because they are matched without regard to case but for the names in them.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
};
use tower::ServiceExt;

use super::{
    api, dashboard, intake,
    problem::{NOT_FOUND, UNAVAILABLE, problem},
    table::{API_READ, API_WRITE, DASHBOARD, INTAKE, public_function},
};
use crate::{
    format::{self, Refused},
    intake::Secrets,
    service::Service,
};

#[derive(Clone)]
struct Parts {
    service: Service,
    api: Router,
    dashboard: Router,
    intake: Router,
}

/// The public paths over a service. `secrets` gives what calls of HR systems are signed with, by the names that
/// connections use.
pub fn router(service: &Service, secrets: Arc<Secrets>) -> Router {
    let parts = Parts {
        service: service.clone(),
        api: api::router(service.clone()),
        dashboard: dashboard::router(service.clone()),
        intake: intake::router(service.clone(), secrets),
    };
    Router::new().fallback(pass_on).with_state(parts)
}

async fn pass_on(State(parts): State<Parts>, request: Request) -> Response {
    let function = public_function(request.method().as_str(), request.uri().path());
    let part = match function.map(|function| function.name) {
        Some(API_READ | API_WRITE) => parts.api,
        Some(DASHBOARD) => match format::ready(&parts.service.stores, parts.service.now()).await {
            Ok(()) => parts.dashboard,
            // What cannot be known is told by whoever needs it.
            Err(Refused::Store(_)) => parts.dashboard,
            Err(why) => return problem(&UNAVAILABLE, Some(&why.to_string()), None),
        },
        Some(INTAKE) => parts.intake,
        _ => return problem(&NOT_FOUND, None, None),
    };
    match part.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
