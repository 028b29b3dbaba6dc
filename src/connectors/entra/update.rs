//! Writes fields of people, where the definition gives them to the other side.
//!
//! It must not decide what is to be written. The same request twice changes nothing more, so that a lost answer is
//! settled by sending it again.

use reqwest::Method;

use super::{
    answer::Answer,
    call::{Call, Sent},
    patch::{self, Patch, denied_for_all, denied_for_one},
    settle::{Round, settle_all},
    urls,
    verdict::{Later, Verdict},
    work::{Task, Work},
    write::EntraWriter,
};
use crate::{
    connectors::ports::Watch,
    plan::{change::Change, outcome::Outcome},
};

/// Somebody who may not be changed, or whom nobody with these permissions may.
struct Denied {
    task: Task,
    answer: Answer,
}

impl EntraWriter {
    /// Changes people's fields; gives an outcome for each change, in their order.
    pub(super) async fn update(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        let given = &self.wanted.given;
        let patches: Vec<Result<Patch, Outcome>> = changes
            .iter()
            .map(|change| patch::patch(change, given))
            .collect();
        let mut outcomes: Vec<Option<Outcome>> =
            patches.iter().map(|patch| patch.clone().err()).collect();
        let positions: Vec<usize> = (0..patches.len())
            .filter(|&at| patches.get(at).is_some_and(Result::is_ok))
            .collect();
        let mut work = Work::new(&positions, 1);
        let mut waits = self.graph.patience.start();
        let mut denied: Vec<Denied> = Vec::new();
        loop {
            let tasks = work.next_batch(self.pace);
            if tasks.is_empty() {
                break;
            }
            let calls: Vec<Call> = tasks.iter().map(|task| call(task, &patches)).collect();
            let round = match self.graph.batch_once(&calls).await {
                Ok(sent) => {
                    self.judge_updates(tasks.into_iter().zip(sent), &mut outcomes, &mut denied)
                }
                Err(error) => Round::broken_off(tasks, &error),
            };
            self.conclude(round, &mut work, &mut waits, &mut outcomes)
                .await;
            let done = outcomes.iter().flatten().count();
            watch.progress("people updated", done, Some(changes.len()));
        }
        self.settle_denied(&denied, &patches, &mut outcomes);
        outcomes
            .into_iter()
            .map(|outcome| {
                outcome.unwrap_or_else(|| Outcome::not_tried("the change got lost on the way"))
            })
            .collect()
    }

    fn judge_updates(
        &mut self,
        answers: impl Iterator<Item = (Task, Sent)>,
        outcomes: &mut [Option<Outcome>],
        denied: &mut Vec<Denied>,
    ) -> Round {
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
            if patch::is_denied(&answer) {
                denied.push(Denied { task, answer });
                continue;
            }
            match patch::judge(&answer) {
                Verdict::Done => {
                    self.changed_somebody = true;
                    settle_all(outcomes, &task, &Outcome::Applied);
                }
                Verdict::Again(later, asked) => {
                    task.lost |= matches!(answer.status, 200..=299 | 500 | 502 | 504);
                    round.again(task, later, asked, answer.explain());
                }
                Verdict::One(outcome) | Verdict::Request(outcome) => {
                    settle_all(outcomes, &task, &outcome);
                }
                Verdict::List(outcome) => {
                    settle_all(outcomes, &task, &outcome);
                    round.over = Some(outcome);
                }
            }
        }
        // Several were tried and all answered, and nobody could be changed: that is not about one of them.
        if let (false, true, [_, .., last]) = (
            self.changed_somebody,
            round.is_answered(),
            denied.as_slice(),
        ) {
            round.over.get_or_insert(denied_for_all(&last.answer));
        }
        round
    }

    /// Graph answers the same to an application that may change nobody, and to one that may not change this person: who
    /// else could be changed tells them apart.
    fn settle_denied(
        &self,
        denied: &[Denied],
        patches: &[Result<Patch, Outcome>],
        outcomes: &mut [Option<Outcome>],
    ) {
        for Denied { task, answer } in denied {
            let mut patches = task.changes.iter().filter_map(|&at| patches.get(at));
            let is_protected =
                patches.any(|patch| patch.as_ref().is_ok_and(|patch| patch.is_protected));
            let is_about_one = self.changed_somebody || denied.len() == 1 && is_protected;
            let outcome = if is_about_one {
                denied_for_one(answer, is_protected)
            } else {
                denied_for_all(answer)
            };
            settle_all(outcomes, task, &outcome);
        }
    }
}

fn call(task: &Task, patches: &[Result<Patch, Outcome>]) -> Call {
    let patch = task.changes.first().and_then(|&at| patches.get(at));
    match patch {
        Some(Ok(patch)) => Call::with_body(
            Method::PATCH,
            urls::user(&patch.id).unwrap_or_default(),
            patch.body.clone(),
        ),
        // Only patches become tasks. A read of nothing is refused, and changes nobody.
        Some(Err(_)) | None => Call::get(String::new()),
    }
}
