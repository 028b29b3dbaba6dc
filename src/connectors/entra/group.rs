//! What is known of a group, and whether Microsoft Graph can write it.
//!
//! Pure: it must not know requests.

use serde::Deserialize;

use crate::model::capabilities::{AddsBy, Capabilities, Updatable};

/// Changes are handed over in chunks of this many: 20 requests of 20 members, the most that one batch can carry.
pub(super) const CHUNK: usize = 400;

/// A group's properties. Graph leaves out or sends null as it likes, so everything but the id may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    /// The object id.
    pub(super) id: String,
    /// What people call it; not unique.
    #[serde(default)]
    pub(super) display_name: Option<String>,
    /// `Unified` for a Microsoft 365 group, `DynamicMembership` for one that a rule fills.
    #[serde(default)]
    group_types: Option<Vec<String>>,
    /// Whether Exchange knows it.
    #[serde(default)]
    mail_enabled: Option<bool>,
    /// Whether it can be given rights.
    #[serde(default)]
    security_enabled: Option<bool>,
    /// Null, not false, where it was never synced.
    #[serde(default)]
    on_premises_sync_enabled: Option<bool>,
    /// Whether it can hold directory roles.
    #[serde(default)]
    is_assignable_to_role: Option<bool>,
    /// Whether it is in a restricted management administrative unit.
    #[serde(default)]
    is_management_restricted: Option<bool>,
    /// `HiddenMembership` hides its members even from applications.
    #[serde(default)]
    visibility: Option<String>,
}

impl Group {
    /// Whether its members are hidden from an application without `Member.Read.Hidden`.
    pub(super) fn hides_members(&self) -> bool {
        self.visibility
            .as_deref()
            .is_some_and(|visibility| visibility.eq_ignore_ascii_case("HiddenMembership"))
    }

    /// Why Graph cannot write it, and where it can be written instead.
    pub(super) fn read_only(&self) -> Option<String> {
        self.unwritable().map(|(_, why)| why.to_owned())
    }

    /// What is to be known of it before a sync names it; in a few words.
    pub(super) fn note(&self) -> Option<String> {
        let read_only = self
            .unwritable()
            .map(|(kind, _)| format!("{kind}: can only be read"));
        let notes = [
            read_only,
            self.hides_members().then(|| "hides its members".to_owned()),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    /// The kind of group that Graph cannot write, and what to do instead.
    /// <https://learn.microsoft.com/graph/api/group-post-members>
    fn unwritable(&self) -> Option<(&'static str, &'static str)> {
        let is_mail_only = self.mail_enabled == Some(true) && !self.is_of_type("Unified");
        Some(if self.is_of_type("DynamicMembership") {
            (
                "dynamic group",
                "a rule decides who is in this dynamic group; change its membership rule in the Entra admin centre, or \
                 sync into a group with assigned membership",
            )
        } else if self.on_premises_sync_enabled == Some(true) {
            (
                "synchronised from on-premises",
                "this group is synchronised from on-premises; change it in Active Directory, or sync into a cloud group",
            )
        } else if is_mail_only && self.security_enabled == Some(true) {
            (
                "mail-enabled security group",
                "Microsoft Graph cannot write a mail-enabled security group; change it in the Exchange admin centre, \
                 or sync into a security or Microsoft 365 group",
            )
        } else if is_mail_only {
            (
                "distribution list",
                "Microsoft Graph cannot write a distribution list; change it in the Exchange admin centre, or sync \
                 into a security or Microsoft 365 group",
            )
        } else if self.is_assignable_to_role == Some(true) {
            (
                "can hold directory roles",
                "this group can hold directory roles, and writing it would need `RoleManagement.ReadWrite.Directory`, \
                 which rollcall should not have; sync into another group",
            )
        } else if self.is_management_restricted == Some(true) {
            (
                "in a restricted management administrative unit",
                "this group is in a restricted management administrative unit; take it out of the unit, or sync into \
                 another group",
            )
        } else {
            return None;
        })
    }

    fn is_of_type(&self, of_type: &str) -> bool {
        self.group_types
            .iter()
            .flatten()
            .any(|known| known.eq_ignore_ascii_case(of_type))
    }
}

/// What the connection can do with a group. `given` are the fields of people that the sync may write.
pub(super) fn capabilities(
    read_only: Option<String>,
    invites: bool,
    given: &[String],
) -> Capabilities {
    Capabilities {
        read_only,
        invites,
        updatable: if given.is_empty() {
            Updatable::Nothing
        } else {
            Updatable::Fields(given.to_vec())
        },
        ..Capabilities::new(AddsBy::DirectoryObject, CHUNK)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn group(mut properties: Value) -> Group {
        properties["id"] = "g".into();
        serde_json::from_value(properties).unwrap()
    }

    #[test]
    fn a_note_says_all_that_is_to_be_known() {
        let hidden = json!({"visibility": "hiddenmembership", "groupTypes": ["Unified"]});
        assert_eq!(group(hidden).note().unwrap(), "hides its members");
        let both = json!({"visibility": "HiddenMembership", "groupTypes": ["DynamicMembership"]});
        assert_eq!(
            group(both).note().unwrap(),
            "dynamic group: can only be read; hides its members"
        );
    }

    #[test]
    fn every_unwritable_kind_is_told_apart() {
        for (properties, words) in [
            (
                json!({"groupTypes": ["DynamicMembership"], "securityEnabled": true}),
                "membership rule",
            ),
            (
                json!({"groupTypes": ["Unified", "DynamicMembership"], "mailEnabled": true}),
                "membership rule",
            ),
            (
                json!({"onPremisesSyncEnabled": true, "mailEnabled": true}),
                "Active Directory",
            ),
            (
                json!({"mailEnabled": true, "securityEnabled": true, "groupTypes": []}),
                "mail-enabled security",
            ),
            (
                json!({"mailEnabled": true, "securityEnabled": false}),
                "distribution list",
            ),
            (
                json!({"isAssignableToRole": true, "securityEnabled": true}),
                "directory roles",
            ),
            (
                json!({"isManagementRestricted": true, "securityEnabled": true}),
                "restricted management",
            ),
        ] {
            let group = group(properties.clone());
            let note = group.note().unwrap();
            assert!(note.ends_with(": can only be read"), "{note}");
            let why = group.read_only();
            assert!(
                why.as_deref().is_some_and(|why| why.contains(words)),
                "{properties}: {why:?}"
            );
        }
        for properties in [
            json!({"groupTypes": ["Unified"], "mailEnabled": true, "onPremisesSyncEnabled": null}),
            json!({"groupTypes": [], "mailEnabled": false, "securityEnabled": true, "isAssignableToRole": false}),
            json!({}),
        ] {
            let group = group(properties);
            assert_eq!((group.read_only(), group.note()), (None, None));
        }
    }
}
