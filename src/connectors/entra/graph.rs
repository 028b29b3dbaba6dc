//! Sends requests to Microsoft Graph: token, ids for support, limits of patience.
//!
//! It must not know what the requests are for.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tracing::Instrument;
use url::Url;

use super::{
    answer::Answer,
    call::{Call, Sent},
    endpoints::Endpoints,
    settings::Batch,
    sign_in::SignIn,
};
use crate::{
    connectors::{
        http::{Patience, Waits, retry_after, shorten},
        ports::{ConnectorError, ErrorKind, meter},
    },
    model::capabilities::PackageForm,
    telemetry::spans,
};

/// A page of 999 people with many addresses has a few megabytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The way to one tenant's Microsoft Graph. Cheap to clone; the pool and the token are shared.
#[derive(Clone)]
pub(super) struct Graph {
    /// The pool of connections.
    pub(super) http: reqwest::Client,
    /// Where requests go.
    pub(super) endpoints: Endpoints,
    /// The token.
    pub(super) sign_in: Arc<SignIn>,
    /// How long one piece of work may wait.
    pub(super) patience: Patience,
    /// How many objects are asked for at a time.
    pub(super) page_size: u16,
    /// How writes are packed.
    pub(super) batch: Batch,
    /// Whether anything may be written at all.
    pub(super) may_write: bool,
    /// In which form changes are handed over to an administrator.
    pub(super) package: PackageForm,
}

impl Graph {
    /// Sends a request once; a refused token is replaced once. An error means that signing in failed.
    pub(super) async fn once(&self, call: &Call) -> Result<Sent, ConnectorError> {
        let token = self.sign_in.token(self.patience).await?;
        let sent = self.send(call, token.secret()).await?;
        match sent {
            Sent::Answered(answer) if answer.status == 401 => {
                let token = self.sign_in.other_than(&token, self.patience).await?;
                self.send(call, token.secret()).await
            }
            sent => Ok(sent),
        }
    }

    /// Sends a request that is safe to repeat until it is answered for good, or the patience is used up.
    pub(super) async fn patiently(
        &self,
        call: &Call,
        waits: &mut Waits,
    ) -> Result<Answer, ConnectorError> {
        loop {
            let (asked, why) = match self.once(call).await? {
                Sent::Answered(answer) if !answer.is_passing() => return Ok(answer),
                Sent::Answered(answer) => (answer.retry_after, answer.explain()),
                Sent::Lost(why) => (None, why),
            };
            self.wait(waits, asked, &why).await?;
        }
    }

    /// Waits before the next try, or says that there will be none.
    pub(super) async fn wait(
        &self,
        waits: &mut Waits,
        asked: Option<std::time::Duration>,
        why: &str,
    ) -> Result<(), ConnectorError> {
        let Some(wait) = waits.next(asked) else {
            return Err(ConnectorError::new(
                ErrorKind::Unavailable(asked),
                format!("Microsoft Graph {why}, and went on doing so"),
            )
            .help("try again later"));
        };
        tracing::debug!(?wait, why, "trying again");
        tokio::time::sleep(wait).await;
        Ok(())
    }

    async fn send(&self, call: &Call, token: &str) -> Result<Sent, ConnectorError> {
        let (name, host) = (call.name(), self.endpoints.graph.host_str());
        let method = call.method.as_str();
        let span = spans::request(&name, method, host.unwrap_or_default());
        let sent = self.exchange(call, token).instrument(span.clone()).await;
        let status = match &sent {
            Ok(Sent::Answered(answer)) => Some(answer.status),
            Ok(Sent::Lost(_)) | Err(_) => None,
        };
        spans::request_ended(&span, status);
        sent
    }

    async fn exchange(&self, call: &Call, token: &str) -> Result<Sent, ConnectorError> {
        let url = self.absolute(&call.url)?;
        let client_request_id = uuid::Uuid::new_v4().to_string();
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .bearer_auth(token)
            .header("client-request-id", &client_request_id);
        if let Some((name, value)) = call.header {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let started = Instant::now();
        meter::count_request();
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(lost(error)),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = match whole(response).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                return Err(ConnectorError::new(
                    ErrorKind::BadData,
                    format!("Microsoft Graph sent more than {MOST_BYTES} bytes at once"),
                ));
            }
            Err(error) => return Ok(lost(error)),
        };
        tracing::debug!(
            method = %call.method,
            // Without the query: filters hold addresses.
            path = call.url.split('?').next().unwrap_or_default(),
            status,
            bytes = bytes.len(),
            elapsed = ?started.elapsed(),
            client_request_id,
            request_id = header(&headers, "request-id"),
            resource_units = header(&headers, "x-ms-resource-unit"),
            "Microsoft Graph answered"
        );
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(shorten(&String::from_utf8_lossy(&bytes))))
        };
        let asked = header(&headers, "retry-after");
        let asked = asked.and_then(|value| retry_after(value, Timestamp::now()));
        meter::count_answer(status, asked);
        Ok(Sent::Answered(Answer {
            status,
            retry_after: asked,
            body,
        }))
    }

    /// A path below the version, or a link that must lead to the configured host: the token goes nowhere else.
    pub(super) fn absolute(&self, url: &str) -> Result<Url, ConnectorError> {
        let graph = &self.endpoints.graph;
        let parsed = if url.starts_with('/') {
            Url::parse(&format!("{graph}v1.0{url}"))
        } else {
            Url::parse(url)
        };
        match parsed {
            Ok(parsed)
                if parsed.origin() == graph.origin()
                    && parsed.username().is_empty()
                    && parsed.password().is_none() =>
            {
                Ok(parsed)
            }
            Ok(parsed) => Err(ConnectorError::new(
                ErrorKind::BadData,
                format!(
                    "an answer leads to `{}`, which is not `{}`; it was not followed",
                    shorten(&parsed.origin().ascii_serialization()),
                    graph.origin().ascii_serialization()
                ),
            )
            .help("if this host belongs to your cloud, set `cloud` or `graphUrl` accordingly")),
            Err(_) => Err(ConnectorError::new(
                ErrorKind::BadData,
                "an answer holds a link that is not a URL",
            )),
        }
    }
}

/// The body, unless it is longer than any that we ask for.
async fn whole(mut response: reqwest::Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn lost(error: reqwest::Error) -> Sent {
    let why = if error.is_timeout() {
        "gave no answer in time"
    } else if error.is_connect() {
        "could not be reached"
    } else {
        "broke off the connection"
    };
    tracing::debug!(error = %error.without_url(), why, "a request was lost");
    Sent::Lost(why.to_owned())
}
