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
