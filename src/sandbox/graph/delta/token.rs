//! The state that a delta link carries, packed so that a client cannot read it.
//!
//! Knows nothing of items and pages.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::text;
use crate::sandbox::world::World;

/// Where a reader of a feed stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// The collection it belongs to.
    pub(super) feed: String,
    /// The `$select` it was begun with.
    pub(super) select: Option<String>,
    /// The `$filter` it was begun with.
    pub(super) filter: Option<String>,
    /// Whether unchanged properties are left out.
    pub(super) minimal: bool,
    /// How far the reader is.
    pub(super) phase: Phase,
    /// Which generation of tokens it is of.
    pub(super) epoch: u64,
    /// When it was given out, in seconds since 1970.
    pub(super) minted: i64,
}

/// How far a reader is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// Reading everything: the object's place, its member's place, and the changes to go on with afterwards.
    All {
        /// Place of the object.
        slot: usize,
        /// Place of the member within it.
        member: u64,
        /// Changes before this are included.
        upto: usize,
    },
    /// Reading changes from one on, up to another if that is settled.
    Since {
        /// The first change of interest.
        from: usize,
        /// The first change not of interest.
        upto: Option<usize>,
    },
}

impl Token {
    /// A token of now, without content yet.
    pub(super) fn minted(world: &World) -> Self {
        Self {
            feed: String::new(),
            select: None,
            filter: None,
            minimal: false,
            phase: Phase::Since {
                from: 0,
                upto: None,
            },
            epoch: world.delta_epoch,
            minted: Timestamp::now().as_second(),
        }
    }

    /// The same token with its life begun anew.
    pub(super) fn renewed(&self, world: &World) -> Self {
        Self {
            epoch: world.delta_epoch,
            minted: Timestamp::now().as_second(),
            ..self.clone()
        }
    }

    /// Whether it has been too long, or a fault took it away.
    pub(super) fn is_expired(&self, world: &World) -> bool {
        let age = u64::try_from(Timestamp::now().as_second() - self.minted).unwrap_or_default();
        self.epoch != world.delta_epoch || age > world.settings.delta_token_lifetime_seconds
    }

    /// The text that stands in a link.
    pub(super) fn sealed(&self) -> String {
        let phase = match self.phase {
            Phase::All { slot, member, upto } => json!(["all", slot, member, upto]),
            Phase::Since { from, upto } => json!(["since", from, upto]),
        };
        text::sealed(&json!([
            "d",
            self.feed,
            self.select,
            self.filter,
            self.minimal,
            phase,
            self.epoch,
            self.minted
        ]))
    }

    /// Reads what [`Token::sealed`] wrote; nothing when it is garbage.
    pub(super) fn read(token: &str) -> Option<Self> {
        let fields = text::unsealed(token)?;
        let [kind, feed, select, filter, minimal, phase, epoch, minted] =
            fields.as_array()?.as_slice()
        else {
            return None;
        };
        let number = |value: &Value| {
            value
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
        };
        let phase = match phase.as_array()?.as_slice() {
            [name, slot, member, upto] if name == "all" => Phase::All {
                slot: number(slot)?,
                member: member.as_u64()?,
                upto: number(upto)?,
            },
            [name, from, upto] if name == "since" => Phase::Since {
                from: number(from)?,
                upto: number(upto),
            },
            _ => return None,
        };
        (kind == "d").then_some(Self {
            feed: feed.as_str()?.to_owned(),
            select: select.as_str().map(str::to_owned),
            filter: filter.as_str().map(str::to_owned),
            minimal: minimal.as_bool()?,
            phase,
            epoch: epoch.as_u64()?,
            minted: minted.as_i64()?,
        })
    }
}
