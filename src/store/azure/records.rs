//! Records in tables, one table for each kind. A version is the row's ETag.
//!
//! Each write carries a mark of its own. When an answer was lost and the repetition finds the row changed, the mark
//! says whether it was us. No transactions: the library reports their failures as successes.

mod row;

use async_trait::async_trait;
use azure_core_021::{Etag, prelude::Continuable};
use azure_data_tables::{
    clients::{EntityClient, TableClient, TableServiceClient},
    operations::QueryEntityResponse,
};
use futures::{StreamExt, future::try_join_all};
use uuid::Uuid;

use self::row::{Found, PREFIX, Place, Written, is_somebody_elses, only, table_name};
use super::{
    patience::{Settled, settle},
    problems::Trouble,
};
use crate::store::{
    keys::check_key,
    ports::{Record, Records, StoreError, Table, Version},
};

/// The most rows Azure gives in one answer.
const LONGEST_PAGE: usize = 1000;

/// The tables of one account.
pub(super) struct AzureRecords {
    service: TableServiceClient,
}

impl AzureRecords {
    pub(super) fn new(service: TableServiceClient) -> Self {
        Self { service }
    }

    /// Makes the tables that are not there.
    pub(super) async fn make_tables(&self) -> Result<(), StoreError> {
        let there = self.tables_there().await?;
        let missing = Table::ALL.map(table_name);
        let missing = missing.iter().filter(|name| !there.contains(name));
        try_join_all(missing.map(|name| async move {
            let table = self.service.table_client(name);
            match settle(|| table.create().into_future()).await.result {
                Ok(_) => Ok(()),
                // Somebody else was faster.
                Err(trouble) if trouble.says("TableAlreadyExists") => Ok(()),
                Err(trouble) => Err(trouble.explain(&format!("table {name}"))),
            }
        }))
        .await?;
        Ok(())
    }

    async fn tables_there(&self) -> Result<Vec<String>, StoreError> {
        let place = format!("tables {PREFIX}…");
        let last = format!("{PREFIX}~");
        let names = settle(|| async {
            let filter = format!("TableName ge '{PREFIX}' and TableName lt '{last}'");
            let mut pages = self.service.list().filter(filter).into_stream();
            let mut names = Vec::new();
            while let Some(page) = pages.next().await {
                names.extend(page?.tables.into_iter().map(|table| table.name));
            }
            Ok::<_, azure_core_021::Error>(names)
        });
        names
            .await
            .result
            .map_err(|trouble| trouble.explain(&place))
    }

    fn table(&self, table: Table) -> TableClient {
        self.service.table_client(table_name(table))
    }

    fn entity(&self, place: &Place<'_>) -> EntityClient {
        self.table(place.table)
            .partition_key_client(place.partition)
            .entity_client(place.row)
    }

    async fn look(&self, place: &Place<'_>) -> Result<Option<Found>, StoreError> {
        let entity = self.entity(place);
        match settle(|| entity.get::<Found>().into_future()).await.result {
            Ok(answer) => Ok(Some(answer.entity)),
            Err(trouble) if trouble.is(404) && !trouble.says("TableNotFound") => Ok(None),
            Err(trouble) => Err(place.trouble(trouble)),
        }
    }

    /// What came of a write that bears `mark`. After a lost answer the row itself says whether it was us.
    async fn came_of(
        &self,
        place: &Place<'_>,
        mark: &str,
        settled: Settled<Etag>,
    ) -> Result<Version, StoreError> {
        let trouble = match settled.result {
            Ok(etag) => return Ok(Version(etag.to_string())),
            Err(trouble) => trouble,
        };
        if (settled.in_doubt || trouble.leaves_doubt())
            && let Some(found) = self.look(place).await?
            && found.mark == mark
        {
            return Ok(Version(found.etag));
        }
        if is_somebody_elses(&trouble) {
            Err(place.conflict())
        } else {
            Err(place.trouble(trouble))
        }
    }
}

#[async_trait]
impl Records for AzureRecords {
    async fn get(
        &self,
        table: Table,
        partition: &str,
        row: &str,
    ) -> Result<Option<Record>, StoreError> {
        let place = Place::new(table, partition, row)?;
        Ok(self.look(&place).await?.map(Record::from))
    }

    async fn insert(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
    ) -> Result<Version, StoreError> {
        let place = Place::new(table, partition, row)?;
        let mark = Uuid::new_v4().simple().to_string();
        let written = Written::new(&place, value, &mark)?;
        let table = self.table(table);
        let settled = settle(|| async {
            let insert = table.insert::<_, serde_json::Value>(&written)?;
            Ok::<_, azure_core_021::Error>(insert.into_future().await?.etag)
        });
        self.came_of(&place, &mark, settled.await).await
    }

    async fn replace(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        value: &str,
        version: &Version,
    ) -> Result<Version, StoreError> {
        let place = Place::new(table, partition, row)?;
        let condition = only(version).ok_or_else(|| place.conflict())?;
        let mark = Uuid::new_v4().simple().to_string();
        let written = Written::new(&place, value, &mark)?;
        let entity = self.entity(&place);
        let settled = settle(|| async {
            let update = entity.update(&written, condition.clone())?;
            Ok::<_, azure_core_021::Error>(update.into_future().await?.etag)
        });
        self.came_of(&place, &mark, settled.await).await
    }

    async fn delete(
        &self,
        table: Table,
        partition: &str,
        row: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        let place = Place::new(table, partition, row)?;
        let condition = only(version).ok_or_else(|| place.conflict())?;
        let entity = self.entity(&place);
        let settled = settle(|| entity.delete().if_match(condition.clone()).into_future()).await;
        let Err(trouble) = settled.result else {
            return Ok(());
        };
        // After a lost answer nobody else can be told from us; but the row is gone, as was asked.
        if (settled.in_doubt || trouble.leaves_doubt()) && self.look(&place).await?.is_none() {
            return Ok(());
        }
        if is_somebody_elses(&trouble) {
            Err(place.conflict())
        } else {
            Err(place.trouble(trouble))
        }
    }

    async fn list(
        &self,
        table: Table,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        check_key(partition)?;
        let mut filter = format!("PartitionKey eq '{partition}'");
        if let Some(after) = after {
            check_key(after)?;
            filter.push_str(&format!(" and RowKey gt '{after}'"));
        }
        let client = self.table(table);
        let mut rows: Vec<Record> = Vec::new();
        let mut from: Option<(String, Option<String>)> = None;
        while rows.len() < limit {
            let most = (limit - rows.len()).min(LONGEST_PAGE);
            let page = settle(|| page(&client, &filter, most, from.clone()))
                .await
                .result;
            let page = page.map_err(|trouble| {
                trouble.explain(&format!("table {}, rows of {partition}", table_name(table)))
            })?;
            from = page.continuation();
            rows.extend(page.entities.into_iter().map(Record::from));
            // A page may be empty and still not the last.
            if from.is_none() {
                break;
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }

    async fn next_partition(
        &self,
        table: Table,
        after: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        // No key is empty, so the empty text stands before them all.
        let after = after.unwrap_or_default();
        if !after.is_empty() {
            check_key(after)?;
        }
        let filter = format!("PartitionKey gt '{after}'");
        let client = self.table(table);
        let mut from: Option<(String, Option<String>)> = None;
        loop {
            let page = settle(|| page(&client, &filter, 1, from.clone()))
                .await
                .result;
            let page =
                page.map_err(|trouble| trouble.explain(&format!("table {}", table_name(table))))?;
            from = page.continuation();
            // A page may be empty and still not the last.
            match page.entities.into_iter().next() {
                Some(found) => return Ok(Some(found.partition)),
                None if from.is_none() => return Ok(None),
                None => {}
            }
        }
    }
}

/// One answer of a query, where the last one ended.
async fn page(
    table: &TableClient,
    filter: &str,
    most: usize,
    from: Option<(String, Option<String>)>,
) -> Result<QueryEntityResponse<Found>, Trouble> {
    let mut query = table
        .query()
        .filter(filter.to_owned())
        .top(u32::try_from(most).unwrap_or(u32::MAX));
    if let Some((partition, row)) = from {
        query = query.initial_partition_key(partition);
        if let Some(row) = row {
            query = query.initial_row_key(row);
        }
    }
    match query.into_stream::<Found>().next().await {
        Some(answer) => Ok(answer?),
        None => Err(Trouble::Unreadable),
    }
}
