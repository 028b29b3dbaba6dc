//! Holds the lists of a run: one lease for each list that may be written, with a heartbeat beside the work.

use std::{
    convert::Infallible,
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::{sync::Mutex, time::MissedTickBehavior};

use super::{Ports, RunError};
use crate::{
    model::list::{ListRef, Sides},
    store::{
        lease::{self, Acquisition, Lease},
        ports::StoreError,
    },
};

/// The leases of a run.
pub(super) struct Keeper {
    leases: Mutex<Vec<Lease>>,
    token: u64,
    lost: AtomicBool,
}

impl Keeper {
    /// Takes a lease on both lists, always in the same order, so that two runs cannot wait for each other.
    pub(super) async fn acquire(
        ports: Ports<'_>,
        lists: &Sides<ListRef>,
        worker: &str,
    ) -> Result<Self, RunError> {
        let mut wanted = [&lists.source, &lists.target];
        wanted.sort();
        let mut leases: Vec<Lease> = Vec::new();
        for list in wanted {
            let name = list.to_string().to_lowercase();
            let got = lease::acquire(
                ports.stores.records.as_ref(),
                &name,
                worker,
                (ports.now)(),
                ports.lease,
            )
            .await;
            let refused = match got {
                Ok(Acquisition::Acquired(lease)) => {
                    leases.push(lease);
                    continue;
                }
                Ok(Acquisition::Busy { holder, until }) => RunError::Busy {
                    list: list.clone(),
                    holder,
                    until,
                },
                Err(error) => error.into(),
            };
            release_all(ports, leases).await;
            return Err(refused);
        }
        let token = leases
            .iter()
            .map(|lease| lease.token)
            .max()
            .unwrap_or_default();
        Ok(Self {
            leases: Mutex::new(leases),
            token,
            lost: AtomicBool::new(false),
        })
    }

    /// The fencing token of this run: higher than that of any earlier run on these lists.
    pub(super) fn token(&self) -> u64 {
        self.token
    }

    /// Does the work while a heartbeat renews the leases. A lost lease stops the work at its next step.
    ///
    /// Both go on at the same time: work that is renewing the leases itself must be able to end that.
    pub(super) async fn while_held<T>(&self, ports: Ports<'_>, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.beat(ports) => match never {},
        }
    }

    async fn beat(&self, ports: Ports<'_>) -> Infallible {
        let mut heartbeat = tokio::time::interval(ports.lease / 3);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.tick().await;
        loop {
            heartbeat.tick().await;
            if let Err(why) = self.renew(ports).await {
                tracing::warn!("a lease could not be renewed: {why}");
            }
        }
    }

    /// Whether another run is known to have taken over one of the lists.
    pub(super) async fn is_lost(&self, ports: Ports<'_>) -> bool {
        if let Err(why) = self.renew(ports).await {
            tracing::warn!("the leases were not renewed before the end of the run: {why}");
        }
        self.lost.load(Ordering::Relaxed)
    }

    /// Renews the leases; says why the run has to stop when one is not ours any more.
    pub(super) async fn renew(&self, ports: Ports<'_>) -> Result<(), String> {
        let mut leases = self.leases.lock().await;
        for lease in leases.iter_mut() {
            match lease
                .renew(ports.stores.records.as_ref(), (ports.now)(), ports.lease)
                .await
            {
                Ok(()) => {}
                Err(StoreError::Conflict(_)) => self.lost.store(true, Ordering::Relaxed),
                Err(error) => {
                    return Err(format!(
                        "the hold on the list could not be renewed: {error}"
                    ));
                }
            }
        }
        if self.lost.load(Ordering::Relaxed) {
            return Err("another run took over this list; this one stopped".to_owned());
        }
        Ok(())
    }

    /// Lets others have the lists at once.
    pub(super) async fn release(self, ports: Ports<'_>) {
        release_all(ports, self.leases.into_inner()).await;
    }
}

async fn release_all(ports: Ports<'_>, leases: Vec<Lease>) {
    for lease in leases {
        if let Err(error) = lease.release(ports.stores.records.as_ref()).await {
            // Without its name, which may be an address; so may be the place of the error.
            tracing::warn!("the hold on a list was not released and ends by itself");
            tracing::debug!("the hold was not released: {error}");
        }
    }
}
