//! A store that counts its writes, and can fail at one of them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use rollcall::store::ports::{StoreError, Stores};

use crate::store_hook::{Call, Fate, Hook, hooked};

/// Whether what fails was done all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    /// It was not done.
    Undone,
    /// It was done, and the answer was lost.
    Done,
    /// It was done, the answer was lost, and the storage's client wrote it again, which met the first. Everything after
    /// it works.
    DoneTwice,
}

pub(crate) struct Watched {
    writes: AtomicUsize,
    fails: Mutex<Option<(usize, Failing)>>,
}

impl Watched {
    /// The same store, and how to watch it.
    pub(crate) fn over(stores: &Stores) -> (Stores, Arc<Self>) {
        let watched = Arc::new(Self {
            writes: AtomicUsize::new(0),
            fails: Mutex::new(None),
        });
        (hooked(stores, watched.clone()), watched)
    }

    /// How many writes there were since the last time this was asked.
    pub(crate) fn writes(&self) -> usize {
        self.writes.swap(0, Ordering::SeqCst)
    }

    /// Fails at the write with this number, and at every one after it, counted from now.
    pub(crate) fn fail_from(&self, write: usize, failing: Failing) {
        self.writes();
        *self.fails.lock().unwrap() = Some((write, failing));
    }

    /// Works again.
    pub(crate) fn recover(&self) {
        *self.fails.lock().unwrap() = None;
    }
}

#[async_trait]
impl Hook for Watched {
    /// Only the write that the fault begins with can have been done: the ones after it are those of a dead process.
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if call.is_read() {
            return Ok(Fate::Done);
        }
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        let fault = *self.fails.lock().unwrap();
        let failed = || StoreError::Other {
            place: "the storage".to_owned(),
            problem: "no answer".to_owned(),
        };
        match (fault, call) {
            (Some((from, Failing::DoneTwice)), Call::Row(row)) if number == from => {
                Ok(Fate::DoneButTold(StoreError::Conflict(row)))
            }
            (Some((from, Failing::Done)), _) if number == from => Ok(Fate::DoneButTold(failed())),
            (Some((from, Failing::Undone | Failing::Done)), _) if number >= from => Err(failed()),
            _ => Ok(Fate::Done),
        }
    }
}
