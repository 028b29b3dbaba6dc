//! `rollcall test`, and connections that cannot be opened.

use rollcall::connectors::{
    mailroute::{Settings, connect},
    ports::{Connector, ErrorKind},
};
use serde_json::json;

use super::stage::{Stage, hasty, secret};

async fn tested(stage: &Stage) -> Vec<(String, Result<String, ErrorKind>)> {
    let lines = stage.connection.test().test().await.into_iter();
    lines
        .map(|line| (line.what, line.result.map_err(|error| error.kind)))
        .collect()
}

#[tokio::test]
async fn a_test_says_what_is_there_and_what_is_missing() {
    let settings = json!({ "deleteAccounts": true, "deleteAliases": true, "fullPush": true });
    let stage = Stage::with(3, settings).await;
    let lines = tested(&stage).await;
    let said: Vec<&str> = lines
        .iter()
        .map(|(_, result)| result.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(said[0], "sees 1 domain: `harbor.example`");
    assert_eq!(said[1], "3 accounts in all its domains");
    assert!(said[2].contains("distribution lists"), "{said:?}");
    assert_eq!(said[3], "aliases can be created and deleted");
    assert!(said[4].contains("two pushes"));
    assert!(stage.writes().is_empty(), "a test changes nothing");
    stage.stand_in.edit(|state| {
        state.ways.has_state = false;
        state.ways.looks_up_many = false;
    });
    let lines = tested(&stage).await;
    let said = lines[2].1.as_ref().unwrap();
    assert!(said.contains("`state` cannot be changed"), "{said}");
    assert!(said.contains("more requests"), "{said}");
    stage.stand_in.edit(|state| state.domains.clear());
    stage.stand_in.edit(|state| state.accounts.clear());
    assert_eq!(tested(&stage).await[0].1, Err(ErrorKind::Denied));
    stage.stand_in.edit(|state| state.key = "new".to_owned());
    let lines = tested(&stage).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].1, Err(ErrorKind::SignIn));
}

#[test]
fn a_connection_without_login_or_key_is_not_opened() {
    let settings = |more: serde_json::Value| -> Settings { serde_json::from_value(more).unwrap() };
    for (given, named) in [
        (json!({}), "`loginVariable`"),
        (json!({ "loginVariable": "LOGIN" }), "`apiKeyVariable`"),
        (
            json!({ "loginVariable": "LOGIN", "apiKeyVariable": "NONE" }),
            "`NONE`",
        ),
        (
            json!({ "loginVariable": "LOGIN", "apiKeyVariable": "KEY", "url": "http://a.example" }),
            "`url`",
        ),
    ] {
        let Err(error) = connect(&settings(given), &secret, hasty()) else {
            panic!("{named}");
        };
        assert_eq!(error.kind, ErrorKind::Settings);
        assert!(error.message.contains(named), "{error}");
    }
    let both = settings(json!({ "loginVariable": "LOGIN", "apiKeyVariable": "KEY" }));
    let broken = |name: &str| secret(name).map(|value| format!("{value}\nx"));
    let Err(error) = connect(&both, &broken, hasty()) else {
        panic!("a header with two lines");
    };
    assert!(!error.to_string().contains("harbor"), "{error}");
    assert!(connect(&both, &secret, hasty()).is_ok());
}
