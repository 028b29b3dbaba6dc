//! Spans as Application Insights takes them: one envelope each, many in one request to `v2.1/track`.
//!
//! What came in is a request there, everything else a dependency. Nothing is told but what the span holds.

use std::{sync::Arc, time::SystemTime};

use futures::future::BoxFuture;
use jiff::Timestamp;
use opentelemetry::{
    Value as Attribute,
    trace::{SpanId, SpanKind, Status},
};
use opentelemetry_http::{Bytes, Request};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::{
    Role,
    keep::is_always_kept,
    sender::{Answer, Sender},
};

/// Gives a token for the ingestion, or says why there is none; without the token in it.
pub type Token = Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// An Application Insights resource.
#[derive(Clone)]
pub struct Insights {
    /// The instrumentation key; of no use to read anything, and kept out of logs all the same.
    pub key: String,
    /// Where telemetry is taken in: `https://westeurope-5.in.applicationinsights.azure.com/`.
    pub endpoint: String,
    /// Who signs in, where the resource takes nothing from strangers.
    pub token: Option<Token>,
}

/// Sends spans to Application Insights.
pub(super) struct InsightsExporter {
    pub(super) insights: Insights,
    pub(super) role: Role,
    pub(super) share: f64,
    pub(super) sender: Sender,
}

impl std::fmt::Debug for InsightsExporter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("InsightsExporter")
    }
}

impl SpanExporter for InsightsExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let envelopes = batch.iter().map(|span| self.envelope(span)).collect();
        let (sender, insights) = (self.sender.clone(), self.insights.clone());
        let sent = self
            .sender
            .on_runtime(async move { post(&sender, &insights, envelopes).await });
        sent.await.map_err(OTelSdkError::InternalFailure)
    }
}

/// Sends envelopes, and once more those that were not taken for a reason that passes.
async fn post(sender: &Sender, insights: &Insights, envelopes: Vec<Value>) -> Result<(), String> {
    let answer = post_once(sender, insights, &envelopes).await?;
    let Missed { again, lost } = missed(&answer, envelopes)?;
    let lost = match again.len() {
        0 => lost,
        _ => {
            let answer = post_once(sender, insights, &again).await?;
            let second = missed(&answer, again)?;
            lost + second.lost + second.again.len()
        }
    };
    match lost {
        0 => Ok(()),
        lost => Err(format!("{lost} spans were not taken")),
    }
}

/// Sends envelopes in one request, to another host where the first one says so.
async fn post_once(
    sender: &Sender,
    insights: &Insights,
    envelopes: &[Value],
) -> Result<Answer, String> {
    let url = format!("{}/v2.1/track", insights.endpoint.trim_end_matches('/'));
    let url = Url::parse(&url).map_err(|_| "the ingestion endpoint is no web address")?;
    let token = match &insights.token {
        Some(token) => Some(token().await?),
        None => None,
    };
    let body = Bytes::from(serde_json::to_vec(envelopes).map_err(|error| error.to_string())?);
    let request = |url: &Url| {
        let mut request = Request::post(url.as_str()).header("content-type", "application/json");
        if let Some(token) = &token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body.clone());
        request.map_err(|_| "the ingestion endpoint is no web address".to_owned())
    };
    let answer = sender.send(request(&url)?).await?;
    match (answer.status, &answer.location) {
        (307 | 308, Some(location)) => {
            let elsewhere = beside(&url, location)
                .ok_or("it names a place to send to that is not one of its own")?;
            sender.send(request(&elsewhere)?).await
        }
        _ => Ok(answer),
    }
}

/// Where a redirect leads that the token may follow: the scheme is the same (`https`, but for a stand-in on this
/// machine), and the host too but for its first label, which names a region.
fn beside(from: &Url, location: &str) -> Option<Url> {
    let to = from.join(location).ok()?;
    let of_the_same = match (from.host()?, to.host()?) {
        (Host::Domain(from), Host::Domain(to)) => {
            let beyond = |name: &str| {
                let (_, rest) = name.split_once('.')?;
                rest.contains('.').then(|| rest.to_owned())
            };
            from == to || (beyond(from).is_some() && beyond(from) == beyond(to))
        }
        (from, to) => from == to,
    };
    (of_the_same && to.scheme() == from.scheme() && to.port() == from.port()).then_some(to)
}

/// What was not taken of a request.
struct Missed {
    /// For a reason that passes.
    again: Vec<Value>,
    /// How many for another reason.
    lost: usize,
}

/// What the ingestion says of those that it did not take.
#[derive(Deserialize)]
struct Partly {
    errors: Vec<NotTaken>,
}

#[derive(Deserialize)]
struct NotTaken {
    index: usize,
    #[serde(rename = "statusCode")]
    status: u16,
}

fn missed(answer: &Answer, mut envelopes: Vec<Value>) -> Result<Missed, String> {
    let none = Missed {
        again: Vec::new(),
        lost: 0,
    };
    match answer.status {
        200 => return Ok(none),
        206 => {}
        status => return Err(format!("it answered {status}")),
    }
    let partly: Partly = serde_json::from_slice(&answer.body)
        .map_err(|_| "some spans were not taken, and it does not say which")?;
    Ok(partly.errors.into_iter().fold(none, |mut all, one| {
        let passes = matches!(one.status, 408 | 429 | 439 | 500 | 503);
        match envelopes
            .get_mut(one.index)
            .filter(|it| passes && !it.is_null())
        {
            Some(envelope) => all.again.push(envelope.take()),
            None => all.lost += 1,
        }
        all
    }))
}

impl InsightsExporter {
    fn envelope(&self, span: &SpanData) -> Value {
        let is_request = matches!(span.span_kind, SpanKind::Server | SpanKind::Consumer);
        let (name, kind) = if is_request {
            ("Microsoft.ApplicationInsights.Request", "RequestData")
        } else {
            (
                "Microsoft.ApplicationInsights.RemoteDependency",
                "RemoteDependencyData",
            )
        };
        let rate = if is_always_kept(span) {
            1.0
        } else {
            self.share
        };
        json!({
            "name": name,
            "time": time(span.start_time),
            "sampleRate": rate * 100.0,
            "iKey": self.insights.key,
            "tags": self.tags(span, is_request),
            "data": { "baseType": kind, "baseData": base(span, is_request) },
        })
    }

    fn tags(&self, span: &SpanData, is_request: bool) -> Value {
        let mut tags = Map::new();
        let mut tag = |name: &str, value: String| tags.insert(format!("ai.{name}"), value.into());
        tag("operation.id", span.span_context.trace_id().to_string());
        if span.parent_span_id != SpanId::INVALID {
            tag("operation.parentId", span.parent_span_id.to_string());
        }
        if is_request {
            tag("operation.name", span.name.to_string());
        }
        tag("cloud.role", self.role.name.clone());
        if let Some(instance) = &self.role.instance {
            tag("cloud.roleInstance", instance.clone());
        }
        tag("application.ver", self.role.version.to_owned());
        tag(
            "internal.sdkVersion",
            format!("rollcall:{}", self.role.version),
        );
        Value::Object(tags)
    }
}

fn base(span: &SpanData, is_request: bool) -> Value {
    let mut properties = Map::new();
    let (mut status, mut host) = (None, None);
    for attribute in &span.attributes {
        match (attribute.key.as_str(), &attribute.value) {
            ("http.response.status_code", value) => status = Some(value.to_string()),
            ("server.address", value) => host = Some(value.to_string()),
            (name, Attribute::String(text)) => {
                properties.insert(name.to_owned(), text.as_str().into());
            }
            (name, value) => {
                properties.insert(name.to_owned(), value.to_string().into());
            }
        }
    }
    if let Some(link) = span.links.iter().next() {
        let (trace, span) = (link.span_context.trace_id(), link.span_context.span_id());
        properties.insert("linked".to_owned(), format!("{trace}-{span}").into());
    }
    let is_good = !matches!(span.status, Status::Error { .. });
    let code = status.unwrap_or_else(|| if is_good { "0" } else { "1" }.to_owned());
    let mut base = json!({
        "ver": 2,
        "id": span.span_context.span_id().to_string(),
        "name": span.name,
        "duration": duration(span),
        "success": is_good,
        "properties": properties,
    });
    if let Some(base) = base.as_object_mut() {
        let name = if is_request {
            "responseCode"
        } else {
            "resultCode"
        };
        base.insert(name.to_owned(), code.into());
        if !is_request {
            base.insert("type".to_owned(), "HTTP".into());
            base.insert("target".to_owned(), host.into());
        }
    }
    base
}

fn time(at: SystemTime) -> String {
    Timestamp::try_from(at).map_or_else(|_| String::new(), |at| at.to_string())
}

/// Days, hours, minutes and seconds, as .NET writes them: `0.00:00:01.234567`.
fn duration(span: &SpanData) -> String {
    let took = span.end_time.duration_since(span.start_time);
    let took = took.unwrap_or_default();
    let (seconds, micros) = (took.as_secs(), took.subsec_micros());
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let (hours, minutes, seconds) = (hours % 24, minutes % 60, seconds % 60);
    format!("{days}.{hours:02}:{minutes:02}:{seconds:02}.{micros:06}")
}

#[cfg(test)]
mod tests;
