//! Snapshots: both lists as they were before a run changed anything.

use serde::{Deserialize, Serialize};

use super::{parse_bytes, render_bytes};
use crate::{
    model::{
        list::{ListRef, Sides},
        member::Member,
        reading::Reading,
        snapshot::{SNAPSHOT_VERSION, Snapshot},
    },
    store::{
        keys::key_of,
        ports::{StoreError, Stores},
    },
};

/// A [`Snapshot`] of lists that are only lent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Lent<'a> {
    version: u32,
    lists: Sides<&'a ListRef>,
    list_ids: Sides<&'a Option<String>>,
    members: Sides<&'a [Member]>,
}

/// Keeps both lists as they are, before anything is written. When an earlier attempt at the same run kept them, that
/// stays: it may have changed them since.
pub async fn keep_snapshot(
    stores: &Stores,
    sync: &str,
    run: &str,
    readings: Sides<&Reading>,
) -> Result<(), StoreError> {
    let Sides { source, target } = readings;
    let snapshot = Lent {
        version: SNAPSHOT_VERSION,
        lists: Sides {
            source: &source.list,
            target: &target.list,
        },
        list_ids: Sides {
            source: &source.list_id,
            target: &target.list_id,
        },
        members: Sides {
            source: &source.members,
            target: &target.members,
        },
    };
    if has_snapshot(stores, sync, run).await? {
        return Ok(());
    }
    stores
        .blobs
        .put(&name_of(sync, run), render_bytes("a snapshot", &snapshot)?)
        .await
}

/// Whether the snapshot of a run is kept.
pub(super) async fn has_snapshot(
    stores: &Stores,
    sync: &str,
    run: &str,
) -> Result<bool, StoreError> {
    let name = name_of(sync, run);
    Ok(stores.blobs.list(&name).await?.contains(&name))
}

/// Both lists as they were before a run; `None` when they are not kept any more. `Err(version)` of one that a newer
/// program wrote.
pub(super) async fn snapshot(
    stores: &Stores,
    sync: &str,
    run: &str,
) -> Result<Option<Result<Snapshot, u32>>, StoreError> {
    let name = name_of(sync, run);
    let Some(bytes) = stores.blobs.get(&name).await? else {
        return Ok(None);
    };
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    // The version first: a newer form may not be readable otherwise.
    let Versioned { version } = parse_bytes(&name, &bytes)?;
    if version > SNAPSHOT_VERSION {
        return Ok(Some(Err(version)));
    }
    let snapshot = parse_bytes(&name, &bytes)?;
    Ok(Some(Ok(snapshot)))
}

fn name_of(sync: &str, run: &str) -> String {
    named(&key_of(sync), &key_of(run))
}

/// Where the snapshot lies of a run with this key.
pub(super) fn named(sync: &str, run: &str) -> String {
    format!("snapshots/{sync}/{run}.json")
}
