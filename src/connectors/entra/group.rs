//! What is known of a group, and whether Microsoft Graph can write it.
//!
//! Pure: it must not know requests.

use serde::Deserialize;

use crate::model::capabilities::{AddsBy, Capabilities, HandOver, Updatable};

/// Changes are handed over in chunks of this many: 20 requests of 20 members, the most that one batch can carry.
pub(super) const CHUNK: usize = 400;

/// For how many minutes a group may be read as it was before a change. Microsoft promises no time: mostly it takes seconds,
/// minutes are seen, and two reads in a row may be answered by servers that are not equally far.
const SETTLES_IN: u32 = 60;

/// Why a connection without write permission writes nothing.
pub(super) const NO_WRITE_PERMISSION: &str =
    "this connection has no write permission (`writePermission` is `false`)";

/// Why a group is not written by this connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// In words, with what to do instead where no administrator can apply a package.
    pub(super) why: String,
    /// With what an administrator changes it.
    pub(super) hand_over: Option<HandOver>,
}

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

    /// Why this connection does not write it, and with what an administrator does, where one can. A connection without
    /// write permission hands over what it could write otherwise.
    pub(super) fn obstacle(&self, may_write: bool) -> Option<Obstacle> {
        match self.unwritable() {
            Some((_, why, hand_over)) => Some(Obstacle {
                why: why.to_owned(),
                hand_over,
            }),
            None if may_write => None,
            None => Some(Obstacle {
                why: NO_WRITE_PERMISSION.to_owned(),
                hand_over: Some(HandOver::Directory),
            }),
        }
    }

    /// What is to be known of it before a sync names it; in a few words.
    pub(super) fn note(&self) -> Option<String> {
        let unwritable = self
            .unwritable()
            .map(|(kind, _, hand_over)| match hand_over {
                Some(_) => format!("{kind}: changed by an administrator, from a package"),
                None => format!("{kind}: can only be read"),
            });
        let notes = [
            unwritable,
            self.hides_members().then(|| "hides its members".to_owned()),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    /// The kind of group that Graph cannot write, what to do instead, and with what an administrator can.
    /// <https://learn.microsoft.com/graph/api/group-post-members>
    fn unwritable(&self) -> Option<(&'static str, &'static str, Option<HandOver>)> {
        let is_mail_only = self.mail_enabled == Some(true) && !self.is_of_type("Unified");
        Some(if self.is_of_type("DynamicMembership") {
            (
                "dynamic group",
                "a rule decides who is in this dynamic group; change its membership rule in the Entra admin centre, or \
                 sync into a group with assigned membership",
                None,
            )
        } else if self.on_premises_sync_enabled == Some(true) {
            (
                "synchronised from on-premises",
                "this group is synchronised from on-premises; change it in Active Directory, or sync into a cloud group",
                None,
            )
        } else if is_mail_only && self.security_enabled == Some(true) {
            (
                "mail-enabled security group",
                "Microsoft Graph cannot write a mail-enabled security group",
                Some(HandOver::Exchange),
            )
        } else if is_mail_only {
            (
                "distribution list",
                "Microsoft Graph cannot write a distribution list",
                Some(HandOver::Exchange),
            )
        } else if self.is_assignable_to_role == Some(true) {
            (
                "can hold directory roles",
                "this group can hold directory roles, and writing it would need `RoleManagement.ReadWrite.Directory`, \
                 which rollcall should not have; sync into another group",
                None,
            )
        } else if self.is_management_restricted == Some(true) {
            (
                "in a restricted management administrative unit",
                "this group is in a restricted management administrative unit; take it out of the unit, or sync into \
                 another group",
                None,
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
    obstacle: Option<Obstacle>,
    invites: bool,
    given: &[String],
) -> Capabilities {
    let hand_over = obstacle.as_ref().and_then(|obstacle| obstacle.hand_over);
    Capabilities {
        read_only: obstacle.map(|obstacle| obstacle.why),
        hand_over,
        invites,
        settles_in: SETTLES_IN,
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
        let (nobody, exchange) = (None, Some(HandOver::Exchange));
        for (properties, words, hand_over) in [
            (
                json!({"groupTypes": ["DynamicMembership"], "securityEnabled": true}),
                "membership rule",
                nobody,
            ),
            (
                json!({"groupTypes": ["Unified", "DynamicMembership"], "mailEnabled": true}),
                "membership rule",
                nobody,
            ),
            (
                json!({"onPremisesSyncEnabled": true, "mailEnabled": true}),
                "Active Directory",
                nobody,
            ),
            (
                json!({"mailEnabled": true, "securityEnabled": true, "groupTypes": []}),
                "mail-enabled security",
                exchange,
            ),
            (
                json!({"mailEnabled": true, "securityEnabled": false}),
                "distribution list",
                exchange,
            ),
            (
                json!({"isAssignableToRole": true, "securityEnabled": true}),
                "directory roles",
                nobody,
            ),
            (
                json!({"isManagementRestricted": true, "securityEnabled": true}),
                "restricted management",
                nobody,
            ),
        ] {
            let group = group(properties.clone());
            let note = group.note().unwrap();
            assert_eq!(
                note.ends_with(": can only be read"),
                hand_over.is_none(),
                "{note}"
            );
            for may_write in [true, false] {
                let obstacle = group.obstacle(may_write).unwrap();
                assert!(obstacle.why.contains(words), "{properties}: {obstacle:?}");
                assert_eq!(obstacle.hand_over, hand_over, "{properties}");
            }
        }
        for properties in [
            json!({"groupTypes": ["Unified"], "mailEnabled": true, "onPremisesSyncEnabled": null}),
            json!({"groupTypes": [], "mailEnabled": false, "securityEnabled": true, "isAssignableToRole": false}),
            json!({}),
        ] {
            let group = group(properties);
            assert_eq!((group.obstacle(true), group.note()), (None, None));
            let obstacle = group.obstacle(false).unwrap();
            assert_eq!(obstacle.why, NO_WRITE_PERMISSION);
            assert_eq!(obstacle.hand_over, Some(HandOver::Directory));
        }
    }
}
