//! What is kept of a run that somebody wants undone, and why it may not be enough.

use std::fmt;

use jiff::Timestamp;

use super::{
    RunFile, find, place, run_file_or_newer,
    snapshot::{has_snapshot, snapshot},
};
use crate::{
    model::{list::ListRef, snapshot::Snapshot},
    plan::outcome::{Outcome, Problem},
    store::{
        lease,
        ports::{StoreError, Stores},
    },
    summary::Summary,
};

/// The code of a run that was to undo another one that cannot be undone.
pub const NOT_UNDOABLE: &str = "not-undoable";

/// A run that can be undone.
#[derive(Debug)]
pub struct Undoable {
    /// Its summary.
    pub summary: Summary,
    /// Its plan and outcomes.
    pub file: RunFile,
    /// Both lists before it.
    pub snapshot: Snapshot,
}

/// Why a run cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotUndoable {
    /// There is none.
    Unknown {
        /// The run.
        run: String,
    },
    /// It has not ended, and somebody holds its list.
    AtWork {
        /// The run.
        run: String,
        /// Who.
        holder: String,
    },
    /// It only asked for runs of single lists.
    Split {
        /// The run.
        run: String,
    },
    /// It changed no member.
    WroteNothing {
        /// The run.
        run: String,
    },
    /// Its plan or snapshot is not kept any more.
    Gone {
        /// The run.
        run: String,
        /// When it began.
        began: Timestamp,
    },
    /// A newer program wrote it down.
    Newer {
        /// The run.
        run: String,
        /// The version of what it wrote.
        version: u32,
    },
}

impl Undoable {
    /// Its outcomes, in the order of its plan.
    pub fn outcomes(&self) -> &[Option<Outcome>] {
        self.file.outcomes.as_deref().unwrap_or_default()
    }

    /// Whether the outcomes were written down at its end: it was not interrupted.
    pub fn is_told(&self) -> bool {
        is_told(&self.summary, &self.file)
    }

    /// When it ended, or began where it died.
    pub fn ended(&self) -> Timestamp {
        self.summary.finished.unwrap_or(self.summary.started)
    }
}

/// What is kept of a run, to undo it. Where it has not ended, `now` is used to look whether somebody is at work on its
/// list; without it the caller holds the list, so the run is dead.
pub async fn undoable(
    stores: &Stores,
    run: &str,
    now: Option<Timestamp>,
) -> Result<Result<Undoable, NotUndoable>, StoreError> {
    let (summary, file) = match changed(stores, run, now).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let run = run.to_owned();
    Ok(match snapshot(stores, &summary.sync, &run).await? {
        None => Err(gone(&summary)),
        Some(Err(version)) => Err(NotUndoable::Newer { run, version }),
        Some(Ok(snapshot)) => Ok(Undoable {
            summary,
            file,
            snapshot,
        }),
    })
}

/// The summary of a run that can be undone, as far as that shows without a look at what was on its lists.
pub async fn undoable_at_a_glance(
    stores: &Stores,
    run: &str,
    now: Timestamp,
) -> Result<Result<Summary, NotUndoable>, StoreError> {
    let summary = match changed(stores, run, Some(now)).await? {
        Ok((summary, _)) => summary,
        Err(why) => return Ok(Err(why)),
    };
    Ok(match has_snapshot(stores, &summary.sync, run).await? {
        true => Ok(summary),
        false => Err(gone(&summary)),
    })
}

/// A run that changed somebody, or may have.
async fn changed(
    stores: &Stores,
    run: &str,
    now: Option<Timestamp>,
) -> Result<Result<(Summary, RunFile), NotUndoable>, StoreError> {
    let run = run.to_owned();
    let Some(summary) = find(stores, &run).await? else {
        return Ok(Err(NotUndoable::Unknown { run }));
    };
    if summary.split.is_some() {
        return Ok(Err(NotUndoable::Split { run }));
    }
    if let (None, Some(now)) = (summary.finished, now)
        && let Some(holder) = at_work(stores, &summary, now).await?
    {
        return Ok(Err(NotUndoable::AtWork { run, holder }));
    }
    if summary.digest.is_some() && !summary.done.changed_somebody() {
        return Ok(Err(NotUndoable::WroteNothing { run }));
    }
    Ok(
        match run_file_or_newer(stores, &summary.sync, &run).await? {
            Some(Ok(file)) if wrote(&summary, &file) => Ok((summary, file)),
            Some(Ok(_)) => Err(NotUndoable::WroteNothing { run }),
            Some(Err(version)) => Err(NotUndoable::Newer { run, version }),
            // One that was stopped before it had a plan never had a file either.
            None => {
                let was_kept = place(stores, &run).await?.is_some_and(|place| place.swept);
                match was_kept || summary.done.changed_somebody() {
                    true => Err(gone(&summary)),
                    false => Err(NotUndoable::WroteNothing { run }),
                }
            }
        },
    )
}

fn gone(summary: &Summary) -> NotUndoable {
    NotUndoable::Gone {
        run: summary.run.clone(),
        began: summary.started,
    }
}

/// Whether it made a change, or may have.
fn wrote(summary: &Summary, file: &RunFile) -> bool {
    let outcomes = file.outcomes.as_deref().unwrap_or_default();
    let mut known = outcomes.iter().flatten();
    known.any(Outcome::may_be_ours) || !is_told(summary, file) && !file.plan.changes.is_empty()
}

/// Whether the outcomes were written down at the end. A run that was stopped has no numbers, and so no digest.
fn is_told(summary: &Summary, file: &RunFile) -> bool {
    file.outcomes.is_some() && summary.digest.is_some()
}

/// Who holds one of the lists of a run.
async fn at_work(
    stores: &Stores,
    summary: &Summary,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let lists = [&summary.lists.source, &summary.lists.target];
    for name in lists.into_iter().flat_map(ListRef::held_as) {
        let held = lease::holder(stores.records.as_ref(), &name, now).await?;
        if let Some((holder, _)) = held {
            return Ok(Some(holder));
        }
    }
    Ok(None)
}

impl NotUndoable {
    /// The same as the problem of a run.
    pub fn problem(&self) -> Problem {
        let text = self.to_string();
        let (message, help) = match text.split_once('\n') {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (text, None),
        };
        Problem {
            code: NOT_UNDOABLE.to_owned(),
            message,
            help,
        }
    }
}

impl fmt::Display for NotUndoable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { run } => write!(
                formatter,
                "there is no run `{run}`\n`rollcall history` lists them"
            ),
            Self::AtWork { run, holder } => write!(
                formatter,
                "run `{run}` has not ended: `{holder}` is writing its list\nwait for it to end"
            ),
            Self::Split { run } => write!(
                formatter,
                "run `{run}` only asked for runs of single lists\nrestore the runs of those lists"
            ),
            Self::WroteNothing { run } => write!(
                formatter,
                "run `{run}` changed no member, so there is nothing to undo\n`rollcall show {run}` says what it did"
            ),
            Self::Gone { run, began } => write!(
                formatter,
                "what was on the lists before run `{run}` of {} is not kept any more\n\
                 keep it longer with `ROLLCALL_KEEP_DAYS`; these lists have to be put right by hand",
                began.strftime("%Y-%m-%d")
            ),
            Self::Newer { run, version } => write!(
                formatter,
                "a newer rollcall wrote run `{run}` down (version {version})\nrestore it with that one"
            ),
        }
    }
}
