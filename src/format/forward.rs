//! Brings what is stored to the form of this program, under a lease, one step after the other.
//!
//! First it is written down that this begins: from then on older programs begin nothing (a run looks at the form once it
//! holds its lists, see `run`). Then those that are at work are waited for: their leases end. Only then is anything
//! changed, so no run of an older program writes into newer records. What is written without a hold (when lists are due,
//! what people ask for) an older program may still be writing at that moment; a step must leave those records readable to
//! it, and their own versions keep it from replacing newer ones.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    FIRST, FORMAT, OWN, Refused, newer,
    record::{self, Found, Next},
    steps::{STEPS, Step},
};
use crate::store::{
    lease::{self, Acquisition, Lease},
    ports::{StoreError, Stores, Table, Version},
};

/// What the lease is for.
const LEASE: &str = "format";

/// How long it lasts unless it is renewed: as long as a hold on a list usually does.
const LASTS: Duration = Duration::from_secs(60);

/// Where something lies as soon as a store has been used at all: definitions, lists, runs, leases.
const TRACES: [(Table, &str); 5] = [
    (Table::Leases, "lease"),
    (Table::Runs, "runs"),
    (Table::Lists, "all"),
    (Table::Definitions, "syncs"),
    (Table::Definitions, "connections"),
];

pub(super) async fn forward(stores: &Stores, now: Timestamp) -> Result<(), Refused> {
    if record::read(stores).await?.is_none() && is_empty(stores).await? {
        match record::write(stores, &Found::new(FORMAT, now), None).await {
            Ok(_) => return Ok(()),
            // Somebody else was faster; what they wrote is looked at below.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let holder = format!("rollcall {OWN} {}", uuid::Uuid::new_v4().simple());
    let records = stores.records.as_ref();
    let lease = match lease::acquire(records, LEASE, &holder, now, LASTS).await? {
        Acquisition::Acquired(lease) => lease,
        Acquisition::Busy { .. } => return Err(another()),
    };
    let mut work = Work { stores, now, lease };
    let done = work.all_steps().await;
    // It ends by itself where it cannot be given back; what was done is done.
    if let Err(error) = work.lease.release(records).await {
        tracing::debug!("the hold on the format ends by itself: {error}");
    }
    done
}

fn another() -> Refused {
    Refused::NotYet("another instance is bringing it forward".to_owned())
}

async fn is_empty(stores: &Stores) -> Result<bool, StoreError> {
    for (table, partition) in TRACES {
        let first = stores.records.list(table, partition, None, 1).await?;
        if !first.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One attempt.
struct Work<'a> {
    stores: &'a Stores,
    now: Timestamp,
    lease: Lease,
}

impl Work<'_> {
    async fn all_steps(&mut self) -> Result<(), Refused> {
        let (mut found, mut version) = match record::read(self.stores).await? {
            Some((found, version)) => (found, Some(version)),
            None => (Found::new(FIRST, self.now), None),
        };
        if found.format() > FORMAT {
            return Err(newer(found));
        }
        if found.version == FORMAT {
            return Ok(());
        }
        if found.next.as_ref().is_none_or(|next| next.version < FORMAT) {
            let written_by = OWN.to_owned();
            found.next = Some(Next {
                version: FORMAT,
                written_by,
            });
            version = Some(self.mark(&found, version.as_ref()).await?);
        }
        self.nobody_is_at_work().await?;
        let from = found.version;
        for Step { to, migrate } in &STEPS {
            if found.version >= *to {
                continue;
            }
            migrate(self.stores).await?;
            // Fencing: whoever lost the lease meanwhile leaves the rest to the one who has it. Doing a step twice does no
            // harm, and what it wrote was written over nothing newer.
            let records = self.stores.records.as_ref();
            match self.lease.renew(records, self.now, LASTS).await {
                Err(StoreError::Conflict(_)) => return Err(another()),
                renewed => renewed?,
            }
            let next = found.next.take().filter(|next| next.version > *to);
            found = Found {
                next,
                ..Found::new(*to, self.now)
            };
            version = Some(self.mark(&found, version.as_ref()).await?);
        }
        tracing::info!(
            event = "format.migrated",
            from,
            to = found.version,
            "what is stored was brought forward"
        );
        Ok(())
    }

    async fn mark(&self, found: &Found, version: Option<&Version>) -> Result<Version, Refused> {
        match record::write(self.stores, found, version).await {
            Err(StoreError::Conflict(_)) => Err(another()),
            written => Ok(written?),
        }
    }

    /// Runs that began before they could know hold the leases of their lists.
    async fn nobody_is_at_work(&self) -> Result<(), Refused> {
        let records = self.stores.records.as_ref();
        let held = lease::all_held(records, self.now).await?;
        match held.into_iter().find(|holder| *holder != self.lease.holder) {
            None => Ok(()),
            Some(holder) => Err(Refused::NotYet(format!(
                "`{holder}` is at work and is waited for"
            ))),
        }
    }
}
