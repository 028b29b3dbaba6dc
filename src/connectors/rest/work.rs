//! One hand-over of changes: the requests, and what their answers are taken for.

use std::{collections::VecDeque, time::Duration};

use serde_json::Value;

use super::{
    RestConnection,
    description::Operation,
    list::Found,
    settings::Key,
    settle::{Claim, settle},
    template::{Filling, Slot},
    verdict::{Verdict, judge, problem},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, Watch},
        web::Request,
    },
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
    },
};

/// How often a refused call for many is halved, in one hand-over, to find whom it was about.
const MOST_HALVINGS: usize = 40;

/// So many answers lost in a row, and the rest is not tried.
const MOST_LOST: usize = 2;

/// The answers after which a call for many is halved: one member may be the reason.
const ABOUT_ONE: [&str; 2] = ["refused", "conflict"];

/// One hand-over of changes.
pub(super) struct Work<'a> {
    connection: &'a RestConnection,
    operation: &'a Operation,
    list: &'a Found,
    changes: &'a [Change],
    waits: Waits,
    outcomes: Vec<Option<Outcome>>,
    /// What has to be looked at: the position, and what the answer was.
    claims: Vec<(usize, Claim)>,
    halvings: usize,
    lost: usize,
    asked_to_wait: Option<Duration>,
    /// What became of the rest once there is no sense in going on.
    rest: Option<Outcome>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        connection: &'a RestConnection,
        operation: &'a Operation,
        list: &'a Found,
        changes: &'a [Change],
        waits: Waits,
    ) -> Self {
        Self {
            connection,
            operation,
            list,
            changes,
            waits,
            outcomes: vec![None; changes.len()],
            claims: Vec::new(),
            halvings: MOST_HALVINGS,
            lost: 0,
            asked_to_wait: None,
            rest: None,
        }
    }

    /// Sends everything.
    pub(super) async fn all(&mut self, watch: &dyn Watch) {
        let mut sendable = Vec::new();
        for (position, change) in self.changes.iter().enumerate() {
            match self.missing(change) {
                Some(slot) => self.conclude(
                    &[position],
                    &Outcome::Refused(problem(
                        "no-value",
                        format!("`{}` has no `{}`", change.member.label(), slot.written()),
                        "the connection's settings need it for this request",
                    )),
                ),
                None => sendable.push(position),
            }
        }
        let chunks = sendable.chunks(self.operation.chunk.max(1));
        let mut waiting: VecDeque<Vec<usize>> = chunks.map(<[usize]>::to_vec).collect();
        while let Some(positions) = waiting.pop_front() {
            if let Some(rest) = self.rest.clone() {
                self.conclude(&positions, &rest);
                continue;
            }
            if self.send(&positions).await {
                let (left, right) = positions.split_at(positions.len() / 2);
                waiting.push_front(right.to_vec());
                waiting.push_front(left.to_vec());
            }
            let left: usize = waiting.iter().map(Vec::len).sum();
            let all = self.changes.len();
            watch.progress("changes sent", all - left, Some(all));
        }
    }

    /// What says who is meant, and is not known of this member.
    fn missing(&self, change: &Change) -> Option<Slot> {
        let id = self.id(change);
        let filling = self.filling(change, id.as_deref());
        let added_by = match self.connection.api.described.adds_by {
            Key::Address => Slot::Address,
            Key::Phone => Slot::Phone,
        };
        let slots = self.operation.slots().into_iter();
        let mut needed = slots.filter(|slot| match change.action {
            Action::Add => **slot == added_by,
            _ => [Slot::Id, Slot::Address, Slot::Phone].contains(slot),
        });
        needed.find(|slot| !filling.has(slot)).cloned()
    }

    fn id(&self, change: &Change) -> Option<String> {
        let id = change.member.id.as_ref()?;
        Some(self.connection.spellings.of(&self.list.id, id))
    }

    fn filling<'c>(&'c self, change: &'c Change, id: Option<&'c str>) -> Filling<'c> {
        Filling {
            list: &self.list.id,
            name: &self.list.name,
            member: Some((&change.member, id)),
            changed: match &change.action {
                Action::Update(fields) => Some(fields),
                _ => None,
            },
            members: None,
        }
    }

    /// The request for these members.
    fn request(&self, positions: &[usize]) -> Result<Request, Slot> {
        let repeats = self.connection.api.described.repeats_lost;
        let changes = positions
            .iter()
            .filter_map(|position| self.changes.get(*position));
        let Some(item) = &self.operation.item else {
            let mut requests = changes.map(|change| {
                let id = self.id(change);
                request(
                    self.operation,
                    &self.filling(change, id.as_deref()),
                    repeats,
                )
            });
            return requests.next().unwrap_or(Err(Slot::Members));
        };
        let items: Vec<Value> = changes
            .filter_map(|change| {
                let id = self.id(change);
                item.filled(&self.filling(change, id.as_deref()))
            })
            .collect();
        let filling = Filling {
            list: &self.list.id,
            name: &self.list.name,
            members: Some(&items),
            ..Filling::default()
        };
        request(self.operation, &filling, repeats)
    }

    /// Sends one request. Whether it has to be made again for each half of these members.
    async fn send(&mut self, positions: &[usize]) -> bool {
        let request = match self.request(positions) {
            Ok(request) => request,
            Err(slot) => {
                let message = format!("`{}` cannot be filled in", slot.written());
                let help = "the connection's settings need it for this request";
                let outcome = Outcome::Refused(problem("no-value", message, help));
                self.conclude(positions, &outcome);
                return false;
            }
        };
        let api = &*self.connection.api;
        let heard = match api.ask(&request, &mut self.waits).await {
            Ok(heard) => heard,
            Err(error) => {
                self.silence(positions, &error);
                return false;
            }
        };
        let is_for_many = self.operation.is_for_many();
        let verdict = judge(self.operation, &heard, api.said(&heard));
        if !matches!(verdict, Verdict::Unknown(_)) {
            self.lost = 0;
        }
        match verdict {
            // A call for many is no proof that each of them was taken.
            Verdict::Done if is_for_many => self.claim(positions, &Claim::Said(Outcome::Applied)),
            Verdict::AlreadySo if is_for_many => {
                self.claim(positions, &Claim::Said(Outcome::AlreadySo));
            }
            Verdict::Done => self.conclude(positions, &Outcome::Applied),
            Verdict::AlreadySo => self.conclude(positions, &Outcome::AlreadySo),
            Verdict::Refused(problem)
                if positions.len() > 1 && ABOUT_ONE.contains(&problem.code.as_str()) =>
            {
                if self.halvings > 0 {
                    self.halvings -= 1;
                    return true;
                }
                self.conclude(positions, &Outcome::Failed(problem));
            }
            Verdict::Refused(problem) => self.conclude(positions, &Outcome::Refused(problem)),
            Verdict::Failed(problem) => self.conclude(positions, &Outcome::Failed(problem)),
            Verdict::SignIn(problem) => {
                let outcome = Outcome::Failed(problem);
                self.conclude(positions, &outcome);
                self.rest = Some(outcome);
            }
            Verdict::Unknown(problem) => match heard.wait() {
                // A service that names a time and longer than we wait is not asked what became of it, either.
                Some(asked) => match self.waits.next(Some(asked)) {
                    Some(wait) => {
                        tokio::time::sleep(wait).await;
                        self.lose(positions, problem);
                    }
                    None => self.leave_alone(positions, problem, asked),
                },
                None => self.lose(positions, problem),
            },
        }
        false
    }

    /// No answer came.
    fn silence(&mut self, positions: &[usize], error: &ConnectorError) {
        let problem = Problem {
            code: error.code().to_owned(),
            message: error.message.clone(),
            help: error.help.clone(),
        };
        match error.kind {
            ErrorKind::Unavailable(Some(asked)) => self.leave_alone(positions, problem, asked),
            ErrorKind::Unavailable(None) | ErrorKind::BadData => {
                let problem = Problem {
                    code: "no-answer".to_owned(),
                    ..problem
                };
                self.lose(positions, problem);
            }
            _ => {
                let outcome = Outcome::Failed(problem);
                self.conclude(positions, &outcome);
                self.rest = Some(outcome);
            }
        }
    }

    fn lose(&mut self, positions: &[usize], problem: Problem) {
        self.claim(positions, &Claim::Lost(problem));
        self.lost += 1;
        if self.lost >= MOST_LOST {
            self.rest = Some(Outcome::not_tried(
                "the API gives no answers; the next run goes on",
            ));
        }
    }

    fn leave_alone(&mut self, positions: &[usize], problem: Problem, asked: Duration) {
        self.conclude(positions, &Outcome::Failed(problem));
        self.asked_to_wait = Some(asked);
        self.rest = Some(Outcome::not_tried(&format!(
            "the API asked to wait {} seconds; a later run goes on",
            asked.as_secs()
        )));
    }

    fn claim(&mut self, positions: &[usize], claim: &Claim) {
        let claims = positions.iter().map(|position| (*position, claim.clone()));
        self.claims.extend(claims);
    }

    fn conclude(&mut self, positions: &[usize], outcome: &Outcome) {
        for position in positions {
            if let Some(place) = self.outcomes.get_mut(*position) {
                *place = Some(outcome.clone());
            }
        }
    }

    /// One outcome for each change, once what was lost has been looked at; and how long the API wants to be left alone.
    pub(super) async fn settled(mut self) -> (Vec<Outcome>, Option<Duration>) {
        if !self.claims.is_empty() {
            let claims = std::mem::take(&mut self.claims);
            // A service that wants to be left alone is not asked again.
            let may_ask = self.asked_to_wait.is_none();
            let (connection, list, changes) = (self.connection, self.list, self.changes);
            let waits = &mut self.waits;
            let found = settle(connection, list, changes, claims, may_ask, waits).await;
            for (position, outcome) in found.outcomes {
                self.conclude(&[position], &outcome);
            }
            self.asked_to_wait = self.asked_to_wait.or(found.asked_to_wait);
        }
        let unknown = || Outcome::not_tried("this change was not sent");
        let outcomes = self.outcomes.into_iter();
        let outcomes = outcomes.map(|outcome| outcome.unwrap_or_else(unknown));
        (outcomes.collect(), self.asked_to_wait)
    }
}

/// A request with its gaps filled; the slot that cannot be filled is the error.
pub(super) fn request(
    operation: &Operation,
    filling: &Filling<'_>,
    repeats: bool,
) -> Result<Request, Slot> {
    let (path, query) = operation.target.filled(filling)?;
    let body = operation
        .body
        .as_ref()
        .and_then(|body| body.filled(filling));
    let request = Request::new(operation.method.clone(), path, body);
    let request = query.into_iter().fold(request, |request, (name, value)| {
        request.query(&name, value)
    });
    Ok(if repeats {
        request.repeatable()
    } else {
        request
    })
}
