//! Carries what is exported over one HTTP client, whatever thread exports: the exporters run beside the runtime.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was not taken for a reason that passes is sent once more, after so long.
const BEFORE_AGAIN: Duration = Duration::from_secs(1);

/// Sends requests on the runtime it was made on.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    http: reqwest::Client,
    runtime: Handle,
}

impl Sender {
    /// On the runtime that this is called in.
    pub(super) fn new(http: reqwest::Client) -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        Some(Self { http, runtime })
    }

    /// Does work on the runtime, for somebody who may not be on it.
    pub(super) async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, String>> + Send + 'static,
    ) -> Result<T, String> {
        let done = self.runtime.spawn(work).await;
        done.unwrap_or_else(|_| Err("the program is stopping".to_owned()))
    }

    /// Sends a request; gives status and body. Called on the runtime.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<(u16, Bytes), String> {
        let request = reqwest::Request::try_from(request).map_err(|error| error.to_string())?;
        let again = request.try_clone();
        let first = self.once(request).await;
        match (first, again) {
            (Ok((status, _)), Some(again)) if may_pass(status) => self.later(again).await,
            (Err(_), Some(again)) => self.later(again).await,
            (first, _) => first,
        }
    }

    async fn later(&self, request: reqwest::Request) -> Result<(u16, Bytes), String> {
        tokio::time::sleep(BEFORE_AGAIN).await;
        self.once(request).await
    }

    async fn once(&self, mut request: reqwest::Request) -> Result<(u16, Bytes), String> {
        *request.timeout_mut() = Some(PATIENCE);
        // The address may be a secret of sorts, so it is not told.
        let told = |error: reqwest::Error| format!("no answer: {}", error.without_url());
        let response = self.http.execute(request).await.map_err(told)?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await.map_err(told)?))
    }
}

fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sender = self.clone();
        let (status, body) = self
            .on_runtime(async move { sender.send(request).await })
            .await?;
        Ok(Response::builder().status(status).body(body)?)
    }
}
