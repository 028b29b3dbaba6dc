//! All storage in one Azure Storage account: records in tables, messages in queues, blobs in one container.
//!
//! Requests are repeated a few times and within seconds: whoever asked is asked again by its queue. A write whose
//! answer was lost is settled by looking, so that it is neither done twice nor taken for somebody else's. This module
//! must not know what is stored, nor which queues there are.

mod blobs;
pub mod connection;
mod patience;
mod problems;
mod queue;
mod records;
mod shared_key;

use std::{sync::Arc, time::Duration};

use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport, policies::Policy},
    time::Duration as AzureDuration,
};
use azure_core_021::{
    ClientOptions as ClientOptions021, RetryOptions as RetryOptions021, TransportOptions,
};
use azure_data_tables::clients::TableServiceClientBuilder;
use azure_storage::{CloudLocation, StorageCredentials};
use azure_storage_blob::{BlobContainerClient, BlobContainerClientOptions};
use azure_storage_queues::QueueServiceClientBuilder;
use futures::future::try_join_all;
use jiff::Timestamp;
use url::Url;

use self::{
    blobs::AzureBlobs,
    connection::{Access, Connection},
    problems::Trouble,
    queue::AzureQueues,
    records::AzureRecords,
    shared_key::SharedKey,
};
use super::{
    keys::check_queue_name,
    ports::{StoreError, Stores},
};
use crate::azure::{self, credential_021::Adapted, transport, transport_021};

/// The container of all blobs.
pub const CONTAINER: &str = "rollcall";

/// How many times a request is made, the first included.
const TRIES: u32 = 3;

/// The wait before the second try; each further one is four times as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Opens the storage account: makes the tables, the container and `queues` where they are not there yet.
///
/// Many can do so at once, and when everything is there it is one request for the tables, one for the container and
/// one for each queue, all at the same time.
pub async fn open(connection: &Connection, queues: &[&str]) -> Result<Stores, StoreError> {
    for queue in queues {
        check_queue_name(queue)?;
    }
    let http = azure::client(connection.is_local()).map_err(|error| StoreError::Other {
        place: connection.account.clone(),
        problem: format!("the HTTP client cannot be set up: {}", error.without_url()),
    })?;
    let token = match &connection.access {
        Access::Identity(identity) => Some(identity.credential(&http).map_err(|error| {
            Trouble::from(error).explain(&format!("storage account {}", connection.account))
        })?),
        Access::Key(_) | Access::Signature(_) => None,
    };
    let credentials = older_credentials(connection, token.as_ref())?;
    let options = older_options(&http);
    let location = |url: &Url| CloudLocation::Custom {
        account: connection.account.clone(),
        uri: url.as_str().trim_end_matches('/').to_owned(),
    };
    let records = AzureRecords::new(
        TableServiceClientBuilder::with_location(location(&connection.tables), credentials.clone())
            .client_options(options.clone())
            .build(),
    );
    let queue = AzureQueues::new(
        QueueServiceClientBuilder::with_location(location(&connection.queues), credentials)
            .client_options(options)
            .build(),
    );
    let blobs = AzureBlobs::new(container(connection, &http, token)?);
    tokio::try_join!(
        records.make_tables(),
        blobs.make_container(),
        try_join_all(queues.iter().map(|name| queue.make(name))),
    )?;
    Ok(Stores {
        records: Arc::new(records),
        blobs: Arc::new(blobs),
        queue: Arc::new(queue),
    })
}

/// What time the service of the blobs says it is. Asks without a key: a refusal has a date too.
pub async fn clock(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let failed = |error: reqwest::Error| StoreError::Other {
        place: connection.account.clone(),
        problem: format!("no answer: {}", error.without_url()),
    };
    let http = azure::client(connection.is_local()).map_err(failed)?;
    let answer = http.get(connection.blobs.clone()).send().await;
    let answer = answer.map_err(failed)?;
    let date = answer.headers().get("date");
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date.to_str().ok()?).ok());
    Ok(date.map(|date| date.timestamp()))
}

fn older_credentials(
    connection: &Connection,
    token: Option<&Arc<dyn TokenCredential>>,
) -> Result<StorageCredentials, StoreError> {
    match (&connection.access, token) {
        (Access::Key(key), _) => Ok(StorageCredentials::access_key(
            connection.account.clone(),
            azure_core_021::auth::Secret::new(key.secret().to_owned()),
        )),
        (Access::Signature(query), _) => {
            StorageCredentials::sas_token(query.secret()).map_err(|_| StoreError::Other {
                place: connection.account.clone(),
                problem: "the shared access signature cannot be read\ncopy it whole".to_owned(),
            })
        }
        (Access::Identity(_), Some(token)) => Ok(StorageCredentials::token_credential(Arc::new(
            Adapted(token.clone()),
        ))),
        (Access::Identity(_), None) => Ok(StorageCredentials::anonymous()),
    }
}

/// The older libraries repeat nothing themselves: after a lost answer they would take our own write for another's.
fn older_options(http: &reqwest::Client) -> ClientOptions021 {
    let through = Arc::new(transport_021::Through::new(http.clone()));
    ClientOptions021::new(TransportOptions::new(through)).retry(RetryOptions021::none())
}

fn container(
    connection: &Connection,
    http: &reqwest::Client,
    token: Option<Arc<dyn TokenCredential>>,
) -> Result<BlobContainerClient, StoreError> {
    let mut url = connection.blobs.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(CONTAINER);
    }
    let mut signing: Vec<Arc<dyn Policy>> = Vec::new();
    match &connection.access {
        Access::Key(key) => {
            signing.push(Arc::new(SharedKey::new(&connection.account, key.clone())));
        }
        Access::Signature(query) => url.set_query(Some(query.secret())),
        Access::Identity(_) => {}
    }
    let options = ClientOptions {
        // A blob's write and removal can be repeated as they are, so here the library may do it.
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            initial_delay: AzureDuration::try_from(FIRST_WAIT).unwrap_or(AzureDuration::ZERO),
            max_retries: TRIES - 1,
            max_delay: AzureDuration::seconds(5),
            ..ExponentialRetryOptions::default()
        }),
        // Last of all, so that nothing is added after it was signed.
        per_try_policies: signing,
        transport: Some(Transport::new(Arc::new(transport::Through::new(
            http.clone(),
            None,
        )))),
        ..ClientOptions::default()
    };
    let options = BlobContainerClientOptions {
        client_options: options,
        ..BlobContainerClientOptions::default()
    };
    BlobContainerClient::new(url, token, Some(options))
        .map_err(|error| Trouble::from(error).explain(&format!("blobs of {}", connection.account)))
}

#[cfg(test)]
mod tests;
