//! What both sides agreed on after the last run: the base of the three-way merge.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    address::Address,
    attributes::Attributes,
    known_by::KnownBy,
    ledger::{Counted, Invited, Move, RefusedGuest, Settling, Taken, Unresolved},
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
    /// How many members each list had when a run last read it and believed what it read, where one did.
    #[serde(default, skip_serializing_if = "never_read")]
    pub read: Sides<Option<Counted>>,
    /// Whom rollcall took off a list lately.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Taken>,
    /// Which entries name nobody, and since when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unresolved: Vec<Unresolved>,
    /// Whom rollcall invited, as long as the list does not show them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invited: Vec<Invited>,
    /// Which guests were not taken lately.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedGuest>,
    /// Whether it is of earlier lists in the place of these: then nothing was agreed on, and it only says who must not be
    /// added and who was invited. Never stored.
    #[serde(skip)]
    pub of_other_lists: bool,
}

fn never_read(read: &Sides<Option<Counted>>) -> bool {
    read.source.is_none() && read.target.is_none()
}

fn nobody_is_left_out(left_out: &Sides<BTreeMap<String, usize>>) -> bool {
    left_out.source.is_empty() && left_out.target.is_empty()
}

impl Baseline {
    /// Lets what `run` itself read of lists that had far fewer members count from `now`: an attempt that is made once more
    /// does not confirm itself.
    pub fn read_anew_by(&mut self, run: &str, now: Timestamp) {
        for side in [Side::Source, Side::Target] {
            let fewer = self.read.of_mut(side).as_mut();
            let fewer = fewer.and_then(|counted| counted.fewer.as_mut());
            if let Some(fewer) = fewer.filter(|fewer| fewer.run == run) {
                fewer.since = now;
            }
        }
    }
}

/// Somebody who opted out on a platform, or whom it did not take for a reason it does not tell.
///
/// They are not added again until the platform itself shows them as subscribed, or a person lifts this. It removes and
/// hides nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tombstone {
    /// The list they are not to be added to.
    pub side: Side,
    /// As whom: the entry that opted out, or that was not taken.
    pub who: Identity,
    /// When the platform said so first.
    pub since: Timestamp,
    /// What it said, in words.
    pub said: String,
    /// How it came to be known.
    #[serde(default)]
    pub origin: Origin,
    /// Whether the platform still said so when a run last looked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shown: bool,
    /// What else the person is known by, so that another address or number does not bring them back.
    #[serde(default, skip_serializing_if = "KnownBy::is_empty")]
    pub known_by: KnownBy,
}

/// How an opt-out came to be known.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The platform did not take the member.
    #[default]
    NotTaken,
    /// The platform showed the member as opted out, unsubscribed or blocked.
    OptedOut,
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
    /// When a run of this sync put them on one of the lists; `None` when they were on both without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put: Option<Box<Move>>,
    /// What else of theirs a list may not show yet; `None` once everything had the time to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settling: Option<Box<Settling>>,
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
    /// What the member can be told by: its id, address and number.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let id = self.id.iter().map(ExternalId::as_str);
        let address = self.address.iter().map(Address::as_str);
        let phone = self.phone.iter().map(PhoneNumber::as_str);
        id.chain(address).chain(phone)
    }

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

    /// How `member` is told on a list where nothing but its number tells it, with `by_number`; as [`Identity::of`] elsewhere.
    pub fn where_told(member: &Member, by_number: bool) -> Self {
        let mut who = Self::of(member);
        if by_number {
            who.phone = member.phones.first().cloned();
        }
        who
    }

    /// What the person is told by: the number where nothing else tells people apart, else the address, else the number,
    /// else the id.
    pub fn key(&self, by_number: bool) -> Option<&str> {
        let id = self.id.as_ref().map(ExternalId::as_str);
        let phone = self.phone.as_ref().map(PhoneNumber::as_str);
        let address = self.address.as_ref().map(Address::as_str);
        let number = phone.filter(|_| by_number);
        number.or(address).or(phone).or(id)
    }

    /// How reports name the person: by the address, else the number, else the id.
    pub fn label(&self) -> &str {
        self.key(false)
            .unwrap_or("(nothing is known of this member)")
    }
}
