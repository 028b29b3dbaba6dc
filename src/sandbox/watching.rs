//! Following what the stand-in tenant goes through, and answering reads from before a write.

use super::Sandbox;
use super::journal::{Journal, Turn};
use super::scenario::Scenario;
use super::server::locked;
use super::world::World;

/// Longer than any sandbox runs: what is held back so long shows when [`Sandbox::catch_up`] is called.
const UNTIL_TOLD: u64 = 30 * 24 * 3600 * 1000;

impl Sandbox {
    /// Follows these facts of the tenant from now on, request by request.
    pub fn watch(&self, facts: impl Fn(&Scenario) -> Vec<String> + Send + 'static) {
        let mut world = locked(&self.world);
        world.journal = Some(Journal::of(&world.snapshot(), facts));
    }

    /// What came and what went since [`Sandbox::watch`], in order; what [`Sandbox::edit`] did is left out.
    pub fn journal(&self) -> Vec<Turn> {
        let world = locked(&self.world);
        let journal = world.journal.as_ref();
        journal.map_or_else(Vec::new, |journal| journal.turns().to_vec())
    }

    /// From now on readers do not see objects and memberships that come, and still see memberships that go.
    /// Properties of objects change at once.
    pub fn hold_back(&self) {
        locked(&self.world).settings.replication_lag_ms.directory = UNTIL_TOLD;
    }

    /// Readers see everything again.
    pub fn catch_up(&self) {
        let mut world = locked(&self.world);
        world.settings.replication_lag_ms.directory = 0;
        world.directory.catch_up();
    }
}

impl World {
    /// A request with this method was carried out.
    pub(crate) fn follow(&mut self, method: &str) {
        if method != "GET" && self.journal.is_some() {
            let now = self.snapshot();
            self.journal
                .iter_mut()
                .for_each(|journal| journal.look(&now));
        }
    }

    /// Somebody else changed the tenant.
    pub(crate) fn overlook(&mut self) {
        if self.journal.is_some() {
            let now = self.snapshot();
            self.journal
                .iter_mut()
                .for_each(|journal| journal.overlook(&now));
        }
    }
}
