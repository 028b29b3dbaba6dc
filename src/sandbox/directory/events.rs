//! What changed, in order: the material of the delta feeds.
//!
//! Knows nothing of how a feed is written.

use tokio::time::Instant;

use super::Slot;

/// One change.
pub(crate) struct Event {
    /// When it happened.
    pub(crate) at: Instant,
    /// To which object.
    pub(crate) slot: Slot,
    /// What happened.
    pub(crate) what: What,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// It appeared or came back.
    Created,
    /// These properties changed.
    Changed(Vec<&'static str>),
    /// It went.
    Deleted,
    /// This became a member of it.
    MemberAdded(Slot),
    /// This is no longer a member of it.
    MemberRemoved(Slot),
    /// Its owners changed.
    OwnersChanged,
}
