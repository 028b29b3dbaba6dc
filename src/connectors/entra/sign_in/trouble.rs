//! Why signing in failed, and what to do about it.

use azure_core::error::ErrorKind as AzureKind;
use jiff::Timestamp;

use super::Identity;
use crate::connectors::{
    http::{retry_after, shorten},
    ports::{ConnectorError, ErrorKind},
};

/// What the codes of Entra ID mean for an application that signs in with a secret.
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
const CODES: [(&str, &str, &str); 8] = [
    (
        "AADSTS7000215",
        "the client secret is wrong",
        "use the secret's value, not its id",
    ),
    (
        "AADSTS7000222",
        "the client secret has expired",
        "make a new client secret in the app registration",
    ),
    (
        "AADSTS700016",
        "the tenant does not know this application",
        "check `clientId` and `tenantId`, and give admin consent in that tenant",
    ),
    (
        "AADSTS90002",
        "this tenant does not exist",
        "check `tenantId`, and that `cloud` is the cloud it is in",
    ),
    (
        "AADSTS900023",
        "this is not the name of a tenant",
        "check `tenantId`",
    ),
    (
        "AADSTS7000112",
        "the application is disabled",
        "enable it under Enterprise applications",
    ),
    (
        "AADSTS53003",
        "a Conditional Access policy for workload identities refused it",
        "let the policy except this application or its network location",
    ),
    (
        "AADSTS500011",
        "the tenant does not know Microsoft Graph at this address",
        "check `graphUrl` and `cloud`",
    ),
];

/// The error for people.
pub(super) fn explain(error: &azure_core::Error, identity: &Identity) -> ConnectorError {
    let who = match identity {
        Identity::Secret { client, .. } => format!("application `{client}`"),
        Identity::Managed(None) => "the system-assigned managed identity".to_owned(),
        Identity::Managed(Some(client)) => format!("managed identity `{client}`"),
    };
    let cause = cause(error);
    let text = cause.to_string();
    match cause.kind() {
        AzureKind::HttpResponse {
            status,
            raw_response,
            ..
        } => {
            let status = u16::from(*status);
            if status == 429 || status >= 500 {
                let asked = raw_response.as_deref().and_then(|answer| {
                    let value = answer.headers().get_optional_str(
                        &azure_core::http::headers::HeaderName::from_static("retry-after"),
                    )?;
                    retry_after(value, Timestamp::now())
                });
                return ConnectorError::new(
                    ErrorKind::Unavailable(asked),
                    format!("signing in as {who}: the service answered {status}"),
                );
            }
            refused(&who, status, &text, identity)
        }
        AzureKind::Connection | AzureKind::Io => ConnectorError::new(
            ErrorKind::Unavailable(None),
            format!("signing in as {who}: {}", shorten(&with_sources(cause))),
        )
        .help(match identity {
            Identity::Secret { .. } => "check the network and `loginUrl`",
            Identity::Managed(_) => {
                "a managed identity works only on an Azure resource that has one"
            }
        }),
        AzureKind::DataConversion => ConnectorError::new(
            ErrorKind::Unavailable(None),
            format!("signing in as {who}: the answer is not what a sign-in service sends"),
        )
        .help("check `loginUrl` and any proxy on the way"),
        _ => ConnectorError::new(
            ErrorKind::SignIn,
            format!("signing in as {who} failed: {}", shorten(&text)),
        ),
    }
}

fn refused(who: &str, status: u16, text: &str, identity: &Identity) -> ConnectorError {
    let known = CODES.iter().find(|(code, _, _)| {
        // One code can be the beginning of another.
        text.match_indices(code).any(|(at, _)| {
            let after = text
                .get(at + code.len()..)
                .and_then(|rest| rest.chars().next());
            !after.is_some_and(|letter| letter.is_ascii_digit())
        })
    });
    match (known, identity) {
        (Some((code, what, help)), _) => ConnectorError::new(
            ErrorKind::SignIn,
            format!("signing in as {who} was refused: {what} (`{code}`)"),
        )
        .help(*help),
        (None, Identity::Managed(_)) => ConnectorError::new(
            ErrorKind::SignIn,
            format!(
                "signing in as {who} was refused with {status}: {}",
                shorten(text)
            ),
        )
        .help("assign the identity to this Azure resource, or check `managedIdentity`"),
        (None, Identity::Secret { .. }) => {
            // What follows the first sentence are trace ids and times.
            let sentence = text.split(" Trace ID").next().unwrap_or(text);
            ConnectorError::new(
                ErrorKind::SignIn,
                format!(
                    "signing in as {who} was refused with {status}: {}",
                    shorten(sentence)
                ),
            )
            .help("check `tenantId`, `clientId` and the client secret")
        }
    }
}

/// The sign-in library wraps the error that matters in one that names the credential.
fn cause(error: &azure_core::Error) -> &azure_core::Error {
    match error.downcast_ref::<azure_core::Error>() {
        Some(inner) => inner,
        None => error,
    }
}

fn with_sources(error: &azure_core::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
