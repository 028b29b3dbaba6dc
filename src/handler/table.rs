//! The functions of the app, as `functions/*/function.json` has them: the router is built from this table.

use crate::job;

/// What all public paths begin with: `routePrefix` in `host.json`, between slashes.
pub const PUBLIC: &str = "/api/";

/// One function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// Its name: the name of its folder, and the path the host posts to.
    pub name: &'static str,
    /// What makes the host call it.
    pub trigger: Trigger,
}

/// What makes the host call a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A timer.
    Timer,
    /// A message on a queue.
    Queue(&'static str),
    /// A request from outside.
    Http {
        /// The methods, in capitals; the host answers others itself.
        methods: &'static [&'static str],
        /// The first segment after the prefix; everything below it belongs to the function.
        below: &'static str,
        /// Whether the host wants a key.
        key: bool,
    },
}

/// The timer's function.
pub const SCHEDULER: &str = "Scheduler";
/// The function for jobs.
pub const SYNC_WORKER: &str = "SyncWorker";
/// The function for jobs that failed too often.
pub const SYNC_POISON: &str = "SyncPoison";

/// The function for reading over the management API.
pub const API_READ: &str = "ApiRead";
/// The function for writing over the management API.
pub const API_WRITE: &str = "ApiWrite";
/// The function for calls of HR systems.
pub const INTAKE: &str = "Intake";
/// The function of the page for people.
pub const DASHBOARD: &str = "Dashboard";

/// All of them.
pub const FUNCTIONS: [Function; 7] = [
    Function {
        name: SCHEDULER,
        trigger: Trigger::Timer,
    },
    Function {
        name: SYNC_WORKER,
        trigger: Trigger::Queue(job::QUEUE),
    },
    Function {
        name: SYNC_POISON,
        trigger: Trigger::Queue(job::POISON_QUEUE),
    },
    http(API_READ, &["GET"], "v1", true),
    http(API_WRITE, &["POST", "PUT", "DELETE"], "v1", true),
    http(INTAKE, &["GET", "POST"], "hooks", false),
    http(DASHBOARD, &["GET"], "dashboard", true),
];

const fn http(
    name: &'static str,
    methods: &'static [&'static str],
    below: &'static str,
    key: bool,
) -> Function {
    Function {
        name,
        trigger: Trigger::Http {
            methods,
            below,
            key,
        },
    }
}

/// The function that a request from outside belongs to.
///
/// The host matches routes without regard to case and passes on paths as they were typed, so case does not matter here
/// either. A path with an empty segment, or one made of dots, belongs to no function.
pub fn public_function(method: &str, path: &str) -> Option<Function> {
    let (prefix, rest) = path.split_at_checked(PUBLIC.len())?;
    if !prefix.eq_ignore_ascii_case(PUBLIC) {
        return None;
    }
    let mut segments = rest.split('/');
    let first = segments.next()?;
    let mut rest = segments.peekable();
    while let Some(segment) = rest.next() {
        let last = rest.peek().is_none();
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        if dots == "." || dots == ".." || (segment.is_empty() && !last) {
            return None;
        }
    }
    FUNCTIONS.into_iter().find(|function| {
        matches!(function.trigger, Trigger::Http { methods, below, .. }
            if below.eq_ignore_ascii_case(first) && methods.contains(&method))
    })
}
