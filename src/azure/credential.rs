//! Who signs in to Azure's own services: a managed identity, an application with a secret, or whoever is signed in to
//! the developer's tools.
//!
//! Nothing here may log or show a token or a secret.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use azure_core::{
    Result,
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    http::{ClientOptions, RetryOptions, Transport},
    time::{Duration, OffsetDateTime},
};
use azure_identity::{
    ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use tokio::sync::Mutex;

use super::transport::Through;

/// A token is renewed when it lasts no longer than this.
const RENEWED_AHEAD: Duration = Duration::minutes(5);

/// After a failure, and while the old token lasts, nobody asks again for this long.
const REST_AFTER_FAILURE: Duration = Duration::seconds(30);

/// Who signs in.
#[derive(Debug, Clone)]
pub enum Identity {
    /// A managed identity: the system-assigned one, or the user-assigned one with this client id.
    Managed(Option<String>),
    /// An application with a client secret.
    Secret {
        /// The tenant.
        tenant: String,
        /// The application.
        client: String,
        /// Its secret; shows nothing of itself.
        secret: Secret,
    },
    /// Whoever is signed in to the Azure CLI or the Azure Developer CLI on this machine.
    DeveloperTools,
}

/// What the settings say about who signs in.
#[derive(Clone, Default)]
pub struct Named {
    /// The kind of credential by its name.
    pub credential: Option<String>,
    /// The client id of an application or of a user-assigned managed identity.
    pub client: Option<String>,
    /// The tenant of an application.
    pub tenant: Option<String>,
    /// The secret of an application.
    pub secret: Option<Secret>,
    /// Whether this process runs where Azure offers it a managed identity.
    pub hosted: bool,
}

/// Why nobody could be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// A kind of credential that is not known.
    Kind(String),
    /// A secret without the tenant or client it belongs to.
    SecretAlone,
}

impl Identity {
    /// Who signs in by these settings: what is said outright, then an application whose settings are complete, then
    /// the managed identity of the host, then the developer's tools.
    pub fn choose(named: Named) -> std::result::Result<Self, Unclear> {
        if let Some(kind) = named.credential {
            return if kind.eq_ignore_ascii_case("managedidentity") {
                Ok(Self::Managed(named.client))
            } else {
                Err(Unclear::Kind(kind))
            };
        }
        match (named.tenant, named.client, named.secret) {
            (Some(tenant), Some(client), Some(secret)) => Ok(Self::Secret {
                tenant,
                client,
                secret,
            }),
            (_, _, Some(_)) => Err(Unclear::SecretAlone),
            (_, client, None) if named.hosted => Ok(Self::Managed(client)),
            _ => Ok(Self::DeveloperTools),
        }
    }

    /// Its credential, over `http`; makes no request yet. It goes on with its last token while that lasts.
    pub fn credential(&self, http: &reqwest::Client) -> Result<Arc<dyn TokenCredential>> {
        let options = ClientOptions {
            transport: Some(Transport::new(Arc::new(Through::new(http.clone(), None)))),
            retry: RetryOptions::exponential(azure_core::http::ExponentialRetryOptions {
                max_retries: 2,
                ..Default::default()
            }),
            ..ClientOptions::default()
        };
        let inner = match self {
            Self::Managed(client) => managed(client.clone(), options)?,
            Self::Secret {
                tenant,
                client,
                secret,
            } => with_secret(tenant, client.clone(), secret.clone(), options)?,
            Self::DeveloperTools => DeveloperToolsCredential::new(None)?,
        };
        Ok(Arc::new(Steady::new(inner)))
    }
}

/// The credential of a managed identity: the system-assigned one, or the user-assigned one with this client id.
pub fn managed(client: Option<String>, options: ClientOptions) -> Result<Arc<dyn TokenCredential>> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client.map(UserAssignedId::ClientId),
        client_options: options,
    };
    Ok(ManagedIdentityCredential::new(Some(options))?)
}

/// The credential of an application with a secret.
pub fn with_secret(
    tenant: &str,
    client: String,
    secret: Secret,
    options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>> {
    let options = ClientSecretCredentialOptions {
        client_options: options,
    };
    Ok(ClientSecretCredential::new(
        tenant,
        client,
        secret,
        Some(options),
    )?)
}

/// A credential that keeps its tokens.
///
/// The official ones give an error when a token cannot be renewed in its last five minutes, although the old one still
/// works, and the developer's tools start a program for every token.
#[derive(Debug)]
pub struct Steady {
    inner: Arc<dyn TokenCredential>,
    kept: Mutex<BTreeMap<Vec<String>, Kept>>,
}

#[derive(Debug, Clone)]
struct Kept {
    token: AccessToken,
    asked_again_from: OffsetDateTime,
}

impl Steady {
    /// Over any credential.
    pub fn new(inner: Arc<dyn TokenCredential>) -> Self {
        Self {
            inner,
            kept: Mutex::default(),
        }
    }
}

#[async_trait]
impl TokenCredential for Steady {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> Result<AccessToken> {
        let place: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        // Held while asking, so that many callers make one request.
        let mut kept = self.kept.lock().await;
        let now = OffsetDateTime::now_utc();
        let last = kept.get(&place).filter(|last| last.token.expires_on > now);
        if let Some(last) = last
            && now < last.asked_again_from
        {
            return Ok(last.token.clone());
        }
        match (self.inner.get_token(scopes, options).await, last.cloned()) {
            (Ok(token), _) => {
                let kept_token = Kept {
                    asked_again_from: token.expires_on - RENEWED_AHEAD,
                    token: token.clone(),
                };
                kept.insert(place, kept_token);
                Ok(token)
            }
            (Err(_), Some(last)) => {
                tracing::warn!(
                    "a token could not be renewed; going on with the old one while it lasts"
                );
                let token = last.token.clone();
                let asked_again_from = now + REST_AFTER_FAILURE;
                let rested = Kept {
                    asked_again_from,
                    ..last
                };
                kept.insert(place, rested);
                Ok(token)
            }
            (Err(error), None) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
