//! Groups that an administrator changes: how they are told apart, and that nothing is written.

use rollcall::model::capabilities::{HandOver, MemberCsv, ToolCloud};

use super::*;

/// A connection without write permission, with what else its settings say.
async fn without_permission(
    scenario: Scenario,
    more: serde_json::Value,
) -> (Sandbox, EntraConnection) {
    let mut settings = json!({
        "tenantId": scenario.tenant_id, "clientId": scenario.client_id, "clientSecretVariable": "SECRET",
        "writePermission": false, "maxWaitSeconds": 2,
    });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let secret = scenario.client_secret.clone();
    let sandbox = sandbox::start(scenario, 0).await.unwrap();
    let mut settings: Settings = serde_json::from_value(settings).unwrap();
    settings.graph_url = Some(sandbox.url().to_owned());
    settings.login_url = Some(sandbox.url().to_owned());
    let patience = settings.patience();
    let connection = connect(&settings, &|_| Some(secret.clone()), patience).unwrap();
    (sandbox, connection)
}

/// Every request that is no reading, alone or in a batch; signing in is left out.
pub(crate) fn writes_in(sandbox: &Sandbox) -> Vec<String> {
    let mut found = Vec::new();
    for exchange in sandbox.log() {
        let asked = exchange.request;
        let items = asked
            .body
            .as_ref()
            .and_then(|body| body["requests"].as_array().cloned());
        match items {
            Some(items) => found.extend(
                items
                    .iter()
                    .filter(|item| item["method"] != "GET")
                    .map(ToString::to_string),
            ),
            None if asked.method == "GET" || asked.url.ends_with("/token") => {}
            None => found.push(format!("{} {}", asked.method, asked.url)),
        }
    }
    found
}

/// A kind of group: its name, what makes it one, and with what an administrator changes it.
type Kind = (&'static str, fn(&mut Group), Option<HandOver>);

fn kinds() -> [Kind; 8] {
    [
        ("security group", |_| {}, None),
        (
            "Microsoft 365 group",
            |group| {
                group.group_types = vec!["Unified".to_owned()];
                group.mail_enabled = true;
            },
            None,
        ),
        (
            "distribution list",
            |group| {
                group.mail_enabled = true;
                group.security_enabled = false;
            },
            Some(HandOver::Exchange),
        ),
        (
            "mail-enabled security group",
            |group| group.mail_enabled = true,
            Some(HandOver::Exchange),
        ),
        (
            "dynamic group",
            |group| {
                group.group_types = vec!["DynamicMembership".to_owned()];
                group.membership_rule = Some("user.department -eq \"Sales\"".to_owned());
            },
            None,
        ),
        (
            "synchronised distribution list",
            |group| {
                group.mail_enabled = true;
                group.security_enabled = false;
                group.on_premises_sync_enabled = Some(true);
            },
            None,
        ),
        (
            "role-assignable group",
            |group| group.is_assignable_to_role = Some(true),
            None,
        ),
        (
            "restricted group",
            |group| group.is_management_restricted = Some(true),
            None,
        ),
    ]
}

#[tokio::test]
async fn what_an_administrator_can_change_is_handed_over_and_the_rest_is_only_read() {
    for (number, (kind, make, with)) in kinds().into_iter().enumerate() {
        let is_writable = number < 2;
        let mut scenario = members_of_everyone(3);
        make(&mut scenario.groups[0]);
        let (_sandbox, connection) = open(scenario.clone()).await;
        let can = read(&connection, EVERYONE).await.unwrap().capabilities;
        assert_eq!(can.hand_over, with, "{kind}");
        assert_eq!(can.read_only.is_none(), is_writable, "{kind}");

        let (_sandbox, connection) = without_permission(scenario, json!({})).await;
        let can = read(&connection, EVERYONE).await.unwrap().capabilities;
        let instead = if is_writable {
            Some(HandOver::Directory)
        } else {
            with
        };
        assert_eq!(can.hand_over, instead, "{kind}");
        let why = can.read_only.unwrap();
        assert_eq!(
            why.contains("this connection has no write permission"),
            is_writable,
            "{kind}: {why}"
        );
    }
}

#[tokio::test]
async fn the_form_of_a_package_is_a_setting() {
    for (more, form, cloud) in [
        (json!({}), MemberCsv::Current, ToolCloud::Public),
        (
            json!({"memberCsv": "legacy", "cloud": "us-dod"}),
            MemberCsv::Legacy,
            ToolCloud::UsDod,
        ),
    ] {
        let (_sandbox, connection) = without_permission(members_of_everyone(1), more).await;
        let can = read(&connection, EVERYONE).await.unwrap().capabilities;
        assert_eq!((can.package.member_csv, can.package.cloud), (form, cloud));
    }
    let wrong = json!({"managedIdentity": "system", "memberCsv": "old"});
    assert_eq!(rollcall::connectors::entra::check(&wrong)[0].0, "memberCsv");
}

#[tokio::test]
async fn without_permission_nothing_is_ever_written() {
    let (sandbox, connection) = without_permission(members_of_everyone(3), json!({})).await;
    for (list, id) in [
        ("Everyone", Some(EVERYONE)),
        ("Newcomers", None),
        ("", None),
    ] {
        let wanted = WantedList {
            given: vec!["jobTitle".to_owned()],
            ..wanted(list)
        };
        let error = connection.writer(&wanted, id).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(error.help.unwrap().contains("`writePermission`"));
    }
    // A list that is not there is not made, though the sync would.
    let error = read(&connection, "Newcomers").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("no write permission"), "{error}");
    assert!(error.help.unwrap().contains("create the group"));
    // The whole directory: no field of anybody.
    let wanted = WantedList {
        given: vec!["jobTitle".to_owned()],
        ..wanted("")
    };
    let reading = connection.reader(&wanted).unwrap().read(&Unwatched).await;
    let can = reading.unwrap().capabilities;
    assert!(can.read_only.unwrap().contains("no write permission"));
    assert_eq!(can.hand_over, None);

    let lines = connection.test().await;
    assert!(
        lines.iter().any(|line| line
            .result
            .as_ref()
            .is_ok_and(|told| told.contains("never"))),
        "{lines:?}"
    );
    assert_eq!(sandbox.counters().writes, 0);
    assert_eq!(writes_in(&sandbox), [""; 0]);
}
