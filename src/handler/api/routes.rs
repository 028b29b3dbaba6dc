//! Which paths and methods there are: what `ApiRead` serves, and what `ApiWrite` serves.

use axum::http::{Method, header};

use super::problem::{Code, Problem};

/// The longest identifier in a path.
const LONGEST_ID: usize = 200;

/// One method of one path.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The whole public path; `{…}` stands for an identifier.
    pub path: &'static str,
    /// The query parameters it takes; `code`, the host's, is taken everywhere.
    pub query: &'static [&'static str],
    /// What it does.
    pub(super) operation: Operation,
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Health,
    OpenApi,
    GetDoctor,
    ListSyncs,
    GetSync,
    PutSync,
    DeleteSync,
    ListLists,
    PauseSync,
    ResumeSync,
    ListOptOuts,
    LiftOptOut,
    ListRuns,
    ExplainPerson,
    LookUpPerson,
    ErasePerson,
    StartRun,
    ListConnections,
    GetConnection,
    PutConnection,
    DeleteConnection,
    TestConnection,
    GetRun,
    GetPlan,
    GetChanges,
    GetChangesCsv,
    GetPackage,
    ApproveRun,
    RejectRun,
    RestoreRun,
}

const SYNC: &str = "/api/v1/syncs/{id}";
const CONNECTION: &str = "/api/v1/connections/{name}";

/// The routes of `ApiRead`: none of them changes anything.
pub const READ: [Route; 17] = [
    get("/api/v1/health", &[], Operation::Health),
    get("/api/v1/openapi.json", &[], Operation::OpenApi),
    get("/api/v1/doctor", &["sync"], Operation::GetDoctor),
    get(
        "/api/v1/syncs",
        &["state", "limit", "after"],
        Operation::ListSyncs,
    ),
    get(SYNC, &[], Operation::GetSync),
    get(
        "/api/v1/syncs/{id}/lists",
        &["limit", "after"],
        Operation::ListLists,
    ),
    get(
        "/api/v1/syncs/{id}/opt-outs",
        &["list", "limit", "after"],
        Operation::ListOptOuts,
    ),
    get(
        "/api/v1/syncs/{id}/runs",
        &["list", "limit", "after"],
        Operation::ListRuns,
    ),
    get(
        "/api/v1/syncs/{id}/explain",
        &["address", "list"],
        Operation::ExplainPerson,
    ),
    get("/api/v1/people", &["address"], Operation::LookUpPerson),
    get("/api/v1/connections", &[], Operation::ListConnections),
    get(CONNECTION, &[], Operation::GetConnection),
    get("/api/v1/runs/{run}", &[], Operation::GetRun),
    get("/api/v1/runs/{run}/plan", &["format"], Operation::GetPlan),
    get(
        "/api/v1/runs/{run}/changes",
        &["only"],
        Operation::GetChanges,
    ),
    get(
        "/api/v1/runs/{run}/changes.csv",
        &["only"],
        Operation::GetChangesCsv,
    ),
    get("/api/v1/runs/{run}/package", &[], Operation::GetPackage),
];

/// The routes of `ApiWrite`.
pub const WRITE: [Route; 13] = [
    write(Method::PUT, SYNC, Operation::PutSync),
    write(Method::DELETE, SYNC, Operation::DeleteSync),
    post("/api/v1/syncs/{id}/pause", Operation::PauseSync),
    post("/api/v1/syncs/{id}/resume", Operation::ResumeSync),
    post("/api/v1/syncs/{id}/opt-outs/lift", Operation::LiftOptOut),
    post("/api/v1/syncs/{id}/runs", Operation::StartRun),
    post("/api/v1/people/erase", Operation::ErasePerson),
    write(Method::PUT, CONNECTION, Operation::PutConnection),
    write(Method::DELETE, CONNECTION, Operation::DeleteConnection),
    post("/api/v1/connections/{name}/test", Operation::TestConnection),
    post("/api/v1/runs/{run}/approve", Operation::ApproveRun),
    post("/api/v1/runs/{run}/reject", Operation::RejectRun),
    post("/api/v1/runs/{run}/restore", Operation::RestoreRun),
];

const fn get(path: &'static str, query: &'static [&'static str], operation: Operation) -> Route {
    Route {
        method: Method::GET,
        path,
        query,
        operation,
    }
}

const fn post(path: &'static str, operation: Operation) -> Route {
    write(Method::POST, path, operation)
}

const fn write(method: Method, path: &'static str, operation: Operation) -> Route {
    Route {
        method,
        path,
        query: &[],
        operation,
    }
}

impl Route {
    /// Whether it takes a body.
    pub(super) fn has_body(&self) -> bool {
        self.method == Method::PUT || self.method == Method::POST
    }

    /// The identifier in `path` (empty where this route has none), when it is this route's path. Words are compared
    /// without case, because the host matches them so and passes them on as they were typed; identifiers keep theirs.
    fn matches<'a>(&self, path: &'a str) -> Option<&'a str> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let (mut words, mut id) = (path.split('/'), "");
        for wanted in self.path.split('/') {
            let word = words.next()?;
            if wanted.starts_with('{') {
                id = word;
            } else if !wanted.eq_ignore_ascii_case(word) {
                return None;
            }
        }
        words.next().is_none().then_some(id)
    }
}

/// The route of a request, and the identifier in its path.
pub(super) fn find(method: &Method, path: &str) -> Result<(Route, String), Problem> {
    let there: Vec<(Route, &str)> = READ
        .into_iter()
        .chain(WRITE)
        .filter_map(|route| route.matches(path).map(|id| (route, id)))
        .collect();
    let Some((first, id)) = there.first() else {
        return Err(Problem::not_found("there is no such path")
            .help("`/api/v1/openapi.json` describes them all"));
    };
    if first.path.contains('{') && !is_identifier(id) {
        let detail = "identifiers in paths are made of letters, digits, `-`, `_` and `.`";
        return Err(Problem::not_found(detail));
    }
    match there.iter().find(|(route, _)| route.method == *method) {
        Some((route, id)) => Ok((route.clone(), (*id).to_owned())),
        None => {
            let allowed: Vec<&str> = there
                .iter()
                .map(|(route, _)| route.method.as_str())
                .collect();
            let allowed = allowed.join(", ");
            Err(
                Problem::new(Code::MethodNotAllowed, format!("allowed here: {allowed}"))
                    .header(header::ALLOW, allowed),
            )
        }
    }
}

/// Whether it can be an identifier in a path, as every way the host passes paths on leaves it.
fn is_identifier(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(is_plain)
        && text.bytes().any(|byte| byte != b'.')
}
