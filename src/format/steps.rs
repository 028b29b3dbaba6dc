//! The steps from one form to the next. Each works on the JSON as it was at that time, not on today's types, may be
//! repeated after it died anywhere, and is never edited once it has been released.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde_json::{Map, Value, json};

use crate::store::{
    keys::key_of,
    ports::{StoreError, Stores, Table},
};

/// How many rows are changed at the same time.
const AT_ONCE: usize = 16;

/// One step.
pub(super) struct Step {
    /// The form that everything has after it.
    pub(super) to: u32,
    pub(super) migrate: for<'a> fn(&'a Stores) -> BoxFuture<'a, Result<(), StoreError>>,
}

/// All of them, in order; the last one leads to the form of this program.
pub(super) const STEPS: [Step; 1] = [Step {
    to: 2,
    migrate: |stores| Box::pin(baselines_name_their_lists(stores)),
}];

/// 1 to 2: the row of every baseline names its lists. Where an early version left that out, the run that wrote it says
/// so. Without the names an opt-out is not found again once the definition names another list on the other side.
///
/// Only the rows change; they gain a field and the number 2, which programs of the form before take no notice of. So
/// going back to one of them loses nothing, and nothing has to be kept aside.
async fn baselines_name_their_lists(stores: &Stores) -> Result<(), StoreError> {
    let rows: BTreeSet<(String, String)> = stores
        .blobs
        .list("baselines/")
        .await?
        .iter()
        .filter_map(|name| {
            let mut parts = name.split('/').skip(1);
            Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
        })
        .collect();
    let rows = rows.into_iter();
    stream::iter(rows.map(|(partition, row)| name_lists(stores, partition, row)))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn name_lists(stores: &Stores, partition: String, row: String) -> Result<(), StoreError> {
    let records = &stores.records;
    loop {
        let Some(found) = records.get(Table::State, &partition, &row).await? else {
            return Ok(());
        };
        // What cannot be read is told by the run that needs it; it must not keep the others from being brought forward.
        let Some(mut value) = parse(&found.value) else {
            return Ok(());
        };
        if value.get("version").and_then(Value::as_u64) >= Some(2) {
            return Ok(());
        }
        if value.get("lists").is_none_or(Value::is_null) {
            let run = value.get("run").and_then(Value::as_str).unwrap_or_default();
            let lists = lists_of_run(stores, run).await?;
            value.insert("lists".to_owned(), lists.unwrap_or_else(nowhere));
        }
        value.insert("version".to_owned(), json!(2));
        let value = Value::Object(value).to_string();
        let replaced = records.replace(Table::State, &partition, &row, &value, &found.version);
        match replaced.await {
            // A run that had begun before wrote it meanwhile.
            Err(StoreError::Conflict(_)) => {}
            done => return done.map(drop),
        }
    }
}

/// The lists of a run; `None` where the history does not know it.
async fn lists_of_run(stores: &Stores, run: &str) -> Result<Option<Value>, StoreError> {
    let records = &stores.records;
    let place = records.get(Table::Runs, "runs", &key_of(run)).await?;
    let Some(place) = place.and_then(|place| parse(&place.value)) else {
        return Ok(None);
    };
    let text = |name: &str| place.get(name).and_then(Value::as_str);
    let (Some(sync), Some(row)) = (text("sync"), text("row")) else {
        return Ok(None);
    };
    let summary = records.get(Table::History, &key_of(sync), row).await?;
    let summary = summary.and_then(|summary| parse(&summary.value));
    Ok(summary.and_then(|mut summary| summary.remove("lists")))
}

/// No list is called so: it is found by its own id, or not at all, as before.
fn nowhere() -> Value {
    let list = json!({ "connection": "", "list": "" });
    json!({ "source": list, "target": list })
}

fn parse(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}
