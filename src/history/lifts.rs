//! Opt-outs as people see them, and the acts of people that lift them.
//!
//! A lift is a record of its own, written once and kept: who, when and why. Baselines are the runs' own; the next run leaves
//! out what was lifted after the platform had said it first. What the platform says from then on holds again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{carried, parse, render};
use crate::{
    model::{
        address::Address,
        baseline::{Identity, Origin, Tombstone},
        list::{ListRef, Side, Sides},
        phone::PhoneNumber,
    },
    store::{
        keys::key_of,
        partition::whole_partition,
        ports::{StoreError, Stores, Table},
        versions::refuse_newer,
    },
};

/// The version of this form, and the newest this program reads.
pub const LIFT_VERSION: u32 = 1;

/// How the partitions of lifts begin.
pub(super) const PARTITIONS: &str = "lifts~~";

/// One act of a person that lifts one tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lift {
    /// The version of this form.
    pub version: u32,
    /// The list they may be added to again.
    pub side: Side,
    /// The list's name.
    pub list: ListRef,
    /// Who had opted out.
    pub who: Identity,
    /// When the platform had said so first.
    pub since: Timestamp,
    /// What it had said.
    pub said: String,
    /// How that had come to be known.
    pub origin: Origin,
    /// Who lifted it.
    pub by: String,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl Lift {
    /// Whether it lifts this tombstone of `list`: of the same entry there, and not of what the platform said later.
    pub fn lifts(&self, stone: &Tombstone, list: &ListRef) -> bool {
        self.side == stone.side
            && self.list.is_named_like(list)
            && name(&self.who) == name(&stone.who)
            && stone.since <= self.at
    }
}

/// What an entry is told by, whatever id it has by now.
fn name(who: &Identity) -> (Option<&Address>, Option<&PhoneNumber>, Option<&str>) {
    let has_other = who.address.is_some() || who.phone.is_some();
    let id = who.id.as_ref().filter(|_| !has_other);
    (
        who.address.as_ref(),
        who.phone.as_ref(),
        id.map(|id| id.as_str()),
    )
}

/// Who must not be added to the lists of one sync, and what people lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOuts {
    /// The lists.
    pub lists: Sides<ListRef>,
    /// The tombstones as the last run left them, by list and name; those that were lifted since as well.
    pub tombstones: Vec<Tombstone>,
    /// Every lift, the newest first.
    pub lifts: Vec<Lift>,
}

/// A wish to lift one tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The address or number of who opted out.
    pub who: String,
    /// Who lifts it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A tombstone that is lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    /// The lift that stands: the first one.
    pub lift: Lift,
    /// Whether it was lifted before.
    pub before: bool,
    /// Whether the platform still said so at the last run: then it goes on to hold, whoever lifts it.
    pub still_shown: bool,
}

/// Why nothing is lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotLifted {
    /// Nobody is remembered by that address or number; who is.
    Nobody(Vec<String>),
    /// It is shared by several people who opted out; their own addresses or numbers.
    Several(Vec<String>),
}

/// Everything that is kept of the opt-outs of a sync between these lists.
pub async fn opt_outs(
    stores: &Stores,
    sync: &str,
    lists: Sides<ListRef>,
) -> Result<OptOuts, StoreError> {
    let mut tombstones = carried::tombstones(stores, sync, &lists).await?;
    tombstones.sort_by(|left, right| {
        (left.side, left.who.label(), left.since).cmp(&(right.side, right.who.label(), right.since))
    });
    let mut lifts = lifts(stores, sync).await?;
    lifts.sort_by(|left, right| (right.at, &right.who).cmp(&(left.at, &left.who)));
    Ok(OptOuts {
        lists,
        tombstones,
        lifts,
    })
}

/// Lifts what keeps somebody from being added. Safe to repeat: the first lift stands.
pub async fn lift(
    stores: &Stores,
    sync: &str,
    lists: Sides<ListRef>,
    wish: &Wish,
    now: Timestamp,
) -> Result<Result<Vec<Lifted>, NotLifted>, StoreError> {
    let found = opt_outs(stores, sync, lists).await?;
    let stones = match found.named(&wish.who) {
        Ok(stones) => stones,
        Err(not_lifted) => {
            let before = found.lifted_before(&wish.who);
            return Ok(if before.is_empty() {
                Err(not_lifted)
            } else {
                Ok(before)
            });
        }
    };
    let mut lifted = Vec::new();
    for stone in stones {
        let wanted = Lift {
            version: LIFT_VERSION,
            side: stone.side,
            list: found.lists.of(stone.side).clone(),
            who: stone.who.clone(),
            since: stone.since,
            said: stone.said.clone(),
            origin: stone.origin,
            by: wish.by.clone(),
            reason: wish.reason.clone(),
            at: now,
        };
        let (lift, before) = write_down(stores, sync, wanted).await?;
        lifted.push(Lifted {
            lift,
            before,
            still_shown: stone.shown,
        });
    }
    Ok(Ok(lifted))
}

impl OptOuts {
    /// The lift of a tombstone that the next run leaves out.
    pub fn lift_of(&self, stone: &Tombstone) -> Option<&Lift> {
        let list = self.lists.of(stone.side);
        self.lifts.iter().find(|lift| lift.lifts(stone, list))
    }

    /// The tombstones that an address, number or id names: those that were made for it, or else the one of somebody who
    /// is known by it too.
    fn named(&self, who: &str) -> Result<Vec<&Tombstone>, NotLifted> {
        let key = normalised(who);
        let is_own = |stone: &&Tombstone| own_keys(&stone.who).any(|own| own == key);
        let own: Vec<&Tombstone> = self.tombstones.iter().filter(is_own).collect();
        if !own.is_empty() {
            return Ok(own);
        }
        let is_known = |stone: &&Tombstone| stone.known_by.keys().any(|known| known == key);
        let known: Vec<&Tombstone> = self.tombstones.iter().filter(is_known).collect();
        let mut names: Vec<String> = known
            .iter()
            .map(|stone| stone.who.label().to_owned())
            .collect();
        names.dedup();
        match names.as_slice() {
            [_] => Ok(known),
            [] => Err(NotLifted::Nobody(self.names())),
            _ => Err(NotLifted::Several(names)),
        }
    }

    fn lifted_before(&self, who: &str) -> Vec<Lifted> {
        let key = normalised(who);
        let lifts = self.lifts.iter();
        let lifts = lifts.filter(|lift| lift.list.is_named_like(self.lists.of(lift.side)));
        let named = lifts.filter(|lift| own_keys(&lift.who).any(|own| own == key));
        let mut last: Vec<Lifted> = Vec::new();
        for lift in named {
            if !last.iter().any(|later| later.lift.side == lift.side) {
                last.push(Lifted {
                    lift: lift.clone(),
                    before: true,
                    still_shown: false,
                });
            }
        }
        last
    }

    fn names(&self) -> Vec<String> {
        let names = self.tombstones.iter().map(|stone| stone.who.label());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.dedup();
        names
    }
}

fn own_keys(who: &Identity) -> impl Iterator<Item = &str> {
    let address = who.address.iter().map(Address::as_str);
    let phone = who.phone.iter().map(PhoneNumber::as_str);
    address
        .chain(phone)
        .chain(who.id.iter().map(|id| id.as_str()))
}

/// An address, number or id as tombstones keep it.
fn normalised(who: &str) -> String {
    let who = who.trim();
    if let Ok(address) = Address::parse(who) {
        return address.as_str().to_owned();
    }
    match PhoneNumber::parse(who, None) {
        Ok(phone) => phone.as_str().to_owned(),
        Err(_) => who.to_ascii_lowercase(),
    }
}

/// Every lift of a sync, in no order that means anything.
pub(super) async fn lifts(stores: &Stores, sync: &str) -> Result<Vec<Lift>, StoreError> {
    let records = whole_partition(stores, Table::State, &partition(sync)).await?;
    let lifts = records.iter().map(|record| read(sync, &record.value));
    lifts.collect()
}

/// Writes a lift down, unless there is one. Gives the one that stands, and whether it did before.
async fn write_down(stores: &Stores, sync: &str, wanted: Lift) -> Result<(Lift, bool), StoreError> {
    let (address, phone, id) = name(&wanted.who);
    let parts = [
        format!("{:?}", wanted.side),
        wanted.list.to_string().to_lowercase(),
        address.map(ToString::to_string).unwrap_or_default(),
        phone.map(ToString::to_string).unwrap_or_default(),
        id.map(str::to_owned).unwrap_or_default(),
        wanted.since.to_string(),
    ];
    let (partition, row) = (partition(sync), key_of(&parts.join("~")));
    let value = render("a lift", &wanted)?;
    let records = &stores.records;
    match records.insert(Table::State, &partition, &row, &value).await {
        Ok(_) => Ok((wanted, false)),
        Err(StoreError::Conflict(place)) => {
            let found = records.get(Table::State, &partition, &row).await?;
            let found = found.ok_or(StoreError::Conflict(place))?;
            Ok((read(sync, &found.value)?, true))
        }
        Err(error) => Err(error),
    }
}

fn read(sync: &str, value: &str) -> Result<Lift, StoreError> {
    let place = format!("the lifted opt-outs of `{sync}`");
    let lift: Lift = parse(&place, value)?;
    refuse_newer(lift.version, LIFT_VERSION, || place)?;
    Ok(lift)
}

/// No sync's own partition holds two `~` in a row.
fn partition(sync: &str) -> String {
    beside(&key_of(sync))
}

/// The partition of the lifts beside a sync's own.
pub(super) fn beside(partition: &str) -> String {
    format!("{PARTITIONS}{partition}")
}
