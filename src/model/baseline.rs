//! What both sides agreed on after the last run: the base of the three-way merge.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    address::Address,
    attributes::Attributes,
    list::{Side, Sides},
    member::{ExternalId, Member},
    phone::PhoneNumber,
};

/// What both sides agreed on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Baseline {
    /// One entry for each person who was on both lists, or whose removal from one of them is still to be done.
    pub entries: Vec<BaselineEntry>,
    /// Who must not be added again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tombstones: Vec<Tombstone>,
    /// How many members each list had whose members are left out, by its name. One that is suddenly empty lets nobody in.
    #[serde(default, skip_serializing_if = "nobody_is_left_out")]
    pub left_out: Sides<BTreeMap<String, usize>>,
}

fn nobody_is_left_out(left_out: &Sides<BTreeMap<String, usize>>) -> bool {
    left_out.source.is_empty() && left_out.target.is_empty()
}

/// Somebody a platform did not take, because they opted out there or for a reason it does not tell. They are not added
/// again until the platform itself shows them on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tombstone {
    /// The list they were to be added to.
    pub side: Side,
    /// As whom.
    pub who: Identity,
    /// When the platform said so.
    pub since: Timestamp,
    /// What it said, in words.
    pub said: String,
}

/// One person both sides agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BaselineEntry {
    /// Who it was on each side.
    pub who: Sides<Identity>,
    /// The fields both sides agreed on, by the target's field name; the base of the field-by-field merge.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub fields: Attributes,
}

/// How to find one member again on one list.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// The platform's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// The primary address; with an id it only names the person in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The first phone number, where there is no address or the platform adds people by nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
}

impl Identity {
    /// How to find `member` again.
    pub fn of(member: &Member) -> Self {
        let address = member.addresses.first().cloned();
        let phone = if address.is_none() {
            member.phones.first().cloned()
        } else {
            None
        };
        Self {
            id: member.id.clone(),
            address,
            phone,
        }
    }
}
