//! `lists`: what a definition can name on a connection.

use rollcall::sandbox::{Effect, Fault, scenario::Group};
use serde_json::json;

use super::{Desk, EVERYONE, rows, tenant};

fn group(number: usize, name: &str) -> Group {
    Group {
        id: format!("00000000-0000-4000-8000-00000000c{number:03}"),
        display_name: name.to_owned(),
        mail_nickname: Some(format!("group-{number}")),
        ..Group::default()
    }
}

#[tokio::test]
async fn groups_are_named_with_what_is_to_be_known_of_them() {
    let mut scenario = tenant(3, 2);
    scenario.groups.extend([
        Group {
            group_types: vec!["DynamicMembership".to_owned()],
            membership_rule: Some("user.department -eq \"IT\"".to_owned()),
            ..group(1, "IT")
        },
        group(2, "Region Asia"),
        group(3, "region asia"),
    ]);
    let (sandbox, desk) = Desk::with(scenario).await;
    let ran = desk.run(&["lists", "entra-id"]).await.exits(0);
    let id = |number: usize| group(number, "").id;
    assert_eq!(
        ran.out,
        format!(
            "name         id                                    note\n\
             Everyone     {EVERYONE}\n\
             IT           {}  dynamic group: can only be read\n\
             Region Asia  {}  others have this name: name it by its id\n\
             region asia  {}  others have this name: name it by its id\n",
            id(1),
            id(2),
            id(3)
        )
    );
    assert_eq!(ran.err, "");
    let named = desk
        .run(&["lists", "entra-id", "--json"])
        .await
        .exits(0)
        .json();
    assert_eq!(named["version"], 1);
    assert_eq!(named["connection"], "entra-id");
    let lists = named["lists"].as_array().unwrap();
    assert_eq!(lists[0], json!({ "name": "Everyone", "id": EVERYONE }));
    assert_eq!(lists[1]["note"], "dynamic group: can only be read");
    assert_eq!(lists.len(), 4);
    let counters = sandbox.counters();
    assert_eq!((counters.writes, counters.requests), (0, 2));
}

#[tokio::test]
async fn files_are_named_and_nothing_is_made() {
    let desk = Desk::alone();
    let ran = desk.run(&["lists", "files"]).await.exits(0);
    assert_eq!(ran.out, "");
    assert_eq!(ran.err, "`files` has no lists yet\n");
    desk.write("lists/b.csv", rows(0..1));
    desk.write("lists/A.tsv", rows(0..1));
    desk.write("lists/notes.md", "no list");
    let ran = desk.run(&["lists", "files"]).await.exits(0);
    assert_eq!(ran.out, "name   id  note\nA.tsv\nb.csv\n");
    assert!(!desk.has_state());
}

#[tokio::test]
async fn what_cannot_be_named_says_why() {
    let scenario = tenant(3, 2);
    let (sandbox, desk) = Desk::with(scenario).await;
    let ran =
        desk.run(&["lists", "politmail"]).await.exits(5).complains(
            "there is no connection `politmail`\nknown connections: `entra-id`, `files`",
        );
    assert_eq!(ran.out, "");
    let refused = Effect::Error {
        status: 403,
        code: "Authorization_RequestDenied".to_owned(),
        message: "Insufficient privileges to complete the operation.".to_owned(),
    };
    sandbox.inject(Fault::new(refused).on("GET", "/groups"));
    desk.run(&["lists", "entra-id"])
        .await
        .exits(1)
        .complains("grant the application `GroupMember.Read.All`");
    sandbox.inject(Fault::new(Effect::NotJson).on("GET", "/groups"));
    desk.run(&["lists", "entra-id"])
        .await
        .exits(5)
        .complains("page 1 of the groups: the answer is not JSON");
}
