//! Finds out what became of changes whose answer was lost, or spoke for many: looks at the list again.

use std::{collections::BTreeSet, time::Duration};

use super::{
    RestConnection,
    list::Found,
    read::{Members, members},
    settings::Key,
    verdict::problem,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ErrorKind, Unwatched},
    },
    model::member::Member,
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
    },
};

/// How often the list is read: some platforms show a change only after a moment.
const LOOKS: usize = 2;

/// What is claimed of a change.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Claim {
    /// The answer was lost.
    Lost(Problem),
    /// The API said so, of many at a time.
    Said(Outcome),
}

/// What the list shows of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Done,
    NotDone,
    /// Somebody is not there, on a list that may not be whole.
    Perhaps,
}

/// What became of the claims.
pub(super) struct Settled {
    /// One outcome for each.
    pub(super) outcomes: Vec<(usize, Outcome)>,
    /// How long the API wants to be left alone.
    pub(super) asked_to_wait: Option<Duration>,
}

/// One outcome for each claim.
pub(super) async fn settle(
    connection: &RestConnection,
    list: &Found,
    changes: &[Change],
    mut claims: Vec<(usize, Claim)>,
    may_ask: bool,
    waits: &mut Waits,
) -> Settled {
    let mut outcomes = Vec::new();
    let mut why = "the API is left alone for now".to_owned();
    let looks = if may_ask { LOOKS } else { 0 };
    let mut seen = None;
    let mut asked_to_wait = None;
    for look in 0..looks {
        if look > 0 {
            let Some(wait) = waits.next(None) else { break };
            tokio::time::sleep(wait).await;
        }
        match members(connection, list, waits, &Unwatched).await {
            Ok(read) => {
                let key = connection.api.described.adds_by;
                claims.retain(|(position, claim)| {
                    let change = changes.get(*position);
                    let is_done =
                        change.is_some_and(|change| shown(&read, change, key) == Shown::Done);
                    if is_done {
                        outcomes.push((*position, proven(claim)));
                    }
                    !is_done
                });
                seen = Some(read);
            }
            Err(error) => {
                why = format!("the list could not be read again: {}", error.message);
                if let ErrorKind::Unavailable(asked) = error.kind {
                    asked_to_wait = asked;
                    break;
                }
            }
        }
        if claims.is_empty() {
            break;
        }
    }
    for (position, claim) in claims {
        let change = changes.get(position);
        let label = change.map_or("", |change| change.member.label());
        let shown = match (&seen, change) {
            (Some(read), Some(change)) => shown(read, change, connection.api.described.adds_by),
            _ => Shown::Perhaps,
        };
        let outcome = match (claim, shown) {
            (Claim::Said(_), Shown::Done | Shown::NotDone) => Outcome::Failed(problem(
                "not-taken",
                format!("the API took the request, and the list does not show it for `{label}`"),
                "the platform may refuse this member; look there",
            )),
            (Claim::Said(_), Shown::Perhaps) => Outcome::Failed(problem(
                "no-answer",
                format!("whether it was done for `{label}` is not known: {why}"),
                "the next run looks again",
            )),
            (Claim::Lost(problem), Shown::Perhaps) if seen.is_none() => Outcome::Failed(Problem {
                message: format!("{}; {why}", problem.message),
                ..problem
            }),
            (Claim::Lost(problem), _) => Outcome::Failed(problem),
        };
        outcomes.push((position, outcome));
    }
    Settled {
        outcomes,
        asked_to_wait,
    }
}

/// What a claim is worth once the list shows it.
fn proven(claim: &Claim) -> Outcome {
    match claim {
        Claim::Lost(_) => Outcome::Applied,
        Claim::Said(outcome) => outcome.clone(),
    }
}

fn shown(read: &Members, change: &Change, key: Key) -> Shown {
    let found = read
        .members
        .iter()
        .find(|member| is_same(member, change, key));
    let is_so = match (&change.action, found) {
        (Action::Remove, Some(_)) => false,
        (Action::Remove, None) if !read.doubts.is_empty() => return Shown::Perhaps,
        (Action::Remove, None) | (Action::Add, Some(_)) => true,
        (Action::Update(fields), Some(member)) => fields
            .iter()
            .all(|field| member.attributes.get(&field.field) == field.after.as_ref()),
        (Action::Add | Action::Invite | Action::Update(_), None) | (Action::Invite, _) => false,
    };
    if is_so { Shown::Done } else { Shown::NotDone }
}

/// Whether somebody on the list is who a change is about: by id, else by what members are added by.
fn is_same(member: &Member, change: &Change, key: Key) -> bool {
    let wanted = &change.member;
    if change.action != Action::Add
        && let (Some(id), Some(other)) = (&wanted.id, &member.id)
    {
        return id == other;
    }
    match key {
        Key::Address => shares(&wanted.addresses, &member.addresses),
        Key::Phone => shares(&wanted.phones, &member.phones),
    }
}

/// Only the first counts of whom a change is about: that is what the request said.
fn shares<T: Ord>(wanted: &[T], found: &[T]) -> bool {
    let found: BTreeSet<&T> = found.iter().collect();
    wanted.first().is_some_and(|wanted| found.contains(wanted))
}
