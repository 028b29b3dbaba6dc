//! Where traces go, as the settings say it.

use std::{collections::HashMap, sync::Arc};

use azure_core::credentials::TokenCredential;
use futures::FutureExt;
use url::Url;

use crate::{
    azure::{self, credential::Identity},
    settings::{Hidden, Settings},
    telemetry::{Destination, Export, Insights, Role, Token, Traces},
};

/// Where tokens for the ingestion of the public cloud are for; the connection strings of others name theirs.
const AUDIENCE: &str = "https://monitor.azure.com/";

/// Where telemetry goes when a connection string names no place.
const ENDPOINT: &str = "https://dc.services.visualstudio.com/";

/// The setting that holds a connection string.
const INSIGHTS: &str = "APPLICATIONINSIGHTS_CONNECTION_STRING";

/// What the program is called where the platform gives it no name.
const NAME: &str = "rollcall";

/// Starts to export traces, where the settings say where they go; a collector that is named outright comes first.
///
/// Must be called on the program's runtime. An error says which setting cannot be used; its value only of the share.
pub fn traces(settings: &Settings) -> Result<Option<Traces>, String> {
    let Some((to, http)) = destination(settings)? else {
        return Ok(None);
    };
    let role = Role {
        name: settings.site_name.clone().unwrap_or(NAME.to_owned()),
        instance: settings.instance_id.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let share = share(settings)?;
    Traces::start(Export {
        to,
        http,
        role,
        share,
    })
    .map(Some)
}

/// Where traces go, and what they are sent with.
fn destination(settings: &Settings) -> Result<Option<(Destination, reqwest::Client)>, String> {
    if let Some((endpoint, is_here)) = collector(settings)? {
        let to = Destination::Otlp {
            endpoint,
            headers: headers(settings)?,
        };
        return Ok(Some((to, client(is_here)?)));
    }
    let Some(Hidden(text)) = &settings.insights else {
        return Ok(None);
    };
    let parts = Parts::read(text);
    let (endpoint, is_here) = address(INSIGHTS, &ingestion(&parts))?;
    if endpoint.scheme() != "https" && !is_here {
        return Err(format!("`{INSIGHTS}` names a place without `https`"));
    }
    let http = client(is_here)?;
    let to = insights(settings, &parts, &endpoint, &http)?;
    Ok(Some((Destination::Insights(to), http)))
}

/// Where a collector takes traces, and whether that is this machine: an address for traces alone is used as it is.
fn collector(settings: &Settings) -> Result<Option<(String, bool)>, String> {
    if let Some(endpoint) = &settings.otlp_traces_endpoint {
        let (url, is_here) = address("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)?;
        return Ok(Some((url.to_string(), is_here)));
    }
    let Some(endpoint) = &settings.otlp_endpoint else {
        return Ok(None);
    };
    let (url, is_here) = address("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)?;
    let base = url.as_str().trim_end_matches('/');
    Ok(Some((format!("{base}/v1/traces"), is_here)))
}

/// What is sent to a collector with each request: headers for traces alone stand in place of the others.
fn headers(settings: &Settings) -> Result<HashMap<String, String>, String> {
    match (&settings.otlp_traces_headers, &settings.otlp_headers) {
        (Some(Hidden(text)), _) => headers_of("OTEL_EXPORTER_OTLP_TRACES_HEADERS", text),
        (None, Some(Hidden(text))) => headers_of("OTEL_EXPORTER_OTLP_HEADERS", text),
        (None, None) => Ok(HashMap::new()),
    }
}

/// The address of a setting, and whether that is this machine.
fn address(name: &str, text: &str) -> Result<(Url, bool), String> {
    let url = Url::parse(text.trim()).map_err(|_| format!("`{name}` is no web address"))?;
    let is_here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    Ok((url, is_here))
}

fn client(is_here: bool) -> Result<reqwest::Client, String> {
    azure::client(is_here).map_err(|error| error.without_url().to_string())
}

/// Where a connection string says that telemetry is taken in: outright, or by the suffix of its cloud and a region.
fn ingestion(parts: &Parts) -> String {
    match (parts.get("ingestionendpoint"), parts.get("endpointsuffix")) {
        (Some(endpoint), _) => endpoint.to_owned(),
        (None, Some(suffix)) => {
            let region = parts.get("location").map(|region| format!("{region}."));
            format!("https://{}dc.{suffix}/", region.unwrap_or_default())
        }
        (None, None) => ENDPOINT.to_owned(),
    }
}

fn insights(
    settings: &Settings,
    parts: &Parts,
    endpoint: &Url,
    http: &reqwest::Client,
) -> Result<Insights, String> {
    let key = parts
        .get("instrumentationkey")
        .ok_or_else(|| format!("`{INSIGHTS}` holds no `InstrumentationKey`\ncopy it whole"))?;
    let signs_in = Parts::read(
        settings
            .insights_authentication
            .as_deref()
            .unwrap_or_default(),
    );
    let token = match signs_in.get("authorization") {
        Some(way) if way.eq_ignore_ascii_case("aad") => {
            let client = signs_in.get("clientid").map(str::to_owned);
            let credential = Identity::Managed(client).credential(http);
            let credential = credential.map_err(|error| error.to_string())?;
            let audience = parts.get("aadaudience").unwrap_or(AUDIENCE);
            Some(token(credential, format!("{audience}/.default")))
        }
        _ => None,
    };
    Ok(Insights {
        key: key.to_owned(),
        endpoint: endpoint.to_string(),
        token,
    })
}

/// Asks for a token whenever one is needed; the credential keeps it while it lasts.
fn token(credential: Arc<dyn TokenCredential>, scope: String) -> Token {
    Arc::new(move || {
        let (credential, scope) = (credential.clone(), scope.clone());
        async move {
            let token = credential.get_token(&[&scope], None).await;
            // The words of the error may hold an address with more than its host.
            let token = token.map_err(|_| "signing in to send them failed".to_owned())?;
            Ok(token.token.secret().to_owned())
        }
        .boxed()
    })
}

/// `Name=value;Name=value`; names without regard to case.
struct Parts(HashMap<String, String>);

impl Parts {
    fn read(text: &str) -> Self {
        let parts = text.split(';').filter_map(|part| part.split_once('='));
        Self(
            parts
                .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// `name=value,name=value`, the values percent-encoded.
fn headers_of(setting: &str, text: &str) -> Result<HashMap<String, String>, String> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or_else(|| {
                format!("`{setting}` is no list of headers\nwrite `name=value,name=value`")
            })?;
            // A plus is a plus in these.
            let value = value.trim().replace('+', "%2B");
            let decoded =
                url::form_urlencoded::parse(format!("v={}", value.replace('&', "%26")).as_bytes())
                    .next()
                    .map(|(_, value)| value.into_owned());
            Ok((name.trim().to_owned(), decoded.unwrap_or_default()))
        })
        .collect()
}

fn share(settings: &Settings) -> Result<f64, String> {
    let Some(text) = &settings.trace_share else {
        return Ok(1.0);
    };
    let share = text.trim().parse().ok();
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| {
        format!(
            "`{text}` is no share of traces\nset `ROLLCALL_TRACE_SHARE` to a number from 0 to 1"
        )
    })
}

#[cfg(test)]
mod tests;
