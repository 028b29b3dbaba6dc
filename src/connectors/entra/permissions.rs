//! Which permissions the application has, and which ones its syncs need: what is missing, and what is more than enough.
//!
//! Pure: it must not know requests. A token is taken apart and never shown.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::connectors::ports::examination::{Finding, Use};

/// What the token says the application may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Granted(BTreeSet<String>);

/// The part of a token that says so: application permissions as a list, delegated ones as one text.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    scp: Option<String>,
}

impl Granted {
    /// What a token says. `None` of a token that only its service can read.
    pub(super) fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, claims) = (parts.next()?, parts.next()?);
        let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        let claims: Claims = serde_json::from_slice(&bytes).ok()?;
        let delegated = claims.scp.unwrap_or_default();
        let delegated = delegated.split_whitespace().map(str::to_owned);
        Some(Self(claims.roles.into_iter().chain(delegated).collect()))
    }

    fn has(&self, permission: &str) -> bool {
        self.0
            .iter()
            .any(|granted| granted.eq_ignore_ascii_case(permission))
    }
}

/// Something a sync does that needs a permission.
struct Need {
    /// What it is, in words.
    what: &'static str,
    /// Any one of these is enough; the least comes first.
    /// <https://learn.microsoft.com/graph/permissions-reference>
    any_of: &'static [&'static str],
    /// Whether a use is such a thing.
    is: fn(&Use) -> bool,
}

const NEEDS: [Need; 7] = [
    Need {
        what: "read people with their attributes",
        any_of: &[
            "User.Read.All",
            "User.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        is: |_| true,
    },
    Need {
        what: "read groups and their members",
        any_of: &[
            "GroupMember.Read.All",
            "GroupMember.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        is: |one| names_a_group(one) || one.wanted.everyone.mail_groups,
    },
    Need {
        what: "read organisational contacts",
        any_of: &[
            "OrgContact.Read.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        is: |one| one.wanted.everyone.contacts,
    },
    Need {
        what: "add and remove members of groups",
        any_of: &[
            "GroupMember.ReadWrite.All",
            "Group.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        is: |one| one.writes && names_a_group(one),
    },
    Need {
        what: "create groups",
        any_of: &["Group.ReadWrite.All", "Directory.ReadWrite.All"],
        is: |one| one.writes && names_a_group(one) && one.wanted.create.is_some(),
    },
    Need {
        what: "invite guests",
        any_of: &[
            "User.Invite.All",
            "User.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        is: |one| one.writes && names_a_group(one) && one.wanted.invitation.is_some(),
    },
    Need {
        what: "change fields of people",
        any_of: &["User.ReadWrite.All", "Directory.ReadWrite.All"],
        is: |one| one.writes && !one.wanted.given.is_empty(),
    },
];

fn names_a_group(one: &Use) -> bool {
    !one.wanted.list.list.is_empty()
}

/// Permissions that let an application do great harm, and which.
const DANGEROUS: [(&str, &str); 7] = [
    (
        "Directory.ReadWrite.All",
        "with it the application may change nearly everything in the directory",
    ),
    (
        "Group.ReadWrite.All",
        "with it the application may change and delete any group",
    ),
    (
        "User.ReadWrite.All",
        "with it the application may change and delete any person",
    ),
    (
        "RoleManagement.ReadWrite.Directory",
        "with it the application may make anybody an administrator",
    ),
    (
        "AppRoleAssignment.ReadWrite.All",
        "with it the application may give itself any permission",
    ),
    (
        "Application.ReadWrite.All",
        "with it the application may sign in as any other application",
    ),
    (
        "User.DeleteRestore.All",
        "with it the application may delete any person",
    ),
];

/// Words in the names of permissions that do more than read.
const DOES: [&str; 6] = ["write", "send", "create", "invite", "manage", "fullcontrol"];

/// Holds what is granted against what the syncs do: what is missing, what is more than enough, and what nothing needs.
pub(super) fn compared(granted: &Granted, uses: &[Use], is_managed: bool) -> Vec<Finding> {
    let needed: Vec<(&Need, Vec<&Use>)> = NEEDS
        .iter()
        .map(|need| (need, uses.iter().filter(|one| (need.is)(one)).collect()))
        .filter(|(_, uses): &(_, Vec<&Use>)| !uses.is_empty())
        .collect();
    let mut findings = Vec::new();
    let mut in_use: BTreeSet<&str> = BTreeSet::new();
    // What was granted for something that less would do for, and the less.
    let mut too_much: Vec<(&str, &str, &str)> = Vec::new();
    for (need, uses) in &needed {
        let chosen = need.any_of.iter().find(|one| granted.has(one));
        let least = need.any_of.first();
        match (chosen, least) {
            (Some(chosen), Some(least)) => {
                in_use.insert(chosen);
                if chosen != least {
                    too_much.push((chosen, least, need.what));
                }
            }
            (None, Some(least)) if uses.iter().any(|one| one.asked) => {
                findings.push(missing(granted, need, least, uses, is_managed));
            }
            (None, _) | (_, None) => {}
        }
    }
    if findings.is_empty() {
        let words: Vec<&str> = needed.iter().map(|(need, _)| need.what).collect();
        findings.push(Finding::ok(
            "permissions",
            format!(
                "everything that is needed is granted: to {}",
                words.join(", to ")
            ),
        ));
    }
    findings.extend(excessive(&needed, &too_much));
    findings.extend(unused(granted, &in_use));
    findings
}

fn missing(
    granted: &Granted,
    need: &Need,
    least: &str,
    uses: &[&Use],
    is_managed: bool,
) -> Finding {
    let syncs: BTreeSet<&str> = uses
        .iter()
        .filter(|one| one.asked)
        .map(|one| one.sync.as_str())
        .collect();
    let syncs: Vec<String> = syncs.into_iter().map(|sync| format!("`{sync}`")).collect();
    let mut found = format!(
        "`{least}` is missing: without it the application cannot {}, as {} {} it to",
        need.what,
        syncs.join(", "),
        if syncs.len() == 1 { "asks" } else { "ask" },
    );
    if least == "User.Read.All" && granted.has("User.ReadBasic.All") {
        found.push_str("; `User.ReadBasic.All` shows names alone");
    }
    if least == "GroupMember.ReadWrite.All" {
        found.push_str(
            " (an application that owns a group may be let in without it, but Microsoft Graph does not show \
             applications as owners, so that this cannot be told before)",
        );
    }
    let mut todo =
        format!("grant the application `{least}` (application permission) and admin consent");
    if is_managed {
        todo.push_str("; the token of a managed identity can take a day to show it");
    }
    Finding::problem("permissions", found).todo(todo)
}

/// What is granted and in use, where less would do.
fn excessive(needed: &[(&Need, Vec<&Use>)], too_much: &[(&str, &str, &str)]) -> Vec<Finding> {
    let is_the_least_for_something = |permission: &str| {
        needed
            .iter()
            .any(|(need, _)| need.any_of.first() == Some(&permission))
    };
    let mut permissions: Vec<&str> = too_much.iter().map(|(chosen, ..)| *chosen).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let excessive = permissions
        .into_iter()
        .filter(|permission| !is_the_least_for_something(permission));
    excessive
        .map(|permission| {
            let of_it = too_much.iter().filter(|(chosen, ..)| *chosen == permission);
            let mut less: Vec<String> = of_it.map(|(_, least, _)| format!("`{least}`")).collect();
            less.sort();
            less.dedup();
            let less = less.join(" and ");
            let danger = danger(permission).map_or_else(String::new, |why| format!("; {why}"));
            let found = format!("`{permission}` is more than these syncs need{danger}");
            let todo = format!("grant {less} instead, and take `{permission}` away");
            if does_more_than_read(permission) {
                Finding::warning("permissions", found).todo(todo)
            } else {
                Finding::note("permissions", found).todo(todo)
            }
        })
        .collect()
}

/// What is granted and nothing here needs.
fn unused(granted: &Granted, in_use: &BTreeSet<&str>) -> Vec<Finding> {
    let is_used = |permission: &str| {
        in_use
            .iter()
            .any(|one| one.eq_ignore_ascii_case(permission))
    };
    let unused = granted.0.iter().filter(|permission| !is_used(permission));
    unused
        .map(|permission| {
            if permission.eq_ignore_ascii_case("Member.Read.Hidden") {
                let found = format!(
                    "`{permission}` is granted: only groups that hide their members need it"
                );
                return Finding::note("permissions", found);
            }
            let found = format!("`{permission}` is granted, and no sync here needs it");
            let found = match danger(permission) {
                Some(why) => format!("{found}; {why}"),
                None => found,
            };
            let todo = "take it away, unless something else signs in as the same application";
            if does_more_than_read(permission) {
                Finding::warning("permissions", found).todo(todo)
            } else {
                Finding::note("permissions", found).todo(todo)
            }
        })
        .collect()
}

fn danger(permission: &str) -> Option<&'static str> {
    let mut dangers = DANGEROUS.iter();
    let (_, why) = dangers.find(|(name, _)| name.eq_ignore_ascii_case(permission))?;
    Some(why)
}

fn does_more_than_read(permission: &str) -> bool {
    let permission = permission.to_ascii_lowercase();
    danger(&permission).is_some() || DOES.iter().any(|word| permission.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let findings = compared(&granted(permissions), uses, false);
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
        let inviting = Use {
            wanted: WantedList {
                invitation: Some(Invitation {
                    redirect_url: String::new(),
                    send_message: false,
                }),
                ..group(true).wanted
            },
            ..group(true)
        };
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
}
