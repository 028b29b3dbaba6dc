//! `test`, and connections that may not do what a sync needs.

use serde_json::json;

use super::{Desk, everyone, finish, ids, members, rows, tenant};

#[tokio::test]
async fn a_connection_that_works_says_what_it_sees() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    let ran = desk.run(&["test", "entra-id"]).await.exits(0);
    assert_eq!(
        ran.out,
        "ok    sign in: signed in\n\
         ok    read the organisation's name: `Contoso`\n\
         ok    read people: people are shown with their addresses\n\
         ok    read groups: groups can be read\n\
         ok    read contacts: not allowed; only a sync that reads contacts needs `OrgContact.Read.All`\n\
         ok    change people: not tried; only a sync that writes fields of people needs `User.ReadWrite.All`\n"
    );
    let tested = desk
        .run(&["test", "entra-id", "--json"])
        .await
        .exits(0)
        .json();
    assert_eq!(tested["works"], true);
    assert_eq!(tested["lines"].as_array().unwrap().len(), 6);
    let ran = desk.run(&["test", "files"]).await.exits(0);
    assert_eq!(
        ran.out,
        "ok    read the folder `lists`: 1 CSV file\nok    read `everyone.csv`: 3 rows; columns `email`\n"
    );
    desk.run(&["test", "politmail"])
        .await
        .exits(5)
        .complains("there is no connection `politmail`\nknown connections: `entra-id`, `files`");
    assert_eq!(sandbox.counters().writes, 0);
}

#[tokio::test]
async fn a_wrong_secret_is_told_and_not_shown() {
    let (sandbox, mut desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..1));
    desk.secret = "hunter2".to_owned();
    let said = "the client secret is wrong (`AADSTS7000215`)";
    let tested = desk
        .run(&["test", "entra-id"])
        .await
        .exits(1)
        .says("FAIL  sign in: signing in as application `00000000-0000-4000-8000-0000000000a1` was refused: ")
        .says(said)
        .says("      use the secret's value, not its id\n");
    assert_eq!(
        tested.out.lines().count(),
        2,
        "what comes after signing in is not tried"
    );
    let tested = desk
        .run(&["test", "entra-id", "--json"])
        .await
        .exits(1)
        .json();
    assert_eq!(tested["works"], false);
    desk.run(&["plan"]).await.exits(1).complains(said);
    let mut command = desk.command(&["apply"]);
    command.env("ROLLCALL_LOG", "trace");
    let ran = finish(command).await.exits(1).says(said);
    assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"));
    assert_eq!(sandbox.counters().requests, 0);
    assert_eq!(members(&sandbox), ids(0..2));
}

#[tokio::test]
async fn a_secret_that_is_not_set_is_named_by_its_variable() {
    let (_sandbox, mut desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..1));
    desk.secret = String::new();
    for command in [["test", "entra-id"], ["plan", "everyone"]] {
        desk.run(&command)
            .await
            .exits(5)
            .complains("the environment variable `SECRET` for the client secret is not set\nset `SECRET` to the value");
    }
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_given_up_soon() {
    let desk = Desk::alone();
    let ran = desk
        .run(&["test", "entra-id"])
        .await
        .exits(1)
        .says("Connection refused")
        .says("check the network and `loginUrl`");
    assert_eq!(ran.out.matches("no answer").count(), 1, "{}", ran.out);
}

#[tokio::test]
async fn people_without_names_are_no_proof_and_the_permission_is_named() {
    let scenario = tenant(3, 2).with_permissions(&["GroupMember.ReadWrite.All"]);
    let (sandbox, desk) = Desk::with(scenario).await;
    desk.run(&["test", "entra-id"])
        .await
        .exits(1)
        .says("FAIL  read people: ")
        .says("grant the application `User.Read.All` (application permission) and admin consent");

    // The group as target: people have to be looked up, and cannot be.
    desk.write("lists/everyone.csv", rows(0..3));
    desk.run(&["plan"])
        .await
        .exits(1)
        .complains("grant the application `User.Read.All`");

    // The group as source: nobody on the file is taken for gone.
    let mut sync = everyone();
    (sync["source"], sync["target"]) = (sync["target"].take(), sync["source"].take());
    desk.define(&[sync]);
    desk.write("lists/everyone.csv", rows(0..3));
    let before = desk.bytes("lists/everyone.csv");
    for command in ["plan", "apply"] {
        let ran = desk
            .run(&[command])
            .await
            .says("Doubt about entra-id:Everyone: 2 of 2 members were shown without name and address; grant the application `User.Read.All`")
            .says("0 to remove");
        assert!(!ran.out.contains("\n- "), "{}", ran.out);
    }
    assert_eq!(desk.bytes("lists/everyone.csv"), before);
    assert_eq!(sandbox.counters().writes, 0);
}

#[tokio::test]
async fn a_group_that_may_be_read_and_not_written_names_the_permission() {
    let scenario = tenant(3, 2).with_permissions(&["User.Read.All", "GroupMember.Read.All"]);
    let (sandbox, desk) = Desk::with(scenario).await;
    desk.write("lists/everyone.csv", rows(0..3));
    desk.run(&["plan"]).await.exits(2);
    desk.run(&["apply"])
        .await
        .exits(4)
        .says("not done: add user0002@contoso.example to entra-id:Everyone: ")
        .says("next: grant the application `GroupMember.ReadWrite.All` (application permission) and admin consent");
    assert_eq!(members(&sandbox), ids(0..2));
}

#[tokio::test]
async fn tenant_and_application_can_come_from_the_environment() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    let mut definition = desk.definition(&[everyone()]);
    definition["connections"]["entra-id"] =
        json!({"type": "entra-id", "graphUrl": sandbox.url(), "loginUrl": sandbox.url()});
    desk.write("elsewhere.json", definition.to_string());
    desk.write("lists/everyone.csv", rows(0..3));
    let mut command = desk.command(&["apply"]);
    command
        .env("ROLLCALL_CONFIG", "elsewhere.json")
        .env("ROLLCALL_STATE", "kept")
        .env("ROLLCALL_ENTRA_TENANT_ID", &desk.tenant)
        .env("ROLLCALL_ENTRA_CLIENT_ID", &desk.client)
        .env("ROLLCALL_ENTRA_CLIENT_SECRET", &desk.secret);
    finish(command).await.exits(0);
    assert_eq!(members(&sandbox), ids(0..3));
    assert!(desk.path("kept/rollcall.db").exists() && !desk.has_state());
}

#[tokio::test]
async fn a_managed_identity_signs_in_as_it_does_in_a_functions_app() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    let mut definition = desk.definition(&[everyone()]);
    let connection = definition["connections"]["entra-id"].as_object_mut();
    let connection = connection.unwrap();
    for key in ["tenantId", "clientId", "clientSecretVariable"] {
        connection.remove(key);
    }
    for identity in ["system", &desk.client] {
        definition["connections"]["entra-id"]["managedIdentity"] = json!(identity);
        desk.write("rollcall.json", definition.to_string());
        let mut command = desk.command(&["test", "entra-id"]);
        command
            .env("IDENTITY_ENDPOINT", format!("{}/msi/token", desk.graph))
            .env("IDENTITY_HEADER", "not-a-secret-either");
        finish(command)
            .await
            .exits(0)
            .says("ok    sign in: signed in\n")
            .says("ok    read groups: groups can be read\n");
    }
    assert_eq!(sandbox.counters().token_requests, 2);
}

#[tokio::test]
async fn people_without_their_attributes_are_not_judged_by_a_filter() {
    let scenario = tenant(5, 4).with_permissions(&["User.ReadBasic.All", "GroupMember.Read.All"]);
    let (_sandbox, desk) = Desk::with(scenario).await;
    desk.write("lists/everyone.csv", rows(0..4));
    let before = desk.bytes("lists/everyone.csv");
    for source in [
        json!({"connection": "entra-id", "group": "Everyone"}),
        json!({"connection": "entra-id", "everyone": true}),
    ] {
        desk.define(&[json!({
            "id": "everyone", "source": source,
            "target": {"connection": "files", "list": "everyone.csv"},
            "filters": {"accountEnabled": true},
        })]);
        desk.run(&["apply"])
            .await
            .exits(1)
            .says("grant the application `User.Read.All`");
        assert_eq!(desk.bytes("lists/everyone.csv"), before);
    }
}

#[tokio::test]
async fn no_log_setting_makes_a_library_speak_of_tokens() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    let mut command = desk.command(&["apply"]);
    command.env(
        "ROLLCALL_LOG",
        "trace,azure_core::http=trace,azure_identity::client_secret_credential=trace,hyper_util::client=trace",
    );
    let ran = finish(command).await.exits(0);
    assert_eq!(members(&sandbox), ids(0..3));
    assert!(ran.err.contains("DEBUG rollcall::"), "{}", ran.err);
    for quiet in [
        "azure_core",
        "azure_identity",
        "hyper_util",
        "Bearer",
        "eyJ",
    ] {
        assert!(!ran.err.contains(quiet), "`{quiet}` in:\n{}", ran.err);
    }
}
