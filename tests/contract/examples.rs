//! The examples that come with the contract, judged: what must pass passes, what must not does not.

use serde_json::{Value, json};

use crate::judge::judge;

fn list(name: &str) -> Vec<Value> {
    judge().file(name).as_array().expect("a list").clone()
}

#[test]
fn all_good_examples_pass() {
    let exchanges = list("examples/exchanges.json");
    assert!(exchanges.len() >= 59);
    for exchange in exchanges {
        let faults = judge().exchange(&exchange);
        assert!(faults.is_empty(), "{}: {faults:#?}", exchange["name"]);
    }
}

#[test]
fn all_bad_examples_are_refused() {
    let exchanges = list("examples/refused.json");
    assert!(exchanges.len() >= 23);
    for exchange in exchanges {
        assert!(
            !judge().exchange(&exchange).is_empty(),
            "{} passes",
            exchange["name"]
        );
    }
}

#[test]
fn every_operation_has_an_example() {
    let exchanges = list("examples/exchanges.json");
    let shown: Vec<String> = exchanges
        .iter()
        .filter_map(|exchange| {
            let request = &exchange["request"];
            judge().operation_of(request["method"].as_str()?, request["url"].as_str()?)
        })
        .collect();
    for operation in judge().operations() {
        assert!(shown.contains(&operation), "{operation}");
    }
}

#[test]
fn webhooks_fit() {
    for webhook in list("examples/webhooks.json") {
        let faults = judge().faults_by_name("contract.changeNotifications", &webhook["body"]);
        assert!(faults.is_empty(), "{}: {faults:#?}", webhook["name"]);
    }
}

#[test]
fn every_error_fits_the_envelope_and_names_known_operations() {
    let errors = judge().file("errors.json");
    for error in errors["errors"].as_array().expect("a list") {
        let mut body = errors[if error["status"] == 429 {
            "envelope429"
        } else {
            "envelope"
        }]
        .clone();
        for name in ["code", "message", "details"] {
            if let Some(value) = error.get(name) {
                body["error"][name] = value.clone();
            }
        }
        let faults = judge().faults_by_name("contract.error", &body);
        assert!(faults.is_empty(), "{}: {faults:#?}", error["id"]);
        for operation in error["operations"].as_array().expect("a list") {
            let operation = operation.as_str().expect("a name");
            let operation = operation.strip_suffix(" item").unwrap_or(operation);
            assert!(
                operation == "*" || judge().has_operation(operation),
                "{}: {operation}",
                error["id"]
            );
        }
    }
}

#[test]
fn permissions_are_named_for_known_operations() {
    let permissions = judge().file("permissions.json");
    let operations = permissions["operations"].as_object().expect("an object");
    for (operation, wanted) in operations {
        assert!(judge().has_operation(operation), "{operation}");
        assert!(
            wanted["least"].is_array() && wanted["higher"].is_array(),
            "{operation}"
        );
    }
    let limits = judge().file("limits.json");
    assert_eq!(limits["references"]["perRequest"], json!(20));
    assert_eq!(limits["batch"]["maxItems"], json!(20));
}
