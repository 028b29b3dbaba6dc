//! Gives the older libraries (`azure_core` 0.21) the official credentials: their own cannot use a user-assigned
//! managed identity.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential as Official;
use azure_core_021::{
    Result,
    auth::{AccessToken, Secret, TokenCredential},
    error::{Error, ErrorKind},
};

/// An official credential in the older form.
#[derive(Debug)]
pub struct Adapted(pub Arc<dyn Official>);

#[async_trait]
impl TokenCredential for Adapted {
    async fn get_token(&self, scopes: &[&str]) -> Result<AccessToken> {
        let token = self
            .0
            .get_token(scopes, None)
            .await
            .map_err(|error| Error::new(ErrorKind::Credential, error))?;
        let secret = Secret::new(token.token.secret().to_owned());
        Ok(AccessToken::new(secret, token.expires_on))
    }

    async fn clear_cache(&self) -> Result<()> {
        // What is kept is kept by the official credential, which has no way to drop it.
        Ok(())
    }
}
