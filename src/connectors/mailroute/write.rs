//! Writes the accounts of a list's domains: one hand-over of changes, one outcome for each.
//!
//! It must not know limits, and why a change is made.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    MailRouteConnection, May, add,
    api::{Api, asked_wait, problem, refused},
    domains::{self, Domain, Which},
    push, remove, update,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListWriter, Unwatched, Watch},
    },
    plan::{
        change::{Action, Change},
        outcome::Outcome,
    },
};

/// Writes one list.
pub(super) struct Writer {
    api: Api,
    may: May,
    which: Which,
    /// What the reading called the list.
    list_id: Option<String>,
    /// Its domains, once they were found.
    domains: Option<Vec<Domain>>,
    /// Whether MailRoute adds accounts in bulk, as far as it is known.
    in_bulk: bool,
    wait: Option<Duration>,
}

/// One hand-over of changes.
pub(super) struct Work<'a> {
    /// The API.
    pub(super) api: &'a Api,
    /// What the settings allow.
    pub(super) may: May,
    /// The list's domains.
    pub(super) domains: &'a [Domain],
    /// Whether MailRoute adds accounts in bulk, as far as it is known.
    pub(super) in_bulk: &'a mut bool,
    /// What is left of the patience.
    pub(super) waits: Waits,
    slots: Vec<Slot>,
}

/// The place of one change.
#[derive(Clone, Default)]
struct Slot {
    outcome: Option<Outcome>,
    /// Whether a request was made that may have had an effect.
    tried: bool,
}

/// A change, and which place its outcome has.
pub(super) type Placed<'a> = (usize, &'a Change);

impl Writer {
    /// The writer of these domains, if they are still the ones that were read.
    pub(super) fn new(
        connection: &MailRouteConnection,
        which: Which,
        list_id: Option<&str>,
    ) -> Self {
        Self {
            api: connection.api.clone(),
            may: connection.may,
            which,
            list_id: list_id.map(str::to_owned),
            domains: None,
            in_bulk: true,
            wait: None,
        }
    }

    async fn found(&mut self, waits: &mut Waits) -> Result<Vec<Domain>, ConnectorError> {
        if let Some(domains) = &self.domains {
            return Ok(domains.clone());
        }
        let (domains, doubts) = domains::find(&self.api, &self.which, waits, &Unwatched).await?;
        if let Some(doubt) = doubts.into_iter().next() {
            return Err(ConnectorError::new(ErrorKind::BadData, doubt));
        }
        let id = domains::list_id(&self.which, &domains);
        if self.list_id.is_some() && self.list_id != id {
            let message = "the domain at MailRoute is not the one that was read any more";
            return Err(
                ConnectorError::new(ErrorKind::NotFound, message).help("run the sync again")
            );
        }
        self.domains = Some(domains.clone());
        Ok(domains)
    }
}

#[async_trait]
impl ListWriter for Writer {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        let mut waits = self.api.start();
        match self.found(&mut waits).await {
            Ok(domains) => Ok(domains::list_id(&self.which, &domains)),
            Err(error) if error.kind == ErrorKind::NotFound => {
                let message = format!("{}; rollcall creates no domains", error.message);
                Err(ConnectorError::new(ErrorKind::Denied, message).help(
                    "add the domain at MailRoute: it needs mail servers, a customer and a policy",
                ))
            }
            Err(error) => Err(error),
        }
    }

    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        self.wait = None;
        if changes.is_empty() {
            return Vec::new();
        }
        let mut waits = self.api.start();
        let domains = match self.found(&mut waits).await {
            Ok(domains) => domains,
            Err(error) => {
                self.wait = asked_wait(&error);
                return vec![Outcome::Failed(problem(&error)); changes.len()];
            }
        };
        let mut work = Work {
            api: &self.api,
            may: self.may,
            domains: &domains,
            in_bulk: &mut self.in_bulk,
            waits,
            slots: vec![Slot::default(); changes.len()],
        };
        let placed: Vec<Placed<'_>> = changes.iter().enumerate().collect();
        let ended = if self.may.push {
            push::push(&mut work, &placed, watch).await
        } else {
            in_turn(&mut work, &placed).await
        };
        if let Err(error) = &ended {
            self.wait = asked_wait(error);
        }
        work.outcomes(ended.err().as_ref())
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        self.wait
    }
}

/// Nobody is removed before others are added.
async fn in_turn(work: &mut Work<'_>, changes: &[Placed<'_>]) -> Result<(), ConnectorError> {
    let of = |wanted: fn(&Action) -> bool| -> Vec<Placed<'_>> {
        let changes = changes.iter().copied();
        changes
            .filter(|(_, change)| wanted(&change.action))
            .collect()
    };
    refuse_invitations(work, changes);
    add::add(work, &of(|action| *action == Action::Add)).await?;
    update::update(work, &of(|action| matches!(action, Action::Update(_)))).await?;
    remove::remove(work, &of(|action| *action == Action::Remove)).await
}

/// There are no guests at MailRoute.
pub(super) fn refuse_invitations(work: &mut Work<'_>, changes: &[Placed<'_>]) {
    for (slot, change) in changes {
        if change.action == Action::Invite {
            let message = "nobody is invited to MailRoute";
            work.settle(*slot, refused("no-invitations", message, ""));
        }
    }
}

impl Work<'_> {
    /// Writes down what became of a change.
    pub(super) fn settle(&mut self, slot: usize, outcome: Outcome) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.outcome = Some(outcome);
        }
    }

    /// Notes that a request is about to be made that may have an effect.
    pub(super) fn tried(&mut self, slot: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.tried = true;
        }
    }

    /// Whether nobody has said yet what became of a change.
    pub(super) fn is_open(&self, slot: usize) -> bool {
        let slot = self.slots.get(slot);
        slot.is_some_and(|slot| slot.outcome.is_none())
    }

    /// One outcome for each change; `ended` says why not all of them were made.
    fn outcomes(self, ended: Option<&ConnectorError>) -> Vec<Outcome> {
        let slots = self.slots.into_iter();
        let outcomes = slots.map(|slot| match (slot.outcome, ended) {
            (Some(outcome), _) => outcome,
            (None, Some(error)) if slot.tried => Outcome::Failed(problem(error)),
            (None, Some(error)) => Outcome::not_tried(&error.message),
            (None, None) => Outcome::not_tried("nothing was done about it"),
        });
        outcomes.collect()
    }
}
