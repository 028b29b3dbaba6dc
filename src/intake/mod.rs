//! The intake: what an HR system sends is told from forgeries, kept, and turned into jobs.
//!
//! A call is proven first, and nothing is kept of one that is not. Then its content has to be usable; then it is kept;
//! then each sync that depends on the connection is asked for a run. Each step may be repeated: a sender that got no
//! answer sends the same again, and what was done already is found done. This room must not know HTTP beyond the words
//! of its headers, how a run goes, nor any connector but `hr`.

mod ask;
mod claim;
mod content;
mod deliver;
mod delivery;
pub mod feed;
mod signature;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::{
    claim::{Unproven, is_credible},
    content::{Format, LONGEST_LOAD, LONGEST_NOTICE, Trouble, Unusable},
    deliver::deliver,
    delivery::{Receipt, Standing, status},
};
use crate::store::ports::StoreError;

/// Gives the value of a secret by the name of its variable.
pub type Secrets = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A call as it came in.
pub struct Call {
    /// The connection it names; anything at all.
    pub connection: String,
    /// Its headers.
    pub headers: Headers,
    /// Its body.
    pub body: Body,
}

/// The headers that mean something here; one that came more than once is joined by `, `. They have no text form: some
/// of them are secret.
#[derive(Clone, Default)]
pub struct Headers {
    /// `webhook-id`.
    pub id: Option<String>,
    /// `webhook-timestamp`.
    pub timestamp: Option<String>,
    /// `webhook-signature`.
    pub signature: Option<String>,
    /// `authorization`.
    pub authorization: Option<String>,
    /// `idempotency-key`.
    pub idempotency_key: Option<String>,
    /// `content-type`.
    pub content_type: Option<String>,
    /// `content-encoding`.
    pub content_encoding: Option<String>,
}

/// The body of a call.
#[derive(Clone)]
pub enum Body {
    /// All of it.
    Whole(Arc<Vec<u8>>),
    /// It is longer than [`LONGEST_LOAD`], or did not end in time.
    TooLarge,
}

/// Why a call was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not proven that it comes from the HR system. The caller is not told more than that.
    #[error("{0}")]
    Unproven(Unproven),
    /// It comes from the HR system, and cannot be used.
    #[error("{}", .0.detail)]
    Unusable(Unusable),
    /// Its id stands for something else that was sent before.
    #[error("its id was used before, for something else")]
    Reused,
    /// Storage failed before it was known who calls; the same call may be taken in later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It comes from the HR system, and storage failed; the same call may be taken in later.
    #[error(transparent)]
    NotKept(StoreError),
}
