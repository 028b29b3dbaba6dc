//! A store whose user dies at a chosen write: that write happens or does not, and nothing after it does.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use rollcall::store::ports::{StoreError, Stores};

use crate::store_hook::{Call, Fate, Hook, hooked};

/// The same store for somebody who dies at write number `at` (from 0), `after` it took effect or before.
pub(crate) fn dying(stores: &Stores, at: i64, after: bool) -> Stores {
    let left = AtomicI64::new(at);
    hooked(stores, Arc::new(Dying { left, after }))
}

/// How many writes a healthy user makes.
pub(crate) struct Counted(Arc<Dying>);

impl Counted {
    pub(crate) fn new(stores: &Stores) -> (Stores, Self) {
        let counting = Arc::new(Dying {
            left: AtomicI64::new(i64::MAX),
            after: false,
        });
        (hooked(stores, counting.clone()), Self(counting))
    }

    pub(crate) fn writes(&self) -> i64 {
        i64::MAX - self.0.left.load(Ordering::SeqCst)
    }
}

struct Dying {
    left: AtomicI64,
    after: bool,
}

fn dead() -> StoreError {
    StoreError::Other {
        place: "here".to_owned(),
        problem: "the process died".to_owned(),
    }
}

#[async_trait]
impl Hook for Dying {
    async fn fate(&self, call: Call) -> Result<Fate, StoreError> {
        if call.is_read() {
            return match self.left.load(Ordering::SeqCst) {
                0.. => Ok(Fate::Done),
                _ => Err(dead()),
            };
        }
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            1.. => Ok(Fate::Done),
            0 if self.after => Ok(Fate::DoneButTold(dead())),
            _ => Err(dead()),
        }
    }
}
