//! A run that undoes another one: what it is planned from, and the pause that keeps the sync from doing it all again.

use super::{Planned, Ports, RunError, work::borrow};
use crate::{
    agenda::{self, ListKey, Paused},
    definition::sync::{Direction, Sync},
    history::{self, LoadedBaseline, NOT_UNDOABLE, Undoable, undoable},
    model::{
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{
        change::Change,
        outcome::{Outcome, Problem},
    },
    read,
    reconcile::restore::{Undone, restore},
    store::ports::{StoreError, Stores},
};

/// How far back somebody looks for runs that undid the same one.
const LOOK_BACK: usize = 20;

/// What a run does.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// What its sync says.
    Sync,
    /// It undoes the run with this id.
    Restore(&'a str),
}

impl<'a> What<'a> {
    /// The run that is undone.
    pub(super) fn undone(self) -> Option<&'a str> {
        match self {
            Self::Sync => None,
            Self::Restore(run) => Some(run),
        }
    }
}

/// Reads both lists and plans how `run` is undone. Whoever holds the lists knows that a run without an end is dead.
pub(super) async fn read_and_plan(
    ports: Ports<'_>,
    sync: &Sync,
    run: &str,
    holds_lists: bool,
) -> Result<Planned, RunError> {
    let now = (ports.now)();
    let found = undoable(ports.stores, run, (!holds_lists).then_some(now)).await?;
    let undone = found.map_err(|why| RunError::CannotRestore(why.problem()))?;
    refuse_other_sync(sync, &undone)?;
    let open = read::open(ports.readers, sync).await?;
    let mut readings = read::both(&open, ports.watch).await?;
    let loaded = history::baseline(ports.stores, &sync.id, borrow(&readings)).await?;
    refuse_other_lists(&undone, &readings, &loaded)?;
    let put_right = put_right(ports.stores, sync, run).await?;
    let plan = read::planned(&open, sync, &mut readings, ports.watch, &|readings| {
        let undone = Undone {
            run,
            ended: undone.ended(),
            snapshot: &undone.snapshot,
            plan: &undone.file.plan,
            outcomes: undone.outcomes(),
            is_told: undone.is_told(),
            put_right: &put_right,
        };
        let baseline = loaded.baseline.as_ref();
        restore(sync, &undone, borrow(readings), baseline, now)
    })
    .await?;
    Ok((readings, loaded, plan))
}

/// What the last runs that undid `run` have done.
async fn put_right(stores: &Stores, sync: &Sync, run: &str) -> Result<Vec<Change>, StoreError> {
    let mut done = Vec::new();
    let runs = history::list(stores, &sync.id, LOOK_BACK).await?;
    for earlier in runs
        .iter()
        .filter(|earlier| earlier.restores.as_deref() == Some(run))
    {
        let Some(file) = history::run_file(stores, &sync.id, &earlier.run).await? else {
            continue;
        };
        let outcomes = file.outcomes.unwrap_or_default();
        let changes = file.plan.changes.into_iter().zip(outcomes);
        let is_done = |outcome: &Option<Outcome>| outcome.as_ref().is_some_and(Outcome::is_done);
        done.extend(
            changes
                .filter(|(_, outcome)| is_done(outcome))
                .map(|(change, _)| change),
        );
    }
    Ok(done)
}

/// The lists that a run wrote.
fn written(undone: &Undoable) -> impl Iterator<Item = Side> {
    let outcomes = undone.outcomes().iter().map(Option::as_ref);
    let outcomes = outcomes.chain(std::iter::repeat(None));
    let changes = undone.file.plan.changes.iter().zip(outcomes);
    let changes: Vec<Side> = changes
        .filter(|(_, outcome)| outcome.map_or(!undone.is_told(), Outcome::may_be_ours))
        .map(|(change, _)| change.side)
        .collect();
    let sides = [Side::Source, Side::Target].into_iter();
    sides.filter(move |side| changes.contains(side))
}

fn refuse_other_sync(sync: &Sync, undone: &Undoable) -> Result<(), RunError> {
    let run = &undone.summary.run;
    if undone.summary.sync != sync.id {
        let message = format!(
            "run `{run}` is one of `{}`, not of `{}`",
            undone.summary.sync, sync.id
        );
        return Err(cannot(message, "restore it with its own sync"));
    }
    let writes = |side: Side| side == Side::Target || sync.direction == Direction::TwoWay;
    match written(undone).find(|side| !writes(*side)) {
        None => Ok(()),
        Some(side) => {
            let list = undone.snapshot.lists.of(side);
            let message = format!("run `{run}` wrote `{list}`, which the sync does not write now");
            Err(cannot(
                message,
                "make the sync two-way again, or put the list right by hand",
            ))
        }
    }
}

/// A list with another id is another list, whatever it is called; without ids the names have to tell.
fn refuse_other_lists(
    undone: &Undoable,
    readings: &Sides<Reading>,
    loaded: &LoadedBaseline,
) -> Result<(), RunError> {
    let run = &undone.summary.run;
    for side in written(undone) {
        let (before, now) = (undone.snapshot.lists.of(side), readings.of(side));
        let help = "put back the definition of then, or put the list right by hand";
        if !now.exists {
            let message = format!(
                "`{}`, which run `{run}` wrote, is not there any more",
                now.list
            );
            return Err(cannot(message, help));
        }
        let is_other = match (undone.snapshot.list_ids.of(side), &now.list_id) {
            (Some(before), Some(now)) => before != now,
            // The run created it, or its snapshot is one of those that told no ids.
            _ => !before.is_named_like(&now.list) || loaded.is_of_others(),
        };
        if is_other {
            let message = format!(
                "run `{run}` wrote `{before}`, and `{}` is another list",
                now.list
            );
            return Err(cannot(message, help));
        }
    }
    Ok(())
}

fn cannot(message: String, help: &str) -> RunError {
    RunError::CannotRestore(Problem {
        code: NOT_UNDOABLE.to_owned(),
        message,
        help: Some(help.to_owned()),
    })
}

/// Pauses the list, before anything is undone: its next run would do the same again.
pub(super) async fn pause(
    ports: Ports<'_>,
    sync: &Sync,
    undone: &str,
    run: &str,
) -> Result<(), StoreError> {
    let now = (ports.now)();
    let reason = format!("run `{run}` undoes run `{undone}`; look at why, then resume");
    agenda::change(ports.stores, &ListKey::of(&sync.id), now, |entry| {
        let before = entry.paused.take().filter(|paused| paused.until.is_none());
        entry.paused = Some(match before {
            // Another attempt at the same.
            Some(before) if before.reason.starts_with(&reason) => before,
            before => Paused {
                reason: match &before {
                    None => reason.clone(),
                    Some(before) => format!(
                        "{reason} (paused before by {}: {})",
                        before.by,
                        shortened(&before.reason)
                    ),
                },
                by: "rollcall".to_owned(),
                since: now,
                until: None,
            },
        });
    })
    .await?;
    Ok(())
}

/// A reason that goes into another one: it must not grow with every restore.
fn shortened(reason: &str) -> &str {
    let end = reason.find(" (paused before by ").unwrap_or(reason.len());
    reason.get(..end).unwrap_or(reason)
}
