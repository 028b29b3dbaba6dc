//! What needs which permission, and which permissions are dangerous.
//!
//! From the reference of permissions; it must not know what is granted.

use crate::connectors::ports::examination::Use;

/// Something a sync does that needs a permission.
pub(super) struct Need {
    /// What it is, in words.
    pub(super) what: &'static str,
    /// Any one of these is enough; the least comes first.
    /// <https://learn.microsoft.com/graph/permissions-reference>
    pub(super) any_of: &'static [&'static str],
    /// Whether a use is such a thing.
    pub(super) is: fn(&Use) -> bool,
}

/// Everything that syncs do and need a permission for.
pub(super) const NEEDS: [Need; 7] = [
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

/// What great harm an application can do with a permission.
pub(super) fn danger(permission: &str) -> Option<&'static str> {
    let mut dangers = DANGEROUS.iter();
    let (_, why) = dangers.find(|(name, _)| name.eq_ignore_ascii_case(permission))?;
    Some(why)
}

/// Whether a permission is for more than reading.
pub(super) fn does_more_than_read(permission: &str) -> bool {
    let permission = permission.to_ascii_lowercase();
    danger(&permission).is_some() || DOES.iter().any(|word| permission.contains(word))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// What the deployment grants.
    const LEVELS: &str = include_str!("../../../../infra/graph-permissions.json");

    /// Every level: its name, and its permissions.
    fn levels() -> Vec<(String, BTreeSet<String>)> {
        let table: Value = serde_json::from_str(LEVELS).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let levels = table["levels"].as_array().unwrap().iter();
        levels
            .map(|level| {
                let permissions = level["permissions"].as_array().unwrap();
                (text(&level["name"]), permissions.iter().map(text).collect())
            })
            .collect()
    }

    /// What these permissions are enough for.
    fn enough_for(permissions: &BTreeSet<String>) -> Vec<&'static str> {
        let met = NEEDS.iter().filter(|need| {
            let mut any_of = need.any_of.iter();
            any_of.any(|one| permissions.contains(*one))
        });
        met.map(|need| need.what).collect()
    }

    #[test]
    fn each_level_is_enough_for_what_it_says_and_grants_no_more() {
        let met: Vec<_> = levels()
            .iter()
            .map(|(name, permissions)| (name.clone(), enough_for(permissions)))
            .collect();
        let read = vec![
            "read people with their attributes",
            "read groups and their members",
        ];
        let members = [&read[..], &["add and remove members of groups"]].concat();
        let everything: Vec<_> = NEEDS.iter().map(|need| need.what).collect();
        let wanted = [
            ("read".to_owned(), read),
            ("members".to_owned(), members),
            ("everything".to_owned(), everything),
        ];
        assert_eq!(met, wanted);
        // Nothing broader stands in for what a narrower permission does.
        for (name, permissions) in levels() {
            for permission in &permissions {
                let is_least = |need: &Need| need.any_of.first() == Some(&permission.as_str());
                assert!(
                    NEEDS.iter().any(is_least),
                    "{name}: nothing needs `{permission}`"
                );
            }
        }
        let first = levels().into_iter().next().unwrap().1;
        assert!(!first.iter().any(|one| does_more_than_read(one)));
        let dangerous = levels().into_iter().take(2).flat_map(|(_, all)| all);
        assert_eq!(dangerous.filter(|one| danger(one).is_some()).count(), 0);
    }

    #[test]
    fn every_permission_of_a_level_has_an_id_of_its_own() {
        let table: Value = serde_json::from_str(LEVELS).unwrap();
        let ids = table["ids"].as_object().unwrap();
        let used: BTreeSet<String> = levels().into_iter().flat_map(|(_, all)| all).collect();
        let known: BTreeSet<String> = ids.keys().cloned().collect();
        assert_eq!(used, known);
        let different: BTreeSet<_> = ids.values().map(Value::to_string).collect();
        assert_eq!(different.len(), ids.len());
        // <https://learn.microsoft.com/graph/permissions-reference>
        for (name, id) in [
            ("User.Read.All", "df021288-bdef-4463-88db-98f22de89214"),
            (
                "GroupMember.Read.All",
                "98830695-27a2-44f7-8c18-0c3ebc9698f6",
            ),
            (
                "GroupMember.ReadWrite.All",
                "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
            ),
            (
                "OrgContact.Read.All",
                "e1a88a34-94c4-4418-be12-c87b00e26bea",
            ),
            (
                "Group.ReadWrite.All",
                "62a82d76-70ea-41e2-9197-370581804d09",
            ),
            ("User.Invite.All", "09850681-111b-4a89-9bed-3f2cae46d706"),
            ("User.ReadWrite.All", "741f803b-c850-494e-b5df-cde7c675a1ca"),
        ] {
            assert_eq!(ids[name], id, "{name}");
        }
    }
}
