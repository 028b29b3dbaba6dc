//! One invocation: an envelope goes to the program, and its answer is judged.

use std::time::Duration;

use futures::stream;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    judge::{Verdict, judge},
    process::{Host, State},
};

/// The version the host gives itself.
pub(crate) const VERSION: &str = "4.1037.0.0";

/// What a successful invocation gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Done {
    /// Lines for the portal.
    pub(crate) logs: Vec<String>,
    /// What goes to the output bindings.
    pub(crate) outputs: Map<String, Value>,
}

/// Sends an envelope to a function: what it gave, or why the invocation failed.
///
/// When it takes longer than the function's time the process is killed, with everything else it was doing.
pub(crate) async fn invoke(host: &Host, function: &str, envelope: String) -> Result<Done, String> {
    let time = host.deployed().function_timeout();
    let Ok(done) = tokio::time::timeout(time, send(host, function, envelope)).await else {
        host.restart().await;
        return Err(format!("it took longer than {time:?}"));
    };
    done
}

async fn send(host: &Host, function: &str, envelope: String) -> Result<Done, String> {
    match host.settled().await {
        // Without a program the connection is refused, which is what the request will find.
        State::Ready | State::Unmanned => {}
        state => return Err(format!("{state:?}")),
    }
    let answer = client()
        .post(format!("http://{}/{function}", host.address()))
        .header("X-Azure-Functions-HostVersion", VERSION)
        .header("X-Azure-Functions-InvocationId", Uuid::new_v4().to_string())
        .header("User-Agent", format!("Azure-Functions-Host/{VERSION}"))
        .header("Content-Type", "application/json; charset=utf-8")
        .body(chunked(envelope.into_bytes()))
        .send()
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let kind = answer.headers().get("content-type").cloned();
    let body = answer.bytes().await.map_err(|error| error.to_string())?;
    let kind = kind.as_ref().and_then(|kind| kind.to_str().ok());
    match judge(status, kind, &body) {
        Verdict::Succeeded { logs, outputs } => Ok(Done { logs, outputs }),
        Verdict::Failed(why) => Err(why),
        Verdict::Hangs => std::future::pending().await,
    }
}

/// A body whose length is not known before.
pub(crate) fn chunked(bytes: Vec<u8>) -> reqwest::Body {
    reqwest::Body::wrap_stream(stream::iter([Ok::<_, std::io::Error>(bytes)]))
}

/// A client that follows nothing and waits as long as it takes. A connection of its own for every request: one that was
/// kept may belong to a process that is gone.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .pool_max_idle_per_host(0)
        .connect_timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}
