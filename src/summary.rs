//! The result of a run, in numbers and words people can act on.
//!
//! Pure. This room must not know storage, connectors or the clock.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    model::{
        list::{ListRef, Side, Sides},
        traffic::Traffic,
    },
    plan::{
        change::{Action, Change},
        handed::PackageNote,
        outcome::{Outcome, Problem},
        review::Held,
        value::{Plan, Totals},
    },
};

pub mod changes;
mod restored;
mod status;
mod steps;
mod waiting;

pub use status::Status;

/// The version of a summary's JSON.
pub const SUMMARY_VERSION: u32 = 1;

/// How many failures a summary names; the outcomes of the run hold them all.
const FIRST_FAILURES: usize = 10;

/// One run, as the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The version of this form.
    pub version: u32,
    /// The run's id.
    pub run: String,
    /// The sync.
    pub sync: String,
    /// Its lists.
    pub lists: Sides<ListRef>,
    /// Why it ran, in words (`by hand (ada)`).
    pub cause: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started: Timestamp,
    /// When it ended; `None` while it runs, or when it died.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished: Option<Timestamp>,
    /// How it ended; `None` while it runs, or when it died.
    pub status: Option<Status>,
    /// Whether it was the first one.
    pub first_run: bool,
    /// The run that it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<String>,
    /// What was planned.
    pub planned: Totals,
    /// What really happened.
    pub done: Done,
    /// How many members each list had before.
    pub members: Sides<usize>,
    /// The digest of the plan.
    pub digest: Option<String>,
    /// What waits for approval.
    pub held: Option<Held>,
    /// Who approved, where somebody did.
    pub approved_by: Option<String>,
    /// What stopped the run as a whole, or kept its list from being created.
    pub problem: Option<Problem>,
    /// The first changes that were not made.
    pub first_failures: Vec<FailedChange>,
    /// What a person should do next, in words.
    pub next: Vec<String>,
    /// How many attempts at it died before this one.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub deaths: u32,
    /// Whether its time was up before everything was tried.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_short: bool,
    /// How many seconds a service asked to be left alone, where that stopped the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_to_wait: Option<u64>,
    /// The packages for administrators that this run made, or looked whether they were applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageNote>,
    /// Into how many runs of single lists this one was split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<usize>,
    /// What it asked of platforms in its last attempt, where that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
}

/// What really happened, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Lists created, confirmed.
    pub created: usize,
    /// Members added, confirmed.
    pub added: usize,
    /// Guests invited and added, confirmed.
    pub invited: usize,
    /// Members updated, confirmed.
    pub updated: usize,
    /// Members removed, confirmed.
    pub removed: usize,
    /// Changes the platform said were so before.
    pub already_so: usize,
    /// Changes the platform refused.
    pub refused: usize,
    /// Changes that did not happen, or of which nobody knows.
    pub failed: usize,
    /// Changes that wait for approval.
    pub waiting: usize,
    /// Changes that wait for an administrator, in a package of this run.
    #[serde(default)]
    pub handed_over: usize,
}

/// One change that was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedChange {
    /// The list.
    pub side: Side,
    /// The member, by the name plans use.
    pub member: String,
    /// What was to be done (`add`, `remove`).
    pub action: String,
    /// Why it was not.
    pub problem: Problem,
}

impl Summary {
    /// A run that has begun.
    pub fn begun(
        run: &str,
        sync: &str,
        lists: Sides<ListRef>,
        cause: &str,
        started: Timestamp,
    ) -> Self {
        Self {
            version: SUMMARY_VERSION,
            run: run.to_owned(),
            sync: sync.to_owned(),
            lists,
            cause: cause.to_owned(),
            started,
            finished: None,
            status: None,
            first_run: false,
            restores: None,
            planned: Totals::default(),
            done: Done::default(),
            members: Sides::default(),
            digest: None,
            held: None,
            approved_by: None,
            problem: None,
            first_failures: Vec::new(),
            next: Vec::new(),
            deaths: 0,
            cut_short: false,
            asked_to_wait: None,
            packages: Vec::new(),
            split: None,
            traffic: None,
        }
    }

    /// The same run with what it asked of platforms.
    #[must_use]
    pub fn with_traffic(mut self, traffic: Option<Traffic>) -> Self {
        self.traffic = traffic;
        self
    }

    /// The run was stopped by a problem before anything was written.
    #[must_use]
    pub fn stopped(mut self, problem: Problem, finished: Timestamp) -> Self {
        let problem = problem.advised();
        self.next = problem.help.iter().cloned().collect();
        self.status = Some(Status::Failed);
        self.problem = Some(problem);
        self.finished = Some(finished);
        self
    }

    /// A preview: what would happen, and what would wait.
    #[must_use]
    pub fn previewed(mut self, plan: &Plan, held: Option<Held>, finished: Timestamp) -> Self {
        self.plans(plan, finished);
        self.held = held;
        self.status = Some(Status::Previewed);
        self.next = self.next_steps(plan);
        self
    }

    /// The run did nothing but ask for a run of each list it routes people to.
    #[must_use]
    pub fn split_into(mut self, lists: usize, finished: Timestamp) -> Self {
        self.split = Some(lists);
        self.status = Some(Status::Succeeded);
        self.finished = Some(finished);
        self
    }

    fn plans(&mut self, plan: &Plan, finished: Timestamp) {
        self.finished = Some(finished);
        self.first_run = plan.first_run;
        self.planned = plan.totals();
        self.members = plan.members.clone();
        self.digest = Some(plan.digest().as_str().to_owned());
    }

    /// What came of creating a list, where the plan wanted one.
    #[must_use]
    pub fn creation(mut self, result: &Result<(), Problem>) -> Self {
        match result {
            Ok(()) => self.done.created += 1,
            Err(problem) => self.problem = Some(problem.clone().advised()),
        }
        self
    }

    /// The run went through: what was planned, what waits, and one outcome for each change that was not held.
    #[must_use]
    pub fn ended(
        mut self,
        plan: &Plan,
        held: Option<Held>,
        outcomes: &[Option<Outcome>],
        finished: Timestamp,
    ) -> Self {
        self.plans(plan, finished);
        let mut not_made: Vec<(&Change, &Problem)> = Vec::new();
        for (change, outcome) in plan.changes.iter().zip(outcomes) {
            let (count, problem) = match (outcome, &change.action) {
                (None, _) => (&mut self.done.waiting, None),
                (Some(Outcome::AlreadySo), _) => (&mut self.done.already_so, None),
                (Some(Outcome::Applied), Action::Add) => (&mut self.done.added, None),
                (Some(Outcome::Applied), Action::Invite) => (&mut self.done.invited, None),
                (Some(Outcome::Applied), Action::Update(_)) => (&mut self.done.updated, None),
                (Some(Outcome::Applied), Action::Remove) => (&mut self.done.removed, None),
                (Some(Outcome::Refused(problem)), _) => (&mut self.done.refused, Some(problem)),
                (Some(Outcome::Failed(problem)), _) => (&mut self.done.failed, Some(problem)),
                (Some(Outcome::HandedOver { .. }), _) => (&mut self.done.handed_over, None),
            };
            *count += 1;
            not_made.extend(problem.map(|problem| (change, problem)));
        }
        self.first_failures = steps::first_failures(&not_made);
        if held.as_ref().is_some_and(|held| held.misfit.is_some()) {
            // What was approved is another plan.
            self.approved_by = None;
        }
        self.held = held;
        let outcomes = outcomes.iter().flatten();
        let about_members = outcomes.filter(|outcome| outcome.is_about_the_member());
        self.status = Some(self.judge(plan, about_members.count()));
        self.next = self.next_steps(plan);
        self
    }

    /// The same run with the packages it made or looked at.
    #[must_use]
    pub fn with_packages(mut self, packages: Vec<PackageNote>) -> Self {
        self.packages = packages;
        self
    }

    /// The same run with what an earlier attempt at it had done before it died.
    #[must_use]
    pub fn with_earlier(mut self, earlier: &[Change]) -> Self {
        for change in earlier {
            let (planned, done) = match change.action {
                Action::Add => (&mut self.planned.add, &mut self.done.added),
                Action::Invite => (&mut self.planned.add, &mut self.done.invited),
                Action::Update(_) => (&mut self.planned.update, &mut self.done.updated),
                Action::Remove => (&mut self.planned.remove, &mut self.done.removed),
            };
            *planned += 1;
            *done += 1;
        }
        self.status = match self.status {
            Some(Status::Unchanged) if !earlier.is_empty() => Some(Status::Succeeded),
            Some(Status::Failed) if !earlier.is_empty() => Some(Status::Partial),
            status => status,
        };
        let undone = self.restores.as_ref().filter(|_| !earlier.is_empty());
        let step = undone.map(|run| self.step_out_of_the_pause(run));
        let step = step.filter(|step| !self.next.contains(step));
        self.next.extend(step);
        self
    }
}

fn is_none_yet(deaths: &u32) -> bool {
    *deaths == 0
}

#[cfg(test)]
mod tests;
