//! A run that undid another one: what a person should do next.

use super::{Done, Status, Summary};
use crate::plan::{change::Because, put_back::NotPutBack, value::Plan};

impl Summary {
    /// The run undoes another one.
    #[must_use]
    pub fn restoring(self, run: Option<&str>) -> Self {
        Self {
            restores: run.map(str::to_owned),
            ..self
        }
    }

    /// How a list goes on that was paused because a run was undone.
    pub(super) fn step_out_of_the_pause(&self, run: &str) -> String {
        let sync = &self.sync;
        format!(
            "`{sync}` is paused: look at why run `{run}` went wrong and at what the next run would do \
             (`rollcall plan {sync}`), then resume it"
        )
    }

    /// What is to be done about a run that was undone: the list is paused, or its next run would do the same again.
    pub(super) fn after_restore(&self, run: &str, plan: &Plan) -> Vec<String> {
        let mut steps = Vec::new();
        if self.status != Some(Status::Previewed) && !plan.is_empty() {
            steps.push(self.step_out_of_the_pause(run));
        }
        if self.done.failed > 0 {
            // The schedule does not come back to it: the list is paused.
            steps.push(format!("`{}` again does what was not done", plan.command()));
        }
        let mut unsettled = 0;
        let mut until = None;
        for withheld in &plan.withheld {
            if let Because::NotPutBack(NotPutBack::NotSettled { until: then }) = &withheld.because {
                unsettled += 1;
                until = until.max(Some(*then));
            }
        }
        steps.extend(until.map(|until| {
            format!(
                "restore run `{run}` again after {}: the list may not show {unsettled} of its changes yet",
                until.strftime("%Y-%m-%d %H:%M UTC")
            )
        }));
        steps
    }
}

impl Done {
    /// Whether a member was added, changed or removed, or may have been.
    pub fn changed_somebody(&self) -> bool {
        self.added + self.invited + self.updated + self.removed + self.failed > 0
    }
}
