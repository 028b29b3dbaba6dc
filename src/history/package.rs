//! Packages for administrators: the files of each run's, and which one is the last for a list.

use serde::{Deserialize, Serialize};

use super::{parse, parse_bytes, render, render_bytes};
use crate::{
    hand_over::{MANIFEST_VERSION, Manifest},
    model::list::{ListRef, Side, Sides},
    plan::handed::PackageState,
    store::{
        keys::key_of,
        ports::{StoreError, Stores, Table, Version},
        versions::refuse_newer,
    },
};

/// The version of the row that names the last package.
const LAST_VERSION: u32 = 1;

/// Which package is the last one for a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LastRow {
    /// The version of this form.
    version: u32,
    /// The run that made it.
    run: String,
    /// How a later run found that it is done with; absent while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<PackageState>,
}

/// The manifests of a run's package: one for each list it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifests {
    /// The version of this form.
    version: u32,
    /// The manifests.
    packages: Vec<Manifest>,
}

/// The last package of a list as it was loaded, with what is needed to replace it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastPackage {
    /// What it says; `None` when there is none, and when it is done with.
    pub manifest: Option<Manifest>,
    row: Option<(LastRow, Version)>,
}

/// The last package for one list of a sync.
pub async fn last_package(
    stores: &Stores,
    sync: &str,
    side: Side,
    list: &ListRef,
) -> Result<LastPackage, StoreError> {
    let key = row_key(list);
    let Some(record) = stores
        .records
        .get(Table::State, &key_of(sync), &key)
        .await?
    else {
        return Ok(LastPackage::default());
    };
    let row = read_row(sync, &record.value)?;
    // Somebody may have deleted it: then everything is handed over anew.
    let manifest = match row.closed {
        Some(_) => None,
        None => manifests(stores, sync, &row.run)
            .await?
            .into_iter()
            .find(|manifest| manifest.side == side && manifest.list == *list),
    };
    Ok(LastPackage {
        manifest,
        row: Some((row, record.version)),
    })
}

/// Keeps the package of a run: the zip, what it says, and that it is the last one for its lists. The files first, so
/// that a row never names what is not there.
pub async fn keep_package(
    stores: &Stores,
    sync: &str,
    run: &str,
    zip: Vec<u8>,
    packages: Vec<Manifest>,
    last: Sides<&LastPackage>,
) -> Result<(), StoreError> {
    let manifests = Manifests {
        version: MANIFEST_VERSION,
        packages,
    };
    let (zip_name, manifest_name) = (zip_blob(sync, run), manifest_blob(sync, run));
    let text = render_bytes("a package", &manifests)?;
    // What it says before the package itself: who is in a package can be read without unpacking it.
    stores.blobs.put(&manifest_name, text).await?;
    stores.blobs.put(&zip_name, zip).await?;
    for manifest in &manifests.packages {
        let row = LastRow {
            version: LAST_VERSION,
            run: run.to_owned(),
            closed: None,
        };
        write_row(stores, sync, manifest, last.of(manifest.side), &row).await?;
    }
    Ok(())
}

/// Writes down that the last package of a list is done with, so that no later run looks at it again.
pub async fn close_package(
    stores: &Stores,
    sync: &str,
    last: &LastPackage,
    state: PackageState,
) -> Result<(), StoreError> {
    let Some(manifest) = &last.manifest else {
        return Ok(());
    };
    let row = LastRow {
        version: LAST_VERSION,
        run: manifest.run.clone(),
        closed: Some(state),
    };
    write_row(stores, sync, manifest, last, &row).await
}

/// Whether the package of a run is the last one for one of these lists and not done with, as far as runs saw.
pub(super) async fn is_open(
    stores: &Stores,
    sync: &str,
    run: &str,
    lists: &Sides<ListRef>,
) -> Result<bool, StoreError> {
    for list in [&lists.source, &lists.target] {
        let key = row_key(list);
        let row = stores
            .records
            .get(Table::State, &key_of(sync), &key)
            .await?;
        let row = row.map(|row| read_row(sync, &row.value)).transpose()?;
        if row.is_some_and(|row| row.run == run && row.closed.is_none()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The zip of a run's package.
pub async fn package(
    stores: &Stores,
    sync: &str,
    run: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    stores.blobs.get(&zip_blob(sync, run)).await
}

async fn manifests(stores: &Stores, sync: &str, run: &str) -> Result<Vec<Manifest>, StoreError> {
    let name = manifest_blob(sync, run);
    let Some(bytes) = stores.blobs.get(&name).await? else {
        return Ok(Vec::new());
    };
    let found: Manifests = parse_bytes(&name, &bytes)?;
    let is_known =
        found.version <= MANIFEST_VERSION && found.packages.iter().all(Manifest::is_known);
    if !is_known {
        let problem = format!("a newer rollcall wrote it (version {})", found.version);
        return Err(StoreError::Corrupt {
            place: name,
            problem,
        });
    }
    Ok(found.packages)
}

fn read_row(sync: &str, value: &str) -> Result<LastRow, StoreError> {
    let place = format!("the last package of `{sync}`");
    let row: LastRow = parse(&place, value)?;
    refuse_newer(row.version, LAST_VERSION, || place)?;
    Ok(row)
}

async fn write_row(
    stores: &Stores,
    sync: &str,
    manifest: &Manifest,
    last: &LastPackage,
    row: &LastRow,
) -> Result<(), StoreError> {
    let (partition, key) = (key_of(sync), row_key(&manifest.list));
    let value = render("the last package", row)?;
    match &last.row {
        Some((_, version)) => {
            let records = &stores.records;
            records
                .replace(Table::State, &partition, &key, &value, version)
                .await?
        }
        None => {
            let records = &stores.records;
            records
                .insert(Table::State, &partition, &key, &value)
                .await?
        }
    };
    Ok(())
}

fn row_key(list: &ListRef) -> String {
    key_of(&format!("package~{list}").to_lowercase())
}

fn zip_blob(sync: &str, run: &str) -> String {
    format!("packages/{}/{}/package.zip", key_of(sync), key_of(run))
}

fn manifest_blob(sync: &str, run: &str) -> String {
    format!("packages/{}/{}/summary.json", key_of(sync), key_of(run))
}
