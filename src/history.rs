//! What happened: summaries, plans, outcomes, snapshots and baselines, as they lie in the store.
//!
//! Small things are records (a summary for each run, newest first; where the baseline is), big things are blobs. This
//! room must not know how a run comes to its results.

mod baseline;
mod carried;
mod decision;
mod erasing;
mod lifts;
mod opt_outs;
mod package;
mod queued;
mod scope;
mod snapshot;
mod sweep;
mod touched;
mod undoable;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    plan::{
        outcome::{Outcome, Problem},
        value::{PLAN_VERSION, Plan},
    },
    store::{
        keys::key_of,
        ports::{Record, StoreError, Stores, Table},
        versions::{first, newer_wrote, refuse_newer},
    },
    summary::{SUMMARY_VERSION, Summary},
};

pub use baseline::{LoadedBaseline, baseline, keep_baseline};
pub use decision::{
    DECISION_VERSION, Decision, Undecidable, Verdict, Wanted, Weighed, decide, decision, newest,
    rejection, remember_decision, weigh,
};
pub use erasing::{
    Named, WITH_WORDS, has_ended, is_of_a_decision, is_of_lifts, lifts_beside, named_baseline,
    partitions,
};
pub use lifts::{LIFT_VERSION, Lift, Lifted, NotLifted, OptOuts, Wish, lift, opt_outs};
pub use opt_outs::{LiftView, LiftedView, OptOutView, WhoView};
pub use package::{LastPackage, close_package, keep_package, last_package, package};
pub use queued::{Queued, WrittenDown, mark_sent, queued, write_down};
pub use scope::{LoadedScope, keep_scope, scope};
pub use snapshot::keep_snapshot;
pub use sweep::{Swept, sweep};
pub use touched::{MOST_RUNS, Touch, Touched, last_touch};
pub use undoable::{NOT_UNDOABLE, NotUndoable, Undoable, undoable, undoable_at_a_glance};

/// The partition of `Table::Runs`.
const RUNS: &str = "runs";

/// The version of the row that says where a run is found, and the newest this program reads.
const PLACE_VERSION: u32 = 1;

/// How many runs back somebody looks for one that never ended.
const INTERRUPTED_LOOK_BACK: usize = 5;

/// What is kept of a run beside its summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunFile {
    /// The plan.
    pub plan: Plan,
    /// One outcome for each change of the plan; `None` for what was held. Absent while the run is at work; a second
    /// attempt has outcomes for what the first one did.
    pub outcomes: Option<Vec<Option<Outcome>>>,
}

/// What was found when a run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    /// It is new.
    New,
    /// An earlier attempt died, and this is what it had written down; go on.
    Died(Box<Summary>),
    /// This run ended before: a message that was delivered again.
    EndedBefore(Box<Summary>),
}

/// Writes down that a run begins.
pub async fn begin(stores: &Stores, summary: &Summary) -> Result<Beginning, StoreError> {
    let row = history_row(summary);
    let place = render(
        "a run",
        &RunPlace {
            version: PLACE_VERSION,
            sync: summary.sync.clone(),
            row: row.clone(),
            swept: false,
        },
    )?;
    match stores
        .records
        .insert(Table::Runs, RUNS, &key_of(&summary.run), &place)
        .await
    {
        Ok(_) => {
            stores
                .records
                .insert(
                    Table::History,
                    &key_of(&summary.sync),
                    &row,
                    &render("a summary", summary)?,
                )
                .await?;
            Ok(Beginning::New)
        }
        Err(StoreError::Conflict(_)) => match find(stores, &summary.run).await? {
            Some(earlier) if earlier.finished.is_some() => {
                Ok(Beginning::EndedBefore(Box::new(earlier)))
            }
            Some(earlier) => Ok(Beginning::Died(Box::new(earlier))),
            // An earlier attempt died between the two rows.
            None => {
                end(stores, summary).await?;
                Ok(Beginning::New)
            }
        },
        Err(error) => Err(error),
    }
}

/// Keeps a preview: a run that wrote nothing, with its plan. Safe to repeat.
pub async fn keep_preview(
    stores: &Stores,
    summary: &Summary,
    plan: &Plan,
) -> Result<(), StoreError> {
    let file = RunFile {
        plan: plan.clone(),
        outcomes: None,
    };
    keep_run_file(stores, &summary.sync, &summary.run, &file).await?;
    match begin(stores, summary).await? {
        Beginning::New | Beginning::Died(_) => end(stores, summary).await,
        Beginning::EndedBefore(_) => Ok(()),
    }
}

/// Closes runs of a sync that never ended: whoever holds the lists now knows that they are dead.
pub async fn close_interrupted(
    stores: &Stores,
    sync: &str,
    run: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    for earlier in list(stores, sync, INTERRUPTED_LOOK_BACK).await? {
        if earlier.finished.is_none() && earlier.run != run {
            let problem = Problem {
                code: "interrupted".to_owned(),
                message: "the run was interrupted; some of its changes may have been made"
                    .to_owned(),
                help: Some("nothing: the next run finds what is done and does the rest".to_owned()),
            };
            end(stores, &earlier.stopped(problem, now)).await?;
        }
    }
    Ok(())
}

/// Writes down how a run ended, or that it began.
pub async fn end(stores: &Stores, summary: &Summary) -> Result<(), StoreError> {
    let partition = key_of(&summary.sync);
    let row = match place(stores, &summary.run).await? {
        Some(place) => place.row,
        None => history_row(summary),
    };
    let value = render("a summary", summary)?;
    match stores.records.get(Table::History, &partition, &row).await? {
        Some(found) => {
            stores
                .records
                .replace(Table::History, &partition, &row, &value, &found.version)
                .await?
        }
        None => {
            stores
                .records
                .insert(Table::History, &partition, &row, &value)
                .await?
        }
    };
    Ok(())
}

/// The runs of a sync, newest first.
pub async fn list(stores: &Stores, sync: &str, limit: usize) -> Result<Vec<Summary>, StoreError> {
    let (summaries, _) = page(stores, sync, None, limit).await?;
    Ok(summaries)
}

/// Some of the runs of a sync, newest first, and where the next ones begin. `after` is where an earlier call left off.
pub async fn page(
    stores: &Stores,
    sync: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<Summary>, Option<String>), StoreError> {
    let one_more = limit.saturating_add(1);
    let mut records = stores
        .records
        .list(Table::History, &key_of(sync), after, one_more)
        .await?;
    let is_last = records.len() <= limit;
    records.truncate(limit);
    let next = records.last().filter(|_| !is_last);
    let next = next.map(|record| record.row.clone());
    let summaries = records
        .iter()
        .map(|record| read_summary(&format!("the history of `{sync}`"), &record.value));
    Ok((summaries.collect::<Result<_, _>>()?, next))
}

/// One run by its id.
pub async fn find(stores: &Stores, run: &str) -> Result<Option<Summary>, StoreError> {
    let Some(place) = place(stores, run).await? else {
        return Ok(None);
    };
    find_at(stores, &place, run).await
}

async fn find_at(
    stores: &Stores,
    place: &RunPlace,
    run: &str,
) -> Result<Option<Summary>, StoreError> {
    let record = stores
        .records
        .get(Table::History, &key_of(&place.sync), &place.row)
        .await?;
    record
        .map(|record| read_summary(&format!("run `{run}`"), &record.value))
        .transpose()
}

/// Keeps the plan of a run, and its outcomes once there are any.
pub async fn keep_run_file(
    stores: &Stores,
    sync: &str,
    run: &str,
    file: &RunFile,
) -> Result<(), StoreError> {
    stores
        .blobs
        .put(&run_blob(sync, run), render_bytes("a run", file)?)
        .await
}

/// The plan and the outcomes of a run.
pub async fn run_file(
    stores: &Stores,
    sync: &str,
    run: &str,
) -> Result<Option<RunFile>, StoreError> {
    match run_file_or_newer(stores, sync, run).await? {
        None => Ok(None),
        Some(Ok(file)) => Ok(Some(file)),
        Some(Err(version)) => Err(newer_wrote(version, run_blob(sync, run))),
    }
}

/// The same; `Err(version)` of one that a newer program wrote.
async fn run_file_or_newer(
    stores: &Stores,
    sync: &str,
    run: &str,
) -> Result<Option<Result<RunFile, u32>>, StoreError> {
    #[derive(Deserialize)]
    struct Versioned {
        plan: Version,
    }
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let name = run_blob(sync, run);
    let Some(bytes) = stores.blobs.get(&name).await? else {
        return Ok(None);
    };
    // The version first: a newer form may not be readable otherwise.
    let Versioned { plan } = parse_bytes(&name, &bytes)?;
    if plan.version > PLAN_VERSION {
        return Ok(Some(Err(plan.version)));
    }
    let file = parse_bytes(&name, &bytes)?;
    Ok(Some(Ok(file)))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunPlace {
    /// The version of this form.
    #[serde(default = "first")]
    version: u32,
    sync: String,
    row: String,
    /// Whether plan, snapshot and packages were kept long enough and are gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    swept: bool,
}

async fn place(stores: &Stores, run: &str) -> Result<Option<RunPlace>, StoreError> {
    let record: Option<Record> = stores.records.get(Table::Runs, RUNS, &key_of(run)).await?;
    let place = record.map(|record| read_place(&format!("run `{run}`"), &record.value));
    place.transpose()
}

fn read_place(place: &str, value: &str) -> Result<RunPlace, StoreError> {
    let found: RunPlace = parse(place, value)?;
    refuse_newer(found.version, PLACE_VERSION, || place.to_owned())?;
    Ok(found)
}

fn read_summary(place: &str, value: &str) -> Result<Summary, StoreError> {
    let summary: Summary = parse(place, value)?;
    refuse_newer(summary.version, SUMMARY_VERSION, || place.to_owned())?;
    Ok(summary)
}

/// Newest first: row keys sort as bytes, so the time counts down.
fn history_row(summary: &Summary) -> String {
    let countdown = (i64::MAX - summary.started.as_millisecond()).max(0);
    format!("{countdown:019}~{}", key_of(&summary.run))
}

/// When a run began, from its row in the history.
fn began(row: &str) -> Option<Timestamp> {
    let (countdown, _) = row.split_once('~')?;
    let countdown: i64 = countdown.parse().ok()?;
    Timestamp::from_millisecond(i64::MAX - countdown).ok()
}

fn run_blob(sync: &str, run: &str) -> String {
    format!("runs/{}/{}.json", key_of(sync), key_of(run))
}

fn render<T: Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| unwritable(what, &error))
}

fn render_bytes<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| unwritable(what, &error))
}

fn unwritable(what: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Other {
        place: what.to_owned(),
        problem: error.to_string(),
    }
}

fn parse<T: DeserializeOwned>(place: &str, text: &str) -> Result<T, StoreError> {
    parse_bytes(place, text.as_bytes())
}

fn parse_bytes<T: DeserializeOwned>(place: &str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Corrupt {
        place: place.to_owned(),
        problem: error.to_string(),
    })
}

/// A run's id: when it began, and a part that tells it from others of the same moment.
pub fn run_id(now: Timestamp, unique: &str) -> String {
    format!("{}-{unique}", now.strftime("%Y%m%dT%H%M%S"))
}
