//! The kinds of connections a definition file may name.

use serde_json::{Value, json};

use crate::{
    connectors::{csv, entra, hr, politemail},
    definition::connection::ConnectionKind,
};

/// The kind of an Entra ID tenant.
pub(super) const ENTRA: &str = "entra-id";
/// The kind of a folder of CSV files.
pub(super) const CSV: &str = "csv";

/// Every kind. Those this version cannot reach yet are known all the same, so that a definition written for them is
/// checked today and runs unchanged later.
pub fn kinds() -> Vec<ConnectionKind> {
    let known = [
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
    ];
    let later = ["mailroute", "messagemedia", "rest"].map(|name| ConnectionKind {
        name,
        schema: || schemars::json_schema!({ "type": "object" }),
        check: |_| Vec::new(),
        implicit: true,
    });
    known.into_iter().chain(later).collect()
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
