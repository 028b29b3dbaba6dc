//! Requests to the API, signed; refusals in words.
//!
//! It must not know what is asked for.

use std::{sync::Arc, time::Duration};

use reqwest::header::{ACCEPT, HeaderValue};

use super::{
    auth::{Secrets, SignIn},
    description::Description,
    settings::Auth,
};
use crate::connectors::{
    http::{Patience, Waits},
    ports::{ConnectorError, ErrorKind},
    web::{Heard, Request, Web},
};

/// The API. Cheap to clone: clones share the token and the pool of connections.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) described: Arc<Description>,
    sign_in: Arc<SignIn>,
    web: Web,
}

impl Api {
    /// Makes no request yet.
    pub(super) fn new(
        described: Description,
        auth: &Auth,
        secrets: Secrets<'_>,
        patience: Patience,
    ) -> Result<Self, ConnectorError> {
        let sign_in = SignIn::new(auth, secrets, patience)?;
        let mut headers = described.headers.clone();
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        headers.extend(sign_in.headers.clone());
        let web = Web::new("the API", described.base.clone(), headers, patience)?;
        Ok(Self {
            described: Arc::new(described),
            sign_in: Arc::new(sign_in),
            web,
        })
    }

    pub(super) fn wait_at_most(&mut self, wait: Duration) {
        self.web.wait_at_most(wait);
    }

    /// Starts a piece of work.
    pub(super) fn start(&self) -> Waits {
        self.web.start()
    }

    /// Starts a piece of work for somebody who waits.
    pub(super) fn start_at_most(&self, wait: Duration) -> Waits {
        let mut web = self.web.clone();
        web.wait_at_most(wait);
        web.start()
    }

    /// Signs in, where that is a step of its own.
    pub(super) async fn signs_in(&self, waits: &mut Waits) -> Option<Result<(), ConnectorError>> {
        if !self.sign_in.is_fetched() {
            return None;
        }
        let signed = self.sign_in.sign(&Request::get(""), waits).await;
        Some(signed.map(drop))
    }

    /// Sends a request with a valid token; one that is refused is renewed once.
    pub(super) async fn ask(
        &self,
        request: &Request,
        waits: &mut Waits,
    ) -> Result<Heard, ConnectorError> {
        let (signed, carried) = self.sign_in.sign(request, waits).await?;
        let heard = self.web.ask(&signed, waits).await?;
        match carried {
            Some(carried) if heard.status == 401 => {
                let signed = self.sign_in.sign_anew(request, &carried, waits).await?;
                self.web.ask(&signed, waits).await
            }
            _ => Ok(heard),
        }
    }

    /// The address of a link that the API gave; `Err` when it leads elsewhere.
    pub(super) fn follow(&self, link: &str) -> Result<Request, ConnectorError> {
        self.web.follow(link)
    }

    /// What the API said, in words, with its own code and message where the settings say where they stand.
    pub(super) fn said(&self, heard: &Heard) -> String {
        let part = |path: &Option<_>| {
            let path: &super::path::JsonPath = path.as_ref()?;
            Some(self.sign_in.harmless(&path.text(&heard.body)?))
        };
        let code = part(&self.described.error_code).map(|code| format!(" (`{code}`)"));
        let message = part(&self.described.error_message).map(|message| format!(": {message}"));
        format!(
            "the API answered {}{}{}",
            heard.in_words(),
            code.unwrap_or_default(),
            message.unwrap_or_default()
        )
    }

    /// The answer to a request that reads something, or what is wrong with it.
    pub(super) fn read(&self, heard: Heard) -> Result<Heard, ConnectorError> {
        if heard.is_done() && !heard.is_foreign() {
            return Ok(heard);
        }
        if heard.is_done() {
            let message = "the API answered with something that is no JSON";
            return Err(ConnectorError::new(ErrorKind::BadData, message).help("check `url`"));
        }
        let (kind, help) = match heard.status {
            401 => (ErrorKind::SignIn, "check the credentials that `auth` names"),
            403 => (
                ErrorKind::Denied,
                "the credentials that `auth` names may not do this; ask for the permission",
            ),
            404 | 410 => (ErrorKind::NotFound, "check `url` and the paths"),
            408 | 500..=599 => (ErrorKind::Unavailable(heard.wait()), "try again later"),
            _ => (ErrorKind::BadData, "check `url` and the paths"),
        };
        Err(ConnectorError::new(kind, self.said(&heard)).help(help))
    }
}
