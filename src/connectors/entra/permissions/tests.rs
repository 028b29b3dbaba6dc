//! What is said of permissions, from a token's claims and what syncs do.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{level::levels, *};
use crate::{
    connectors::ports::{Invitation, WantedList, examination::Level},
    model::list::{GroupKind, ListRef},
};

fn token(claims: &serde_json::Value) -> String {
    format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn granted(permissions: &[&str]) -> Granted {
    Granted::of(&token(&serde_json::json!({ "roles": permissions }))).unwrap()
}

fn group(writes: bool) -> Use {
    Use {
        sync: "everyone".to_owned(),
        wanted: WantedList::of(ListRef {
            connection: "entra-id".to_owned(),
            list: "Everyone".to_owned(),
        }),
        writes,
        asked: true,
    }
}

fn told(permissions: &[&str], uses: &[Use]) -> Vec<(Level, String)> {
    let findings = compared(&granted(permissions), uses, true, false);
    let told = findings
        .into_iter()
        .map(|finding| (finding.level, finding.found));
    told.collect()
}

fn worst(permissions: &[&str], one: Use) -> Level {
    let told = told(permissions, &[one]);
    told.into_iter().map(|(level, _)| level).max().unwrap()
}

#[test]
fn tokens_are_taken_apart_and_others_are_not() {
    let delegated = token(&serde_json::json!({ "scp": "User.Read.All openid" }));
    assert!(Granted::of(&delegated).unwrap().has("user.read.all"));
    assert!(
        !Granted::of(&token(&serde_json::json!({})))
            .unwrap()
            .has("User.Read.All")
    );
    for opaque in ["", "opaque", "a.b.c", "e30.bm90anNvbg.x"] {
        assert_eq!(Granted::of(opaque), None, "{opaque}");
    }
}

#[test]
fn the_least_set_is_as_it_should_be() {
    assert_eq!(
        told(&["User.Read.All", "GroupMember.ReadWrite.All"], &[group(true)]),
        [(
            Level::Ok,
            "everything that is needed is granted: to read people with their attributes, to read groups and their \
             members, to add and remove members of groups"
                .to_owned()
        )]
    );
    assert_eq!(
        worst(&["User.Read.All", "GroupMember.Read.All"], group(false)),
        Level::Ok
    );
}

#[test]
fn what_is_missing_is_a_problem_with_the_least_that_would_do() {
    let told = told(
        &["User.ReadBasic.All", "GroupMember.Read.All"],
        &[group(true)],
    );
    assert_eq!(told[0].0, Level::Problem);
    assert!(
        told[0].1.starts_with("`User.Read.All` is missing: "),
        "{told:?}"
    );
    assert!(
        told[0].1.contains("`User.ReadBasic.All` shows names alone"),
        "{told:?}"
    );
    assert!(
        told[1]
            .1
            .starts_with("`GroupMember.ReadWrite.All` is missing: "),
        "{told:?}"
    );
    let created = Use {
        wanted: WantedList {
            create: Some(GroupKind::Security),
            ..group(true).wanted
        },
        ..group(true)
    };
    let usual = ["User.Read.All", "GroupMember.ReadWrite.All"];
    assert_eq!(worst(&usual, created), Level::Problem);
    let inviting = inviting();
    assert_eq!(worst(&usual, inviting.clone()), Level::Problem);
    assert_eq!(
        worst(
            &[
                "User.Read.All",
                "GroupMember.ReadWrite.All",
                "User.Invite.All"
            ],
            inviting
        ),
        Level::Ok
    );
}

#[test]
fn what_another_sync_needs_is_no_fault_of_this_one_and_no_surplus_either() {
    let other = Use {
        asked: false,
        sync: "other".to_owned(),
        ..group(true)
    };
    let least = ["User.Read.All", "GroupMember.Read.All"];
    assert_eq!(
        told(&least, &[group(false), other.clone()])
            .into_iter()
            .map(|(level, _)| level)
            .max(),
        Some(Level::Ok)
    );
    let both = ["User.Read.All", "GroupMember.ReadWrite.All"];
    assert_eq!(
        told(&both, &[group(false), other])
            .into_iter()
            .map(|(level, _)| level)
            .max(),
        Some(Level::Ok)
    );
    assert_eq!(worst(&both, group(false)), Level::Warning, "nobody writes");
}

#[test]
fn what_is_more_than_needed_is_told_with_what_would_do() {
    let findings = compared(
        &granted(&["User.Read.All", "Group.ReadWrite.All"]),
        &[group(true)],
        true,
        false,
    );
    let last = findings.last().unwrap();
    assert_eq!(last.level, Level::Warning);
    assert!(
        last.found
            .starts_with("`Group.ReadWrite.All` is more than these syncs need; ")
    );
    assert_eq!(
        last.todo.as_deref(),
        Some(
            "grant `GroupMember.Read.All` and `GroupMember.ReadWrite.All` instead, and take `Group.ReadWrite.All` away"
        )
    );
    let everything = compared(
        &granted(&["Directory.ReadWrite.All"]),
        &[group(true)],
        true,
        false,
    );
    assert_eq!(everything.last().unwrap().level, Level::Warning);
    // Only a sync that creates groups needs so much.
    let created = Use {
        wanted: WantedList {
            create: Some(GroupKind::Security),
            ..group(true).wanted
        },
        ..group(true)
    };
    assert_eq!(
        worst(&["User.Read.All", "Group.ReadWrite.All"], created),
        Level::Ok
    );
    for (surplus, level) in [
        ("Mail.Read", Level::Note),
        ("Member.Read.Hidden", Level::Note),
        ("Mail.Send", Level::Warning),
        ("RoleManagement.ReadWrite.Directory", Level::Warning),
    ] {
        let all = ["User.Read.All", "GroupMember.ReadWrite.All", surplus];
        assert_eq!(worst(&all, group(true)), level, "{surplus}");
    }
}

/// What the level is, and what is said to do.
fn leveled(permissions: &[&str], uses: &[Use]) -> (String, Option<String>) {
    let finding = level(&granted(permissions), uses, true);
    assert_eq!(finding.what, "level");
    assert_eq!(finding.level == Level::Note, finding.todo.is_some());
    let (which, _) = finding.found.split_once(": ").unwrap();
    (which.to_owned(), finding.todo)
}

fn creating() -> Use {
    Use {
        wanted: WantedList {
            create: Some(GroupKind::Security),
            ..group(true).wanted
        },
        ..group(true)
    }
}

fn inviting() -> Use {
    Use {
        wanted: WantedList {
            invitation: Some(Invitation {
                redirect_url: String::new(),
                send_message: false,
            }),
            ..group(true).wanted
        },
        ..group(true)
    }
}

/// Everybody, organisational contacts among them.
fn reading_contacts() -> Use {
    let mut one = group(false);
    one.wanted.list.list.clear();
    one.wanted.everyone.contacts = true;
    one
}

/// A sync that needs everything there is.
fn doing_everything() -> [Use; 4] {
    let mut changing = group(true);
    changing.wanted.given.push("jobTitle".to_owned());
    [creating(), inviting(), reading_contacts(), changing]
}

#[test]
fn each_level_of_the_table_allows_what_it_is_for_and_nothing_more() {
    let levels = levels();
    let names: Vec<&str> = levels.iter().map(|level| level.name.as_str()).collect();
    assert_eq!(names, ["read", "members", "everything"]);
    let uses = [
        vec![group(false)],
        vec![group(true)],
        doing_everything().to_vec(),
    ];
    for (level, uses) in levels.iter().zip(uses) {
        let permissions: Vec<&str> = level.permissions.iter().map(String::as_str).collect();
        let (which, todo) = leveled(&permissions, &uses);
        assert_eq!((which, todo), (format!("`{}`", level.name), None));
    }
    let said = |permissions: &[&str]| level(&granted(permissions), &[group(true)], true).found;
    assert_eq!(
        said(&["User.Read.All", "GroupMember.ReadWrite.All"]),
        "`members`: may read people with their attributes, read groups and their members, add and remove members of \
         groups; may not read organisational contacts, create groups, invite guests, change fields of people"
    );
    let everything: Vec<&str> = levels[2].permissions.iter().map(String::as_str).collect();
    assert!(
        !said(&everything).contains("may not"),
        "{}",
        said(&everything)
    );
    assert!(said(&[]).ends_with("may do nothing of what syncs ask for"));
}

#[test]
fn another_level_than_the_syncs_need_is_told_with_the_one_that_they_need() {
    let grant = |level: &str| {
        Some(format!(
            "these syncs need the level `{level}`: `infra/grant.sh --identity OBJECT_ID --level {level}`, or \
             `infra/grant.ps1 -Identity OBJECT_ID -Level {level}`"
        ))
    };
    let enough = |level: &str| {
        Some(format!(
            "the level `{level}` is enough for these syncs: `infra/grant.sh --identity OBJECT_ID --level {level} \
             --reduce`, or `infra/grant.ps1 -Identity OBJECT_ID -Level {level} -Reduce`"
        ))
    };
    let grant_with = |level: &str, one: &str| {
        Some(format!(
            "these syncs need the level `{level}` with `{one}`: `infra/grant.sh --identity OBJECT_ID --level {level} \
             --also {one}`, or `infra/grant.ps1 -Identity OBJECT_ID -Level {level} -Also {one}`"
        ))
    };
    let enough_with = |level: &str, one: &str| {
        Some(format!(
            "the level `{level}` with `{one}` is enough for these syncs: `infra/grant.sh --identity OBJECT_ID --level \
             {level} --also {one} --reduce`, or `infra/grant.ps1 -Identity OBJECT_ID -Level {level} -Also {one} \
             -Reduce`"
        ))
    };
    let (contacts, guests, groups) = (
        "OrgContact.Read.All",
        "User.Invite.All",
        "Group.ReadWrite.All",
    );
    let everything = levels().pop().unwrap().permissions;
    let everything: Vec<&str> = everything.iter().map(String::as_str).collect();
    let read = ["User.Read.All", "GroupMember.Read.All"];
    let members = ["User.Read.All", "GroupMember.ReadWrite.All"];
    for (permissions, use_of_it, which, todo) in [
        (&read[..], group(true), "`read`", grant("members")),
        (&read, creating(), "`read`", grant_with("members", groups)),
        (
            &members,
            creating(),
            "`members`",
            grant_with("members", groups),
        ),
        (
            &read,
            reading_contacts(),
            "`read`",
            grant_with("read", contacts),
        ),
        (
            &["User.Read.All", "GroupMember.Read.All", contacts],
            reading_contacts(),
            "`read`",
            None,
        ),
        (
            &members,
            inviting(),
            "`members`",
            grant_with("members", guests),
        ),
        (
            &["User.Read.All", "GroupMember.ReadWrite.All", guests],
            inviting(),
            "`members`, and beside it `User.Invite.All`",
            None,
        ),
        (
            &everything[..],
            reading_contacts(),
            "`everything`",
            enough_with("read", contacts),
        ),
        (
            &everything[..],
            inviting(),
            "`everything`",
            enough_with("members", guests),
        ),
        (&members, group(false), "`members`", enough("read")),
        (
            &["User.Read.All"],
            group(false),
            "less than `read`",
            grant("read"),
        ),
        (
            &["Mail.Send"],
            group(false),
            "less than `read`, and beside it `Mail.Send`",
            grant("read"),
        ),
        // As good as the level, by one that includes both.
        (&["Directory.Read.All"], group(false), "`read`", None),
        (
            &["Directory.ReadWrite.All"],
            group(true),
            "more than `everything` (`Directory.ReadWrite.All`)",
            enough("members"),
        ),
        (
            &[
                "User.Read.All",
                "GroupMember.ReadWrite.All",
                "Group.ReadWrite.All",
            ],
            creating(),
            "`members`, and beside it `Group.ReadWrite.All`",
            None,
        ),
        (
            &[
                "User.Read.All",
                "GroupMember.ReadWrite.All",
                "User.Invite.All",
            ],
            group(true),
            "`members`, and beside it `User.Invite.All`",
            enough("members"),
        ),
    ] {
        let told = leveled(permissions, &[use_of_it]);
        assert_eq!(told, (which.to_owned(), todo), "{permissions:?}");
    }
}

/// Whoever does what the level says is not told the contrary by the other findings.
#[test]
fn what_the_level_asks_for_is_neither_missing_nor_too_much_afterwards() {
    let [creating, inviting, contacts, changing] = doing_everything();
    for uses in [
        vec![group(true)],
        vec![creating],
        vec![inviting.clone()],
        vec![group(false), contacts.clone()],
        vec![inviting, contacts],
        vec![changing],
        doing_everything().to_vec(),
    ] {
        let (_, todo) = leveled(&[], &uses);
        let command = todo.unwrap();
        let command = command
            .split('`')
            .find(|part| part.contains("grant.sh"))
            .unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        let after = |option: &str| -> Vec<&str> {
            let pairs = words.windows(2).filter(|pair| pair[0] == option);
            pairs.map(|pair| pair[1]).collect()
        };
        let level = levels()
            .into_iter()
            .find(|one| after("--level") == [one.name.as_str()]);
        let level = level.unwrap().permissions;
        let mut permissions: Vec<&str> = level.iter().map(String::as_str).collect();
        permissions.extend(after("--also"));
        assert_eq!(leveled(&permissions, &uses).1, None, "{command}");
        let told = told(&permissions, &uses);
        assert!(
            told.iter().all(|(level, _)| *level == Level::Ok),
            "{command}: {told:?}"
        );
    }
}

#[test]
fn beside_syncs_that_cannot_be_read_nothing_is_too_much() {
    let much = granted(&["Directory.ReadWrite.All", "Mail.Send"]);
    let finding = level(&much, &[group(true)], false);
    let todo = finding.todo.unwrap();
    assert!(todo.starts_with("correct the definitions"), "{todo}");
    let findings = compared(&much, &[group(true)], false, false);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].level, Level::Ok);
    // What is missing is missing whatever the others need.
    let finding = level(&granted(&[]), &[group(true)], false);
    assert!(finding.todo.unwrap().contains("--level members`"));
}

#[test]
fn the_command_names_the_identity_that_is_signed_in_and_nothing_that_is_no_id() {
    let todo = |oid: &str| {
        let claims = serde_json::json!({ "roles": ["User.Read.All"], "oid": oid });
        let granted = Granted::of(&token(&claims)).unwrap();
        level(&granted, &[group(true)], true).todo.unwrap()
    };
    let id = "00000000-0000-4000-8000-00000000000a";
    assert!(todo(id).contains(&format!("--identity {id} --level members`")));
    let hostile = todo("x; rm -rf ~");
    assert!(hostile.contains("--identity OBJECT_ID ") && !hostile.contains("rm"));
}
