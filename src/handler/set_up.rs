//! What is slow at the start, behind a port that answers already: readiness must not wait for storage.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    response::Response,
    routing::any_service,
};
use futures::FutureExt;
use tokio::sync::watch;

use super::{
    functions::{Functions, Invocation},
    problem::{UNAVAILABLE, problem},
};
use crate::format::FORMAT;

/// What the set-up makes.
#[derive(Clone)]
pub struct Parts {
    /// The functions.
    pub functions: Arc<dyn Functions>,
    /// The router of the public paths.
    pub public: Router,
    /// Why they do nothing but say so and put back what they get, where that is so.
    pub stands_back: Option<Refused>,
}

/// Why the app cannot be set up, or is set up and does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is in the way.
    pub reason: Reason,
    /// The same in words, and what to do.
    pub why: String,
}

/// What is in the way of the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A newer rollcall wrote what is kept.
    NewerData,
    /// The storage cannot be used.
    Storage,
    /// A setting cannot be used, or something of ours is broken.
    Settings,
}

impl Reason {
    /// The reason in a word, for the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::NewerData => "newer-data",
            Self::Storage => "storage",
            Self::Settings => "settings",
        }
    }
}

/// The version of the program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first pause after a set-up that failed; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A set-up that takes longer has failed.
const LONGEST_TRY: Duration = Duration::from_secs(60);
/// How long a client outside waits for a set-up that is under way.
const CLIENT_PATIENCE: Duration = Duration::from_secs(20);

/// How far the set-up is.
#[derive(Clone, Default)]
enum Standing {
    /// It has not ended yet, or has failed and will be tried again.
    #[default]
    Waiting,
    Ready(Parts),
}

/// What has to be run beside the server until it ends: it sets up, and tries again until that has worked.
pub(super) struct Progress(watch::Sender<Standing>);

/// The functions and the public router, from the start: they wait for the set-up where it has not ended.
pub(super) fn deferred() -> (Progress, Arc<dyn Functions>, Router) {
    let (progress, standing) = watch::channel(Standing::Waiting);
    let public = Router::new().fallback(pass_on).with_state(standing.clone());
    let functions = Arc::new(Deferred(standing));
    (Progress(progress), functions, public)
}

impl Progress {
    /// Sets up. What goes wrong is logged once for each reason, and tried again after a growing pause.
    pub(super) async fn make<S, F>(self, mut set_up: S)
    where
        S: FnMut() -> F,
        F: Future<Output = Result<Parts, Refused>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut known = None;
        loop {
            let attempt = AssertUnwindSafe(async { set_up().await }).catch_unwind();
            let refused = match tokio::time::timeout(LONGEST_TRY, attempt).await {
                Ok(Ok(Ok(parts))) => {
                    match &parts.stands_back {
                        None => tracing::info!(
                            event = "app.started",
                            version = VERSION,
                            format = FORMAT,
                            "set up"
                        ),
                        Some(refused) => tell(refused, "nothing is done until then"),
                    }
                    self.0.send_replace(Standing::Ready(parts));
                    return;
                }
                Ok(Ok(Err(refused))) => refused,
                Ok(Err(_panic)) => Refused {
                    reason: Reason::Settings,
                    why: "it panicked".to_owned(),
                },
                // Nothing else in it takes long.
                Err(_elapsed) => Refused {
                    reason: Reason::Storage,
                    why: format!("no end after {} seconds", LONGEST_TRY.as_secs()),
                },
            };
            if known.as_ref() != Some(&refused) {
                tell(&refused, "this is tried again");
            }
            known = Some(refused);
            // Whoever waited for this attempt hears that it has ended.
            self.0.send_replace(Standing::Waiting);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn tell(refused: &Refused, next: &str) {
    tracing::error!(
        event = "app.refused",
        version = VERSION,
        reason = refused.reason.name(),
        "the app cannot be set up, {next}: {}",
        refused.why
    );
}

/// What the set-up made, if it is there or if the attempt that comes to its end next makes it. So a message that meets a
/// failed set-up waits for one more attempt before it counts as failed: messages run out of deliveries more slowly.
async fn parts(mut standing: watch::Receiver<Standing>) -> Result<Parts, String> {
    if let Standing::Ready(parts) = &*standing.borrow_and_update() {
        return Ok(parts.clone());
    }
    let ended = standing.changed().await;
    match &*standing.borrow() {
        Standing::Ready(parts) if ended.is_ok() => Ok(parts.clone()),
        _ => Err("the app is not set up; its log says why".to_owned()),
    }
}

struct Deferred(watch::Receiver<Standing>);

#[async_trait]
impl Functions for Deferred {
    async fn scheduler(&self, invocation: &Invocation) -> Result<Vec<String>, String> {
        let parts = parts(self.0.clone()).await?;
        parts.functions.scheduler(invocation).await
    }

    async fn sync_worker(
        &self,
        message: &str,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        let parts = parts(self.0.clone()).await?;
        parts.functions.sync_worker(message, invocation).await
    }

    async fn sync_poison(
        &self,
        message: &str,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        let parts = parts(self.0.clone()).await?;
        parts.functions.sync_poison(message, invocation).await
    }
}

async fn pass_on(State(standing): State<watch::Receiver<Standing>>, request: Request) -> Response {
    match tokio::time::timeout(CLIENT_PATIENCE, parts(standing)).await {
        Ok(Ok(parts)) => any_service(parts.public).call(request, ()).await,
        Ok(Err(_)) | Err(_) => {
            let detail = "the app is starting, or cannot start; its log says why";
            problem(&UNAVAILABLE, Some(detail), None)
        }
    }
}
