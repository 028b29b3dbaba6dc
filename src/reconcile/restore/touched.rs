//! What a run did, or may have done.

use super::Undone;
use crate::plan::{change::Change, outcome::Outcome};

/// Whether a run made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    /// It did: the platform confirmed it.
    Surely,
    /// It may have: nobody knows.
    Perhaps,
    /// It found it so: somebody else did, or a request of its own whose answer was lost.
    FoundSo,
}

/// The changes that a run made or may have made, in the order of its plan.
pub(super) fn touched<'a>(undone: &Undone<'a>) -> Vec<(Touch, &'a Change)> {
    let outcomes = undone.outcomes.iter().map(Option::as_ref);
    let outcomes = outcomes.chain(std::iter::repeat(None));
    let changes = undone.plan.changes.iter().zip(outcomes);
    let touched = changes.filter_map(|(change, outcome)| {
        let touch = match outcome {
            Some(Outcome::Applied) => Touch::Surely,
            Some(Outcome::AlreadySo) => Touch::FoundSo,
            Some(outcome) if outcome.may_be_ours() => Touch::Perhaps,
            Some(_) => return None,
            None if undone.is_told => return None,
            None => Touch::Perhaps,
        };
        Some((touch, change))
    });
    touched.collect()
}
