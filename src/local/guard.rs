//! Who may come in where no Functions host looks at keys.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use sha2::{Digest, Sha256};

use crate::handler::problem::{Kind, problem};

/// Calls of other systems are signed; they are checked where they are taken in.
const SIGNED: &str = "/api/hooks/";

const NOT_FROM_HERE: Kind = Kind {
    status: StatusCode::FORBIDDEN,
    code: "not-from-here",
    title: "Only programs on this machine may come in",
};
const NO_KEY: Kind = Kind {
    status: StatusCode::UNAUTHORIZED,
    code: "key-missing",
    title: "The key is missing or wrong",
};

/// Who may come in.
#[derive(Clone)]
pub enum Guard {
    /// Programs on this machine. A page in a browser may know our port, but it names another host or origin.
    ThisMachine,
    /// Whoever has the key: in `x-functions-key`, or as `code` in the query.
    Key(String),
}

/// The same paths, behind a guard.
pub(super) fn guarded(public: Router, guard: Guard) -> Router {
    public.layer(middleware::from_fn_with_state(guard, check))
}

async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let may_pass = match &guard {
        _ if request.uri().path().starts_with(SIGNED) => true,
        Guard::ThisMachine => is_from_here(request.headers()),
        Guard::Key(key) => given(&request).is_some_and(|given| is_same(&given, key)),
    };
    match (may_pass, guard) {
        (true, _) => next.run(request).await,
        (false, Guard::ThisMachine) => problem(&NOT_FROM_HERE, None, None),
        (false, Guard::Key(_)) => problem(&NO_KEY, None, None),
    }
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).is_some_and(is_this_machine);
    let origin = text(header::ORIGIN)
        .is_none_or(|origin| origin.strip_prefix("http://").is_some_and(is_this_machine));
    host && origin
}

/// `127.0.0.1:7071`, `localhost`, `[::1]:7071`.
fn is_this_machine(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn given(request: &Request) -> Option<String> {
    let header = request.headers().get("x-functions-key");
    if let Some(key) = header.and_then(|key| key.to_str().ok()) {
        return Some(key.to_owned());
    }
    let query = request.uri().query()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "code")
        .map(|(_, key)| key.into_owned())
}

/// Hashes are compared, so that the time it takes says nothing about the key.
fn is_same(given: &str, key: &str) -> bool {
    Sha256::digest(given.as_bytes()) == Sha256::digest(key.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_this_machine() {
        for (authority, is_here) in [
            ("127.0.0.1:7071", true),
            ("localhost", true),
            ("[::1]:7071", true),
            ("127.0.0.1.evil.example:7071", false),
            ("evil.example", false),
            ("localhost.evil.example:80", false),
            ("?", false),
        ] {
            assert_eq!(is_this_machine(authority), is_here, "{authority}");
        }
    }
}
