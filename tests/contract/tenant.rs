//! A tenant with something of everything.
//!
//! Knows nothing of requests.

use rollcall::sandbox::scenario::{
    Contact, Device, Group, GuestPolicy, Scenario, ServicePrincipal, User,
};

pub(crate) const PERMISSIONS: &[&str] = &[
    "User.Read.All",
    "User.ReadWrite.All",
    "User.Invite.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "OrgContact.Read.All",
];
pub(crate) const EVERYONE: &str = Scenario::EVERYONE;
pub(crate) const INNER: &str = "00000000-0000-4000-8000-00000000a002";
pub(crate) const UNIFIED: &str = "00000000-0000-4000-8000-00000000a003";
pub(crate) const CONTACT: &str = "00000000-0000-4000-8000-00000000c001";
pub(crate) const DEVICE: &str = "00000000-0000-4000-8000-00000000d001";
pub(crate) const EXTENSION: &str = "extension_0123456789abcdef0123456789abcdef_costCentre";
pub(crate) const GUEST: &str = "00000000-0000-4000-8000-00000000e001";

pub(crate) fn tenant() -> Scenario {
    let mut scenario = Scenario::with_people(30).with_permissions(PERMISSIONS);
    scenario.page_size_limit = Some(7);
    scenario.guest_policy = GuestPolicy {
        guests_in_m365_groups: false,
        ..GuestPolicy::default()
    };
    scenario.users[4].mail = None;
    scenario.users[4].manager = Some(User::numbered_id(0));
    scenario.users[4].extension_attributes =
        [("extensionAttribute1".to_owned(), "blue".to_owned())].into();
    scenario.users[4].extensions = [(EXTENSION.to_owned(), "4711".to_owned())].into();
    scenario.users[5].account_enabled = Some(false);
    scenario.users[6].user_type = None;
    scenario.users[7].on_premises_sync_enabled = Some(true);
    scenario.users[8].is_admin = true;
    scenario.users.push(User {
        id: GUEST.to_owned(),
        user_principal_name: "bob_fabrikam.example#EXT#@contoso.onmicrosoft.example".to_owned(),
        mail: Some("Bob@fabrikam.example".to_owned()),
        user_type: Some("Guest".to_owned()),
        external_user_state: Some("Accepted".to_owned()),
        ..User::default()
    });
    scenario.contacts.push(Contact {
        id: CONTACT.to_owned(),
        display_name: Some("Desk".to_owned()),
        mail: Some("desk@fabrikam.example".to_owned()),
        mobile_phone: Some("+61491570006".to_owned()),
        ..Contact::default()
    });
    scenario.devices.push(Device {
        id: DEVICE.to_owned(),
        display_name: Some("Kiosk".to_owned()),
    });
    let principal = "00000000-0000-4000-8000-00000000f001".to_owned();
    scenario.service_principals.push(ServicePrincipal {
        id: principal.clone(),
        display_name: None,
    });
    scenario.groups[0].members = (10..25).map(User::numbered_id).collect();
    scenario.groups[0]
        .members
        .extend([INNER, CONTACT, DEVICE, GUEST].map(str::to_owned));
    scenario.groups[0].members.push(principal);
    scenario.groups[0].owners = vec![User::numbered_id(0)];
    let inner = Group {
        id: INNER.to_owned(),
        display_name: "Inner".to_owned(),
        ..Group::default()
    };
    scenario.groups.push(Group {
        members: vec![User::numbered_id(1)],
        ..inner
    });
    scenario.groups.push(Group {
        id: UNIFIED.to_owned(),
        display_name: "Team".to_owned(),
        group_types: vec!["Unified".to_owned()],
        mail_enabled: true,
        ..Group::default()
    });
    for (index, unwritable) in unwritable().into_iter().enumerate() {
        scenario.groups.push(Group {
            id: unwritable_id(index),
            display_name: "Closed".to_owned(),
            ..unwritable
        });
    }
    scenario
}

pub(crate) fn unwritable() -> [Group; 6] {
    let dynamic = vec!["DynamicMembership".to_owned()];
    [
        Group {
            mail_enabled: true,
            security_enabled: false,
            ..Group::default()
        },
        Group {
            mail_enabled: true,
            ..Group::default()
        },
        Group {
            group_types: dynamic,
            membership_rule: Some("user.city -eq \"x\"".to_owned()),
            ..Group::default()
        },
        Group {
            on_premises_sync_enabled: Some(true),
            ..Group::default()
        },
        Group {
            is_assignable_to_role: Some(true),
            ..Group::default()
        },
        Group {
            is_management_restricted: Some(true),
            ..Group::default()
        },
    ]
}

pub(crate) fn unwritable_id(index: usize) -> String {
    format!("00000000-0000-4000-8000-00000000aa{index:02}")
}
