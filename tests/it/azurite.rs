//! Azure Storage: the storage contract over Azurite, and what only a service can go through. `tests/run` starts it.

#[path = "../azurite/accounts.rs"]
mod accounts;
mod logs;
mod lost;
mod opening;
mod proxy;
mod strangers;

use rollcall::{
    job::{POISON_QUEUE, QUEUE},
    store::{
        azure::{self, connection::Connection},
        ports::Stores,
    },
};

use crate::{
    copied, format, retention,
    spine::{forgetting, handed_over},
    store_contract,
};

async fn open(connection: &str) -> Stores {
    open_with(connection, &store_contract::QUEUES).await
}

/// With the queues of the app.
async fn open_as_the_app() -> Stores {
    open_with(&accounts::account(), &[QUEUE, POISON_QUEUE]).await
}

async fn open_with(connection: &str, queues: &[&str]) -> Stores {
    let connection = Connection::from_text(connection).unwrap();
    azure::open(&connection, queues).await.unwrap()
}

macro_rules! azure_keeps_the_contract {
    ($($name:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            store_contract::$name(&open(&accounts::account()).await).await;
        })*
    };
}

azure_keeps_the_contract! {
    a_row_is_inserted_once
    a_stale_version_writes_nothing
    a_deleted_row_is_gone_and_its_version_stays_stale
    rows_are_listed_by_key_in_pages
    partitions_are_found_one_after_the_other
    hostile_keys_are_refused
    values_have_a_greatest_size
    texts_come_back_as_they_went
    a_blob_comes_back_as_it_went
    blobs_are_listed_by_prefix
    a_received_message_is_hidden_and_comes_back
    an_extended_message_stays_hidden
    a_message_comes_when_it_is_due
    messages_and_queue_names_have_bounds
    a_list_goes_on_beyond_a_thousand_rows
    a_large_blob_is_replaced_whole
    a_lease_has_one_holder_and_outlives_nobody
    of_many_who_want_a_lease_one_gets_it
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_runs_are_forgotten() {
    retention::old_runs_are_forgotten(&open(&accounts::account()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_copied_comes_back() {
    let (one, other) = (
        open(&accounts::account()).await,
        open(&accounts::account()).await,
    );
    copied::everything_comes_back(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_store_is_brought_forward() {
    format::brought_forward(&open_as_the_app().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_kept_for_a_newer_program() {
    format::kept_for_a_newer_program(&open_as_the_app().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_handles_share_one_account() {
    let account = accounts::account();
    let (one, other) = tokio::join!(open(&account), open(&account));
    store_contract::each_message_goes_to_one_receiver(&one, &other).await;
    store_contract::of_two_writers_one_conflicts(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packages_for_administrators_are_kept_and_recognised() {
    handed_over::made_waiting_applied(&open(&accounts::account()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_was_forgotten_is_named_nowhere() {
    forgetting::nothing_names_them_afterwards(&open(&accounts::account()).await).await;
}
