//! What a connection can do with one list, as data that the pure rooms may read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a list's connection can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// How a member is named when it is added.
    pub adds_by: AddsBy,
    /// The fields of a member that can be changed in place; empty where the connection changes none.
    pub updatable: Updatable,
    /// Why nothing may be written here, in words with what to do instead; `None` when it may.
    pub read_only: Option<String>,
    /// What somebody else applies the changes with, where `read_only` says why rollcall may not; `None` when nobody can.
    pub hand_over: Option<HandOver>,
    /// In which form it is handed over.
    #[serde(default)]
    pub package: PackageForm,
    /// Why nobody is ever removed here, in words with what to do instead; `None` when members can be removed.
    pub keeps: Option<String>,
    /// Fields of several values that values are never taken out of, each with the reason and what to do instead.
    pub gains_only: BTreeMap<String, String>,
    /// Whether the connection knows people beyond this list, and who of them opted out: its directory is then asked
    /// before anybody is added.
    pub knows_people: bool,
    /// The field that holds what a member is added by, where that is a field of its own (`phone_number`).
    pub key_field: Option<String>,
    /// Whether a person without a directory object can be invited.
    pub invites: bool,
    /// For how many minutes after a change the list may still be read as it was before.
    pub settles_in: u32,
    /// How many changes are handed over at a time; between two hand-overs the run can stop cleanly.
    pub chunk: usize,
    /// Whether all changes have to be handed over together, whatever is done to each member.
    pub at_once: bool,
}

impl Capabilities {
    /// A list that takes members named so, this many at a time, and can do nothing else.
    pub fn new(adds_by: AddsBy, chunk: usize) -> Self {
        Self {
            adds_by,
            updatable: Updatable::Nothing,
            read_only: None,
            hand_over: None,
            package: PackageForm::default(),
            keeps: None,
            gains_only: BTreeMap::new(),
            knows_people: false,
            key_field: None,
            invites: false,
            settles_in: 0,
            chunk,
            at_once: false,
        }
    }

    /// Why nobody can be brought on this list or off it, not even by somebody else; `None` when rollcall or an
    /// administrator can.
    pub fn closed(&self) -> Option<&str> {
        let read_only = self.read_only.as_deref();
        read_only.filter(|_| self.hand_over.is_none())
    }
}

/// With what an administrator changes a list that rollcall may not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HandOver {
    /// The directory: its admin centre or Microsoft Graph.
    Directory,
    /// Exchange: distribution lists and mail-enabled security groups.
    Exchange,
}

/// In which form changes are handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageForm {
    /// The template of the files that name members.
    pub member_csv: MemberCsv,
    /// The cloud whose tools an administrator signs in to.
    pub cloud: ToolCloud,
}

/// A template that the admin centre took for the members of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberCsv {
    /// The present one: a heading, then a row for each member.
    #[default]
    Current,
    /// The one of 2020 to 2024: a row with the version comes first.
    Legacy,
}

/// A Microsoft cloud, as the tools of administrators tell them apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolCloud {
    /// Worldwide and GCC.
    #[default]
    Public,
    /// GCC High.
    UsGov,
    /// The Department of Defense.
    UsDod,
    /// China, operated by 21Vianet.
    China,
}

/// How a member is named when it is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddsBy {
    /// The address (or phone) is enough.
    Address,
    /// A phone number in E.164 is needed, and nothing else tells two members apart.
    Phone,
    /// The person must have an object in the connection's directory; its id is what is added.
    DirectoryObject,
}

/// Which fields can be changed in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Updatable {
    /// None: attributes of members are owned elsewhere.
    Nothing,
    /// Any field.
    Everything,
    /// These.
    Fields(Vec<String>),
}

impl Updatable {
    /// Whether `field` can be changed.
    pub fn allows(&self, field: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Fields(fields) => fields.iter().any(|known| known == field),
        }
    }
}
