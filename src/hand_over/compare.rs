//! How far the last package of a list is: what of it the list shows as made, and whether the rest is still wanted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Manifest, Row, RowAction};
use crate::{
    model::{capabilities::HandOver, list::Side, reading::Reading},
    plan::{
        change::{Action, Because, Change, Considered, Withheld},
        handed::{Handed, PackageNote, PackageState},
        value::Plan,
    },
};

/// How far a package is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// In one word.
    pub state: PackageState,
    /// What the list shows as made.
    pub done: Vec<Row>,
    /// What is still to be made, and is planned now as well.
    pub open: Vec<Row>,
    /// What is still to be made, and this run could not tell whether it is wanted: it could not read a list whole.
    pub unsure: Vec<Row>,
    /// What nobody wants any more.
    pub unwanted: Vec<Row>,
}

/// Compares a package with its list as it was read just now, and with what is planned for it. `plan` is of the same
/// run as `reading`, and nothing was set aside from it yet.
///
/// A package that would do one thing too many is superseded as a whole: nobody picks rows out of it. So is one that is
/// too old, or for another group, unless it is applied.
pub fn compare(manifest: &Manifest, reading: &Reading, plan: &Plan, now: Timestamp) -> Progress {
    let side = manifest.side;
    let planned: BTreeSet<(RowAction, &str)> =
        plan.changes_to(side).filter_map(planned_key).collect();
    let doubted = doubted_removals(plan, side, reading);
    let shows_who_left = is_believed(plan, side, reading);
    let ids: BTreeSet<&str> = reading
        .members
        .iter()
        .filter_map(|member| member.id.as_ref())
        .map(|id| id.as_str())
        .collect();
    let addresses: BTreeSet<&str> = reading
        .members
        .iter()
        .flat_map(|member| &member.addresses)
        .map(|address| address.as_str())
        .collect();
    let mut progress = Progress {
        state: PackageState::Waiting,
        done: Vec::new(),
        open: Vec::new(),
        unsure: Vec::new(),
        unwanted: Vec::new(),
    };
    let is_other_group = reading.list_id.as_ref() != Some(&manifest.group_id);
    if is_other_group {
        // Who is in another group says nothing about this package.
        progress.state = PackageState::Superseded;
        progress.unwanted.clone_from(&manifest.changes);
        return progress;
    }
    for row in &manifest.changes {
        let (action, name) = row.key();
        let is_there = match action {
            RowAction::Invite => addresses.contains(name),
            RowAction::Add | RowAction::Remove => ids.contains(name),
        };
        let place = match action {
            RowAction::Add | RowAction::Invite if is_there => &mut progress.done,
            // Whom a reading with gaps does not show may be there all the same.
            RowAction::Remove if !is_there && shows_who_left => &mut progress.done,
            RowAction::Remove if !is_there => &mut progress.unsure,
            _ if planned.contains(&(action, name)) => &mut progress.open,
            RowAction::Remove if doubted.contains(name) => &mut progress.unsure,
            _ => &mut progress.unwanted,
        };
        place.push(row.clone());
    }
    let is_finished = progress.open.len() + progress.unsure.len() + progress.unwanted.len() == 0;
    progress.state = if is_finished {
        PackageState::Applied
    } else if !progress.unwanted.is_empty() || manifest.apply_before <= now {
        PackageState::Superseded
    } else if progress.done.is_empty() {
        PackageState::Waiting
    } else {
        PackageState::PartlyApplied
    };
    progress
}

impl Progress {
    /// Whether its changes still wait for an administrator.
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            PackageState::Waiting | PackageState::PartlyApplied
        )
    }

    /// The package as a run tells of it.
    pub fn note(&self, manifest: &Manifest) -> PackageNote {
        PackageNote {
            side: manifest.side,
            run: manifest.run.clone(),
            made: manifest.made,
            state: self.state,
            done: self.done.len(),
            open: self.open.len() + self.unsure.len() + self.unwanted.len(),
            unsure: self.unsure.len(),
            replaces: None,
        }
    }
}

/// Writes into the plan that a list is changed by an administrator, and takes out of its changes what waits in a
/// package already: it was approved when the package was made, and is not for this run to do.
pub fn set_aside(
    plan: &mut Plan,
    side: Side,
    reading: &Reading,
    last: Option<(&Manifest, &Progress)>,
) {
    let capabilities = &reading.capabilities;
    let (Some(with), Some(why)) = (capabilities.hand_over, &capabilities.read_only) else {
        return;
    };
    if last.is_none() && plan.changes_to(side).next().is_none() {
        return;
    }
    let package = last.map(|(manifest, progress)| progress.note(manifest));
    *plan.handed.of_mut(side) = Some(handed(with, why, package));
    let Some((_, progress)) = last.filter(|(_, progress)| progress.is_open()) else {
        return;
    };
    let waits: BTreeMap<(RowAction, &str), Timestamp> = progress
        .open
        .iter()
        .map(|row| (row.key(), row.since))
        .collect();
    for change in std::mem::take(&mut plan.changes) {
        let key = planned_key(&change).filter(|_| change.side == side);
        match key.and_then(|key| waits.get(&key)) {
            Some(since) => plan.withheld.push(withheld(&change, *since)),
            None => plan.changes.push(change),
        }
    }
    plan.withheld
        .sort_by(|left, right| (&left.label, left.side).cmp(&(&right.label, right.side)));
}

fn handed(with: HandOver, why: &str, package: Option<PackageNote>) -> Handed {
    Handed {
        with,
        why: why.to_owned(),
        package,
    }
}

fn withheld(change: &Change, since: Timestamp) -> Withheld {
    Withheld {
        side: change.side,
        considered: if change.is_removal() {
            Considered::Remove
        } else {
            Considered::Add
        },
        label: change.member.label().to_owned(),
        because: Because::HandedOver { since },
        seen: change.seen.clone(),
    }
}

/// What tells a planned change from others, as rows of packages are told apart.
fn planned_key(change: &Change) -> Option<(RowAction, &str)> {
    let id = change.member.id.as_ref().map(|id| id.as_str());
    match change.action {
        Action::Add => Some((RowAction::Add, id?)),
        Action::Remove => Some((RowAction::Remove, id?)),
        Action::Invite => Some((RowAction::Invite, change.member.label())),
        Action::Update(_) => None,
    }
}

/// Whether the list is believed to be whole as it was read: without a doubt, and not suddenly far smaller than before.
fn is_believed(plan: &Plan, side: Side, reading: &Reading) -> bool {
    let is_suddenly_empty = plan.withheld.iter().any(|one| {
        one.side == side
            && one.considered == Considered::Add
            && matches!(one.because, Because::SuddenlyEmpty(_))
    });
    reading.is_whole() && plan.doubts.of(side).is_empty() && !is_suddenly_empty
}

/// The ids of members whose removal was considered and only put off, because a list could not be read whole or names
/// somebody nobody knows: that does not say that they are wanted again.
fn doubted_removals<'a>(plan: &Plan, side: Side, reading: &'a Reading) -> BTreeSet<&'a str> {
    let put_off = |because: &Because| {
        matches!(
            because,
            Because::NoProof(_)
                | Because::SuddenlyEmpty(_)
                | Because::UnresolvedPresent
                | Because::PerhapsMeant(_)
        )
    };
    let removals = plan.withheld.iter().filter(|one| {
        one.side == side && one.considered == Considered::Remove && put_off(&one.because)
    });
    removals
        .filter_map(|one| {
            let place = (*one.seen.of(side))?;
            let id = reading.members.get(place as usize)?.id.as_ref()?;
            Some(id.as_str())
        })
        .collect()
}
