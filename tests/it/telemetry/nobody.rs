//! Nobody's name, address or number and no secret is in what is exported or logged where nothing else is asked for.

use rollcall::sandbox::{Effect, Fault};

use super::{
    collector::{Collector, TOKEN},
    office::{NAMES, Office},
};

/// Plans that withhold somebody, changes that fail, a run that fails as a whole, and one that is asked to wait.
async fn runs(office: &Office) -> Vec<String> {
    let mut statuses = Vec::new();
    office.tenant.inject(Fault::new(Effect::Unavailable {
        retry_after_seconds: Some(600.0),
    }));
    statuses.push(office.run("apply").await);
    office.tenant.clear_faults();
    statuses.push(office.run("preview").await);
    let refused = Effect::RevokePermission {
        permission: "GroupMember.ReadWrite.All".to_owned(),
    };
    office
        .tenant
        .inject(Fault::new(refused).on("PATCH", "/groups"));
    office
        .tenant
        .inject(Fault::new(Effect::ServerError).on("POST", "/members"));
    statuses.push(office.run("apply").await);
    office.tenant.clear_faults();
    statuses.push(office.run("apply").await);
    let text = serde_json::to_string(&statuses).unwrap();
    assert!(text.contains("zebul"), "the history names people: {text}");
    let status = |run: &serde_json::Value| run["status"].as_str().unwrap().to_owned();
    statuses.iter().map(status).collect()
}

fn names_nobody(what: &str, text: &str, secrets: &[&str]) {
    let lower = text.to_lowercase();
    for name in NAMES {
        assert!(
            !lower.contains(&name.to_lowercase()),
            "{name} in {what}: {text}"
        );
    }
    for secret in secrets {
        assert!(!text.contains(secret), "a secret in {what}: {text}");
    }
    // The beginning of every token of the stand-in, as of real ones.
    assert!(!text.contains("eyJ"), "a token in {what}: {text}");
}

#[tokio::test]
async fn application_insights_learns_nobodys_name() {
    let (collector, url) = Collector::start().await;
    let connection = format!("InstrumentationKey=the-key;IngestionEndpoint={url}/;LiveEndpoint=x");
    let identity = format!("{url}/msi/token");
    let office = Office::open(&[
        ("APPLICATIONINSIGHTS_CONNECTION_STRING", &connection),
        (
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
            "ClientId=its-client;Authorization=AAD",
        ),
        ("IDENTITY_ENDPOINT", &identity),
        ("IDENTITY_HEADER", "the-header"),
    ])
    .await;
    let secret = office.secret.clone();
    let statuses = runs(&office).await;
    assert!(statuses.contains(&"failed".to_owned()), "{statuses:?}");
    let said = office.stop().await;
    assert!(said.contains("a run has ended"), "{said}");
    names_nobody("the log", &said, &[&secret, TOKEN, "the-key", "the-header"]);
    names_nobody(
        "what is exported",
        &collector.text(),
        &[&secret, TOKEN, "the-header"],
    );
    let taken = collector.taken("/v2.1/track");
    let signed = format!("Bearer {TOKEN}");
    assert!(!taken.is_empty());
    for one in taken {
        assert_eq!(one.path, "/v2.1/track");
        assert_eq!(one.authorization.as_deref(), Some(signed.as_str()));
    }
    let asked = &collector.taken("/msi/token")[0].path;
    assert!(asked.contains("its-client"), "{asked}");
    assert!(asked.contains("monitor.azure.com%2F"), "{asked}");
}

#[tokio::test]
async fn a_collector_learns_nobodys_name() {
    let (collector, url) = Collector::start().await;
    let office = Office::open(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=not%2Cto%2Cbe%2Ctold"),
    ])
    .await;
    let secret = office.secret.clone();
    runs(&office).await;
    let said = office.stop().await;
    names_nobody("the log", &said, &[&secret, "not,to,be,told"]);
    let exported = collector.text();
    names_nobody("what is exported", &exported, &[&secret, "not,to,be,told"]);
    assert!(exported.contains("PATCH /groups/{}"), "{exported}");
    let taken = collector.taken("/v1/traces");
    assert!(!taken.is_empty());
    for one in taken {
        assert_eq!(one.key.as_deref(), Some("not,to,be,told"));
    }
}
