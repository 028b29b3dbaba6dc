//! What a sync was about when a run last had its way with it: what the next run is compared with.
//!
//! A row of the state names a blob, as for baselines: what a definition says can be longer than a row. This room must
//! not know what the parts of a definition mean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{parse, parse_bytes, render, render_bytes};
use crate::store::{
    keys::key_of,
    ports::{StoreError, Stores, Table, Version},
    versions::refuse_newer,
};

/// The row of `Table::State`, beside the baselines of the sync.
const ROW: &str = "scope";

/// The version of this form, and the newest this program reads.
const SCOPE_VERSION: u32 = 1;

/// The parts of a definition, each as text.
type Parts = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeRow {
    version: u32,
    /// The blob that holds it.
    blob: String,
    /// The run that wrote it.
    run: String,
}

/// A scope as it was loaded, with what is needed to replace it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedScope {
    /// The parts, each as text; `None` where no run kept any.
    pub parts: Option<Parts>,
    row: Option<(ScopeRow, Version)>,
}

/// What a sync (or one of the lists it routes people to, `sync/list`) was about.
pub async fn scope(stores: &Stores, sync: &str) -> Result<LoadedScope, StoreError> {
    let mut missed: Option<String> = None;
    loop {
        let Some((row, version)) = row(stores, sync).await? else {
            return Ok(LoadedScope::default());
        };
        if let Some(bytes) = stores.blobs.get(&row.blob).await? {
            let parts = Some(parse_bytes(&row.blob, &bytes)?);
            let row = Some((row, version));
            return Ok(LoadedScope { parts, row });
        }
        // A run may have replaced it between the two reads. Otherwise it is gone, which is not "never ran": a change of
        // the definition would go unnoticed.
        if missed.as_ref() == Some(&row.blob) {
            return Err(StoreError::Corrupt {
                place: row.blob,
                problem: "the scope is gone".to_owned(),
            });
        }
        missed = Some(row.blob);
    }
}

async fn row(stores: &Stores, sync: &str) -> Result<Option<(ScopeRow, Version)>, StoreError> {
    let found = stores.records.get(Table::State, &key_of(sync), ROW).await?;
    let Some(found) = found else { return Ok(None) };
    let place = format!("the scope of `{sync}`");
    let row: ScopeRow = parse(&place, &found.value)?;
    refuse_newer(row.version, SCOPE_VERSION, || place)?;
    Ok(Some((row, found.version)))
}

/// Replaces the scope. `token` is the fencing token of the run's lease. When a later run has replaced it already, that
/// stays: this run's lease was lost.
pub async fn keep_scope(
    stores: &Stores,
    sync: &str,
    run: &str,
    token: u64,
    loaded: &LoadedScope,
    parts: &Parts,
) -> Result<(), StoreError> {
    let partition = key_of(sync);
    let blob = format!("scopes/{partition}/{}~{token}.json", key_of(run));
    let row = ScopeRow {
        version: SCOPE_VERSION,
        blob: blob.clone(),
        run: run.to_owned(),
    };
    let value = render("a scope", &row)?;
    stores
        .blobs
        .put(&blob, render_bytes("a scope", parts)?)
        .await?;
    let records = &stores.records;
    let written = match &loaded.row {
        Some((_, version)) => {
            records
                .replace(Table::State, &partition, ROW, &value, version)
                .await
        }
        None => records.insert(Table::State, &partition, ROW, &value).await,
    };
    match written {
        Ok(_) => {}
        Err(StoreError::Conflict(_)) => return Ok(()),
        Err(error) => return Err(error),
    }
    match &loaded.row {
        Some((earlier, _)) if earlier.blob != blob => stores.blobs.delete(&earlier.blob).await,
        Some(_) | None => Ok(()),
    }
}
