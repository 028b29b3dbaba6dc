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

/// What the program is called where the platform gives it no name.
const NAME: &str = "rollcall";

/// Starts to export traces, where the settings say where they go; a collector that is named outright comes first.
///
/// Must be called on the program's runtime. An error says which setting cannot be used, without its value.
pub fn traces(settings: &Settings) -> Result<Option<Traces>, String> {
    let Some((to, is_here)) = destination(settings)? else {
        return Ok(None);
    };
    let http = azure::client(is_here).map_err(|error| error.without_url().to_string())?;
    let to = match to {
        Wanted::Otlp(to) => to,
        Wanted::Insights(parts) => Destination::Insights(insights(settings, parts, &http)?),
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

enum Wanted {
    Insights(Parts),
    Otlp(Destination),
}

/// Where traces go, and whether that is this machine.
fn destination(settings: &Settings) -> Result<Option<(Wanted, bool)>, String> {
    let address = |name: &str, text: &str| {
        let url = Url::parse(text.trim()).map_err(|_| format!("`{name}` is no web address"))?;
        let is_here = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        Ok::<_, String>((url, is_here))
    };
    if let Some(endpoint) = &settings.otlp_endpoint {
        let (url, is_here) = address("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)?;
        let headers = settings.otlp_headers.as_ref().map_or("", |it| &it.0);
        let to = Destination::Otlp {
            endpoint: url.to_string(),
            headers: headers_of(headers)?,
        };
        return Ok(Some((Wanted::Otlp(to), is_here)));
    }
    let Some(Hidden(text)) = &settings.insights else {
        return Ok(None);
    };
    let parts = Parts::read(text);
    let endpoint = parts.get("ingestionendpoint").unwrap_or(ENDPOINT);
    let (url, is_here) = address("APPLICATIONINSIGHTS_CONNECTION_STRING", endpoint)?;
    if url.scheme() != "https" && !is_here {
        return Err(
            "`APPLICATIONINSIGHTS_CONNECTION_STRING` names a place without `https`".to_owned(),
        );
    }
    Ok(Some((Wanted::Insights(parts), is_here)))
}

fn insights(settings: &Settings, parts: Parts, http: &reqwest::Client) -> Result<Insights, String> {
    let key = parts.get("instrumentationkey").ok_or(
        "`APPLICATIONINSIGHTS_CONNECTION_STRING` holds no `InstrumentationKey`\ncopy it whole",
    )?;
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
        endpoint: parts
            .get("ingestionendpoint")
            .unwrap_or(ENDPOINT)
            .to_owned(),
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
fn headers_of(text: &str) -> Result<HashMap<String, String>, String> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or(
                "`OTEL_EXPORTER_OTLP_HEADERS` is no list of headers\nwrite `name=value,name=value`",
            )?;
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
