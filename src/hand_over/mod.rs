//! Changes for an administrator: what a package holds, and how far the last one is.
//!
//! A group that rollcall cannot or may not write is planned like any other; what is approved goes into a package that
//! somebody applies by hand. The next runs see on the list itself how far that is.
//!
//! Pure. This room must not know where packages are kept, how a run goes, or a connection.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

pub mod archive;
pub mod compare;
pub mod files;
mod readme;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        attributes::Value,
        baseline::Baseline,
        capabilities::{HandOver, ToolCloud},
        ledger::Move,
        list::{ListRef, Side},
        member::{ExternalId, Kind, Member},
        reading::Reading,
    },
    plan::{
        change::{Action, Change},
        handed::{PackageNote, PackageState},
        outcome::Problem,
        text::on_one_line,
    },
};

/// The version of a manifest, and the newest this program reads. The scripts know this number as well.
pub const MANIFEST_VERSION: u32 = 1;

/// For how long a package may be applied: who is in it may leave or opt out meanwhile.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What a package says: its `summary.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of this form.
    pub version: u32,
    /// The sync.
    pub sync: String,
    /// The run that made the package.
    pub run: String,
    /// When.
    pub made: Timestamp,
    /// When it must not be applied any more.
    pub apply_before: Timestamp,
    /// The same in seconds since 1970, which the scripts compare.
    pub apply_before_seconds: i64,
    /// The run whose package this one replaces.
    pub replaces: Option<String>,
    /// The side of the sync the list is on.
    pub side: Side,
    /// The list, as the definition calls it.
    pub list: ListRef,
    /// The group's object id.
    pub group_id: String,
    /// With what the group is changed.
    pub with: HandOver,
    /// The cloud the tools sign in to.
    pub cloud: ToolCloud,
    /// Why rollcall does not change it, in words.
    pub why: String,
    /// How many changes of each kind there are.
    pub counts: Counts,
    /// The changes: additions, then removals, then guests to invite; each by name.
    pub changes: Vec<Row>,
}

/// How many changes of each kind a package holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Members to add.
    pub add: usize,
    /// Members to remove.
    pub remove: usize,
    /// Guests to invite first, and then to add.
    pub invite: usize,
}

/// One change of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What is to be done.
    pub action: RowAction,
    /// The member, by the name plans use. On one line.
    pub member: String,
    /// Its object id; `null` for a guest, who has none yet.
    pub id: Option<ExternalId>,
    /// Why, in words. On one line.
    pub reason: String,
    /// When it was handed over first.
    pub since: Timestamp,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RowAction {
    /// Add the member.
    Add,
    /// Remove the member.
    Remove,
    /// Invite a guest.
    Invite,
}

impl Row {
    /// What tells two changes of one package apart.
    fn key(&self) -> (RowAction, &str) {
        let id = self.id.as_ref().map(ExternalId::as_str);
        (self.action, id.unwrap_or(&self.member))
    }
}

/// What a package is made for.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// The sync.
    pub sync: &'a str,
    /// The run.
    pub run: &'a str,
    /// When.
    pub now: Timestamp,
    /// The side the list is on.
    pub side: Side,
    /// The list as it was read.
    pub reading: &'a Reading,
    /// The run whose package is replaced.
    pub replaces: Option<&'a str>,
}

/// A package of these changes, and of what an earlier package holds that nobody applied yet. `None` when there is
/// nothing to hand over, or nobody it could be handed to.
///
/// Changes that cannot be handed over are left out of it: [`row`] says why.
pub fn manifest<'a>(
    occasion: &Occasion<'_>,
    changes: impl Iterator<Item = &'a Change>,
    kept: Vec<Row>,
) -> Option<Manifest> {
    let Occasion {
        sync,
        run,
        now,
        side,
        reading,
        replaces,
    } = *occasion;
    let capabilities = &reading.capabilities;
    let with = capabilities.hand_over?;
    let group_id = reading.list_id.clone()?;
    let mut rows = kept;
    rows.extend(changes.filter_map(|change| row(change, now).ok()));
    let mut told = BTreeSet::new();
    rows.retain(|row| {
        let (action, name) = row.key();
        told.insert((action, name.to_owned()))
    });
    rows.sort();
    if rows.is_empty() {
        return None;
    }
    let apply_before = now.checked_add(GOOD_FOR).unwrap_or(Timestamp::MAX);
    let count = |action: RowAction| rows.iter().filter(|row| row.action == action).count();
    Some(Manifest {
        version: MANIFEST_VERSION,
        sync: sync.to_owned(),
        run: run.to_owned(),
        made: now,
        apply_before,
        apply_before_seconds: apply_before.as_second(),
        replaces: replaces.map(str::to_owned),
        side,
        list: reading.list.clone(),
        group_id,
        with,
        cloud: capabilities.package.cloud,
        why: capabilities.read_only.clone().unwrap_or_default(),
        counts: Counts {
            add: count(RowAction::Add),
            remove: count(RowAction::Remove),
            invite: count(RowAction::Invite),
        },
        changes: rows,
    })
}

/// A change as a row of a package handed over `now`, or why it cannot be one.
pub fn row(change: &Change, now: Timestamp) -> Result<Row, Problem> {
    let (member, reason) = (&change.member, on_one_line(&change.reason.to_string()));
    let action = match &change.action {
        Action::Add => RowAction::Add,
        Action::Remove => RowAction::Remove,
        Action::Invite => RowAction::Invite,
        Action::Update(_) => {
            return Err(problem(
                "not-in-a-package",
                "a package says who is on a list, and holds no fields",
                "change them by hand",
            ));
        }
    };
    if action != RowAction::Invite && !is_user(member) {
        return Err(problem(
            "not-a-person",
            "only people are added and removed",
            "change contacts, nested groups, devices and the like by hand",
        ));
    }
    let id = member.id.clone().filter(is_object_id);
    match (action, &id, member.address()) {
        (RowAction::Invite, None, Some(_)) | (RowAction::Add | RowAction::Remove, Some(_), _) => {
            Ok(Row {
                action,
                member: on_one_line(member.label()),
                id,
                reason,
                since: now,
            })
        }
        _ => Err(problem(
            "no-object-id",
            "the directory object of this member is not known",
            "sync with a source whose people can be found in the directory",
        )),
    }
}

impl Manifest {
    /// The package as the run that made it tells of it.
    pub fn made_note(&self) -> PackageNote {
        PackageNote {
            side: self.side,
            run: self.run.clone(),
            made: self.made,
            state: PackageState::Made,
            done: 0,
            open: self.changes.len(),
            unsure: 0,
            replaces: self.replaces.clone(),
        }
    }

    /// Whether a program as old as this one can read it.
    pub fn is_known(&self) -> bool {
        self.version <= MANIFEST_VERSION
    }
}

/// Remembers in the next baseline whom an administrator added from this package: that was this sync's doing, though by
/// other hands. `done` are the rows that the list shows as made.
pub fn credit(next: &mut Baseline, manifest: &Manifest, done: &[Row]) {
    let added: BTreeSet<&ExternalId> = done
        .iter()
        .filter(|row| row.action == RowAction::Add)
        .filter_map(|row| row.id.as_ref())
        .collect();
    for entry in &mut next.entries {
        let id = entry.who.of(manifest.side).id.as_ref();
        if entry.put.is_none() && id.is_some_and(|id| added.contains(id)) {
            entry.put = Some(Box::new(Move {
                side: manifest.side,
                run: manifest.run.clone(),
                at: manifest.made,
                turns: Vec::new(),
            }));
        }
    }
}

fn is_object_id(id: &ExternalId) -> bool {
    id.as_str().len() == 36 && uuid::Uuid::try_parse(id.as_str()).is_ok()
}

/// Contacts and groups can be read as entries of a list; they are no accounts, and say so.
fn is_user(member: &Member) -> bool {
    let object_type = member.attributes.get("objectType");
    let is_other = matches!(object_type, Some(Value::Text(of_type)) if of_type != "user");
    member.kind == Kind::Person && !is_other
}

fn problem(code: &str, message: &str, help: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}
