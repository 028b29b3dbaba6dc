//! What is wrong with settings, and where it is.

use serde_json::{Value, json};

use super::*;

fn with(more: Value) -> Value {
    let mut settings = json!({"url": "https://acme.example", "tokenVariable": "TOKEN"});
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

#[test]
fn every_fault_is_told_with_its_place() {
    assert_eq!(check(&with(json!({}))), []);
    let password = json!({
        "url": "https://acme.example/mail/", "basePath": "ssv3/odata/", "userVariable": "USER",
        "passwordVariable": "PASSWORD", "chunk": 1000, "subscriptionLists": ["News", "12"],
    });
    assert_eq!(check(&password), []);
    for (settings, paths) in [
        (json!({}), &["url", "tokenVariable"][..]),
        (with(json!({"url": "http://acme.example"})), &["url"]),
        (
            with(json!({"url": "https://acme.example/api/odata"})),
            &["url"],
        ),
        (
            with(json!({"url": "https://acme.example/SSV3/OData/"})),
            &["url"],
        ),
        (
            with(json!({"url": "https://me:hunter2@acme.example"})),
            &["url"],
        ),
        (with(json!({"basePath": "/"})), &["basePath"]),
        (with(json!({"basePath": "/api/../odata"})), &["basePath"]),
        (with(json!({"basePath": "/api/odata?x=1"})), &["basePath"]),
        (with(json!({"userVariable": "USER"})), &["tokenVariable"]),
        (
            json!({"url": "https://acme.example", "userVariable": "USER"}),
            &["passwordVariable"],
        ),
        (
            json!({"url": "https://acme.example", "passwordVariable": "PASSWORD"}),
            &["userVariable"],
        ),
        (with(json!({"tokenStyle": "header"})), &["tokenStyle"]),
        (with(json!({"chunk": 0})), &["chunk"]),
        (
            with(json!({"chunk": 1001, "ownerId": -1})),
            &["chunk", "ownerId"],
        ),
        (
            with(json!({"subscriptionLists": ["News", " "]})),
            &["subscriptionLists[1]"],
        ),
        (with(json!({"maxWaitSeconds": 0})), &["maxWaitSeconds"]),
        (with(json!({"token": "hunter2"})), &["token"]),
    ] {
        let faults = check(&settings);
        let found: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(found, paths, "{settings} {faults:?}");
        assert!(!format!("{faults:?}").contains("hunter2"));
    }
}

#[test]
fn the_path_of_the_api_comes_after_the_path_of_the_server() {
    let settings: Settings = serde_json::from_value(with(json!({}))).unwrap();
    let address = |path: &str| settings.address(path).unwrap().to_string();
    assert_eq!(address(PATH_OF_5), "https://acme.example/api/odata");
    assert_eq!(address("ssv3/odata/"), "https://acme.example/ssv3/odata");
    let behind = Settings {
        url: Some("https://proxy.example/mail/".to_owned()),
        ..settings
    };
    let address = behind.address(PATH_OF_4).unwrap();
    assert_eq!(address.as_str(), "https://proxy.example/mail/ssv3/odata");
}

#[test]
fn the_defaults_in_a_file_and_in_the_program_are_the_same() {
    let read: Settings = serde_json::from_value(json!({})).unwrap();
    assert_eq!(read, Settings::default());
}
