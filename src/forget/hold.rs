//! Holds the lists of a sync while what its runs keep is changed: of a run at work nothing may be changed under its
//! hands.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

use super::{Work, stored::Index};
use crate::{
    format,
    store::{
        lease::{self, Acquisition, Lease},
        ports::{StoreError, Stores, Table},
    },
    summary::Summary,
};

/// How many runs back the lists of a sync are looked for.
const LOOK_BACK: usize = 100;

/// The lists of a sync, held.
pub(super) struct Hold {
    leases: Vec<Lease>,
    renewed: Timestamp,
}

/// What came of trying to hold the lists of a sync.
pub(super) enum Held {
    /// They are ours.
    Ours(Hold),
    /// Somebody else is writing this one.
    Busy(String),
}

/// The lists that runs of a partition wrote or write, by the names of their leases. Each run holds them in this order.
async fn lists(
    stores: &Stores,
    index: &Index,
    partition: &str,
) -> Result<BTreeSet<String>, StoreError> {
    let mut lists = BTreeSet::new();
    let newest = stores
        .records
        .list(Table::History, partition, None, LOOK_BACK);
    for row in newest.await? {
        // One that cannot be read hides no other.
        if let Ok(Summary { lists: both, .. }) = serde_json::from_str(&row.value) {
            lists.extend(both.source.held_as().chain(both.target.held_as()));
        }
    }
    let beginning = format!("baselines/{partition}/");
    for (blob, named) in &index.baselines {
        if let Some(named) = named
            .lists
            .as_ref()
            .filter(|_| blob.starts_with(&beginning))
        {
            lists.extend(named.source.held_as().chain(named.target.held_as()));
        }
    }
    Ok(lists)
}

/// Holds every list of a partition, or none.
pub(super) async fn hold(
    work: Work<'_>,
    index: &Index,
    partition: &str,
    holder: &str,
) -> Result<Held, StoreError> {
    let records = work.stores.records.as_ref();
    let mut hold = Hold {
        leases: Vec::new(),
        renewed: (work.now)(),
    };
    for name in lists(work.stores, index, partition).await? {
        let got = lease::acquire(records, &name, holder, (work.now)(), work.lease).await;
        match got {
            Ok(Acquisition::Acquired(lease)) => hold.leases.push(lease),
            Ok(Acquisition::Busy { .. }) => {
                hold.release(work.stores).await;
                return Ok(Held::Busy(name));
            }
            Err(error) => {
                hold.release(work.stores).await;
                return Err(error);
            }
        }
    }
    // Under the hold, as a run does: whoever brings what is stored forward waits for it, or is seen here.
    if let Err(refused) = format::look(work.stores).await {
        hold.release(work.stores).await;
        return Err(refused.into());
    }
    Ok(Held::Ours(hold))
}

impl Hold {
    /// Renews the leases when a third of their time is over; `StoreError::Conflict` when somebody took a list over.
    pub(super) async fn go_on(&mut self, work: Work<'_>) -> Result<(), StoreError> {
        let now = (work.now)();
        let passed = Duration::try_from(now.duration_since(self.renewed)).unwrap_or_default();
        if passed < work.lease / 3 {
            return Ok(());
        }
        for lease in &mut self.leases {
            lease
                .renew(work.stores.records.as_ref(), now, work.lease)
                .await?;
        }
        self.renewed = now;
        Ok(())
    }

    /// Lets others have the lists at once.
    pub(super) async fn release(self, stores: &Stores) {
        for lease in self.leases {
            if let Err(error) = lease.release(stores.records.as_ref()).await {
                // Without its name, which may be an address; so may be the place of the error.
                tracing::warn!("the hold on a list was not released and ends by itself");
                tracing::debug!("the hold was not released: {error}");
            }
        }
    }
}
