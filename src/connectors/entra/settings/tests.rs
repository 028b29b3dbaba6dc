//! What is wrong with settings, and where it is.

use serde_json::{Value, json};

use super::*;

fn with(more: Value) -> Value {
    let mut settings = json!({
        "tenantId": "acme.onmicrosoft.com",
        "clientId": "00000000-0000-4000-8000-00000000c11e",
        "clientSecretVariable": "ENTRA_SECRET",
    });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

#[test]
fn every_fault_is_told_with_its_place() {
    assert_eq!(check(&with(json!({}))), []);
    assert_eq!(check(&json!({"managedIdentity": "system"})), []);
    for (settings, paths) in [
        (
            json!({}),
            &["tenantId", "clientId", "clientSecretVariable"][..],
        ),
        (json!({"managedIdentity": "me"}), &["managedIdentity"]),
        (
            with(json!({"managedIdentity": "system"})),
            &["clientSecretVariable"],
        ),
        (
            with(json!({"tenantId": "acme", "clientId": "rollcall"})),
            &["tenantId", "clientId"],
        ),
        (
            with(json!({"graphUrl": "http://graph.example"})),
            &["graphUrl"],
        ),
        (
            with(json!({"graphUrl": "https://graph.example/beta"})),
            &["graphUrl"],
        ),
        (
            with(json!({"loginUrl": "ftp://login.example"})),
            &["loginUrl"],
        ),
        (
            with(json!({"loginUrl": "https://me@login.example"})),
            &["loginUrl"],
        ),
        (with(json!({"graphUrl": "graph"})), &["graphUrl"]),
        (
            with(json!({"pageSize": 0, "batch": {"patchesPerBatch": 21}})),
            &["pageSize", "batch.patchesPerBatch"],
        ),
        (with(json!({"pageSize": "many"})), &["pageSize"]),
        (with(json!({"maxWaitSeconds": 0})), &["maxWaitSeconds"]),
        (with(json!({"maxWaitSeconds": 3601})), &["maxWaitSeconds"]),
        (with(json!({"batch": {"size": 1}})), &["batch.size"]),
        (with(json!({"clientSecret": "hunter2"})), &["clientSecret"]),
        (with(json!({"cloud": "moon"})), &["cloud"]),
    ] {
        let faults = check(&settings);
        let found: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(found, paths, "{settings} {faults:?}");
        assert!(!format!("{faults:?}").contains("hunter2"));
    }
}

#[test]
fn each_cloud_has_its_own_hosts_and_a_sandbox_is_on_this_machine() {
    let of = |more: Value| {
        serde_json::from_value::<Settings>(with(more))
            .unwrap()
            .endpoints()
            .unwrap()
    };
    let china = of(json!({"cloud": "china"}));
    assert_eq!(
        china.graph.as_str(),
        "https://microsoftgraph.chinacloudapi.cn/"
    );
    assert_eq!(
        of(json!({"cloud": "us-dod"})).login.as_str(),
        "https://login.microsoftonline.us/"
    );
    for url in [
        "http://127.0.0.1:7071",
        "http://localhost:7071/v1.0",
        "http://[::1]:7071/",
    ] {
        assert_eq!(of(json!({"graphUrl": url})).graph.path(), "/", "{url}");
    }
}
