//! The plan itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    change::{Action, Because, Change, Ignored, Seen, Withheld},
    handed::{Handed, nothing_is_handed_over},
    lapsed::Lapsed,
};
use crate::model::{
    attributes::Attributes,
    list::{ListRef, Side, Sides},
};

/// The version of a plan's JSON. It grows when a reader of the old form would misread the new one.
pub const PLAN_VERSION: u32 = 1;

/// What one run of one sync would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The version of this form.
    pub version: u32,
    /// The sync.
    pub sync: String,
    /// Whether both lists may be written.
    pub two_way: bool,
    /// Whether there was no baseline.
    pub first_run: bool,
    /// The two lists.
    pub lists: Sides<ListRef>,
    /// How many members each list has now.
    pub members: Sides<usize>,
    /// Why a list may not have been read whole.
    pub doubts: Sides<Vec<String>>,
    /// The parts of the definition that changed since the last run and may do more than before: everything waits for an
    /// approval then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redefined: Vec<String>,
    /// What tells this change of those parts from any other one, so that an approval is for this definition alone;
    /// absent where none changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redefined_to: Option<String>,
    /// The lists that an administrator changes, and how far the last package for each of them is.
    #[serde(default, skip_serializing_if = "nothing_is_handed_over")]
    pub handed: Sides<Option<Handed>>,
    /// The run that it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<String>,
    /// The list that has to be created first.
    pub create: Option<Side>,
    /// The changes, in the order in which they are made.
    pub changes: Vec<Change>,
    /// What was considered and is deliberately not done.
    pub withheld: Vec<Withheld>,
    /// Who was read and plays no part.
    pub ignored: Vec<Ignored>,
    /// How many people are on both lists with nothing to change.
    pub unchanged: usize,
    /// Changes of earlier runs that the lists contradict by now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapsed: Vec<Lapsed>,
    /// Everyone in play, for the next baseline; lives only as long as the readings do.
    #[serde(skip)]
    pub people: Vec<InPlay>,
    /// The entries of the baseline, by their position, that end because what they say is undone already.
    #[serde(skip)]
    pub forgets: Vec<u32>,
    /// On which side people could not be looked up because its directory was not read.
    #[serde(skip)]
    pub wants_directory: Sides<bool>,
}

/// One person in play: where they stand in the readings and in the baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InPlay {
    /// Their positions in the readings.
    pub seen: Seen,
    /// Their position in the baseline.
    pub entry: Option<u32>,
    /// The fields both sides agree on once the plan is done, by the target's field names.
    pub fields: Attributes,
}

/// The numbers of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Members to add, invitations included.
    pub add: usize,
    /// Members to update.
    pub update: usize,
    /// Members to remove.
    pub remove: usize,
    /// Changes withheld.
    pub withheld: usize,
    /// Members that play no part.
    pub ignored: usize,
    /// People with nothing to change.
    pub unchanged: usize,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.create.is_none()
    }

    /// Whether there may be changes that only wait for something to pass by itself: a reading that was proven whole, an
    /// address that is resolved, a list that can be written. Then an empty plan does not say that nothing is to be done.
    pub fn hides_changes(&self) -> bool {
        let is_whole = self.doubts.source.is_empty() && self.doubts.target.is_empty();
        let mut withheld = self.withheld.iter();
        !is_whole || withheld.any(|withheld| withheld.because.may_pass())
    }

    /// Whether there may be more to do than it can say: a list was not proven to be read whole, or somebody who was
    /// invited is on no list yet. A run of it is not through, also when all of its changes are made.
    pub fn is_not_all(&self) -> bool {
        let Sides { source, target } = &self.doubts;
        // What is undone asks for no proof of whole lists, and tells a doubt of each member it matters to.
        let is_whole = self.restores.is_some() || source.is_empty() && target.is_empty();
        let mut withheld = self.withheld.iter();
        !is_whole || withheld.any(|withheld| withheld.because.leaves_open())
    }

    /// What is typed to make it.
    pub fn command(&self) -> String {
        match &self.restores {
            None => format!("rollcall apply {}", self.sync),
            Some(run) => format!("rollcall restore {run} --apply"),
        }
    }

    /// The numbers.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals {
            withheld: self.withheld.len(),
            ignored: self.ignored.len(),
            unchanged: self.unchanged,
            ..Totals::default()
        };
        for change in &self.changes {
            match change.action {
                Action::Add | Action::Invite => totals.add += 1,
                Action::Update(_) => totals.update += 1,
                Action::Remove => totals.remove += 1,
            }
        }
        totals
    }

    /// The lists that somebody should be on or off and that cannot be written, each once, with the reason.
    pub fn unwritable(&self) -> impl Iterator<Item = (Side, &str)> {
        [Side::Source, Side::Target].into_iter().filter_map(|side| {
            let withheld = self
                .withheld
                .iter()
                .filter(move |withheld| withheld.side == side);
            let mut reasons = withheld.filter_map(|withheld| match &withheld.because {
                Because::ReadOnly(why) => Some(why.as_str()),
                _ => None,
            });
            Some((side, reasons.next()?))
        })
    }

    /// How many changes wait in packages of earlier runs.
    pub fn in_packages(&self) -> usize {
        let withheld = self.withheld.iter();
        let waits = withheld.filter(|one| matches!(one.because, Because::HandedOver { .. }));
        waits.count()
    }

    /// The changes to one list.
    pub fn changes_to(&self, side: Side) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(move |change| change.side == side)
    }
}

impl Change {
    /// Whether the list gains a member.
    pub fn is_addition(&self) -> bool {
        matches!(self.action, Action::Add | Action::Invite)
    }

    /// Whether the list loses a member.
    pub fn is_removal(&self) -> bool {
        self.action == Action::Remove
    }

    /// Where the change stands in a plan: the kind of action first, then the list, then the member.
    pub(crate) fn order(&self) -> (u8, Side, &str, Option<&str>) {
        let rank = match self.action {
            Action::Invite => 0,
            Action::Add => 1,
            Action::Update(_) => 2,
            Action::Remove => 3,
        };
        (
            rank,
            self.side,
            self.member.label(),
            self.member.id.as_ref().map(|id| id.as_str()),
        )
    }
}
