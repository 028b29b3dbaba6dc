//! Carries what is exported over one HTTP client, whatever thread exports: the exporters run beside the runtime.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::header::{HeaderName, LOCATION, RETRY_AFTER};
use tokio::runtime::Handle;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was not taken for a reason that passes is sent once more, after so long.
const BEFORE_AGAIN: Duration = Duration::from_secs(1);

/// The longest that somebody who asks for a while gets it.
const LONGEST_BEFORE_AGAIN: Duration = Duration::from_secs(10);

/// Sends requests on the runtime it was made on.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    http: reqwest::Client,
    runtime: Handle,
}

/// What a request was answered with.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where else to send it, where the answer says that.
    pub(super) location: Option<String>,
    /// For how long the answer asks to wait.
    wait: Option<Duration>,
    pub(super) body: Bytes,
}

impl Answer {
    #[cfg(test)]
    pub(super) fn for_tests(status: u16, body: &str) -> Self {
        Self {
            status,
            location: None,
            wait: None,
            body: Bytes::from(body.to_owned()),
        }
    }

    /// How long to wait before the same is sent again; `None` where that is of no use.
    fn before_again(&self) -> Option<Duration> {
        let asked = self.wait.filter(|_| matches!(self.status, 429 | 439 | 503));
        let wait = asked.map_or(BEFORE_AGAIN, |asked| asked.min(LONGEST_BEFORE_AGAIN));
        may_pass(self.status).then_some(wait)
    }
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

    /// Sends a request, and once more after a while what was not taken for a reason that passes. Called on the runtime.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Answer, String> {
        let request = reqwest::Request::try_from(request).map_err(|error| error.to_string())?;
        let again = request.try_clone();
        let first = self.once(request).await;
        let wait = match &first {
            Ok(answer) => answer.before_again(),
            Err(_) => Some(BEFORE_AGAIN),
        };
        match (wait, again) {
            (Some(wait), Some(again)) => {
                tokio::time::sleep(wait).await;
                self.once(again).await
            }
            _ => first,
        }
    }

    async fn once(&self, mut request: reqwest::Request) -> Result<Answer, String> {
        *request.timeout_mut() = Some(PATIENCE);
        // The address may be a secret of sorts, so it is not told.
        let told = |error: reqwest::Error| format!("no answer: {}", error.without_url());
        let response = self.http.execute(request).await.map_err(told)?;
        let header = |name: HeaderName| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let seconds = header(RETRY_AFTER).and_then(|text| text.trim().parse().ok());
        Ok(Answer {
            status: response.status().as_u16(),
            location: header(LOCATION),
            wait: seconds.map(Duration::from_secs),
            body: response.bytes().await.map_err(told)?,
        })
    }
}

fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 439 | 500 | 502 | 503 | 504)
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sender = self.clone();
        let answer = self
            .on_runtime(async move { sender.send(request).await })
            .await?;
        Ok(Response::builder()
            .status(answer.status)
            .body(answer.body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_while_gets_it_if_it_is_short() {
        for (status, asked, wait) in [
            (200, Some(5), None),
            (400, Some(5), None),
            (500, None, Some(1)),
            (500, Some(5), Some(1)),
            (429, None, Some(1)),
            (429, Some(5), Some(5)),
            (439, Some(0), Some(0)),
            (503, Some(10), Some(10)),
            (503, Some(3600), Some(10)),
        ] {
            let answer = Answer {
                wait: asked.map(Duration::from_secs),
                ..Answer::for_tests(status, "")
            };
            let told = answer.before_again();
            assert_eq!(told, wait.map(Duration::from_secs), "{status} {asked:?}");
        }
    }
}
