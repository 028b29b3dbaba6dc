//! How a run ended, in one word.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Done, Summary};
use crate::plan::value::Plan;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// There was nothing to do.
    Unchanged,
    /// Everything planned is done.
    Succeeded,
    /// Something was not done; the summary says what.
    Partial,
    /// What is left to do is in a package that waits for an administrator.
    Packaged,
    /// Something waits for a person's approval.
    Held,
    /// Nothing was done.
    Failed,
    /// It was a preview: nothing was to be done.
    Previewed,
}

impl Status {
    /// The status as it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Packaged => "packaged",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Previewed => "previewed",
        }
    }
}

impl Summary {
    /// What a platform refuses because of one member (they opted out, their account is protected) is no failure of the
    /// run: no repetition helps, and the list must not be paused for it.
    pub(super) fn judge(&self, plan: &Plan, about_members: usize) -> Status {
        let Done {
            created,
            added,
            invited,
            updated,
            removed,
            already_so,
            refused,
            failed,
            waiting: _,
            handed_over,
        } = self.done;
        let done = created + added + invited + updated + removed + already_so;
        let not_created = usize::from(self.problem.is_some());
        match (refused + failed + not_created, done, &self.held) {
            (problems, 0, _) if problems > about_members && handed_over == 0 => Status::Failed,
            (1.., _, _) => Status::Partial,
            (0, _, Some(_)) => Status::Held,
            // Somebody should be on a list that cannot be written: that is not "nothing to do".
            (0, _, None) if plan.unwritable().next().is_some() => Status::Partial,
            // Nor is it when nobody knows who is on a list, or a guest is still on none.
            (0, _, None) if plan.is_not_all() => Status::Partial,
            (0, _, None) if handed_over + plan.in_packages() > 0 => Status::Packaged,
            (0, 0, None) => Status::Unchanged,
            (0, _, None) => Status::Succeeded,
        }
    }
}
