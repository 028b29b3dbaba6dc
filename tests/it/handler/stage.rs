//! The router on a port, with functions that write down what they are called with and do what a message says.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, extract::Request, response::IntoResponse};
use rollcall::handler::{
    functions::{Functions, Invocation},
    router::{host_router, public_only},
};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
    time::timeout,
};

/// The time that the host would give: long, so that nothing here meets its end by chance.
const TIMEOUT: Duration = Duration::from_secs(600);

/// One call of a function.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) message: Option<String>,
    pub(super) invocation: Invocation,
}

/// Functions that do what a message says. `do-fail` was recorded as answered with 500.
pub(super) struct Told {
    calls: Mutex<Vec<Call>>,
    called: Notify,
    /// What `wait` waits for.
    pub(super) gate: Semaphore,
    /// How many calls were dropped before they ended.
    dropped: Arc<Mutex<usize>>,
}

/// Counts itself when it is dropped before it was told that all is well.
struct Unfinished(Option<Arc<Mutex<usize>>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(count) = self.0.take() {
            *count.lock().unwrap() += 1;
        }
    }
}

impl Told {
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(super) fn dropped(&self) -> usize {
        *self.dropped.lock().unwrap()
    }

    /// Until so many calls have begun.
    pub(super) async fn called(&self, times: usize) {
        let begun = async {
            loop {
                let heard = self.called.notified();
                if self.calls.lock().unwrap().len() >= times {
                    return;
                }
                heard.await;
            }
        };
        timeout(Duration::from_secs(30), begun)
            .await
            .expect("the calls begin");
    }

    async fn call(
        &self,
        message: Option<&str>,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        self.calls.lock().unwrap().push(Call {
            message: message.map(str::to_owned),
            invocation: invocation.clone(),
        });
        self.called.notify_waiters();
        let mut unfinished = Unfinished(Some(Arc::clone(&self.dropped)));
        let done = match message {
            Some("do-fail") => Err("told to fail".to_owned()),
            Some("panic") => panic!("told to panic by {}", invocation.id),
            Some("panic in a task") => {
                let task = tokio::spawn(async { panic!("told to panic beside it") });
                let ended: Result<(), _> = task.await;
                ended
                    .map(|()| Vec::new())
                    .map_err(|_| "its task panicked".to_owned())
            }
            Some("never end") => std::future::pending().await,
            Some("wait") => {
                let _pass = self.gate.acquire().await.unwrap();
                Ok(Vec::new())
            }
            _ => Ok(vec![format!("{} did it", invocation.function)]),
        };
        unfinished.0 = None;
        done
    }
}

#[async_trait]
impl Functions for Told {
    async fn scheduler(&self, invocation: &Invocation) -> Result<Vec<String>, String> {
        self.call(None, invocation).await
    }

    async fn sync_worker(
        &self,
        message: &str,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        self.call(Some(message), invocation).await
    }

    async fn sync_poison(
        &self,
        message: &str,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        self.call(Some(message), invocation).await
    }
}

/// A public router that answers every path with what it was asked.
pub(super) fn echo() -> Router {
    Router::new().fallback(|request: Request| async move {
        let (head, body) = request.into_parts();
        if head.uri.path().ends_with("/panic") {
            panic!("told to panic");
        }
        let headers: Vec<(String, String)> = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let said = json!({
            "method": head.method.as_str(), "path": head.uri.to_string(), "headers": headers,
            "body": String::from_utf8(body.to_vec()).unwrap(),
        });
        said.to_string().into_response()
    })
}

/// Serves a router on a port of its own until the test ends.
pub(super) async fn on_a_port(router: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What the host reaches, with these functions behind it.
pub(super) async fn for_the_host() -> (SocketAddr, Arc<Told>) {
    for_the_host_with(TIMEOUT).await
}

/// The same where the host gives an invocation only so much time.
pub(super) async fn for_the_host_with(timeout: Duration) -> (SocketAddr, Arc<Told>) {
    let told = Arc::new(Told {
        calls: Mutex::default(),
        called: Notify::new(),
        gate: Semaphore::new(0),
        dropped: Arc::default(),
    });
    let functions = Arc::clone(&told) as Arc<dyn Functions>;
    let address = on_a_port(host_router(functions, echo(), timeout)).await;
    (address, told)
}

/// What the world reaches where there is no host.
pub(super) async fn for_the_world() -> SocketAddr {
    on_a_port(public_only(echo())).await
}
