//! Why one person is, is not, or will be on the lists of a sync: what was found of them, as data and as text.
//!
//! Pure. It decides nothing: what is going to happen is what the plan says, and all the rest is what the plan was made of.
//! It must not know how anything was read, nor what runs did before.

mod asked;
mod found;
mod near;
mod next;
mod remembered;
#[cfg(test)]
mod tests;
mod text;
mod verdict;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{matching, situation::Situation};
use crate::{
    definition::sync::{Direction, Sync},
    model::{
        baseline::{Baseline, Origin},
        list::{ListRef, Side, Sides},
        reading::Reading,
    },
    plan::review::Review,
};
pub use asked::{Asked, Keys};
pub use text::render;

/// Why one person is, is not, or will be on the lists of a sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The sync.
    pub sync: String,
    /// What was asked for.
    pub asked: String,
    /// Its two lists.
    pub lists: Sides<ListRef>,
    /// All of it in one sentence.
    pub verdict: String,
    /// Everybody on the lists who is known by what was asked for: one person, unless several share it.
    pub people: Vec<PersonFound>,
    /// Who the people are that the connections know beyond their lists.
    pub known: Vec<KnownThere>,
    /// Opt-outs: on these lists they are not added.
    pub opt_outs: Vec<OptOutFound>,
    /// What earlier runs of this sync did with them, as far as it is remembered.
    pub ledger: Vec<LedgerEntry>,
    /// Whether both lists had them when the last run ended.
    pub agreed: bool,
    /// Addresses that look like the one that was asked for, where nobody has it.
    pub nearest: Vec<String>,
    /// Why a list may not have been read whole.
    pub doubts: Vec<String>,
    /// Everything they are known by: how they are found in what earlier runs did.
    #[serde(skip)]
    pub keys: Keys,
}

/// One person on the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonFound {
    /// Every entry of theirs.
    pub entries: Vec<EntryFound>,
    /// How the entries of both lists are known to be one person, or why there is none on the other list.
    pub matched: String,
    /// What the next run does.
    pub next: Vec<NextStep>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryFound {
    /// The list.
    pub side: Side,
    /// The entry, by the name plans use.
    pub label: String,
    /// Its id on the platform.
    pub id: Option<String>,
    /// Every address and number it has.
    pub keys: Vec<String>,
    /// Where it stood, or what could not be read of it.
    pub note: Option<String>,
    /// Whether it counts beside another entry of the same person.
    pub second: bool,
    /// Whether the person opted out on this platform.
    pub opted_out: bool,
    /// What it is, where it is no person.
    pub no_person: Option<String>,
    /// The list's filter; `None` where there is none.
    pub filter: Option<Filtered>,
    /// The other list that leaves them out (`is on Leavers`).
    pub left_out: Option<String>,
    /// The pattern by which the definition does not see them.
    pub excluded_by: Option<String>,
    /// The pattern by which they are never removed.
    pub protected_by: Option<String>,
}

/// What a list's filter says of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Filtered {
    /// Whether it passes.
    pub passes: bool,
    /// The clause that fails (`department is "Legal"`).
    pub clause: Option<String>,
}

/// Somebody whom a connection knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownThere {
    /// The list whose connection it is.
    pub side: Side,
    /// Whether that connection was asked at all.
    pub asked: bool,
    /// Who is known there by what was asked for, by the names plans use.
    pub people: Vec<String>,
}

/// An opt-out that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptOutFound {
    /// The list they are not added to.
    pub side: Side,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// How it came to be known.
    pub origin: Origin,
    /// What the platform said.
    pub said: String,
}

/// What a run did with the person, as far as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// The list.
    pub side: Side,
    /// What was done.
    pub what: Earlier,
    /// Since when, or when.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The run, where one did it.
    pub run: Option<String>,
}

/// What was done with somebody before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Earlier {
    /// Put on the list.
    Put,
    /// Taken off the list.
    Taken,
    /// Invited as a guest.
    Invited,
    /// Nothing: the other list's entry names nobody who is known here.
    Unresolved,
}

/// One thing the next run does, or does not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NextStep {
    /// The list.
    pub side: Side,
    /// What it is.
    pub does: Does,
    /// Why, in the words of the plan; the fields of an update.
    pub why: String,
    /// Whether it waits for somebody's approval.
    pub waits: bool,
}

/// What the next run does with somebody on one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Does {
    /// Adds them.
    Add,
    /// Invites them as a guest and adds them.
    Invite,
    /// Changes fields.
    Update,
    /// Removes them.
    Remove,
    /// Considers to add them and does not.
    NotAdded,
    /// Considers to change fields and does not.
    NotUpdated,
    /// Considers to remove them and does not.
    Stays,
    /// Cannot tell who this is and leaves the entry alone.
    LeftAlone,
    /// Does not see them.
    Ignored,
    /// Counts the entry as a second one for somebody who is there already.
    SecondEntry,
    /// Leaves them as they are: there is nothing to do.
    Unchanged,
}

/// What is known of whoever was asked for, given what a preview read and planned.
pub fn explain(
    sync: &Sync,
    readings: Sides<&Reading>,
    baseline: Option<&Baseline>,
    review: &Review,
    asked: &Asked,
    now: Timestamp,
) -> Explanation {
    let Sides { source, target } = readings;
    let situation = Situation::new(sync, source, target, baseline, now);
    let mut keys = asked.keys();
    let known = found::known(&situation, &mut keys);
    let people = matching::match_members(&sync.matching, source, target, baseline);
    let meant: Vec<_> = people
        .iter()
        .filter(|person| found::is_meant(&situation, person, &keys))
        .collect();
    for person in &meant {
        found::take_keys(&situation, person, &mut keys);
    }
    let found: Vec<PersonFound> = meant
        .iter()
        .map(|person| PersonFound {
            entries: found::entries(&situation, person),
            matched: found::matched(&situation, person),
            next: next::next(&situation, person, review),
        })
        .collect();
    let is_known = !found.is_empty() || known.iter().any(|known| !known.people.is_empty());
    let nearest = if is_known {
        Vec::new()
    } else {
        near::nearest(&situation, asked)
    };
    let doubts = [source, target].into_iter().flat_map(|reading| {
        let doubts = reading.doubts.iter();
        doubts.map(|doubt| format!("{}: {doubt}", reading.list))
    });
    let mut explanation = Explanation {
        sync: sync.id.clone(),
        asked: asked.text().to_owned(),
        lists: Sides {
            source: source.list.clone(),
            target: target.list.clone(),
        },
        verdict: String::new(),
        people: found,
        known,
        opt_outs: remembered::opt_outs(&situation, &meant, &keys),
        ledger: remembered::ledger(baseline, &meant, &keys),
        agreed: remembered::agreed(baseline, &meant, &keys),
        nearest,
        doubts: doubts.collect(),
        keys,
    };
    let two_way = sync.direction == Direction::TwoWay;
    explanation.verdict = verdict::verdict(&explanation, two_way);
    explanation
}
