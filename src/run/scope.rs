//! Whether the definition changed since this list last ran, and when a changed one is taken for good.
//!
//! Crashes must not let a change go unnoticed. What needs nobody's approval is kept before anything is written: a run
//! that dies has then been one of this definition. What somebody approved is kept after its changes: when the run dies
//! before that, whatever is left to do has to be approved again.

use super::{Ports, keeper::Keeper};
use crate::{
    definition::{
        scope::{self, redefined, redefined_to},
        sync::Sync,
    },
    history::{self, LoadedScope},
    plan::value::Plan,
    store::ports::StoreError,
};

/// What a sync is about, beside what it was about when it last ran.
pub(super) struct Scope {
    loaded: LoadedScope,
    now: scope::Scope,
}

impl Scope {
    /// Loads what the sync was about.
    pub(super) async fn load(ports: Ports<'_>, sync: &Sync) -> Result<Self, StoreError> {
        Ok(Self {
            loaded: history::scope(ports.stores, &sync.id).await?,
            now: sync.scope(),
        })
    }

    /// Writes into the plan what changed. A list that never ran has nothing that could have changed.
    pub(super) fn mark(&self, plan: &mut Plan) {
        if let Some(before) = &self.loaded.parts {
            plan.redefined = redefined(before, &self.now);
            plan.redefined_to = redefined_to(&plan.redefined, &self.now);
        }
    }

    /// Keeps a definition that needs nobody's approval: the first one, one that is no less careful than before, and one
    /// that changes nothing for the lists as they are known to be. To be done before anything is written.
    pub(super) async fn keep_unasked(
        &self,
        doors: (Ports<'_>, &Keeper),
        run: (&str, &str),
        plan: &Plan,
    ) -> Result<(), StoreError> {
        let changes_nothing = plan.is_empty() && !plan.hides_changes();
        if plan.redefined.is_empty() || changes_nothing {
            self.keep(doors, run).await?;
        }
        Ok(())
    }

    /// Keeps a definition whose changes were approved. To be done after they were made.
    pub(super) async fn keep_approved(
        &self,
        doors: (Ports<'_>, &Keeper),
        run: (&str, &str),
    ) -> Result<(), StoreError> {
        self.keep(doors, run).await
    }

    async fn keep(
        &self,
        (ports, keeper): (Ports<'_>, &Keeper),
        (sync, run): (&str, &str),
    ) -> Result<(), StoreError> {
        // Whoever took over the lists looks at the definition anew.
        if self.loaded.parts.as_ref() == Some(&self.now) || keeper.is_lost(ports).await {
            return Ok(());
        }
        let (stores, token) = (ports.stores, keeper.token());
        history::keep_scope(stores, sync, run, token, &self.loaded, &self.now).await
    }
}
