//! What is in a package.

use super::*;
use crate::{
    hand_over::{
        MANIFEST_VERSION, Manifest,
        archive::{unzip, zip},
        files::{APPLY_EXCHANGE, APPLY_GRAPH, COLUMN, File, files},
    },
    model::capabilities::MemberCsv,
};

fn names(files: &[File]) -> Vec<&str> {
    files.iter().map(|file| file.path.as_str()).collect()
}

fn text(files: &[File], name: &str) -> String {
    let file = files.iter().find(|file| file.path == name).unwrap();
    String::from_utf8(file.bytes.clone()).unwrap()
}

fn usual() -> Manifest {
    Manifest {
        replaces: Some("r0".to_owned()),
        ..package(
            HandOver::Directory,
            &[add(1), add(2), invite("gwen"), remove(9)],
        )
    }
}

#[test]
fn the_package_of_a_group_that_graph_could_write() {
    let files = files(&usual(), MemberCsv::Current).unwrap();
    assert_eq!(
        names(&files),
        [
            "README.md",
            "summary.json",
            "add-members.csv",
            "remove-members.csv",
            "apply-graph.ps1"
        ]
    );
    assert_eq!(
        text(&files, "add-members.csv"),
        format!("{COLUMN}\r\n{}\r\n{}\r\n", id(1), id(2))
    );
    assert_eq!(
        text(&files, "remove-members.csv"),
        format!("{COLUMN}\r\n{}\r\n", id(9))
    );
    assert_eq!(text(&files, "apply-graph.ps1"), APPLY_GRAPH);
    insta::assert_snapshot!(text(&files, "README.md"), @r#"
    # Members of `Staff`: changes for an administrator

    rollcall keeps this group in step with another list, and does not change it itself: Microsoft Graph cannot write a distribution list.
    This package holds what has to change. It was planned with the same checks and limits as any other run.

    - Group: `Staff`, object id `00000000-0000-4000-8000-000000000999`, on the connection `entra-id`
    - Sync and run: `staff`, `r1`
    - Made: 2026-11-21 06:00 UTC
    - To add: 2
    - To remove: 1
    - Guests to invite first: 1

    ## Before you begin

    Apply it before 2026-12-05 06:00 UTC, and only while it is the latest one: people may leave or opt out meanwhile.
    `rollcall hand-over SYNC`, with the name of the sync, names the latest package, and says when this one is superseded. The script refuses to work after that day; the files for the admin centre cannot.

    It replaces the package of run `r0`: do not apply that one any more.

    ## What is in it

    - `summary.json`: everything this package says, for programs; every member with the reason
    - `add-members.csv`: whom to add; object ids, one for each member
    - `remove-members.csv`: whom to remove; object ids, one for each member
    - `apply-graph.ps1`: a script that applies both files with Microsoft Graph PowerShell

    ## Invite the guests

    Nobody in the directory has these addresses. Invite them in the Microsoft Entra admin centre under Users > All users > New user > Invite external user, or leave them out. rollcall invites nobody for this group: once a guest is in the directory, the next package adds them.

        gwen@partner.example  is on the source

    ## With the admin centre

    As a Groups Administrator or an owner of the group:

    1. Open the Microsoft Entra admin centre, Groups > All groups, and the group with the object id `00000000-0000-4000-8000-000000000999`.
    2. Open Members, then Bulk operations.
    3. Choose Import members, upload `add-members.csv` as it is, and submit.
    4. Choose Remove members, upload `remove-members.csv` as it is, and submit.

    The result is under Bulk operation results. A member who is there already, or gone already, is told as a failure there and is none. The admin centre asks for at least two members in a file: for one alone use Members > Add members or Remove, or the script.

    ## With PowerShell

    It needs the modules Microsoft.Graph.Authentication and Microsoft.Graph.Groups, and the delegated permission `GroupMember.ReadWrite.All` for an owner of the group or a Groups Administrator.

    1. Unpack the whole package into a folder of its own.
    2. `.\apply-graph.ps1 -WhatIf` shows what would be done, and does nothing.
    3. `.\apply-graph.ps1` does it, goes on after a member that failed, and says what it did. It may be run again.

    The script is the same in every package and runs nothing that stands in the other files.

    ## When it is done

    Nobody has to tell rollcall. The next run reads the group and sees what was applied: all of it, a part of it (the rest waits in this package), or that something else is wanted by now; then it makes a new package that says which one it replaces.

    ## To add

        p1@acme.example  00000000-0000-4000-8000-000000000001  is on the source
        p2@acme.example  00000000-0000-4000-8000-000000000002  is on the source

    ## To remove

        p9@acme.example  00000000-0000-4000-8000-000000000009  is not on the source
    "#);
    insta::assert_snapshot!(text(&files, "summary.json"), @r#"
    {
      "version": 1,
      "sync": "staff",
      "run": "r1",
      "made": "2026-11-21T06:00:00Z",
      "applyBefore": "2026-12-05T06:00:00Z",
      "applyBeforeSeconds": 1796450400,
      "replaces": "r0",
      "side": "target",
      "list": {
        "connection": "entra-id",
        "list": "Staff"
      },
      "groupId": "00000000-0000-4000-8000-000000000999",
      "with": "directory",
      "cloud": "public",
      "why": "Microsoft Graph cannot write a distribution list",
      "counts": {
        "add": 2,
        "remove": 1,
        "invite": 1
      },
      "changes": [
        {
          "action": "add",
          "member": "p1@acme.example",
          "id": "00000000-0000-4000-8000-000000000001",
          "reason": "is on the source",
          "since": "2026-11-21T06:00:00Z"
        },
        {
          "action": "add",
          "member": "p2@acme.example",
          "id": "00000000-0000-4000-8000-000000000002",
          "reason": "is on the source",
          "since": "2026-11-21T06:00:00Z"
        },
        {
          "action": "remove",
          "member": "p9@acme.example",
          "id": "00000000-0000-4000-8000-000000000009",
          "reason": "is not on the source",
          "since": "2026-11-21T06:00:00Z"
        },
        {
          "action": "invite",
          "member": "gwen@partner.example",
          "id": null,
          "reason": "is on the source",
          "since": "2026-11-21T06:00:00Z"
        }
      ]
    }
    "#);
}

#[test]
fn the_package_of_a_distribution_list() {
    let manifest = package(HandOver::Exchange, &[add(1)]);
    let files = files(&manifest, MemberCsv::Current).unwrap();
    assert_eq!(
        names(&files),
        [
            "README.md",
            "summary.json",
            "add-members.csv",
            "apply-exchange.ps1"
        ],
        "a file without members is left out"
    );
    assert_eq!(text(&files, "apply-exchange.ps1"), APPLY_EXCHANGE);
    insta::assert_snapshot!(text(&files, "README.md"), @r#"
    # Members of `Staff`: changes for an administrator

    rollcall keeps this group in step with another list, and does not change it itself: Microsoft Graph cannot write a distribution list.
    This package holds what has to change. It was planned with the same checks and limits as any other run.

    - Group: `Staff`, object id `00000000-0000-4000-8000-000000000999`, on the connection `entra-id`
    - Sync and run: `staff`, `r1`
    - Made: 2026-11-21 06:00 UTC
    - To add: 1
    - To remove: 0
    - Guests to invite first: 0

    ## Before you begin

    Apply it before 2026-12-05 06:00 UTC, and only while it is the latest one: people may leave or opt out meanwhile.
    `rollcall hand-over SYNC`, with the name of the sync, names the latest package, and says when this one is superseded. The script refuses to work after that day; the files for the admin centre cannot.

    ## What is in it

    - `summary.json`: everything this package says, for programs; every member with the reason
    - `add-members.csv`: whom to add; object ids, one for each member
    - `apply-exchange.ps1`: a script that applies both files with Exchange Online PowerShell

    ## Not with the Entra admin centre

    The Entra admin centre cannot change the members of a distribution list or a mail-enabled security group, and neither can Microsoft Graph. The files are for the script below.

    ## With PowerShell

    It needs the module ExchangeOnlineManagement, 3.0 or later, and an Exchange Administrator, or an account with the Exchange role Security Group Creation and Membership.

    1. Unpack the whole package into a folder of its own.
    2. `.\apply-exchange.ps1 -WhatIf` shows what would be done, and does nothing.
    3. `.\apply-exchange.ps1` does it, goes on after a member that failed, and says what it did. It may be run again.

    The script is the same in every package and runs nothing that stands in the other files.

    ## When it is done

    Nobody has to tell rollcall. The next run reads the group and sees what was applied: all of it, a part of it (the rest waits in this package), or that something else is wanted by now; then it makes a new package that says which one it replaces.

    ## To add

        p1@acme.example  00000000-0000-4000-8000-000000000001  is on the source
    "#);
}

#[test]
fn the_legacy_template_has_its_version_first() {
    let files = files(&usual(), MemberCsv::Legacy).unwrap();
    assert_eq!(
        text(&files, "remove-members.csv"),
        format!("version:v1.0\r\n{COLUMN}\r\n{}\r\n", id(9))
    );
}

#[test]
fn what_people_are_called_is_data_in_every_file() {
    let mut evil = usual();
    evil.list.list = "Staff`$(Remove-Item /)`\n# '; rm -rf / #".to_owned();
    evil.sync = "st`aff".to_owned();
    let member = Member {
        addresses: vec![Address::parse("=cmd|'/c+calc'!a0@acme.example").unwrap()],
        ..person(3)
    };
    evil.changes
        .push(crate::hand_over::row(&change(Action::Add, member), made()).unwrap());
    let evil_files = files(&evil, MemberCsv::Current).unwrap();
    let usual_files = files(&usual(), MemberCsv::Current).unwrap();
    let name = "apply-graph.ps1";
    assert_eq!(text(&evil_files, name), text(&usual_files, name));
    for name in ["add-members.csv", "remove-members.csv"] {
        for line in text(&evil_files, name).lines().skip(1) {
            assert!(uuid::Uuid::try_parse(line).is_ok(), "{line}");
        }
    }
    let read: Manifest = serde_json::from_str(&text(&evil_files, "summary.json")).unwrap();
    assert_eq!(read, evil);
    let readme = text(&evil_files, "README.md");
    assert!(
        readme.contains("- Group: `Staff'$(Remove-Item /)'\u{fffd}# '; rm -rf / #`, object id"),
        "{readme}"
    );
}

#[test]
fn many_people_are_counted_and_not_all_named() {
    let changes: Vec<Change> = (0..150).map(add).collect();
    let files = files(&package(HandOver::Exchange, &changes), MemberCsv::Current).unwrap();
    let readme = text(&files, "README.md");
    assert!(readme.contains("- To add: 150\n"), "{readme}");
    assert!(
        readme.contains("and 50 more; see `summary.json`."),
        "{readme}"
    );
    assert_eq!(text(&files, "add-members.csv").lines().count(), 151);
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let manifest = usual();
    let text = serde_json::to_string(&manifest).unwrap();
    let read: Manifest = serde_json::from_str(&text).unwrap();
    assert_eq!(read, manifest);
    assert!(read.is_known());
    let newer = Manifest {
        version: MANIFEST_VERSION + 1,
        ..manifest
    };
    assert!(!newer.is_known());
}

#[test]
fn the_same_package_is_the_same_bytes() {
    let pack = || zip(&files(&usual(), MemberCsv::Current).unwrap()).unwrap();
    assert_eq!(pack(), pack());
    let unpacked = unzip(&pack()).unwrap();
    assert_eq!(unpacked, files(&usual(), MemberCsv::Current).unwrap());
}

#[test]
fn a_zip_that_leads_out_of_its_folder_is_refused() {
    for path in ["../evil.txt", "/etc/passwd", "a/../../evil.txt"] {
        let evil = File {
            path: path.to_owned(),
            bytes: b"x".to_vec(),
        };
        let bytes = zip(&[evil]).unwrap();
        assert!(unzip(&bytes).is_err(), "{path}");
    }
    assert!(unzip(b"no zip").is_err());
}
