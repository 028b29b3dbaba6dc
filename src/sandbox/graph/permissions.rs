//! Which application permissions each call wants, the least first.
//!
//! From the permission tables of the reference; knows nothing of objects.

use crate::sandbox::directory::Kind;
use crate::sandbox::refusal;
use crate::sandbox::wire::Answer;
use crate::sandbox::world::World;

pub(super) const READ_USERS: &[&str] = &[
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_USERS_FULLY: &[&str] = &[
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const WRITE_USERS: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const DELETE_USERS: &[&str] = &["User.ReadWrite.All", "User.DeleteRestore.All"];
pub(super) const INVITE: &[&str] = &[
    "User.Invite.All",
    "User.ReadWrite.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_GROUPS: &[&str] = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_DELETED_GROUPS: &[&str] = &[
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const WRITE_MEMBERS: &[&str] = &[
    "GroupMember.ReadWrite.All",
    "Group.ReadWrite.All",
    "Directory.ReadWrite.All",
];
pub(super) const WRITE_GROUPS: &[&str] = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const CREATE_GROUPS: &[&str] = &[
    "Group.Create",
    "Group.ReadWrite.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_CONTACTS: &[&str] = &[
    "OrgContact.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_DIRECTORY: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All"];
pub(super) const READ_ORGANIZATION: &[&str] = &[
    "Organization.Read.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_HIDDEN: &[&str] = &["Member.Read.Hidden"];
pub(super) const WRITE_ROLE_GROUPS: &[&str] = &["RoleManagement.ReadWrite.Directory"];
const READ_DEVICES: &[&str] = &[
    "Device.Read.All",
    "Device.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const READ_PRINCIPALS: &[&str] = &[
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];

/// How much of an object of some kind the application sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Everything.
    Full,
    /// Names and address only.
    Basic,
    /// Id and type only.
    Limited,
}

/// Refuses unless one of these is granted.
pub(super) fn require(world: &World, any_of: &[&str]) -> Result<(), Answer> {
    if world.may(any_of) {
        Ok(())
    } else {
        Err(refusal::denied())
    }
}

/// How much of objects of this kind the application sees.
pub(super) fn sight(world: &World, kind: Kind) -> Sight {
    let (fully, basically): (&[&str], &[&str]) = match kind {
        Kind::User => (READ_USERS_FULLY, READ_USERS),
        Kind::Group => (READ_GROUPS, &[]),
        Kind::Contact => (READ_CONTACTS, &[]),
        Kind::Device => (READ_DEVICES, &[]),
        Kind::ServicePrincipal => (READ_PRINCIPALS, &[]),
    };
    if world.may(fully) {
        Sight::Full
    } else if world.may(basically) {
        Sight::Basic
    } else {
        Sight::Limited
    }
}

/// What an application must hold besides, to put an object of this kind into a group.
pub(super) fn to_bind(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::User | Kind::Group => &[],
        Kind::Contact => READ_CONTACTS,
        Kind::Device => &["Device.ReadWrite.All", "Directory.ReadWrite.All"],
        Kind::ServicePrincipal => &["Application.ReadWrite.All", "Directory.ReadWrite.All"],
    }
}
