//! `grant.sh`: what it grants, what it takes away, and what it leaves alone.

use serde_json::Value;

use super::{
    file,
    stage::{Ran, Stage},
};

const IDENTITY: &str = "11111111-2222-3333-4444-555555555555";

/// What Microsoft Graph answers when the identity has these permissions: ids, and the ids of their assignments.
fn tenant(had: &[(&str, &str)], first: &str) -> Stage {
    let had: String = had
        .iter()
        .map(|(role, assignment)| format!("{role}\\t{assignment}\\n"))
        .collect();
    Stage::with(
        &format!(
            r#"{first}
case "$*" in
"cloud show"*) echo https://graph.example/ ;;
*servicePrincipals\(appId=*) echo graph-id ;;
"rest --method get"*appRoleAssignments*) printf '{had}' ;;
esac
"#
        ),
        "",
    )
}

fn id(permission: &str) -> String {
    let table: Value = serde_json::from_str(&file("infra/graph-permissions.json")).unwrap();
    table["ids"][permission].as_str().unwrap().to_owned()
}

fn grant(stage: &Stage, arguments: &[&str]) -> Ran {
    stage.run("grant.sh", &[&["--identity", IDENTITY], arguments].concat())
}

/// The ids of the permissions that were granted.
fn granted(ran: &Ran) -> Vec<String> {
    let posts = ran
        .calls
        .iter()
        .filter(|call| call.join(" ").starts_with("az rest --method post"));
    posts
        .map(|call| {
            let body = call.iter().position(|word| word == "--body").unwrap();
            let body: Value = serde_json::from_str(&call[body + 1]).unwrap();
            assert_eq!(body["principalId"], IDENTITY);
            assert_eq!(body["resourceId"], "graph-id");
            body["appRoleId"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn each_level_grants_its_permissions_and_the_least_is_usual() {
    let table: Value = serde_json::from_str(&file("infra/graph-permissions.json")).unwrap();
    for level in table["levels"].as_array().unwrap() {
        let stage = tenant(&[], "");
        let ran = grant(&stage, &["--level", level["name"].as_str().unwrap()]).exits(0);
        let wanted: Vec<String> = level["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|permission| id(permission.as_str().unwrap()))
            .collect();
        assert_eq!(granted(&ran), wanted);
        assert!(ran.that_begin("az rest --method delete").is_empty());
    }
    let ran = grant(&tenant(&[], ""), &[]).exits(0);
    assert_eq!(
        granted(&ran),
        [id("User.Read.All"), id("GroupMember.Read.All")]
    );
    let urls = ran.that_begin("az rest --method post");
    assert!(urls[0].contains("--url https://graph.example/v1.0/servicePrincipals/"));
}

#[test]
fn what_is_there_is_not_granted_again_and_nothing_is_taken_unasked() {
    let (read, write, mail) = (
        id("User.Read.All"),
        id("Group.ReadWrite.All"),
        "b633e1c5-b582-4048-a93e-9f11b44c7e96",
    );
    let had = [(read.as_str(), "a-1"), (&write, "a-2"), (mail, "a-3")];
    let ran = grant(&tenant(&had, ""), &["--also", "User.Invite.All"]).exits(0);
    assert_eq!(
        granted(&ran),
        [id("GroupMember.Read.All"), id("User.Invite.All")]
    );
    assert!(ran.that_begin("az rest --method delete").is_empty());
    assert_eq!(
        ran.out,
        format!(
            "has User.Read.All\ngranted GroupMember.Read.All\ngranted User.Invite.All\n\
             also has Group.ReadWrite.All, which was not asked for; --reduce takes it away\n\
             also has permission {mail}, which was not asked for; --reduce takes it away\n"
        )
    );

    let ran = grant(&tenant(&had, ""), &["--reduce"]).exits(0);
    let deleted = ran.that_begin("az rest --method delete");
    assert_eq!(deleted.len(), 2, "{deleted:?}");
    assert!(deleted[0].contains("/appRoleAssignments/a-2 "));
    assert!(deleted[1].contains("/appRoleAssignments/a-3 "));
    assert!(ran.out.contains("taken away Group.ReadWrite.All\n"));

    let ran = grant(&tenant(&had, ""), &["--level", "none", "--reduce"]).exits(0);
    assert_eq!(ran.that_begin("az rest --method delete").len(), 3);
    assert!(granted(&ran).is_empty());
}

#[test]
fn looking_first_changes_nothing() {
    let write = id("Group.ReadWrite.All");
    let had = [(write.as_str(), "a-2")];
    let ran = grant(&tenant(&had, ""), &["--reduce", "--preview"]).exits(0);
    assert_eq!(
        ran.out,
        "User.Read.All would be granted\nGroupMember.Read.All would be granted\n\
         Group.ReadWrite.All would be taken away\n"
    );
    let writes = ran.calls.iter().filter(|call| {
        call.iter()
            .any(|word| ["post", "delete", "patch", "put"].contains(&word.as_str()))
    });
    assert_eq!(writes.count(), 0);

    let ran = grant(&tenant(&had, ""), &["--level", "members", "--show"]).exits(0);
    assert!(ran.calls.is_empty());
    for permission in ["User.Read.All", "GroupMember.ReadWrite.All"] {
        assert!(ran.out.contains(&id(permission)), "{}", ran.out);
    }
}

#[test]
fn the_commands_that_are_shown_do_what_the_script_does() {
    let stage = tenant(&[], "");
    let shown = grant(&stage, &["--level", "members", "--show"])
        .exits(0)
        .out;
    let script = stage.file("shown.sh", &shown);
    let by_hand = stage.run(&script, &[]).exits(0);
    let by_script = grant(&stage, &["--level", "members"]).exits(0);
    assert_eq!(granted(&by_hand), granted(&by_script));
    assert!(!granted(&by_hand).is_empty());
}

#[test]
fn a_permission_that_is_refused_fails_and_the_others_are_granted() {
    let refused = id("User.Read.All");
    let first = format!("case \"$*\" in *post*{refused}*) echo Forbidden >&2; exit 1 ;; esac");
    let ran = grant(&tenant(&[], &first), &[])
        .exits(1)
        .complains("Forbidden")
        .complains("`User.Read.All` was not granted")
        .complains("it takes Privileged Role Administrator");
    assert_eq!(ran.out, "granted GroupMember.Read.All\n");
}

#[test]
fn an_identity_that_cannot_be_read_is_not_taken_for_one_without_permissions() {
    let first = "case \"$*\" in 'rest --method get'*appRoleAssignments*) exit 1 ;; esac";
    let ran = grant(&tenant(&[], first), &["--reduce"])
        .exits(1)
        .complains("cannot be read");
    assert!(granted(&ran).is_empty());
}

#[test]
fn the_other_shell_has_the_same_levels_and_options() {
    let other = file("infra/grant.ps1");
    assert!(other.contains("'graph-permissions.json'"));
    assert!(other.contains("SupportsShouldProcess"));
    let table: Value = serde_json::from_str(&file("infra/graph-permissions.json")).unwrap();
    let mut names = vec!["'none'".to_owned()];
    for level in table["levels"].as_array().unwrap() {
        names.push(format!("'{}'", level["name"].as_str().unwrap()));
    }
    let levels = names.join(", ");
    assert!(other.contains(&format!("[ValidateSet({levels})] [string] $Level = 'read'")));
    let main = file("infra/main.bicep");
    let names = main.split("param graphAccess").next().unwrap();
    assert!(names.trim_end().ends_with(&format!("@allowed([{levels}])")));
    for id in table["ids"].as_object().unwrap().values() {
        assert!(
            !other.contains(id.as_str().unwrap()),
            "the table has the ids"
        );
    }
}
