//! Following what a platform's state goes through, and answering reads from before a write.

use super::{Platform, Shelf, StandIn, locked};
use crate::sandbox::journal::{Journal, Turn};

impl<P: Platform> StandIn<P> {
    /// Follows these facts of the state from now on, request by request.
    pub fn watch(&self, facts: impl Fn(&P) -> Vec<String> + Send + 'static) {
        let mut shelf = locked(&self.shelf);
        shelf.journal = Some(Journal::of(&shelf.platform, facts));
    }

    /// What came and what went since [`StandIn::watch`], in order; what [`StandIn::edit`] did is left out.
    pub fn journal(&self) -> Vec<Turn> {
        let shelf = locked(&self.shelf);
        let journal = shelf.journal.as_ref();
        journal.map_or_else(Vec::new, |journal| journal.turns().to_vec())
    }

    /// From now on reads are answered from the state as it is now, whatever is written: a copy that lags behind.
    pub fn hold_back(&self) {
        let mut shelf = locked(&self.shelf);
        shelf.shown = Some(shelf.platform.clone());
    }

    /// Reads show everything again.
    pub fn catch_up(&self) {
        locked(&self.shelf).shown = None;
    }
}

impl<P: Platform> Shelf<P> {
    /// The state that answers a request with this method.
    pub(super) fn answering(&mut self, method: &str) -> &mut P {
        match &mut self.shown {
            Some(shown) if method == "GET" => shown,
            _ => &mut self.platform,
        }
    }

    /// A request with this method was carried out.
    pub(super) fn follow(&mut self, method: &str) {
        if let Some(journal) = self.journal.as_mut().filter(|_| method != "GET") {
            journal.look(&self.platform);
        }
    }
}
