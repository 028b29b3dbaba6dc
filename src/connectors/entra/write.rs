//! Writes the members of one group, and the fields of people that a sync was given.
//!
//! It must not decide what is to be written. Every change ends in an outcome, and only a confirmed one is a success.

use std::time::Duration;

use async_trait::async_trait;

use super::{graph::Graph, people::is_user, settings::is_object_id, verdict::Doing, work::Pace};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ListWriter, WantedList, Watch},
    },
    model::member::Kind,
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
    },
};

/// Writes one list.
pub struct EntraWriter {
    /// The way to Microsoft Graph.
    pub(super) graph: Graph,
    /// The list.
    pub(super) wanted: WantedList,
    /// The group's object id, once it is known.
    pub(super) group: Option<String>,
    /// How long servers are still given to hear of a group that this writer created.
    pub(super) young: Option<Waits>,
    /// How many members travel together.
    pub(super) pace: Pace,
    /// Whether somebody's fields could be changed: it tells a missing permission from a protected person.
    pub(super) changed_somebody: bool,
    /// How long Microsoft Graph wants to be left alone; said by the last hand-over.
    pub(super) asked_to_wait: Option<Duration>,
}

impl EntraWriter {
    /// A writer of the group with this id, or of one that is created first.
    pub(super) fn new(graph: Graph, wanted: WantedList, group: Option<String>) -> Self {
        Self {
            pace: Pace::new(graph.batch.patches_per_batch),
            graph,
            wanted,
            group,
            young: None,
            changed_somebody: false,
            asked_to_wait: None,
        }
    }
}

#[async_trait]
impl ListWriter for EntraWriter {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        self.create().await.map(Some)
    }

    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        let all = |outcome: Outcome| vec![outcome; changes.len()];
        let Some(first) = changes.first() else {
            return Vec::new();
        };
        self.asked_to_wait = None;
        let kind = std::mem::discriminant(&first.action);
        if changes
            .iter()
            .any(|change| std::mem::discriminant(&change.action) != kind)
        {
            return all(Outcome::not_tried(
                "changes of several kinds were handed over together",
            ));
        }
        let doing = match first.action {
            Action::Update(_) if self.wanted.given.is_empty() => {
                return all(refused(
                    "not-updatable",
                    "attributes of people in Entra ID are not written",
                    "change them where they come from, or leave these fields out of the mapping",
                ));
            }
            Action::Update(_) => return self.update(changes, watch).await,
            Action::Invite => None,
            Action::Add => Some(Doing::Adding),
            Action::Remove => Some(Doing::Removing),
        };
        if self.wanted.list.list.is_empty() {
            return all(refused(
                "not-a-list",
                "nobody is added to the directory itself or removed from it",
                "name a group as the list of this sync",
            ));
        }
        let Some(group) = self.group.clone() else {
            return all(Outcome::not_tried("the group has not been created yet"));
        };
        let Some(doing) = doing else {
            return self.invite(&group, changes, watch).await;
        };
        let members: Vec<_> = changes.iter().map(object_id).collect();
        self.settle(doing, &group, &members, watch).await
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        self.asked_to_wait
    }
}

/// The object to add, remove or change. Nested groups, devices and the like are left alone, whoever asks.
pub(super) fn object_id(change: &Change) -> Result<String, Outcome> {
    // A contact or a group can be read as an entry of a list; it is no account.
    if change.member.kind != Kind::Person || !is_user(&change.member) {
        return Err(refused(
            "not-a-person",
            "only people are added, changed and removed",
            "change contacts, nested groups, devices and the like in the Entra admin centre",
        ));
    }
    match change.member.id.as_ref().map(|id| id.as_str()) {
        Some(id) if is_object_id(id) => Ok(id.to_owned()),
        _ => Err(refused(
            "no-object-id",
            "the directory object of this member is not known",
            "sync with a source whose people can be found in the directory",
        )),
    }
}

/// A refusal without a request.
pub(super) fn refused(code: &str, message: &str, help: &str) -> Outcome {
    Outcome::Refused(Problem {
        code: code.to_owned(),
        message: message.to_owned(),
        help: Some(help.to_owned()),
    })
}

/// A connector's error as the problem of a change.
pub(super) fn problem_of(error: &ConnectorError) -> Problem {
    Problem {
        code: error.code().to_owned(),
        message: error.message.clone(),
        help: error.help.clone(),
    }
}
