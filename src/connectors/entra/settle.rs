//! Sends additions or removals until each of them has its outcome.
//!
//! It must not know where the members come from. Only what Graph confirmed is a success.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde_json::json;

use super::{
    call::{Call, Sent},
    urls,
    verdict::{Circumstances, Doing, Later, Verdict, judge},
    work::{MOST_IN_A_REQUEST, Task, Work},
    write::{EntraWriter, problem_of},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, Watch},
    },
    plan::outcome::{Outcome, Problem},
};

/// What one round of requests left to be done.
#[derive(Default)]
pub(super) struct Round {
    /// What has to be sent again.
    open: Vec<Task>,
    /// Why.
    why: Option<(Later, String)>,
    /// How long the service asks to wait.
    asked: Option<Duration>,
    /// The outcome of everything that is left, when nothing more is to be sent.
    pub(super) over: Option<Outcome>,
}

impl EntraWriter {
    /// Adds or removes the members with these ids; gives an outcome for each, in their order. An id that cannot be
    /// used has its outcome already.
    pub(super) async fn settle(
        &mut self,
        doing: Doing,
        group: &str,
        members: &[Result<String, Outcome>],
        watch: &dyn Watch,
    ) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> =
            members.iter().map(|member| member.clone().err()).collect();
        // Graph refuses a request that names somebody twice.
        let mut first_with: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, member) in members.iter().enumerate() {
            if let Ok(id) = member {
                first_with.entry(id).or_insert(at);
            }
        }
        let mut positions: Vec<usize> = first_with.values().copied().collect();
        positions.sort_unstable();
        let size = match doing {
            Doing::Adding => MOST_IN_A_REQUEST,
            // There is no removal of several at once.
            Doing::Removing => 1,
        };
        let mut work = Work::new(&positions, size);
        let mut waits = self.graph.patience.start();
        loop {
            let tasks = work.next_batch(self.pace);
            if tasks.is_empty() {
                break;
            }
            let calls: Vec<Call> = tasks
                .iter()
                .map(|task| self.call(doing, group, members, task))
                .collect();
            let round = match self.graph.batch_once(&calls).await {
                Ok(sent) => self.judge_round(
                    doing,
                    group,
                    members,
                    tasks.into_iter().zip(sent),
                    &mut outcomes,
                    &mut work,
                ),
                Err(error) => Round::broken_off(tasks, &error),
            };
            self.conclude(round, &mut work, &mut waits, &mut outcomes)
                .await;
            let what = match doing {
                Doing::Adding => "members added",
                Doing::Removing => "members removed",
            };
            watch.progress(what, outcomes.iter().flatten().count(), Some(members.len()));
        }
        let missing = || Outcome::not_tried("the change got lost on the way");
        let outcome_at = |at: usize| outcomes.get(at).cloned().flatten();
        members
            .iter()
            .enumerate()
            .map(|(at, member)| {
                let twin = member
                    .as_ref()
                    .ok()
                    .and_then(|id| first_with.get(id.as_str()));
                outcome_at(at)
                    .or_else(|| outcome_at(*twin?))
                    .unwrap_or_else(missing)
            })
            .collect()
    }

    fn call(
        &self,
        doing: Doing,
        group: &str,
        members: &[Result<String, Outcome>],
        task: &Task,
    ) -> Call {
        let ids = task
            .changes
            .iter()
            .filter_map(|&at| members.get(at)?.as_deref().ok());
        match doing {
            Doing::Adding => {
                let references: Vec<String> = ids
                    .filter_map(|id| urls::reference(&self.graph.endpoints.graph, id))
                    .collect();
                Call::with_body(
                    Method::PATCH,
                    urls::group_itself(group).unwrap_or_default(),
                    json!({"members@odata.bind": references}),
                )
            }
            Doing::Removing => Call {
                method: Method::DELETE,
                // Ids were checked before: an empty path would be refused, and can delete nobody.
                ..Call::get(
                    ids.filter_map(|id| urls::member_link(group, id))
                        .next()
                        .unwrap_or_default(),
                )
            },
        }
    }

    fn judge_round(
        &self,
        doing: Doing,
        group: &str,
        members: &[Result<String, Outcome>],
        answers: impl Iterator<Item = (Task, Sent)>,
        outcomes: &mut [Option<Outcome>],
        work: &mut Work,
    ) -> Round {
        let circumstances = Circumstances {
            doing,
            group,
            young: self.young.is_some(),
            flatten: self.wanted.flatten,
        };
        let mut round = Round::default();
        for (mut task, sent) in answers {
            let answer = match sent {
                Sent::Answered(answer) => answer,
                Sent::Lost(why) => {
                    task.lost = true;
                    round.again(task, Later::Unavailable, None, why);
                    continue;
                }
            };
            match judge(&answer, circumstances) {
                Verdict::Done => settle_all(outcomes, &task, &Outcome::Applied),
                Verdict::Again(later, asked) => {
                    // A gateway that gave up may have passed the request on.
                    task.lost |= matches!(answer.status, 200..=299 | 500 | 502 | 504);
                    round.again(task, later, asked, answer.explain());
                }
                Verdict::One(_) if task.changes.len() > 1 => {
                    let message = answer.message().to_ascii_lowercase();
                    work.split(task, |at| matches!(members.get(at), Some(Ok(id)) if message.contains(id.as_str())));
                }
                Verdict::One(outcome) | Verdict::Request(outcome) => {
                    settle_all(outcomes, &task, &outcome)
                }
                Verdict::List(outcome) => {
                    settle_all(outcomes, &task, &outcome);
                    round.over = Some(outcome);
                }
            }
        }
        round
    }

    /// Waits and hands the open tasks back, or gives every open change its outcome.
    pub(super) async fn conclude(
        &mut self,
        round: Round,
        work: &mut Work,
        waits: &mut Waits,
        outcomes: &mut [Option<Outcome>],
    ) {
        if let Some(outcome) = round.over {
            for task in round.open {
                // A request that was lost may have been done: that is no refusal.
                let unknown = Outcome::Failed(Problem {
                    code: Later::Unavailable.code().to_owned(),
                    message: "the answer was lost, and the work ended before it was settled"
                        .to_owned(),
                    help: Some("the next run tries again".to_owned()),
                });
                settle_all(outcomes, &task, if task.lost { &unknown } else { &outcome });
            }
            for at in work.give_up() {
                settle_one(outcomes, at, &outcome);
            }
            return;
        }
        let Some((later, why)) = round.why else {
            self.pace.faster();
            waits.relax();
            return;
        };
        if later == Later::Young
            && self
                .young
                .as_mut()
                .and_then(|young| young.next(None))
                .is_none()
        {
            // Long enough: from here on what is not there is not there.
            self.young = None;
        }
        if later != Later::Young {
            self.pace.slower();
        }
        if self.graph.wait(waits, round.asked, &why).await.is_ok() {
            for task in round.open {
                work.again(task);
            }
            return;
        }
        self.asked_to_wait = round.asked;
        let failed = Outcome::Failed(Problem {
            code: later.code().to_owned(),
            message: format!("Microsoft Graph {why}, and went on doing so"),
            help: Some("the next run tries again".to_owned()),
        });
        for task in round.open {
            settle_all(outcomes, &task, &failed);
        }
        for at in work.give_up() {
            settle_one(
                outcomes,
                at,
                &Outcome::not_tried("Microsoft Graph had stopped answering"),
            );
        }
    }
}

impl Round {
    /// A round that could not be sent.
    pub(super) fn broken_off(open: Vec<Task>, error: &ConnectorError) -> Self {
        Self {
            open,
            over: Some(Outcome::Failed(problem_of(error))),
            ..Self::default()
        }
    }

    /// Whether nothing has to be sent again.
    pub(super) fn is_answered(&self) -> bool {
        self.open.is_empty()
    }

    /// The longest wait that was asked for holds for all: the quota is one.
    pub(super) fn again(&mut self, task: Task, later: Later, asked: Option<Duration>, why: String) {
        self.open.push(task);
        self.asked = self.asked.max(asked);
        self.why = Some((later, why));
    }
}

/// Gives every change of a task its outcome.
pub(super) fn settle_all(outcomes: &mut [Option<Outcome>], task: &Task, outcome: &Outcome) {
    for &at in &task.changes {
        settle_one(outcomes, at, outcome);
    }
}

fn settle_one(outcomes: &mut [Option<Outcome>], at: usize, outcome: &Outcome) {
    if let Some(slot) = outcomes.get_mut(at) {
        *slot = Some(outcome.clone());
    }
}
