//! The life of the server: a slow or failing set-up behind it, and its end.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use axum::{Router, routing::get};
use reqwest::Client;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use super::*;
use crate::handler::functions::{Functions, Invocation};

const TIMEOUT: Duration = Duration::from_secs(600);
const LONG: Duration = Duration::from_secs(60);

/// A worker that waits to be let through.
#[derive(Default)]
struct Slow {
    begun: Notify,
    through: Notify,
}

#[async_trait]
impl Functions for Slow {
    async fn scheduler(&self, _: &Invocation) -> Result<Vec<String>, String> {
        Ok(vec!["ticked".to_owned()])
    }

    async fn sync_worker(&self, _: &str, _: &Invocation) -> Result<Vec<String>, String> {
        self.begun.notify_one();
        self.through.notified().await;
        Ok(vec!["worked".to_owned()])
    }

    async fn sync_poison(&self, _: &str, _: &Invocation) -> Result<Vec<String>, String> {
        Err("not here".to_owned())
    }
}

/// A server on a port of its own.
struct Stage {
    address: SocketAddr,
    client: Client,
    ask: Option<oneshot::Sender<()>>,
    orphan: Option<oneshot::Sender<()>>,
    ended: JoinHandle<Ended>,
}

impl Stage {
    async fn with<S, F>(drain: Duration, set_up: S) -> Self
    where
        S: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<Parts, Refused>> + Send + 'static,
    {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = listen(0, Duration::ZERO).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ask, asked) = oneshot::channel::<()>();
        let (orphan, orphaned) = oneshot::channel::<()>();
        let asked = async { asked.await.unwrap_or(()) };
        let orphaned = async { orphaned.await.unwrap_or(()) };
        let served = serve_on(listener, TIMEOUT, set_up, asked, orphaned, drain);
        Self {
            address,
            client: Client::builder().timeout(LONG).build().unwrap(),
            ask: Some(ask),
            orphan: Some(orphan),
            ended: tokio::spawn(served),
        }
    }

    /// With functions that are there at once.
    async fn ready(drain: Duration) -> (Self, Arc<Slow>) {
        let slow = Arc::new(Slow::default());
        let given = Arc::clone(&slow);
        let stage = Self::with(drain, move || {
            let parts = parts(Arc::clone(&given) as Arc<dyn Functions>);
            async move { Ok(parts) }
        });
        (stage.await, slow)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn get(&self, path: &str) -> u16 {
        let answer = self.client.get(self.url(path)).send().await.unwrap();
        answer.status().as_u16()
    }

    fn call(&self, function: &str) -> JoinHandle<Option<u16>> {
        let envelope = r#"{"Data":{"job":"\"x\""},"Metadata":{}}"#;
        let request = self.client.post(self.url(function)).body(envelope);
        tokio::spawn(async move { Some(request.send().await.ok()?.status().as_u16()) })
    }

    async fn refuses_connections(&self) {
        let refused = async {
            let mut looks = tokio::time::interval(Duration::from_millis(5));
            while tokio::net::TcpStream::connect(self.address).await.is_ok() {
                looks.tick().await;
            }
        };
        tokio::time::timeout(LONG, refused).await.unwrap();
    }
}

fn parts(functions: Arc<dyn Functions>) -> Parts {
    Parts {
        functions,
        public: public(),
        stands_back: None,
    }
}

fn public() -> Router {
    Router::new().route("/api/v1/health", get(|| async { "well" }))
}

#[tokio::test]
async fn readiness_does_not_wait_and_what_comes_early_waits() {
    let (open, opened) = watch::channel(false);
    let stage = Stage::with(LONG, move || {
        let mut opened = opened.clone();
        async move {
            let _ = opened.wait_for(|open| *open).await;
            Ok(parts(Arc::new(Slow::default())))
        }
    })
    .await;
    assert_eq!(stage.get("/").await, 200);
    let tick = stage.call("/Scheduler");
    let health = stage.client.get(stage.url("/api/v1/health")).send();
    let health = tokio::spawn(health);
    assert_eq!(stage.get("/").await, 200);
    assert_eq!(stage.get("/api/nothing").await, 404);
    assert!(!tick.is_finished() && !health.is_finished());
    open.send_replace(true);
    assert_eq!(tick.await.unwrap(), Some(200));
    assert_eq!(health.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_set_up_that_fails_is_tried_again() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let stage = Stage::with(LONG, move || {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            match number {
                0 => Err(Refused {
                    reason: Reason::Storage,
                    why: "no storage".to_owned(),
                }),
                1 => panic!("told to panic"),
                _ => Ok(parts(Arc::new(Slow::default()))),
            }
        }
    })
    .await;
    // Each of these meets an attempt that fails, or the one that does not: 500 to be delivered again, 503 to a client.
    let (mut failed, mut refused) = (0, 0);
    loop {
        let answers = tokio::join!(stage.call("/Scheduler"), stage.get("/api/v1/health"));
        match (answers.0.unwrap().unwrap(), answers.1) {
            (200, 200) => break,
            (function, client) => {
                assert!([200, 500].contains(&function), "{function}");
                assert!([200, 503].contains(&client), "{client}");
                failed += usize::from(function == 500);
                refused += usize::from(client == 503);
            }
        }
        assert!(failed <= 2 && refused <= 2, "the third attempt succeeds");
    }
    assert!(failed >= 1 && refused >= 1);
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    assert_eq!(stage.get("/").await, 200);
}

#[tokio::test]
async fn asked_to_stop_it_finishes_what_it_has_begun_and_takes_nothing_new() {
    let (mut stage, slow) = Stage::ready(LONG).await;
    let work = stage.call("/SyncWorker");
    slow.begun.notified().await;
    stage.ask.take().unwrap().send(()).unwrap();
    stage.refuses_connections().await;
    assert!(!stage.ended.is_finished());
    slow.through.notify_one();
    assert_eq!(work.await.unwrap(), Some(200));
    assert_eq!(stage.ended.await.unwrap(), Ended::Asked);
}

#[tokio::test]
async fn asked_to_stop_it_does_not_wait_for_ever() {
    let (mut stage, slow) = Stage::ready(Duration::from_millis(50)).await;
    let _work = stage.call("/SyncWorker");
    slow.begun.notified().await;
    stage.ask.take().unwrap().send(()).unwrap();
    assert_eq!(stage.ended.await.unwrap(), Ended::Asked);
}

#[tokio::test]
async fn an_orphan_finishes_nothing() {
    let (mut stage, slow) = Stage::ready(LONG).await;
    let _work = stage.call("/SyncWorker");
    slow.begun.notified().await;
    stage.orphan.take().unwrap().send(()).unwrap();
    assert_eq!(stage.ended.await.unwrap(), Ended::Orphaned);

    let (mut stage, slow) = Stage::ready(LONG).await;
    let _work = stage.call("/SyncWorker");
    slow.begun.notified().await;
    stage.ask.take().unwrap().send(()).unwrap();
    stage.refuses_connections().await;
    stage.orphan.take().unwrap().send(()).unwrap();
    assert_eq!(
        stage.ended.await.unwrap(),
        Ended::Orphaned,
        "while it drains, too"
    );
}

#[tokio::test]
async fn a_port_that_stays_taken_is_an_error_that_says_so() {
    let taken = listen(0, Duration::ZERO).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = listen(port, BETWEEN_TRIES * 2).await.unwrap_err();
    // The host looks for these words.
    assert!(
        error.to_lowercase().contains("address already in use"),
        "{error}"
    );
    assert!(error.contains(&format!("`{port}`")), "{error}");
}
