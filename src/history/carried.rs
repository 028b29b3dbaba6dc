//! What outlives a baseline: who must not be added and who was invited, when the lists are made anew, or when the
//! definition names other lists on the other side.
//!
//! A baseline says what two lists agreed on and belongs to them alone. An opt-out belongs to a person and one list: the
//! newest run that knew this list on this side has the word.

use jiff::Timestamp;

use super::{
    baseline::{BaselineRow, baseline_key, read_row},
    find, parse_bytes,
};
use crate::{
    model::{
        baseline::{Baseline, Tombstone},
        list::{ListRef, Side, Sides},
    },
    store::{
        keys::key_of,
        partition::whole_partition,
        ports::{StoreError, Stores, Table},
    },
};

/// How the rows of baselines begin.
pub(super) const ROWS: &str = "baseline-";

/// The lists a run reads, and their own ids as far as they are known.
pub(super) struct Lists<'a> {
    pub(super) names: Sides<&'a ListRef>,
    pub(super) ids: Sides<Option<&'a str>>,
}

/// The tombstones as the last run left them.
pub(super) async fn tombstones(
    stores: &Stores,
    sync: &str,
    lists: &Sides<ListRef>,
) -> Result<Vec<Tombstone>, StoreError> {
    let lists = Lists {
        names: Sides {
            source: &lists.source,
            target: &lists.target,
        },
        ids: Sides::default(),
    };
    let rows = rows(stores, sync).await?;
    let mut tombstones = Vec::new();
    for side in [Side::Source, Side::Target] {
        if let Some(row) = newest(stores, sync, &rows, &lists, side).await? {
            let baseline = load(stores, row).await?;
            let stones = baseline.into_iter().flat_map(|found| found.tombstones);
            tombstones.extend(stones.filter(|stone| stone.side == side));
        }
    }
    Ok(tombstones)
}

/// The baseline with what it has to know from others that are newer on one side. `own` is the row it was loaded from;
/// `None` as baseline means that these lists never ran together, and stays so if there is nothing to carry over. Tells
/// whether there was.
pub(super) async fn complete(
    stores: &Stores,
    sync: &str,
    lists: &Lists<'_>,
    own: Option<&BaselineRow>,
    baseline: Option<Baseline>,
) -> Result<(Option<Baseline>, bool), StoreError> {
    let rows = rows(stores, sync).await?;
    let (mut complete, mut is_carried) = (baseline, false);
    for side in [Side::Source, Side::Target] {
        let Some(row) = newest(stores, sync, &rows, lists, side).await? else {
            continue;
        };
        let is_own = own.is_some_and(|own| own.blob == row.blob);
        if is_own && complete.as_ref().is_some_and(|found| !found.of_other_lists) {
            continue;
        }
        let Some(other) = load(stores, row).await? else {
            continue;
        };
        let mut stones = other.tombstones;
        let mut invited = other.invited;
        stones.retain(|stone| stone.side == side);
        invited.retain(|invited| invited.by.side == side);
        if stones.is_empty() && invited.is_empty() && complete.is_none() {
            continue;
        }
        let into = complete.get_or_insert_with(|| Baseline {
            of_other_lists: true,
            ..Baseline::default()
        });
        into.tombstones.retain(|stone| stone.side != side);
        into.tombstones.append(&mut stones);
        into.invited.retain(|invited| invited.by.side != side);
        into.invited.append(&mut invited);
        is_carried = true;
    }
    Ok((complete, is_carried))
}

/// The baselines of a sync, each by the row key it lies under.
async fn rows(stores: &Stores, sync: &str) -> Result<Vec<(String, BaselineRow)>, StoreError> {
    let records = whole_partition(stores, Table::State, &key_of(sync)).await?;
    let baselines = records
        .into_iter()
        .filter(|record| record.row.starts_with(ROWS));
    let rows = baselines.map(|record| {
        let row = read_row(sync, &record.value)?;
        Ok((record.row, row))
    });
    rows.collect()
}

/// The newest baseline that knew this list on this side.
async fn newest<'a>(
    stores: &Stores,
    sync: &str,
    rows: &'a [(String, BaselineRow)],
    lists: &Lists<'_>,
    side: Side,
) -> Result<Option<&'a BaselineRow>, StoreError> {
    let (_, own) = baseline_key(sync, &lists.names);
    let knows = |(key, row): &&(String, BaselineRow)| *key == own || knows(row, lists, side);
    let found: Vec<&BaselineRow> = rows.iter().filter(knows).map(|(_, row)| row).collect();
    if let [] | [_] = found.as_slice() {
        return Ok(found.first().copied());
    }
    let mut newest: Option<(Option<Timestamp>, &BaselineRow)> = None;
    for row in found {
        let at = find(stores, &row.run).await?.map(|run| run.started);
        if newest.is_none_or(|(before, _)| before <= at) {
            newest = Some((at, row));
        }
    }
    Ok(newest.map(|(_, row)| row))
}

/// Whether a baseline was of this list on this side: by the platform's own id, else by name.
fn knows(row: &BaselineRow, lists: &Lists<'_>, side: Side) -> bool {
    let (id, name) = (lists.ids.of(side), lists.names.of(side));
    let same_id = id.is_some() && row.list_ids.of(side).as_deref() == *id;
    let same_name = row.lists.of(side).is_named_like(name);
    same_id || same_name
}

/// A baseline; nothing where it is gone, which is for the run between its own lists to say.
async fn load(stores: &Stores, row: &BaselineRow) -> Result<Option<Baseline>, StoreError> {
    let bytes = stores.blobs.get(&row.blob).await?;
    bytes
        .map(|bytes| parse_bytes(&row.blob, &bytes))
        .transpose()
}
