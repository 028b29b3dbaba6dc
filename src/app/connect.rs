//! Opens one connection: what its settings leave out comes from the environment.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::{Open, Secrets, kinds, needs::unresolved};
use crate::{
    connectors::{
        csv, entra, hr, mailroute, messagemedia, politemail,
        ports::{Connector, ConnectorError, ErrorKind},
        rest,
    },
    definition::sync::Connection,
    settings::{
        ENTRA_SECRET, MAILROUTE_API_KEY, MAILROUTE_LOGIN, MESSAGEMEDIA_KEY, MESSAGEMEDIA_SECRET,
        POLITEMAIL_PASSWORD, POLITEMAIL_TOKEN, POLITEMAIL_USER, RESOLVE, Settings,
    },
};

/// Opens a connection. Relative folders are relative to `base`.
pub(super) fn connect(
    connection: &Connection,
    base: &Path,
    settings: &Settings,
    secrets: &Secrets,
) -> Result<Open, ConnectorError> {
    // A feed is read without its secrets, and says itself what is wrong with them.
    let is_feed = connection.kind == hr::KIND;
    if let Some(name) = unresolved(connection, secrets).filter(|_| !is_feed) {
        let message = format!(
            "connection `{}`: `{name}` is still a reference to a key vault: the platform could not put the secret in its place",
            connection.name
        );
        return Err(ConnectorError::new(ErrorKind::Settings, message).help(RESOLVE));
    }
    match connection.kind.as_str() {
        kinds::ENTRA => {
            let completed = completed_entra(own(connection)?, settings);
            ready(entra::connect(&completed, secrets, completed.patience()))
        }
        kinds::CSV => ready(Ok(csv::connect(own(connection)?, base))),
        hr::KIND => {
            let own: hr::Settings = own(connection)?;
            let secrets = hr::look_at_secrets(&own, secrets);
            Ok(Open::Hr(own, secrets))
        }
        politemail::KIND => {
            let completed = completed_politemail(own(connection)?, settings, secrets);
            ready(politemail::connect(
                &completed,
                secrets,
                completed.patience(),
            ))
        }
        mailroute::KIND => {
            let completed = completed_mailroute(own(connection)?, settings);
            ready(mailroute::connect(
                &completed,
                secrets,
                completed.patience(),
            ))
        }
        kinds::MESSAGEMEDIA => {
            let completed = completed_messagemedia(own(connection)?, settings);
            ready(messagemedia::connect(
                &completed,
                secrets,
                completed.patience(),
            ))
        }
        rest::KIND => {
            let own = rest::Settings::read(&connection.settings)
                .map_err(|(path, fault)| unusable(connection, &format!("`{path}`: {fault}")))?;
            ready(rest::connect(&own, secrets, own.patience()))
        }
        kind => {
            let message = format!(
                "connection `{}`: `{kind}` cannot be reached",
                connection.name
            );
            Err(ConnectorError::new(ErrorKind::Settings, message))
        }
    }
}

fn ready<C: Connector + 'static>(
    opened: Result<C, ConnectorError>,
) -> Result<Open, ConnectorError> {
    Ok(Open::Ready(Box::new(opened?)))
}

/// The connection's own settings.
fn own<S: DeserializeOwned>(connection: &Connection) -> Result<S, ConnectorError> {
    serde_json::from_value(connection.settings.clone())
        .map_err(|error| unusable(connection, &error.to_string()))
}

fn unusable(connection: &Connection, why: &str) -> ConnectorError {
    let message = format!("the settings of connection `{}`: {why}", connection.name);
    ConnectorError::new(ErrorKind::Settings, message)
}

fn completed_entra(own: entra::Settings, settings: &Settings) -> entra::Settings {
    entra::Settings {
        tenant_id: own.tenant_id.or_else(|| settings.entra_tenant_id.clone()),
        client_id: own.client_id.or_else(|| settings.entra_client_id.clone()),
        client_secret_variable: own.client_secret_variable.or_else(|| {
            own.managed_identity
                .is_none()
                .then(|| ENTRA_SECRET.to_owned())
        }),
        ..own
    }
}

/// A token, or else a user and a password.
fn completed_politemail(
    own: politemail::Settings,
    settings: &Settings,
    secrets: &Secrets,
) -> politemail::Settings {
    let mut completed = politemail::Settings {
        url: own.url.clone().or_else(|| settings.politemail_url.clone()),
        ..own
    };
    let names_nobody = completed.token_variable.is_none()
        && completed.user_variable.is_none()
        && completed.password_variable.is_none();
    if names_nobody && secrets(POLITEMAIL_TOKEN).is_none() && secrets(POLITEMAIL_USER).is_some() {
        completed.user_variable = Some(POLITEMAIL_USER.to_owned());
        completed.password_variable = Some(POLITEMAIL_PASSWORD.to_owned());
    } else if names_nobody {
        completed.token_variable = Some(POLITEMAIL_TOKEN.to_owned());
    }
    completed
}

fn completed_mailroute(own: mailroute::Settings, settings: &Settings) -> mailroute::Settings {
    mailroute::Settings {
        url: own.url.or_else(|| settings.mailroute_url.clone()),
        login_variable: or_usual(own.login_variable, MAILROUTE_LOGIN),
        api_key_variable: or_usual(own.api_key_variable, MAILROUTE_API_KEY),
        ..own
    }
}

fn completed_messagemedia(
    own: messagemedia::Settings,
    settings: &Settings,
) -> messagemedia::Settings {
    let says_where = own.url.is_some() || own.region != messagemedia::Region::default();
    let url = settings.messagemedia_url.clone();
    messagemedia::Settings {
        url: own.url.or_else(|| url.filter(|_| !says_where)),
        api_key_variable: or_usual(own.api_key_variable, MESSAGEMEDIA_KEY),
        api_secret_variable: or_usual(own.api_secret_variable, MESSAGEMEDIA_SECRET),
        ..own
    }
}

fn or_usual(own: Option<String>, usual: &str) -> Option<String> {
    own.or_else(|| Some(usual.to_owned()))
}
