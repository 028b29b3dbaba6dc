//! Takes the body of a call from anybody, without letting anybody fill the memory.

use std::{sync::Arc, time::Duration};

use axum::{body::HttpBody, extract::Request};
use futures::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::intake::{Body, LONGEST_LOAD};

/// How many bytes of bodies are in memory at a time: a few full loads.
const ROOM: usize = 4 * LONGEST_LOAD;

/// The bytes that one permit stands for.
const UNIT: usize = 1024;

/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many bytes are heard out although they are not kept: a caller that is cut off while it sends does not hear why.
const HEARD_OUT: usize = 2 * LONGEST_LOAD;

/// The room for bodies. Who sends slowly holds only what he has sent.
#[derive(Clone)]
pub(super) struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self::of(ROOM)
    }
}

impl Budget {
    /// Room for this many bytes.
    pub(super) fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }
}

/// A share of the room; given back when it is dropped.
pub(super) type Share = Option<OwnedSemaphorePermit>;

/// What became of a body.
pub(super) enum Taken {
    /// It is here.
    Body(Body, Share),
    /// There is no room for it now.
    NoRoom,
}

/// Takes a body; heard out and forgotten unless `keep`.
pub(super) async fn take(request: Request, keep: bool, budget: &Budget) -> Taken {
    let body = request.into_body();
    let is_too_large = body
        .size_hint()
        .lower()
        .try_into()
        .is_ok_and(|least: usize| least > LONGEST_LOAD);
    let mut taking = Taking {
        bytes: Vec::new(),
        heard: 0,
        keeps: keep && !is_too_large,
        permits: None,
        is_full: false,
    };
    let mut stream = body.into_data_stream();
    let all = async {
        while taking.heard < HEARD_OUT {
            match stream.next().await {
                None => return true,
                Some(Ok(chunk)) => taking.add(&chunk, budget),
                Some(Err(_)) => return false,
            }
        }
        false
    };
    let is_whole = timeout(PATIENCE, all).await.unwrap_or(false);
    if taking.is_full {
        return Taken::NoRoom;
    }
    let body = match is_whole && taking.heard == taking.bytes.len() {
        true => Body::Whole(Arc::new(taking.bytes)),
        false => Body::TooLarge,
    };
    Taken::Body(body, taking.permits)
}

struct Taking {
    bytes: Vec<u8>,
    heard: usize,
    keeps: bool,
    permits: Share,
    is_full: bool,
}

impl Taking {
    fn add(&mut self, chunk: &[u8], budget: &Budget) {
        self.heard += chunk.len();
        if !self.keeps {
            return;
        }
        if self.heard > LONGEST_LOAD {
            return self.forget();
        }
        let held = self.permits.as_ref().map_or(0, |held| held.num_permits());
        let wanted = self.heard.div_ceil(UNIT).saturating_sub(held);
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        match budget.0.clone().try_acquire_many_owned(wanted) {
            Ok(more) => {
                match &mut self.permits {
                    Some(held) => held.merge(more),
                    none => *none = Some(more),
                }
                self.bytes.extend_from_slice(chunk);
            }
            Err(_) => {
                self.is_full = true;
                self.forget();
            }
        }
    }

    fn forget(&mut self) {
        self.keeps = false;
        self.bytes = Vec::new();
        self.permits = None;
    }
}
