//! Opt-outs and lifts in the form in which people are shown them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::lifts::{Lift, Lifted, OptOuts};
use crate::model::{
    baseline::{Identity, Origin, Tombstone},
    list::{ListRef, Side},
};

/// Somebody who is not added to a list, because its platform said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptOutView {
    /// The side of the sync.
    pub side: Side,
    /// The list.
    pub list: ListRef,
    /// As whom.
    pub who: WhoView,
    /// When the platform said so first.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// How it came to be known.
    pub origin: Origin,
    /// What was said.
    pub said: String,
    /// Whether the platform still said so when a run last looked: then lifting it does nothing.
    pub still_shown: bool,
    /// The lift that the next run takes up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifted: Option<LiftView>,
}

/// By what somebody is told on a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct WhoView {
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The number, in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The platform's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// One act of a person that lets somebody be added again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LiftView {
    /// The side of the sync.
    pub side: Side,
    /// The list.
    pub list: ListRef,
    /// Who had opted out.
    pub who: WhoView,
    /// When the platform had said so first.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// How that had come to be known.
    pub origin: Origin,
    /// What had been said.
    pub said: String,
    /// Who lifted it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// What came of a wish to lift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LiftedView {
    /// The lift that stands: the first one.
    pub lift: LiftView,
    /// Whether it was lifted before.
    pub before: bool,
    /// Whether the platform still said so when a run last looked: then that holds, and they have to subscribe there.
    pub still_shown: bool,
}

impl OptOuts {
    /// Everybody who is not added, by side and name.
    pub fn views(&self) -> Vec<OptOutView> {
        let view = |stone: &Tombstone| OptOutView {
            side: stone.side,
            list: self.lists.of(stone.side).clone(),
            who: WhoView::of(&stone.who),
            since: stone.since,
            origin: stone.origin,
            said: stone.said.clone(),
            still_shown: stone.shown,
            lifted: self.lift_of(stone).map(LiftView::of),
        };
        self.tombstones.iter().map(view).collect()
    }

    /// Every lift, the newest first.
    pub fn lift_views(&self) -> Vec<LiftView> {
        self.lifts.iter().map(LiftView::of).collect()
    }
}

impl WhoView {
    fn of(who: &Identity) -> Self {
        Self {
            address: who.address.as_ref().map(ToString::to_string),
            phone: who.phone.as_ref().map(ToString::to_string),
            id: who.id.as_ref().map(ToString::to_string),
        }
    }

    /// How the person is named: by the address, else the number, else the id.
    pub fn label(&self) -> &str {
        let all = [&self.address, &self.phone, &self.id];
        let first = all.into_iter().flatten().next();
        first.map_or("(nothing is known of this member)", String::as_str)
    }
}

impl LiftView {
    fn of(lift: &Lift) -> Self {
        Self {
            side: lift.side,
            list: lift.list.clone(),
            who: WhoView::of(&lift.who),
            since: lift.since,
            origin: lift.origin,
            said: lift.said.clone(),
            by: lift.by.clone(),
            reason: lift.reason.clone(),
            at: lift.at,
        }
    }
}

impl From<&Lifted> for LiftedView {
    fn from(lifted: &Lifted) -> Self {
        Self {
            lift: LiftView::of(&lifted.lift),
            before: lifted.before,
            still_shown: lifted.still_shown,
        }
    }
}
