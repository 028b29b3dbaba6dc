//! The baseline of one sync between two lists: where it lies, and what proves that it belongs to these lists.

use serde::{Deserialize, Serialize};

use super::{
    carried::{self, Lists},
    lifts::{Lift, lifts},
    parse, parse_bytes, render, render_bytes,
};
use crate::{
    model::{
        baseline::{Baseline, Identity, Tombstone},
        list::{ListRef, Side, Sides},
        reading::Reading,
    },
    store::{
        keys::key_of,
        ports::{StoreError, Stores, Table, Version},
        versions::refuse_newer,
    },
};

/// The version of the row and of what it points to, and the newest this program reads. From 2 on the row names the lists
/// in any case.
const BASELINE_VERSION: u32 = 2;

/// The baseline of one sync between two lists, and what proves that it belongs to these lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BaselineRow {
    /// The version of this form, and of the blob's.
    version: u32,
    /// The blob that holds it.
    pub(super) blob: String,
    /// The run that wrote it.
    pub(super) run: String,
    /// The fencing token of that run's lease.
    token: u64,
    /// The platforms' own ids of the lists: a list that was deleted and made anew is another list.
    pub(super) list_ids: Sides<Option<String>>,
    /// The lists. An early version left them out; until that is brought forward, whoever only looks sees none.
    #[serde(default = "nowhere")]
    pub(super) lists: Sides<ListRef>,
}

/// With the token, because a late worker and the one after it may work on the same run.
fn blob_of(partition: &str, row: &str, run: &str, token: u64) -> String {
    format!("baselines/{partition}/{row}/{}~{token}.json", key_of(run))
}

/// A baseline as it was loaded, with what is needed to replace it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedBaseline {
    /// What both sides agreed on; `None` on the first run.
    pub baseline: Option<Baseline>,
    row: Option<(BaselineRow, Version)>,
    /// Whether it was kept otherwise: people lifted tombstones since, or some came from a newer baseline.
    is_touched: bool,
}

impl LoadedBaseline {
    /// Whether `next` between the lists of `readings` is what is kept already.
    pub fn is_still(&self, readings: Sides<&Reading>, next: &Baseline) -> bool {
        let same_lists = |(row, _): &(BaselineRow, Version)| row.list_ids == list_ids(&readings);
        !self.is_touched
            && self.baseline.as_ref() == Some(next)
            && self.row.as_ref().is_some_and(same_lists)
    }
}

impl LoadedBaseline {
    /// The id of the list on `side`, as the last run that ended knew it.
    pub fn known_id(&self, side: Side) -> Option<&str> {
        let (row, _) = self.row.as_ref()?;
        row.list_ids.of(side).as_deref()
    }

    /// Whether the lists that agreed last under these names were other ones.
    pub fn is_of_others(&self) -> bool {
        self.baseline.is_none() && self.row.is_some()
    }
}

/// What both lists agreed on after the last run. None when these lists, by their own ids, never ran together: a
/// baseline of other lists would take everybody for a leaver.
///
/// Who opted out is known all the same, unless a person lifted that.
pub async fn baseline(
    stores: &Stores,
    sync: &str,
    readings: Sides<&Reading>,
) -> Result<LoadedBaseline, StoreError> {
    let mut loaded = between_these(stores, sync, &readings).await?;
    let lists = Lists {
        names: names(&readings),
        ids: Sides {
            source: readings.source.list_id.as_deref(),
            target: readings.target.list_id.as_deref(),
        },
    };
    let own = loaded.row.as_ref().map(|(row, _)| row);
    let kept = loaded.baseline.take();
    let (mut baseline, is_carried) = carried::complete(stores, sync, &lists, own, kept).await?;
    let mut are_lifted = false;
    if let Some(baseline) = baseline
        .as_mut()
        .filter(|found| !found.tombstones.is_empty())
    {
        let lifts = lifts(stores, sync).await?;
        are_lifted = lift_all(baseline, &lifts, &lists.names, &readings);
    }
    loaded.is_touched = is_carried || are_lifted;
    loaded.baseline = baseline;
    Ok(loaded)
}

/// Leaves out of the baseline what people lifted; tells whether there was any of it.
///
/// Whoever is gone from the list with their opt-out is taken for somebody who joins, not for somebody who left: to let them
/// in again must not take them off the other list.
fn lift_all(
    baseline: &mut Baseline,
    lifts: &[Lift],
    lists: &Sides<&ListRef>,
    readings: &Sides<&Reading>,
) -> bool {
    let stones = std::mem::take(&mut baseline.tombstones).into_iter();
    let (lifted, kept): (Vec<Tombstone>, Vec<Tombstone>) = stones.partition(|stone| {
        let list = lists.of(stone.side);
        lifts.iter().any(|lift| lift.lifts(stone, list))
    });
    baseline.tombstones = kept;
    for stone in &lifted {
        let is_theirs = |who: &Identity| who.key(false) == stone.who.key(false);
        let mut members = readings.of(stone.side).members.iter();
        if !members.any(|member| is_theirs(&Identity::of(member))) {
            let entries = &mut baseline.entries;
            entries.retain(|entry| !is_theirs(entry.who.of(stone.side)));
        }
    }
    !lifted.is_empty()
}

/// The baseline that these very lists ran with.
async fn between_these(
    stores: &Stores,
    sync: &str,
    readings: &Sides<&Reading>,
) -> Result<LoadedBaseline, StoreError> {
    let (partition, row) = baseline_key(sync, &names(readings));
    let Some(record) = stores.records.get(Table::State, &partition, &row).await? else {
        return Ok(LoadedBaseline::default());
    };
    let found = read_row(sync, &record.value)?;
    let same_lists = found.list_ids == list_ids(readings);
    let bytes = if same_lists {
        stores.blobs.get(&found.blob).await?
    } else {
        None
    };
    let baseline = match bytes {
        Some(bytes) => Some(parse_bytes(&found.blob, &bytes)?),
        None if same_lists => {
            let problem = "the baseline is gone".to_owned();
            return Err(StoreError::Corrupt {
                place: found.blob,
                problem,
            });
        }
        None => None,
    };
    Ok(LoadedBaseline {
        baseline,
        row: Some((found, record.version)),
        is_touched: false,
    })
}

/// Replaces the baseline. Fails with `StoreError::Conflict` when a later writer has done so already: then this run's
/// lease was lost and its view of the lists is old.
pub async fn keep_baseline(
    stores: &Stores,
    sync: &str,
    run: &str,
    token: u64,
    readings: Sides<&Reading>,
    loaded: &LoadedBaseline,
    next: &Baseline,
) -> Result<(), StoreError> {
    let (partition, row) = baseline_key(sync, &names(&readings));
    let blob = blob_of(&partition, &row, run, token);
    let value = BaselineRow {
        version: BASELINE_VERSION,
        blob: blob.clone(),
        run: run.to_owned(),
        token,
        list_ids: list_ids(&readings),
        lists: Sides {
            source: readings.source.list.clone(),
            target: readings.target.list.clone(),
        },
    };
    if loaded
        .row
        .as_ref()
        .is_some_and(|(earlier, _)| earlier.token > token)
    {
        return Err(StoreError::Conflict(blob));
    }
    stores
        .blobs
        .put(&blob, render_bytes("a baseline", next)?)
        .await?;
    let value = render("a baseline", &value)?;
    match &loaded.row {
        Some((_, version)) => {
            stores
                .records
                .replace(Table::State, &partition, &row, &value, version)
                .await?
        }
        None => {
            stores
                .records
                .insert(Table::State, &partition, &row, &value)
                .await?
        }
    };
    if let Some((earlier, _)) = &loaded.row
        && earlier.blob != blob
    {
        stores.blobs.delete(&earlier.blob).await?;
    }
    Ok(())
}

fn nowhere() -> Sides<ListRef> {
    let list = ListRef {
        connection: String::new(),
        list: String::new(),
    };
    Sides {
        source: list.clone(),
        target: list,
    }
}

pub(super) fn read_row(sync: &str, value: &str) -> Result<BaselineRow, StoreError> {
    let place = format!("the baseline of `{sync}`");
    let row: BaselineRow = parse(&place, value)?;
    refuse_newer(row.version, BASELINE_VERSION, || place)?;
    Ok(row)
}

/// Where the baseline of a sync between these lists lies.
pub(super) fn baseline_key(sync: &str, lists: &Sides<&ListRef>) -> (String, String) {
    let lists = format!("baseline~{}~{}", lists.source, lists.target).to_lowercase();
    (key_of(sync), key_of(&lists))
}

fn names<'a>(readings: &Sides<&'a Reading>) -> Sides<&'a ListRef> {
    Sides {
        source: &readings.source.list,
        target: &readings.target.list,
    }
}

fn list_ids(readings: &Sides<&Reading>) -> Sides<Option<String>> {
    Sides {
        source: readings.source.list_id.clone(),
        target: readings.target.list_id.clone(),
    }
}
