//! PoliteMail's API: where it is, who signs in, and what its refusals mean.
//!
//! It must not know lists or contacts.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::Value;

use super::settings::{PATH_OF_4, PATH_OF_5, Settings, TokenStyle};
use crate::connectors::{
    http::{Patience, Waits, shorten},
    ports::{ConnectorError, ErrorKind},
    web::{Heard, Request, Web},
};

/// How the platform is called in messages.
pub(super) const PLATFORM: &str = "PoliteMail";

/// One server with one way to sign in. Cheap to clone.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) settings: Arc<Settings>,
    pub(super) web: Web,
    login: Arc<Login>,
    patience: Patience,
}

/// Who signs in. No `Debug`: it would show the secret.
enum Login {
    Password { user: String, password: String },
    Token(String),
}

impl Api {
    /// Reads the secrets; makes no request.
    pub(super) fn new(
        settings: &Settings,
        secrets: &dyn Fn(&str) -> Option<String>,
        patience: Patience,
    ) -> Result<Self, ConnectorError> {
        if let Some((path, fault)) = settings.faults().into_iter().next() {
            let message = format!("`{path}`: {fault}");
            return Err(ConnectorError::new(ErrorKind::Settings, message));
        }
        let login = Login::new(settings, secrets)?;
        let web = web(
            settings,
            &settings.base_path,
            settings.token_style,
            &login,
            patience,
        )?;
        Ok(Self {
            settings: Arc::new(settings.clone()),
            web,
            login: Arc::new(login),
            patience,
        })
    }

    /// Lets every piece of work wait at most this long in all.
    pub(super) fn wait_at_most(&mut self, wait: std::time::Duration) {
        self.patience = self.patience.at_most(wait);
        self.web.wait_at_most(wait);
    }

    /// The same server, asked below another path.
    pub(super) fn below(&self, base_path: &str) -> Result<Self, ConnectorError> {
        let style = self.settings.token_style;
        let web = web(&self.settings, base_path, style, &self.login, self.patience)?;
        Ok(Self {
            web,
            ..self.clone()
        })
    }

    /// The same server with the token sent the other way; `None` where a user and a password sign in.
    pub(super) fn in_the_other_style(&self) -> Option<Result<(TokenStyle, Self), ConnectorError>> {
        let style = match (&*self.login, self.settings.token_style) {
            (Login::Password { .. }, _) => return None,
            (Login::Token(_), TokenStyle::Both) => TokenStyle::Blank,
            (Login::Token(_), TokenStyle::Blank) => TokenStyle::Both,
        };
        let path = &self.settings.base_path;
        let web = web(&self.settings, path, style, &self.login, self.patience);
        Some(web.map(|web| {
            (
                style,
                Self {
                    web,
                    ..self.clone()
                },
            )
        }))
    }

    /// Starts a piece of work.
    pub(super) fn start(&self) -> Waits {
        self.web.start()
    }

    /// Sends a request; `Err` when there is no answer.
    pub(super) async fn ask(
        &self,
        request: &Request,
        waits: &mut Waits,
    ) -> Result<Heard, ConnectorError> {
        self.web.ask(request, waits).await
    }

    /// How somebody signs in, in words.
    pub(super) fn signs_in(&self) -> &'static str {
        match (&*self.login, self.settings.token_style) {
            (Login::Password { .. }, _) => "with user and password",
            (Login::Token(_), TokenStyle::Both) => "with a token as user and password",
            (Login::Token(_), TokenStyle::Blank) => "with a token as password alone",
        }
    }

    /// What an answer that is no success means; `doing` says what was asked (`reading list `Staff``).
    pub(super) fn trouble(&self, heard: &Heard, doing: &str) -> ConnectorError {
        let said = said(&heard.body).map(|said| shorten(&self.login.blotted(said)));
        let said = said.filter(|said| !said.is_empty());
        let said = said.map_or_else(String::new, |said| format!(": {said}"));
        let message = format!("{doing}: {PLATFORM} answered {}{said}", heard.in_words());
        let error = |kind| ConnectorError::new(kind, message);
        match heard.status {
            401 => error(ErrorKind::SignIn).help(self.login.help()),
            403 => error(ErrorKind::Denied).help(
                "give the user who signs in the right to see and change lists and contacts, and ask PoliteMail whether \
                 the API service is switched on for the account",
            ),
            404 => error(ErrorKind::NotFound),
            300..=399 => error(ErrorKind::Settings)
                .help("check `url`: the server sends whoever asks there somewhere else"),
            408 | 429 | 500.. => error(ErrorKind::Unavailable(heard.wait())),
            _ => error(ErrorKind::BadData),
        }
    }

    /// The same, for an answer that says that there is nothing where the lists should be.
    pub(super) fn nothing_there(&self, heard: &Heard, doing: &str) -> ConnectorError {
        let path = &self.settings.base_path;
        self.trouble(heard, doing).help(format!(
            "there is no API at `{path}`: servers 5.x have it at `{PATH_OF_5}`, servers 4.x at `{PATH_OF_4}`; set \
             `basePath`, and ask PoliteMail whether the API service is switched on"
        ))
    }

    /// For an answer that says "done" and is none of this API's.
    pub(super) fn foreign(&self, doing: &str) -> ConnectorError {
        let message = format!("{doing}: what answered is not the API of {PLATFORM}");
        ConnectorError::new(ErrorKind::BadData, message).help(
            "check `url`, `basePath` and any proxy or sign-in page on the way, and ask PoliteMail whether the API \
             service is switched on",
        )
    }
}

impl Login {
    fn new(
        settings: &Settings,
        secrets: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConnectorError> {
        let secret = |path: &str, variable: &Option<String>| {
            let name = variable.as_deref().unwrap_or_default();
            let value = secrets(name).map(|value| value.trim().to_owned());
            value.filter(|value| !value.is_empty()).ok_or_else(|| {
                let message = format!("`{path}`: the environment variable `{name}` is not set");
                ConnectorError::new(ErrorKind::Settings, message)
            })
        };
        if settings.token_variable.is_some() {
            let token = secret("tokenVariable", &settings.token_variable)?;
            return Ok(Self::Token(token));
        }
        let user = secret("userVariable", &settings.user_variable)?;
        if user.contains(':') {
            let message = "`userVariable`: a user's name cannot hold `:`";
            return Err(ConnectorError::new(ErrorKind::Settings, message));
        }
        let password = secret("passwordVariable", &settings.password_variable)?;
        Ok(Self::Password { user, password })
    }

    /// A foreign text without the secret, should it repeat it.
    fn blotted(&self, text: &str) -> String {
        let secret = match self {
            Self::Password { password, .. } => password,
            Self::Token(token) => token,
        };
        let pairs = [TokenStyle::Both, TokenStyle::Blank].map(|style| self.encoded(style));
        let secrets = pairs.iter().chain([secret]);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }

    fn encoded(&self, style: TokenStyle) -> String {
        let pair = match (self, style) {
            (Self::Password { user, password }, _) => format!("{user}:{password}"),
            (Self::Token(token), TokenStyle::Both) => format!("{token}:{token}"),
            (Self::Token(token), TokenStyle::Blank) => format!(":{token}"),
        };
        STANDARD.encode(pair)
    }

    fn header(&self, style: TokenStyle) -> Result<HeaderValue, ConnectorError> {
        let header = HeaderValue::from_str(&format!("Basic {}", self.encoded(style)));
        let mut header = header.map_err(|_| {
            let message = "what signs in cannot be sent";
            ConnectorError::new(ErrorKind::Settings, message)
        })?;
        header.set_sensitive(true);
        Ok(header)
    }

    fn help(&self) -> &'static str {
        match self {
            Self::Password { .. } => {
                "check user and password; where people sign in with Entra ID, SAML or Windows, make a personal access \
                 token in PoliteMail (Account, Personal Access Tokens) and name its variable as `tokenVariable`"
            }
            Self::Token(_) => {
                "check that the token has neither expired nor been revoked; PoliteMail describes two ways to send it: \
                 `tokenStyle` `both` sends it as user and password, `blank` as password alone"
            }
        }
    }
}

fn web(
    settings: &Settings,
    base_path: &str,
    style: TokenStyle,
    login: &Login,
    patience: Patience,
) -> Result<Web, ConnectorError> {
    let address = settings.address(base_path).map_err(|(path, fault)| {
        ConnectorError::new(ErrorKind::Settings, format!("`{path}`: {fault}"))
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, login.header(style)?);
    // Without it some servers answer in Atom.
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Web::new(PLATFORM, address, headers, patience)
}

/// The message of an error in either envelope: `odata.error` of OData 3, `error` of OData 4, or plain `Message`.
fn said(body: &Value) -> Option<&str> {
    let error = body
        .get("odata.error")
        .or_else(|| body.get("error"))
        .unwrap_or(body);
    let message = error.get("message").or_else(|| error.get("Message"))?;
    message.get("value").unwrap_or(message).as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_message_of_an_error_is_found_in_every_envelope() {
        let three = json!({"odata.error": {"code": "", "message": {"lang": "en-US", "value": "no such list"}}});
        let four = json!({"error": {"code": "", "message": "no such list"}});
        let plain = json!({"Message": "no such list"});
        for body in [three, four, plain] {
            assert_eq!(said(&body), Some("no such list"), "{body}");
        }
        for body in [json!(null), json!("text"), json!({"message": 3}), json!([])] {
            assert_eq!(said(&body), None, "{body}");
        }
    }

    #[test]
    fn a_token_is_sent_in_two_ways_and_shown_in_none() {
        let token = Login::Token("t0ken".to_owned());
        let both = token.header(TokenStyle::Both).unwrap();
        let blank = token.header(TokenStyle::Blank).unwrap();
        assert_eq!(both, format!("Basic {}", STANDARD.encode("t0ken:t0ken")));
        assert_eq!(blank, format!("Basic {}", STANDARD.encode(":t0ken")));
        assert!(both.is_sensitive() && !format!("{both:?}").contains("dDBrZW4"));
    }
}
