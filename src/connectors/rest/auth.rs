//! How requests prove who they are: fixed headers, or a token that is fetched, kept and renewed.
//!
//! Nothing here may log or show a token or a secret.

use std::{
    collections::VecDeque,
    sync::PoisonError,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::settings::{Auth, CredentialsIn, Oauth};
use crate::connectors::{
    http::{Patience, Waits, shorten},
    ports::{ConnectorError, ErrorKind},
    web::{Request, Web, base_address},
};

/// A token is renewed this long before it ends.
const EARLY: Duration = Duration::from_secs(60);

/// So many tokens are kept to be blotted out of messages: requests that are under way may still carry earlier ones.
const MOST_REMEMBERED: usize = 8;

/// Gives the value of an environment variable by its name.
pub(super) type Secrets<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Who signs in.
pub(super) struct SignIn {
    /// The headers that every request carries.
    pub(super) headers: HeaderMap,
    /// What must never be shown, in every form in which it travels.
    secrets: Vec<String>,
    fetched: Option<Fetched>,
}

/// A token that is fetched.
struct Fetched {
    web: Web,
    path: String,
    form: Vec<(String, String)>,
    kept: Mutex<Option<Kept>>,
    /// The last tokens that were given out: an answer may repeat them.
    given_out: std::sync::Mutex<VecDeque<String>>,
}

#[derive(Clone)]
struct Kept {
    header: HeaderValue,
    /// Unknown where the answer did not say it: the token is then good until it is refused.
    ends: Option<Instant>,
}

/// The token that a request carried, so that it is not renewed twice when two requests find it refused.
#[derive(Clone)]
pub(super) struct Carried(HeaderValue);

impl SignIn {
    /// Reads the secrets; makes no request yet.
    pub(super) fn new(
        auth: &Auth,
        secrets: Secrets<'_>,
        patience: Patience,
    ) -> Result<Self, ConnectorError> {
        let mut hidden = Vec::new();
        let mut read = |variable: &str, what: &str| -> Result<String, ConnectorError> {
            let value = secrets(variable).filter(|value| !value.trim().is_empty());
            let value = value.ok_or_else(|| {
                let message =
                    format!("the environment variable `{variable}` for {what} is not set");
                ConnectorError::new(ErrorKind::Settings, message)
                    .help(format!("set `{variable}` to the value of {what}"))
            })?;
            let value = value.trim().to_owned();
            hidden.push(value.clone());
            Ok(value)
        };
        let mut headers = HeaderMap::new();
        let mut fetched = None;
        let mut encoded = None;
        match auth {
            Auth::Basic(basic) => {
                let user = read(&basic.user_variable, "the user's name")?;
                let password = read(&basic.password_variable, "the password")?;
                let both = STANDARD.encode(format!("{user}:{password}"));
                headers.insert(AUTHORIZATION, sensitive(&format!("Basic {both}"))?);
                encoded = Some(both);
            }
            Auth::Bearer(bearer) => {
                let token = read(&bearer.token_variable, "the token")?;
                headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {token}"))?);
            }
            Auth::Header(header) => {
                let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| {
                    let message = format!("`{}` is not the name of a header", header.name);
                    ConnectorError::new(ErrorKind::Settings, message)
                })?;
                let value = read(&header.value_variable, "the key")?;
                headers.insert(name, sensitive(&value)?);
            }
            Auth::Oauth(oauth) => {
                let client = read(&oauth.client_id_variable, "the application's id")?;
                let secret = read(&oauth.client_secret_variable, "the application's secret")?;
                fetched = Some(Fetched::new(oauth, client, secret, patience)?);
            }
        }
        // A short name may be part of any word; blotting it out would make messages unreadable.
        hidden.retain(|secret| secret.len() >= 4);
        hidden.extend(encoded);
        Ok(Self {
            headers,
            secrets: hidden,
            fetched,
        })
    }

    /// Whether there is anything to do before the first request.
    pub(super) fn is_fetched(&self) -> bool {
        self.fetched.is_some()
    }

    /// The request with a token that is valid now, and that token.
    pub(super) async fn sign(
        &self,
        request: &Request,
        waits: &mut Waits,
    ) -> Result<(Request, Option<Carried>), ConnectorError> {
        let Some(fetched) = &self.fetched else {
            return Ok((request.clone(), None));
        };
        let token = fetched.token(None, waits).await?;
        let signed = request.clone().header(AUTHORIZATION, token.clone());
        Ok((signed, Some(Carried(token))))
    }

    /// The request with another token than the one that was just refused.
    pub(super) async fn sign_anew(
        &self,
        request: &Request,
        refused: &Carried,
        waits: &mut Waits,
    ) -> Result<Request, ConnectorError> {
        let Some(fetched) = &self.fetched else {
            return Ok(request.clone());
        };
        let token = fetched.token(Some(refused), waits).await?;
        Ok(request.clone().header(AUTHORIZATION, token))
    }

    /// A foreign text for a message, without the secrets that it may hold.
    pub(super) fn harmless(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let tokens = self.fetched.iter().flat_map(Fetched::tokens);
        for secret in self.secrets.iter().cloned().chain(tokens) {
            text = text.replace(&secret, "…");
        }
        shorten(&text)
    }
}

impl Fetched {
    fn new(
        oauth: &Oauth,
        client: String,
        secret: String,
        patience: Patience,
    ) -> Result<Self, ConnectorError> {
        let url = base_address(&oauth.token_url).map_err(|why| {
            ConnectorError::new(ErrorKind::Settings, format!("`auth.oauth.tokenUrl`: {why}"))
        })?;
        let mut form = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
        let mut headers = HeaderMap::new();
        match oauth.credentials_in {
            CredentialsIn::Body => {
                form.push(("client_id".to_owned(), client));
                form.push(("client_secret".to_owned(), secret));
            }
            CredentialsIn::Header => {
                // RFC 6749, 2.3.1: both are form-encoded before they are joined.
                let [client, secret] = [client, secret].map(|text| {
                    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                });
                let both = STANDARD.encode(format!("{client}:{secret}"));
                headers.insert(AUTHORIZATION, sensitive(&format!("Basic {both}"))?);
            }
        }
        for (name, value) in [("scope", &oauth.scope), ("audience", &oauth.audience)] {
            form.extend(value.clone().map(|value| (name.to_owned(), value)));
        }
        Ok(Self {
            path: from_the_root(&url),
            web: Web::new("the token service", url, headers, patience)?,
            form,
            kept: Mutex::new(None),
            given_out: std::sync::Mutex::default(),
        })
    }

    async fn token(
        &self,
        refused: Option<&Carried>,
        waits: &mut Waits,
    ) -> Result<HeaderValue, ConnectorError> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref()
            && refused.is_none_or(|refused| refused.0 != token.header)
            && token.ends.is_none_or(|ends| ends > Instant::now() + EARLY)
        {
            return Ok(token.header.clone());
        }
        *kept = None;
        let token = self.fetch(waits).await?;
        let header = token.header.clone();
        *kept = Some(token);
        Ok(header)
    }

    fn tokens(&self) -> VecDeque<String> {
        let given_out = self.given_out.lock();
        given_out.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, token: &str) {
        let given_out = self.given_out.lock();
        let mut given_out = given_out.unwrap_or_else(PoisonError::into_inner);
        given_out.push_front(token.to_owned());
        given_out.truncate(MOST_REMEMBERED);
    }

    async fn fetch(&self, waits: &mut Waits) -> Result<Kept, ConnectorError> {
        // Fetching a token twice does no harm.
        let request = Request::form(self.path.clone(), self.form.clone()).repeatable();
        let asked = Instant::now();
        let heard = self.web.ask(&request, waits).await?;
        if !heard.is_done() {
            let code = heard.body.get("error").and_then(Value::as_str);
            let code = code.map(|code| format!(" (`{}`)", shorten(code)));
            let message = format!(
                "the token service answered {}{}",
                heard.in_words(),
                code.unwrap_or_default()
            );
            let kind = match heard.status {
                400 | 401 | 403 => ErrorKind::SignIn,
                500.. => ErrorKind::Unavailable(heard.wait()),
                _ => ErrorKind::BadData,
            };
            return Err(ConnectorError::new(kind, message).help(
                "check the application's id and secret, `tokenUrl`, `scope` and `audience`",
            ));
        }
        let token = heard.body.get("access_token").and_then(Value::as_str);
        let token = token.filter(|token| !token.trim().is_empty());
        let token = token.ok_or_else(|| {
            let message = "the token service gave no `access_token`";
            ConnectorError::new(ErrorKind::BadData, message).help("check `tokenUrl`")
        })?;
        self.remember(token.trim());
        let lasts = heard.body.get("expires_in");
        let lasts = lasts.and_then(|lasts| lasts.as_u64().or_else(|| lasts.as_str()?.parse().ok()));
        Ok(Kept {
            header: sensitive(&format!("Bearer {token}"))?,
            // The bound keeps nonsense from overflowing; no token lasts a year.
            ends: lasts.map(|seconds| asked + Duration::from_secs(seconds.min(31_536_000))),
        })
    }
}

/// The path of an address, as [`Request`] takes one from the root of the host.
fn from_the_root(url: &Url) -> String {
    format!("//{}", url.path())
}

fn sensitive(value: &str) -> Result<HeaderValue, ConnectorError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        let message = "a secret holds characters that no header can carry";
        ConnectorError::new(ErrorKind::Settings, message).help("copy it again, on one line")
    })?;
    value.set_sensitive(true);
    Ok(value)
}
