//! The kinds of connections a definition file may name.

use serde_json::{Value, json};

use crate::{
    connectors::{csv, entra, hr, mailroute, messagemedia, politemail, rest},
    definition::connection::ConnectionKind,
};

/// The kind of an Entra ID tenant.
pub(super) const ENTRA: &str = "entra-id";
/// The kind of a folder of CSV files.
pub(super) const CSV: &str = "csv";
/// The kind of a MessageMedia (Sinch Engage) account.
pub(super) const MESSAGEMEDIA: &str = "messagemedia";

/// Every kind.
pub fn kinds() -> Vec<ConnectionKind> {
    vec![
        ConnectionKind {
            name: ENTRA,
            schema: || schemars::schema_for!(entra::Settings),
            check: check_entra,
            implicit: true,
        },
        ConnectionKind {
            name: CSV,
            schema: || schemars::schema_for!(csv::Settings),
            check: csv::check,
            implicit: false,
        },
        ConnectionKind {
            name: hr::KIND,
            schema: || schemars::schema_for!(hr::Settings),
            check: hr::check,
            implicit: false,
        },
        ConnectionKind {
            name: politemail::KIND,
            schema: || schemars::schema_for!(politemail::Settings),
            check: check_politemail,
            implicit: true,
        },
        ConnectionKind {
            name: mailroute::KIND,
            schema: || schemars::schema_for!(mailroute::Settings),
            check: mailroute::check,
            implicit: true,
        },
        ConnectionKind {
            name: MESSAGEMEDIA,
            schema: || schemars::schema_for!(messagemedia::Settings),
            check: check_messagemedia,
            implicit: true,
        },
        ConnectionKind {
            name: rest::KIND,
            schema: || schemars::schema_for!(rest::Settings),
            check: rest::check,
            implicit: false,
        },
    ]
}

/// Tenant, application and secret may come from the environment, so their absence is no fault of the file.
fn check_entra(settings: &Value) -> Vec<(String, String)> {
    let mut completed = settings.clone();
    if let Value::Object(map) = &mut completed {
        for (key, value) in [
            ("tenantId", json!("00000000-0000-0000-0000-000000000000")),
            ("clientId", json!("00000000-0000-0000-0000-000000000000")),
            ("clientSecretVariable", json!("SECRET")),
        ] {
            if !map.contains_key("managedIdentity") {
                map.entry(key).or_insert(value);
            }
        }
    }
    entra::check(&completed)
}

/// Address and secret may come from the environment, so their absence is no fault of the file.
fn check_politemail(settings: &Value) -> Vec<(String, String)> {
    let mut completed = settings.clone();
    if let Value::Object(map) = &mut completed {
        map.entry("url")
            .or_insert(json!("https://politemail.example"));
        let names_somebody = ["tokenVariable", "userVariable", "passwordVariable"]
            .iter()
            .any(|name| map.contains_key(*name));
        if !names_somebody {
            map.insert("tokenVariable".to_owned(), json!("TOKEN"));
        }
    }
    politemail::check(&completed)
}

/// Key and secret may come from the environment, so their absence is no fault of the file.
fn check_messagemedia(settings: &Value) -> Vec<(String, String)> {
    let mut completed = settings.clone();
    if let Value::Object(map) = &mut completed {
        for key in ["apiKeyVariable", "apiSecretVariable"] {
            map.entry(key).or_insert(json!("SECRET"));
        }
    }
    messagemedia::check(&completed)
}
