//! How requests prove who they are, as people write it.

use schemars::JsonSchema;
use serde::Deserialize;

/// How requests prove who they are. Values come from the environment; these are the names of its variables.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Auth {
    /// A user's name and password (HTTP Basic).
    Basic(Basic),
    /// A token that does not change.
    Bearer(Bearer),
    /// A key in a header of its own.
    Header(Header),
    /// A token that is fetched for an application (OAuth 2.0 client credentials) and renewed.
    Oauth(Oauth),
}

/// A user's name and password.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Basic {
    /// The name of the variable with the user's name.
    pub user_variable: String,
    /// The name of the variable with the password.
    pub password_variable: String,
}

/// A token that does not change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bearer {
    /// The name of the variable with the token.
    pub token_variable: String,
}

/// A key in a header of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// The header (`X-Api-Key`).
    pub name: String,
    /// The name of the variable with the header's whole value.
    pub value_variable: String,
}

/// A token that is fetched for an application.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Oauth {
    /// Where tokens are given out.
    pub token_url: String,
    /// The name of the variable with the application's id.
    pub client_id_variable: String,
    /// The name of the variable with the application's secret.
    pub client_secret_variable: String,
    /// What the token is for, where the API wants to be told.
    #[serde(default)]
    pub scope: Option<String>,
    /// Whom the token is for, where the API wants to be told.
    #[serde(default)]
    pub audience: Option<String>,
    /// Where id and secret travel when a token is fetched.
    #[serde(default)]
    pub credentials_in: CredentialsIn,
}

/// Where id and secret travel when a token is fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CredentialsIn {
    /// In the form.
    #[default]
    Body,
    /// In the `Authorization` header.
    Header,
}
