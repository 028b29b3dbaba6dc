//! Sweeps away what is kept of old runs beside their summaries: plans with outcomes, snapshots, packages. They name people,
//! and grow without end.
//!
//! Once a day the runs are gone through in the order of their ids, which are times, in small steps: a step looks at a
//! few rows and ends where it was told to, and the next one goes on there. A run that somebody may still have to decide
//! about stays, and so does one that is being undone.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    RUNS, RunPlace, began, decision, newest, package, parse, read_place, read_summary, render,
    snapshot,
};
use crate::store::{
    keys::key_of,
    ports::{Record, StoreError, Stores, Table, Version},
    versions::refuse_newer,
};

/// Where it is written down how far a round has come. No sync has this partition.
const MARK: (&str, &str) = ("~kept", "mark");

/// The version of the mark, and the newest this program reads.
const MARK_VERSION: u32 = 1;

/// How long after a round the next one begins.
const BETWEEN_ROUNDS: SignedDuration = SignedDuration::from_hours(24);

/// How many rows are read at a time, and how many of these in one step.
const PAGE: usize = 250;
const MOST_PAGES: usize = 4;

/// The times that begin ids come before this.
const AFTER_ALL_TIMES: &str = ":";

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Of how many runs the files were deleted.
    pub runs: usize,
    /// Whether nothing is left to be done today.
    pub is_over: bool,
}

/// How far a round has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    version: u32,
    /// When the next round begins.
    next: Option<Timestamp>,
    /// The last row that a round under way is done with.
    after: Option<String>,
}

/// One step: deletes the files of at most `most` runs that began more than `keep` before `now`, the oldest first. Safe
/// to repeat, and at the same time.
pub async fn sweep(
    stores: &Stores,
    keep: SignedDuration,
    now: Timestamp,
    most: usize,
) -> Result<Swept, StoreError> {
    let (mut mark, version) = mark(stores).await?;
    let is_early = mark.next.is_some_and(|next| now < next);
    let Ok(before) = now.checked_sub(keep) else {
        return Ok(Swept::default());
    };
    if mark.after.is_none() && is_early {
        return Ok(Swept {
            is_over: true,
            ..Swept::default()
        });
    }
    let mut swept = Swept::default();
    for _ in 0..MOST_PAGES {
        let after = mark.after.as_deref();
        let page = stores.records.list(Table::Runs, RUNS, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        match through(stores, &page, before, most, &mut swept).await? {
            Went::Through if is_last => {
                swept.is_over = true;
                break;
            }
            Went::Through => {
                mark.after = page.last().map(|record| record.row.clone());
            }
            Went::ToTheYoung => mark.after = Some(AFTER_ALL_TIMES.to_owned()),
            Went::To(row) => {
                mark.after = row.or(mark.after);
                break;
            }
        }
    }
    if swept.is_over {
        mark.after = None;
        mark.next = now.checked_add(BETWEEN_ROUNDS).ok();
    }
    keep_mark(stores, &mark, version.as_ref()).await?;
    Ok(swept)
}

/// How far a page was gone through.
enum Went {
    /// To its end.
    Through,
    /// To runs that are too young, and so are all the others whose ids begin with a time.
    ToTheYoung,
    /// To this row, or to none: enough was done.
    To(Option<String>),
}

async fn through(
    stores: &Stores,
    page: &[Record],
    before: Timestamp,
    most: usize,
    swept: &mut Swept,
) -> Result<Went, StoreError> {
    let mut done: Option<String> = None;
    for record in page {
        if time_in(&record.row).is_some_and(|time| *time > *time_text(before)) {
            return Ok(Went::ToTheYoung);
        }
        // What cannot be read is left to a person; it must not keep the others.
        let Ok(place) = read_place("a run", &record.value) else {
            continue;
        };
        let is_old = began(&place.row).is_some_and(|began| began < before);
        if is_old && !place.swept && may_go(stores, &place).await? {
            if swept.runs >= most {
                return Ok(Went::To(done));
            }
            sweep_one(stores, record, place).await?;
            swept.runs += 1;
        }
        done = Some(record.row.clone());
    }
    Ok(Went::Through)
}

/// Whether nobody needs the files of a run any more.
async fn may_go(stores: &Stores, place: &RunPlace) -> Result<bool, StoreError> {
    let row = (Table::History, key_of(&place.sync));
    let found = stores.records.get(row.0, &row.1, &place.row).await?;
    let Some(found) = found else {
        // It died while it was written down.
        return Ok(false);
    };
    let Ok(summary) = read_summary("a summary", &found.value) else {
        return Ok(false);
    };
    if summary.finished.is_none() {
        return Ok(false);
    }
    // Somebody may be about to apply it, and the next run has to tell what became of it.
    let has_package = !summary.packages.is_empty();
    if has_package && package::is_open(stores, &place.sync, &summary.run, &summary.lists).await? {
        return Ok(false);
    }
    let Some(newest) = newest(stores, &place.sync).await? else {
        return Ok(true);
    };
    if newest.run == summary.run {
        // Of an older one nothing can be approved any more.
        let is_undecided = decision(stores, &summary.run).await?.is_none();
        return Ok(summary.held.is_none() || !is_undecided);
    }
    // What was not undone at the first time may be undone at the next.
    let is_being_undone = newest.restores.as_ref() == Some(&summary.run);
    Ok(!is_being_undone)
}

/// Deletes the files of a run, and then writes down that they are gone: after a crash in between it is done again.
async fn sweep_one(stores: &Stores, record: &Record, place: RunPlace) -> Result<(), StoreError> {
    let (sync, run) = (key_of(&place.sync), &record.row);
    let blobs = &stores.blobs;
    blobs.delete(&snapshot::named(&sync, run)).await?;
    for package in blobs.list(&format!("packages/{sync}/{run}/")).await? {
        blobs.delete(&package).await?;
    }
    blobs.delete(&format!("runs/{sync}/{run}.json")).await?;
    let place = RunPlace {
        swept: true,
        ..place
    };
    let value = render("a run", &place)?;
    let records = &stores.records;
    match records
        .replace(Table::Runs, RUNS, run, &value, &record.version)
        .await
    {
        // Somebody else was faster, with the same.
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The time that an id begins with, as it is written there.
fn time_in(id: &str) -> Option<&str> {
    let time = id.get(..15)?;
    let is_time = time.bytes().enumerate().all(|(place, byte)| match place {
        8 => byte == b'T',
        _ => byte.is_ascii_digit(),
    });
    is_time.then_some(time)
}

fn time_text(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

async fn mark(stores: &Stores) -> Result<(Mark, Option<Version>), StoreError> {
    let (partition, row) = MARK;
    let Some(found) = stores.records.get(Table::State, partition, row).await? else {
        return Ok((Mark::default(), None));
    };
    let place = "how far old runs are swept away";
    let mark: Mark = parse(place, &found.value)?;
    refuse_newer(mark.version, MARK_VERSION, || place.to_owned())?;
    Ok((mark, Some(found.version)))
}

async fn keep_mark(
    stores: &Stores,
    mark: &Mark,
    version: Option<&Version>,
) -> Result<(), StoreError> {
    let (partition, row) = MARK;
    let mark = Mark {
        version: MARK_VERSION,
        ..mark.clone()
    };
    let value = render("how far old runs are swept away", &mark)?;
    let records = &stores.records;
    let kept = match version {
        Some(version) => records.replace(Table::State, partition, row, &value, version),
        None => records.insert(Table::State, partition, row, &value),
    };
    match kept.await {
        // Somebody else does the same at the same time; whoever came first says how far.
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
