//! What an HR feed reads, says and refuses.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::*;
use crate::{
    connectors::ports::{ErrorKind, Unwatched},
    model::{list::ListRef, reading::Reading},
};

/// A secret as Standard Webhooks writes it, of 24 bytes.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A feed whose newest load the test puts there.
#[derive(Default)]
struct Newest(Mutex<Option<Load>>);

impl Newest {
    fn of(bytes: impl AsRef<[u8]>) -> Arc<Self> {
        let load = Load {
            bytes: bytes.as_ref().to_vec(),
            received: "2026-11-21T06:30:00Z".parse().unwrap(),
        };
        Arc::new(Self(Mutex::new(Some(load))))
    }
}

#[async_trait]
impl Feed for Newest {
    async fn latest(&self) -> Result<Option<Load>, ConnectorError> {
        Ok(self.0.lock().unwrap().clone())
    }
}

fn settings(mut value: Value) -> Settings {
    let own = value.as_object_mut().unwrap();
    own.entry("bearerSha256").or_insert(json!([HASH]));
    assert_eq!(check(&value), []);
    serde_json::from_value(value).unwrap()
}

fn wanted(list: &str) -> WantedList {
    WantedList::of(ListRef {
        connection: "workday".to_owned(),
        list: list.to_owned(),
    })
}

async fn read(settings: Value, feed: Arc<Newest>) -> Result<Reading, ConnectorError> {
    let reader = reader(&self::settings(settings), feed, &wanted("")).unwrap();
    assert!(
        reader
            .directory(&Unwatched)
            .await
            .unwrap()
            .people
            .is_empty()
    );
    reader.read(&Unwatched).await
}

fn labels(reading: &Reading) -> Vec<&str> {
    reading
        .members
        .iter()
        .map(|member| member.label())
        .collect()
}

#[tokio::test]
async fn the_last_load_is_read_like_a_csv_file() {
    let text = "\u{feff}Nr;Mail;Mobile\r\n7;bob@acme.org;079 123 45 67\r\n\r\n8;ada@acme.org;\r\n";
    let csv = json!({ "csv": { "columns": { "employeeId": "Nr" }, "region": "CH" } });
    let reading = read(csv, Newest::of(text)).await.unwrap();
    assert_eq!(labels(&reading), ["ada@acme.org", "bob@acme.org"]);
    assert_eq!(reading.members[1].employee_id.as_deref(), Some("7"));
    assert_eq!(reading.members[1].phones[0].to_string(), "+41791234567");
    assert!(reading.exists && reading.is_whole());
    assert_eq!(reading.capabilities.read_only.as_deref(), Some(READ_ONLY));
}

#[tokio::test]
async fn a_feed_without_a_load_is_no_empty_list() {
    let error = read(json!({}), Arc::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let text = error.to_string();
    assert!(
        text.contains("`workday` has sent no full load yet"),
        "{text}"
    );
    assert!(text.contains("/api/hooks/hr/workday"), "{text}");
    let empty = read(json!({}), Newest::of("mail\n")).await.unwrap();
    assert!(empty.exists && empty.members.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_and_nothing_of_it_is_used() {
    for (bytes, expected) in [
        (
            &b"mail,name\na@acme.org,A\nb@acme.org\n"[..],
            "line 3 has 1 field",
        ),
        (b"mail\n\"a@acme.org\n", "is never closed"),
        (b"mail\na\xff@acme.org\n", "is not UTF-8"),
        (b"m\0a\0i\0l\0", "UTF-16"),
        (b"name\nAda\n", "its headers are `name`"),
        (b"", "is empty"),
    ] {
        let error = read(json!({}), Newest::of(bytes)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData);
        assert!(error.message.contains(expected), "{error}");
        assert!(error.message.contains("`workday`"), "{error}");
    }
}

#[test]
fn a_feed_has_no_lists() {
    let error = reader(&settings(json!({})), Newest::of("mail\n"), &wanted("staff"));
    let error = error.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Settings);
    assert!(error.message.contains("has no lists"), "{error}");
}

#[tokio::test]
async fn the_test_tells_of_secrets_and_the_last_load() {
    let settings = settings(json!({
        "secretVariables": ["ROLLCALL_A", "ROLLCALL_B", "ROLLCALL_C"]
    }));
    let value = |name: &str| match name {
        "ROLLCALL_A" => Some(SECRET.to_owned()),
        "ROLLCALL_B" => Some("c2hvcnQ=".to_owned()),
        _ => None,
    };
    let secrets = look_at_secrets(&settings, &value);
    let test = |feed| connection_test(&settings, "workday", feed, &secrets);
    let lines = test(Newest::of("mail\na@acme.org\nb@acme.org\n"))
        .test()
        .await;
    let said: Vec<String> = lines
        .iter()
        .map(|line| match &line.result {
            Ok(found) => format!("{}: {found}", line.what),
            Err(error) => format!("{}: {}", line.what, error.message),
        })
        .collect();
    assert_eq!(
        said,
        [
            "read the secret in `ROLLCALL_A`: it can be used",
            "read the secret in `ROLLCALL_B`: `ROLLCALL_B`: it has fewer than 24 bytes",
            "read the secret in `ROLLCALL_C`: `ROLLCALL_C` is not set",
            "read the last full load: 2 rows, received 2026-11-21 06:30 UTC",
        ]
    );
    let nothing = test(Arc::new(Newest::default())).test().await;
    assert_eq!(
        nothing[3].result.as_ref().unwrap_err().kind,
        ErrorKind::NotFound
    );
}

#[test]
fn secrets_come_as_they_are_copied() {
    let bytes = Secret::parse(SECRET).unwrap().bytes().to_vec();
    assert_eq!(bytes.len(), 24);
    let raw = SECRET.strip_prefix("whsec_").unwrap();
    for same in [raw.to_owned(), format!(" {SECRET}\n")] {
        assert_eq!(Secret::parse(&same).unwrap().bytes(), bytes);
    }
    let long = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for unpadded in [long.to_owned(), format!("{long}=")] {
        assert_eq!(Secret::parse(&unpadded).unwrap().bytes().len(), 26);
    }
    for (text, problem) in [
        ("", NotASecret::Short),
        ("whsec_", NotASecret::Short),
        ("whsec_c2hvcnQ=", NotASecret::Short),
        ("not base64 at all, but long enough", NotASecret::NotBase64),
        (
            "@Microsoft.KeyVault(SecretUri=https://v.vault.example/secrets/workday/)",
            NotASecret::Reference,
        ),
        (
            "whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            NotASecret::NotBase64,
        ),
    ] {
        assert_eq!(Secret::parse(text).err(), Some(problem), "{text}");
    }
}

#[test]
fn every_fault_of_the_settings_is_found_at_once() {
    let faults = check(&json!({
        "secretVariables": ["AzureWebJobsStorage", "ROLLCALL_", "ROLLCALL_x", "ROLLCALL_A"],
        "bearerSha256": [HASH, HASH.to_uppercase(), "token", 7],
        "windowSeconds": 9, "folder": "x",
        "csv": { "delimiter": "::", "readOnly": true, "columns": { "e-mail": "x" } },
    }));
    let paths: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "folder",
            "secretVariables[0]",
            "secretVariables[1]",
            "secretVariables[2]",
            "bearerSha256[1]",
            "bearerSha256[2]",
            "bearerSha256[3]",
            "windowSeconds",
            "csv.readOnly",
            "csv.delimiter",
            "csv.columns.e-mail",
        ],
        "{faults:#?}"
    );
    assert!(
        faults[1].1.contains("begins with `ROLLCALL_`"),
        "{}",
        faults[1].1
    );
    for (value, path) in [
        (json!([]), ""),
        (json!({}), ""),
        (json!({ "secretVariables": [] }), "secretVariables"),
        (
            json!({ "secretVariables": "ROLLCALL_A" }),
            "secretVariables",
        ),
        (
            json!({ "bearerSha256": [HASH], "windowSeconds": 3601 }),
            "windowSeconds",
        ),
        (
            json!({ "bearerSha256": [HASH], "windowSeconds": 60.5 }),
            "windowSeconds",
        ),
        (json!({ "bearerSha256": [HASH], "csv": 3 }), "csv"),
    ] {
        let faults = check(&value);
        assert_eq!(faults.len(), 1, "{value}: {faults:#?}");
        assert_eq!(faults[0].0, path, "{value}");
    }
}

/// A secret pasted where its variable's name belongs is not printed again.
#[test]
fn a_fault_does_not_repeat_what_may_be_a_secret() {
    let faults = check(&json!({ "secretVariables": [SECRET], "bearerSha256": ["my token"] }));
    assert_eq!(faults.len(), 2);
    for (_, message) in faults {
        assert!(
            !message.contains("MfKQ") && !message.contains("my token"),
            "{message}"
        );
    }
}

#[test]
fn settings_without_faults_can_be_read_and_fit_their_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for value in [
        json!({ "secretVariables": ["ROLLCALL_HR_SECRET"] }),
        json!({ "bearerSha256": [HASH], "windowSeconds": 10 }),
        json!({
            "secretVariables": ["ROLLCALL_A", "ROLLCALL_B"], "bearerSha256": [HASH],
            "windowSeconds": 3600,
            "csv": { "delimiter": ";", "region": "CH", "columns": { "address": "Mail" } }
        }),
    ] {
        assert_eq!(check(&value), []);
        assert!(validator.is_valid(&value), "{value}");
        serde_json::from_value::<Settings>(value).unwrap();
    }
    for value in [
        json!({}),
        json!({ "secretVariables": ["OTHER"] }),
        json!({ "secretVariables": [] }),
        json!({ "bearerSha256": ["x"] }),
        json!({ "bearerSha256": [HASH], "windowSeconds": 5 }),
        json!({ "bearerSha256": [HASH], "csv": { "folder": "x" } }),
    ] {
        assert!(!validator.is_valid(&value), "{value}");
        assert!(!check(&value).is_empty(), "{value}");
    }
}
