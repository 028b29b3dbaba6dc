//! A partition read to its end.

use super::ports::{Record, StoreError, Stores, Table};

/// The most rows that are asked for at once: what Azure gives in one answer.
const PAGE: usize = 1000;

/// Every row of a partition, in the order of their keys.
pub async fn whole_partition(
    stores: &Stores,
    table: Table,
    partition: &str,
) -> Result<Vec<Record>, StoreError> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let after = records.last().map(|record| record.row.clone());
        let page = stores
            .records
            .list(table, partition, after.as_deref(), PAGE)
            .await?;
        let is_last = page.len() < PAGE;
        records.extend(page);
        if is_last {
            return Ok(records);
        }
    }
}
