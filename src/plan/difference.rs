//! How the changes that somebody approved differ from those that wait now: what is moot by now, and what is new.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    change::{Action, Change, Considered, Withheld},
    digest::fingerprint,
    value::Plan,
};
use crate::model::list::Side;

/// How many changes are named; the plans of both runs hold them all.
const FIRST: usize = 10;

/// How the changes that somebody approved differ from those that wait now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The run whose plan was approved.
    pub run: String,
    /// How many changes were approved.
    pub approved: usize,
    /// How many of them are not to be made any more, or not like that.
    pub moot: usize,
    /// The first of those.
    pub first_moot: Vec<Moot>,
    /// How many changes wait now that were not approved.
    pub new: usize,
    /// The first of those.
    pub first_new: Vec<NamedChange>,
}

/// A change by what is done to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedChange {
    /// The list.
    pub side: Side,
    /// What was to be done (`add`, `remove`).
    pub action: String,
    /// The member, by the name plans use.
    pub member: String,
}

/// A change that was approved and is moot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moot {
    /// The change.
    pub change: NamedChange,
    /// Why.
    pub why: WhyMoot,
}

/// Why an approved change is not to be made any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum WhyMoot {
    /// The list is so already.
    AlreadySo,
    /// It is withheld now; why, in words.
    Withheld(String),
    /// It is to be done otherwise now, with other values.
    Otherwise,
    /// The lists do not call for it any more.
    NotCalledFor,
}

/// Compares what was `approved` in `run` with the plan as it is `now`, of which `waits` has to be approved. `is_so` says
/// whether a list shows already what a change wanted.
pub fn difference(
    run: &str,
    approved: &[&Change],
    now: &Plan,
    waits: &[&Change],
    is_so: impl Fn(&Change) -> bool,
) -> Difference {
    let planned: BTreeSet<[u8; 32]> = now.changes.iter().map(fingerprint).collect();
    let consented: BTreeSet<[u8; 32]> = approved.iter().map(|change| fingerprint(change)).collect();
    let moot: Vec<&Change> = approved
        .iter()
        .copied()
        .filter(|change| !planned.contains(&fingerprint(change)))
        .collect();
    let new: Vec<&Change> = waits
        .iter()
        .copied()
        .filter(|change| !consented.contains(&fingerprint(change)))
        .collect();
    let first_moot = moot.iter().take(FIRST).map(|change| Moot {
        change: named(change),
        why: why_moot(change, now, &is_so),
    });
    Difference {
        run: run.to_owned(),
        approved: approved.len(),
        moot: moot.len(),
        first_moot: first_moot.collect(),
        new: new.len(),
        first_new: new.iter().take(FIRST).map(|change| named(change)).collect(),
    }
}

impl Difference {
    /// The difference in lines of text, the numbers first.
    pub fn lines(&self, plan: &Plan) -> Vec<String> {
        let Self {
            run,
            approved,
            moot,
            new,
            ..
        } = self;
        let numbers = match (moot, new) {
            (0, 0) => format!("run {run} had the same changes; what is behind them changed"),
            _ => format!(
                "{moot} of {approved} approved changes of run {run} {} moot, {new} {} new",
                are(*moot),
                are(*new)
            ),
        };
        let tell = |named: &NamedChange, why: &str| {
            let NamedChange {
                side,
                action,
                member,
            } = named;
            format!("{action} {member} on {}: {why}", plan.lists.of(*side))
        };
        let more = |count: usize, told: usize, what: &str| {
            (count > told).then(|| format!("… and {} more {what}", count - told))
        };
        let moot_ones = self.first_moot.iter().map(|moot| {
            let why = moot.why.to_string();
            tell(&moot.change, &why)
        });
        let new_ones = self
            .first_new
            .iter()
            .map(|named| tell(named, "not approved"));
        std::iter::once(numbers)
            .chain(moot_ones)
            .chain(more(*moot, self.first_moot.len(), "are moot"))
            .chain(new_ones)
            .chain(more(*new, self.first_new.len(), "are new"))
            .collect()
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn named(change: &Change) -> NamedChange {
    NamedChange {
        side: change.side,
        action: change.action.name().to_owned(),
        member: change.member.label().to_owned(),
    }
}

fn why_moot(change: &Change, now: &Plan, is_so: &impl Fn(&Change) -> bool) -> WhyMoot {
    let planned = now.changes_to(change.side);
    let is_otherwise = |other: &Change| {
        considered(&other.action) == considered(&change.action)
            && other.member.label() == change.member.label()
    };
    if planned.into_iter().any(is_otherwise) {
        return WhyMoot::Otherwise;
    }
    if is_so(change) {
        return WhyMoot::AlreadySo;
    }
    let withheld = now
        .withheld
        .iter()
        .find(|withheld| speaks_of(withheld, change));
    match withheld {
        Some(withheld) => WhyMoot::Withheld(withheld.because.to_string()),
        None => WhyMoot::NotCalledFor,
    }
}

/// Whether this is why the change is not made. Who is added is labelled as the other list spells them.
fn speaks_of(withheld: &Withheld, change: &Change) -> bool {
    let member = &change.member;
    let addresses = member.addresses.iter().map(|address| address.as_str());
    let phones = member.phones.iter().map(|phone| phone.as_str());
    let mut names = addresses.chain(phones).chain([member.label()]);
    withheld.side == change.side
        && [considered(&change.action), Considered::Match].contains(&withheld.considered)
        && names.any(|name| name == withheld.label)
}

fn considered(action: &Action) -> Considered {
    match action {
        Action::Invite | Action::Add => Considered::Add,
        Action::Update(_) => Considered::Update,
        Action::Remove => Considered::Remove,
    }
}
