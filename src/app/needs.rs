//! Which variables the connections of a definition read.

use serde_json::Value;

use super::{Secrets, kinds};
use crate::{
    connectors::{mailroute, politemail},
    definition::sync::Connection,
    settings::{
        ENTRA_SECRET, MAILROUTE_API_KEY, MAILROUTE_LOGIN, MESSAGEMEDIA_KEY, MESSAGEMEDIA_SECRET,
        POLITEMAIL_PASSWORD, POLITEMAIL_TOKEN, POLITEMAIL_USER, is_unresolved,
    },
};

/// The variables a connection reads, by name: those its settings name, and the usual ones where they name none.
pub fn needed(connection: &Connection, secrets: &Secrets) -> Vec<String> {
    let settings = &connection.settings;
    let mut needed = Vec::new();
    named(settings, &mut needed);
    let says = |key: &str| settings.get(key).is_some_and(|value| !value.is_null());
    let mut usual = |key: &str, variable: &str| {
        if !says(key) {
            needed.push(variable.to_owned());
        }
    };
    match connection.kind.as_str() {
        kinds::ENTRA if !says("managedIdentity") => {
            usual("tenantId", "ROLLCALL_ENTRA_TENANT_ID");
            usual("clientId", "ROLLCALL_ENTRA_CLIENT_ID");
            usual("clientSecretVariable", ENTRA_SECRET);
        }
        politemail::KIND => {
            usual("url", "ROLLCALL_POLITEMAIL_URL");
            let names_somebody = ["tokenVariable", "userVariable", "passwordVariable"];
            if !names_somebody.into_iter().any(says) {
                let by_password =
                    secrets(POLITEMAIL_TOKEN).is_none() && secrets(POLITEMAIL_USER).is_some();
                if by_password {
                    usual("userVariable", POLITEMAIL_USER);
                    usual("passwordVariable", POLITEMAIL_PASSWORD);
                } else {
                    usual("tokenVariable", POLITEMAIL_TOKEN);
                }
            }
        }
        mailroute::KIND => {
            usual("loginVariable", MAILROUTE_LOGIN);
            usual("apiKeyVariable", MAILROUTE_API_KEY);
        }
        kinds::MESSAGEMEDIA => {
            usual("apiKeyVariable", MESSAGEMEDIA_KEY);
            usual("apiSecretVariable", MESSAGEMEDIA_SECRET);
        }
        _ => {}
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// Which of these variables holds a reference to a vault that nobody resolved, if any does.
pub(super) fn unresolved(connection: &Connection, secrets: &Secrets) -> Option<String> {
    let mut needed = needed(connection, secrets).into_iter();
    needed.find(|name| secrets(name).is_some_and(|value| is_unresolved(&value)))
}

/// The names that settings hold, however deep: under `…Variable` one, under `…Variables` several.
fn named(settings: &Value, into: &mut Vec<String>) {
    match settings {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(name) if key.ends_with("Variable") => into.push(name.clone()),
                    Value::Array(names) if key.ends_with("Variables") => {
                        let names = names.iter().filter_map(Value::as_str);
                        into.extend(names.map(str::to_owned));
                    }
                    value => named(value, into),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| named(value, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, settings: Value, set: &[&str]) -> Vec<String> {
        let connection = Connection {
            name: "x".to_owned(),
            kind: kind.to_owned(),
            settings,
        };
        let set: Vec<String> = set.iter().map(|name| (*name).to_owned()).collect();
        needed(&connection, &move |name| {
            set.iter().find(|one| *one == name).cloned()
        })
    }

    #[test]
    fn what_a_connection_reads_is_named_by_it_or_the_usual() {
        assert_eq!(
            of("entra-id", json!({ "tenantId": "acme.example" }), &[]),
            ["ROLLCALL_ENTRA_CLIENT_ID", "ROLLCALL_ENTRA_CLIENT_SECRET"]
        );
        assert!(of("entra-id", json!({ "managedIdentity": "system" }), &[]).is_empty());
        assert_eq!(
            of("politemail", json!({}), &[]),
            ["ROLLCALL_POLITEMAIL_TOKEN", "ROLLCALL_POLITEMAIL_URL"]
        );
        assert_eq!(
            of(
                "politemail",
                json!({ "url": "x" }),
                &["ROLLCALL_POLITEMAIL_USER"]
            ),
            ["ROLLCALL_POLITEMAIL_PASSWORD", "ROLLCALL_POLITEMAIL_USER"]
        );
        assert_eq!(
            of("mailroute", json!({ "loginVariable": "LOGIN" }), &[]),
            ["LOGIN", "ROLLCALL_MAILROUTE_API_KEY"]
        );
        assert_eq!(
            of("hr", json!({ "secretVariables": ["B", "A"] }), &[]),
            ["A", "B"]
        );
        let auth = json!({ "auth": { "oauth": { "clientIdVariable": "ID", "clientSecretVariable": "S" } } });
        assert_eq!(of("rest", auth, &[]), ["ID", "S"]);
        assert!(of("csv", json!({ "folder": "lists" }), &[]).is_empty());
    }

    #[test]
    fn a_reference_that_nobody_resolved_is_found_wherever_it_is_read() {
        let connection = |kind: &str, settings| Connection {
            name: "x".to_owned(),
            kind: kind.to_owned(),
            settings,
        };
        let held = |variable: &'static str| {
            move |name: &str| {
                let is_it = name == variable;
                Some(
                    if is_it {
                        "@Microsoft.KeyVault(SecretUri=…)"
                    } else {
                        "hunter2"
                    }
                    .to_owned(),
                )
            }
        };
        let politemail = connection("politemail", json!({}));
        assert_eq!(
            unresolved(&politemail, &held("ROLLCALL_POLITEMAIL_TOKEN")).as_deref(),
            Some("ROLLCALL_POLITEMAIL_TOKEN")
        );
        assert_eq!(
            unresolved(&politemail, &held("ROLLCALL_MAILROUTE_API_KEY")),
            None
        );
        let auth = json!({ "auth": { "bearer": { "tokenVariable": "ROLLCALL_REST" } } });
        assert_eq!(
            unresolved(&connection("rest", auth), &held("ROLLCALL_REST")).as_deref(),
            Some("ROLLCALL_REST")
        );
    }
}
