//! Signing in: a token for Microsoft Graph, kept and renewed.
//!
//! Nothing here may log or show a token or a secret.

mod trouble;

use std::sync::Arc;

use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::{AccessToken, Secret, TokenCredential},
    http::{ClientOptions, RetryOptions, Transport},
    time::{Duration, OffsetDateTime},
};
use tokio::sync::Mutex;
use tracing::Instrument;

use super::{
    endpoints::{Endpoints, is_loopback},
    settings::Settings,
};
use crate::{
    azure::{
        credential::{managed, with_secret},
        transport::Through,
    },
    connectors::{
        http::Patience,
        ports::{ConnectorError, ErrorKind, meter},
    },
    telemetry::spans,
};

/// Who signs in.
pub(super) enum Identity {
    /// An application with a client secret.
    Secret {
        /// The tenant.
        tenant: String,
        /// The application.
        client: String,
        /// Its secret; shows nothing of itself.
        secret: Secret,
    },
    /// A managed identity: the system-assigned one, or the user-assigned one with this client id.
    Managed(Option<String>),
}

/// The token of one connection, shared by everything that uses it.
pub(super) struct SignIn {
    identity: Identity,
    scope: String,
    /// Where a token is asked for, as traces call it.
    host: String,
    options: ClientOptions,
    state: Mutex<State>,
}

struct State {
    credential: Arc<dyn TokenCredential>,
    last: Option<AccessToken>,
}

impl Identity {
    /// Who signs in by these settings, which must have passed their check.
    pub(super) fn new(
        settings: &Settings,
        secrets: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConnectorError> {
        if let Some(identity) = &settings.managed_identity {
            return Ok(Self::Managed(
                (identity != "system").then(|| identity.clone()),
            ));
        }
        let variable = settings.client_secret_variable.clone().unwrap_or_default();
        let secret = secrets(&variable).filter(|secret| !secret.trim().is_empty());
        let secret = secret.ok_or_else(|| {
            ConnectorError::new(
                ErrorKind::Settings,
                format!("the environment variable `{variable}` for the client secret is not set"),
            )
            .help(format!(
                "set `{variable}` to the value (not the id) of a client secret"
            ))
        })?;
        Ok(Self::Secret {
            tenant: settings.tenant_id.clone().unwrap_or_default(),
            client: settings.client_id.clone().unwrap_or_default(),
            secret: Secret::new(secret.trim().to_owned()),
        })
    }
}

impl SignIn {
    /// Makes no request yet.
    pub(super) fn new(
        identity: Identity,
        endpoints: &Endpoints,
        http: reqwest::Client,
    ) -> Result<Self, ConnectorError> {
        // azure_identity takes https authorities only. For a stand-in on this machine it is given a made-up one, and
        // the transport below carries every request to the stand-in instead.
        let stand_in = is_loopback(&endpoints.login).then(|| endpoints.login.clone());
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = if stand_in.is_some() {
            "https://login.invalid".to_owned()
        } else {
            endpoints.login.to_string()
        };
        let options = ClientOptions {
            transport: Some(Transport::new(Arc::new(Through::new(http, stand_in)))),
            // We repeat ourselves, within the connection's patience.
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            ..ClientOptions::default()
        };
        let credential = credential(&identity, &options)?;
        Ok(Self {
            scope: format!("{}.default", endpoints.graph),
            host: match &identity {
                Identity::Secret { .. } => endpoints.login.host_str().unwrap_or_default(),
                Identity::Managed(_) => "managed identity",
            }
            .to_owned(),
            identity,
            options,
            state: Mutex::new(State {
                credential,
                last: None,
            }),
        })
    }

    /// Whether a managed identity signs in.
    pub(super) fn is_managed(&self) -> bool {
        matches!(self.identity, Identity::Managed(_))
    }

    /// A token that is valid now.
    pub(super) async fn token(&self, patience: Patience) -> Result<Secret, ConnectorError> {
        let mut state = self.state.lock().await;
        self.token_of(&mut state, patience).await
    }

    /// A token other than the one that was just refused. When somebody else got a new one meanwhile, that is it.
    pub(super) async fn other_than(
        &self,
        refused: &Secret,
        patience: Patience,
    ) -> Result<Secret, ConnectorError> {
        let mut state = self.state.lock().await;
        if let Some(last) = &state.last
            && last.token.secret() != refused.secret()
        {
            return Ok(last.token.clone());
        }
        // The credential would hand out the refused token from its cache until it expires.
        state.credential = credential(&self.identity, &self.options)?;
        state.last = None;
        self.token_of(&mut state, patience).await
    }

    async fn token_of(
        &self,
        state: &mut State,
        patience: Patience,
    ) -> Result<Secret, ConnectorError> {
        let renew_at = OffsetDateTime::now_utc() + Duration::minutes(5);
        if let Some(last) = &state.last
            && last.expires_on > renew_at
        {
            return Ok(last.token.clone());
        }
        match self.request(&*state.credential, patience).await {
            Ok(token) => {
                let secret = token.token.clone();
                state.last = Some(token);
                Ok(secret)
            }
            // The last minutes of the old token are good for going on: the next call tries again.
            Err(error) => match &state.last {
                Some(last) if last.expires_on > OffsetDateTime::now_utc() => {
                    tracing::warn!(
                        kind = error.code(),
                        "the token could not be renewed; going on with the old one while it lasts"
                    );
                    Ok(last.token.clone())
                }
                _ => Err(error),
            },
        }
    }

    async fn request(
        &self,
        credential: &dyn TokenCredential,
        patience: Patience,
    ) -> Result<AccessToken, ConnectorError> {
        let mut waits = patience.start();
        loop {
            meter::count_request();
            let span = spans::request("sign in", "POST", &self.host);
            let scopes = [self.scope.as_str()];
            let asking = credential.get_token(&scopes, None);
            let error = match asking.instrument(span.clone()).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            spans::request_ended(&span, None);
            let trouble = trouble::explain(&error, &self.identity);
            let ErrorKind::Unavailable(asked) = trouble.kind else {
                return Err(trouble);
            };
            let Some(wait) = waits.next(asked) else {
                return Err(trouble);
            };
            tracing::debug!(?wait, "signing in got no answer that counts; trying again");
            tokio::time::sleep(wait).await;
        }
    }
}

fn credential(
    identity: &Identity,
    options: &ClientOptions,
) -> Result<Arc<dyn TokenCredential>, ConnectorError> {
    let made = match identity {
        Identity::Secret {
            tenant,
            client,
            secret,
        } => with_secret(tenant, client.clone(), secret.clone(), options.clone()),
        Identity::Managed(client) => managed(client.clone(), options.clone()),
    };
    made.map_err(|error| {
        ConnectorError::new(
            ErrorKind::Settings,
            format!("signing in cannot be set up: {error}"),
        )
    })
}
