//! What is told of a person: what is stored of them and where, what was erased, what stays and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::person::Person;

/// Kinds of what is stored of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// What two lists agreed on: their entry, their fields, who put them there, invitations and refusals. Kept: runs take
    /// the entry out once both lists are without them, and what was done lately within 30 days.
    Baselines,
    /// The same, left over by a crash, and read by nothing. Each that names the person is deleted whole.
    LeftOvers,
    /// Plans of runs and what became of them. The person is replaced by `(forgotten)`; numbers and digests stay.
    Plans,
    /// Lists as they were before a run. The person is replaced.
    Snapshots,
    /// Summaries of runs. The person is replaced.
    Summaries,
    /// Packages for administrators. Each that names the person is deleted whole; the next run makes a new one.
    Packages,
    /// Opt-outs that somebody lifted. Kept: without that the opt-out would hold again.
    Lifts,
    /// Reasons that people wrote, with one of the person's addresses, numbers or ids in it. Replaced.
    Remarks,
    /// What HR systems sent, as it came. Each that names the person is deleted whole: nothing reads it any more.
    Deliveries,
    /// Erasures that were begun and did not end. They are ended.
    Erasures,
    /// Opt-outs. Kept: without them the person would be written to again.
    OptOuts,
    /// The newest load of an HR system. Kept: it is a list, and goes with the next load.
    Loads,
    /// Definitions, with what is kept of them to notice changes. Kept: people change them.
    Definitions,
    /// Who asked for a run or decided about one. Kept: that is the record of who did what.
    Deciders,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baselines => "baselines",
            Self::LeftOvers => "baselines left over",
            Self::Plans => "plans",
            Self::Snapshots => "snapshots",
            Self::Summaries => "summaries",
            Self::Packages => "packages",
            Self::Lifts => "lifted opt-outs",
            Self::Remarks => "remarks",
            Self::Deliveries => "deliveries",
            Self::Erasures => "unfinished erasures",
            Self::OptOuts => "opt-outs",
            Self::Loads => "newest loads",
            Self::Definitions => "definitions",
            Self::Deciders => "who decided",
        }
    }

    /// Why it is not erased; `None` when it is.
    pub fn kept_because(self) -> Option<&'static str> {
        match self {
            Self::LeftOvers
            | Self::Plans
            | Self::Snapshots
            | Self::Summaries
            | Self::Packages
            | Self::Remarks
            | Self::Deliveries
            | Self::Erasures => None,
            Self::Baselines => {
                Some("the sync needs it; its runs take it out once both lists are without them")
            }
            Self::Lifts => Some("it says that an opt-out does not hold any more"),
            Self::OptOuts => Some("without it they would be written to again"),
            Self::Loads => {
                Some("it is a list; have the HR system send everybody again without them")
            }
            Self::Definitions => Some("a definition names them; change it"),
            Self::Deciders => Some("it says who did what"),
        }
    }
}

/// How much there is of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The kind.
    pub kind: Kind,
    /// In how many records and blobs.
    pub places: usize,
    /// How many entries, changes or texts in them are about the person.
    pub entries: usize,
    /// Why it is kept; absent for what is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub kept_because: Option<String>,
}

/// A list that had the person when a run last looked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StillOn {
    /// The list (`entra-id:Region Asia`).
    pub list: String,
    /// The sync.
    pub sync: String,
    /// The run that saw them there.
    pub run: String,
}

/// What the person is known by in what is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownAs {
    /// Every address.
    pub addresses: Vec<String>,
    /// Every number, in E.164.
    pub phones: Vec<String>,
    /// The ids on the platforms.
    pub ids: Vec<String>,
    /// The numbers HR gave.
    pub employee_ids: Vec<String>,
}

/// What is stored of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// What they are known by.
    pub known_as: KnownAs,
    /// What there is, by kind; empty when nothing is stored.
    pub items: Vec<Item>,
    /// Lists that had them at the last run: what it keeps of them goes once they are taken off there, and runs store them
    /// again until then.
    pub still_on: Vec<StillOn>,
    /// The runs whose packages name them: nobody must apply those once they are erased.
    pub packages: Vec<String>,
    /// What may be about them and cannot be read.
    pub unreadable: Vec<String>,
}

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// What was found before, by kind.
    pub found: Stored,
    /// How many records were changed or deleted.
    pub records: usize,
    /// How many blobs were changed or deleted.
    pub blobs: usize,
    /// What is stored now.
    pub left: Vec<Item>,
    /// Lists that somebody else was writing, whose runs are as they were: ask again.
    pub busy: Vec<String>,
}

impl Stored {
    /// Whether something is stored that can be erased.
    pub fn has_something(&self) -> bool {
        self.items.iter().any(|item| item.kept_because.is_none())
    }
}

impl Erased {
    /// Whether everything that can be erased is.
    pub fn is_done(&self) -> bool {
        let is_left = |item: &Item| item.kept_because.is_none();
        self.busy.is_empty() && self.found.unreadable.is_empty() && !self.left.iter().any(is_left)
    }
}

impl KnownAs {
    pub(super) fn of(person: &Person) -> Self {
        let addresses = person.first.union(&person.others);
        let mut ids: Vec<String> = person.ids.iter().map(|(_, id)| id.to_string()).collect();
        ids.sort();
        ids.dedup();
        Self {
            addresses: addresses.map(ToString::to_string).collect(),
            phones: person.phones.iter().map(ToString::to_string).collect(),
            ids,
            employee_ids: person.employee_ids.iter().cloned().collect(),
        }
    }
}

/// Counts by kind.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<Kind, (usize, usize)>);

impl Counts {
    /// One more place with so many entries.
    pub(super) fn add(&mut self, kind: Kind, entries: usize) {
        if entries > 0 {
            let (places, all) = self.0.entry(kind).or_default();
            *places += 1;
            *all += entries;
        }
    }

    pub(super) fn items(&self) -> Vec<Item> {
        let items = self.0.iter().map(|(kind, (places, entries))| Item {
            kind: *kind,
            places: *places,
            entries: *entries,
            kept_because: kind.kept_because().map(str::to_owned),
        });
        items.collect()
    }
}
