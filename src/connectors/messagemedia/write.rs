//! Writes the members of one list.
//!
//! It must not decide what is to be written. Every change ends in an outcome, and only a confirmed one is a success.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{add::Newcomer, api::Api, asked, contact::BlockList, lists::Made, update::Renewal};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListWriter, WantedList, Watch},
    },
    model::phone::PhoneNumber,
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
    },
};

/// So many contacts are made or changed at the same time. No limit is published; this is little enough for any.
const AT_ONCE: usize = 4;

/// Writes one list.
pub(super) struct Writer {
    pub(super) api: Api,
    pub(super) wanted: WantedList,
    /// The list's id, once it is known.
    pub(super) list: Option<String>,
    /// Who is on the list, as far as somebody looked.
    pub(super) on_list: Option<BTreeSet<String>>,
    /// The contacts of the account by number, once there were enough newcomers to make that worth reading.
    pub(super) by_phone: Option<BTreeMap<PhoneNumber, Vec<String>>>,
    pub(super) blocked: Option<BlockList>,
    /// The ids of custom fields by merge tag in lower case, once they were needed.
    pub(super) custom: Option<BTreeMap<String, String>>,
    /// How long MessageMedia wants to be left alone; said by the last hand-over.
    pub(super) asked_to_wait: Option<Duration>,
}

/// Why something was not done.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// With this one change.
    This(Outcome),
    /// With whatever would be asked next, too.
    Over(ConnectorError),
}

/// One contact that has to be seen to before, or instead of, a change of the list.
pub(super) enum Job {
    Newcomer(Newcomer),
    Renewal(Renewal),
}

/// A contact that was seen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ready {
    /// It can be put on the list; its id.
    ToBeAdded(String),
    /// There is nothing left to do.
    Done(Outcome),
}

impl Writer {
    pub(super) fn new(api: Api, wanted: WantedList, list: Option<String>) -> Self {
        Self {
            api,
            wanted,
            list,
            on_list: None,
            by_phone: None,
            blocked: None,
            custom: None,
            asked_to_wait: None,
        }
    }

    /// Does the jobs, a few at a time, each of the workers with a patience of its own. What stops one stops the rest.
    pub(super) async fn in_parallel(
        &mut self,
        jobs: Vec<(usize, Job)>,
        watch: &dyn Watch,
    ) -> Vec<(usize, Ready)> {
        let total = jobs.len();
        let queue = Mutex::new(jobs.into_iter());
        let done = Mutex::new(Vec::with_capacity(total));
        let over: Mutex<Option<ConnectorError>> = Mutex::new(None);
        let this = &*self;
        let workers = (0..AT_ONCE.min(total)).map(|_| async {
            let mut waits = this.api.web.start();
            loop {
                let Some((at, job)) = locked(&queue).next() else {
                    break;
                };
                let stopped = locked(&over).clone();
                let ready = match stopped {
                    Some(error) => Ready::Done(after(&error)),
                    None => match this.see_to(&job, &mut waits).await {
                        Ok(ready) => ready,
                        Err(Trouble::This(outcome)) => Ready::Done(outcome),
                        Err(Trouble::Over(error)) => {
                            let outcome = outcome_of(&error);
                            locked(&over).get_or_insert(error);
                            Ready::Done(outcome)
                        }
                    },
                };
                let count = {
                    let mut done = locked(&done);
                    done.push((at, ready));
                    done.len()
                };
                watch.progress("contacts seen to", count, Some(total));
            }
        });
        futures::future::join_all(workers).await;
        let over = over.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.asked_to_wait = over.as_ref().and_then(asked).or(self.asked_to_wait);
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn see_to(&self, job: &Job, waits: &mut Waits) -> Result<Ready, Trouble> {
        match job {
            Job::Newcomer(newcomer) => self.make_ready(newcomer, waits).await,
            Job::Renewal(renewal) => self.renew(renewal, waits).await.map(Ready::Done),
        }
    }

    /// Reads the block list once for this writer.
    pub(super) async fn need_block_list(
        &mut self,
        waits: &mut Waits,
    ) -> Result<(), ConnectorError> {
        if self.blocked.is_none() {
            self.blocked = Some(self.api.block_list(waits).await?);
        }
        Ok(())
    }

    /// Whether a number is blocked, as far as that is known.
    pub(super) fn is_blocked(&self, phone: &PhoneNumber) -> bool {
        self.blocked
            .as_ref()
            .is_some_and(|blocked| blocked.has(phone))
    }

    /// Finds or makes the custom fields that will be written. Those that cannot be had, with the reason.
    pub(super) async fn need_custom_fields(
        &mut self,
        tags: BTreeSet<&String>,
        waits: &mut Waits,
    ) -> Result<BTreeMap<String, ConnectorError>, ConnectorError> {
        let mut missing = BTreeMap::new();
        if tags.is_empty() {
            return Ok(missing);
        }
        let mut ids = match self.custom.take() {
            Some(ids) => ids,
            None => self.api.custom_fields(waits).await?,
        };
        for tag in tags {
            let key = tag.to_lowercase();
            if ids.contains_key(&key) {
                continue;
            }
            match self.api.create_custom_field(tag, waits).await {
                Ok(id) => {
                    ids.insert(key, id);
                }
                // Nothing else would be answered either.
                Err(error)
                    if matches!(error.kind, ErrorKind::Unavailable(_) | ErrorKind::SignIn) =>
                {
                    self.custom = Some(ids);
                    return Err(error);
                }
                Err(error) => {
                    missing.insert(tag.clone(), error);
                }
            }
        }
        self.custom = Some(ids);
        Ok(missing)
    }

    pub(super) fn custom_ids(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.custom.as_ref().unwrap_or(&NONE)
    }
}

#[async_trait]
impl ListWriter for Writer {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        let name = self.wanted.list.list.clone();
        let mut waits = self.api.web.start();
        let (id, made) = self.api.create_list(&name, &mut waits).await?;
        self.on_list = (made == Made::Now).then(BTreeSet::new);
        self.list = Some(id.clone());
        Ok(Some(id))
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
        let Some(list) = self.list.clone() else {
            return all(Outcome::not_tried("the list has not been created yet"));
        };
        let written = match first.action {
            Action::Add => self.add(&list, changes, watch).await,
            Action::Remove => self.remove(&list, changes, watch).await,
            Action::Update(_) => self.update(changes, watch).await,
            Action::Invite => Ok(all(refused(
                "guest-refused",
                "MessageMedia invites nobody",
                "add people by their numbers",
            ))),
        };
        written.unwrap_or_else(|error| {
            // Nothing was changed yet.
            self.asked_to_wait = asked(&error);
            all(outcome_of(&error))
        })
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        self.asked_to_wait
    }
}

/// Puts outcomes in the order of the changes; what has none was not tried.
pub(super) fn in_their_order(outcomes: Vec<Option<Outcome>>) -> Vec<Outcome> {
    let missing = || Outcome::not_tried("the change got lost on the way");
    let outcomes = outcomes.into_iter();
    outcomes
        .map(|outcome| outcome.unwrap_or_else(missing))
        .collect()
}

/// What an error means for the change it happened to.
pub(super) fn outcome_of(error: &ConnectorError) -> Outcome {
    let code = match error.kind {
        ErrorKind::BadData => "refused",
        _ => error.code(),
    };
    let problem = Problem {
        code: code.to_owned(),
        message: error.message.clone(),
        help: error.help.clone(),
    };
    match error.kind {
        ErrorKind::Unavailable(_) | ErrorKind::SignIn | ErrorKind::Io => Outcome::Failed(problem),
        _ => Outcome::Refused(problem),
    }
}

/// What an error means for the changes that would have come after it.
pub(super) fn after(error: &ConnectorError) -> Outcome {
    match error.kind {
        ErrorKind::Unavailable(_) => Outcome::not_tried("MessageMedia had stopped answering"),
        _ => outcome_of(error),
    }
}

/// Whether what was refused here would be refused to the next one too.
pub(super) fn trouble(error: ConnectorError) -> Trouble {
    match error.kind {
        ErrorKind::Unavailable(_) | ErrorKind::SignIn | ErrorKind::Denied => Trouble::Over(error),
        _ => Trouble::This(outcome_of(&error)),
    }
}

pub(super) fn refused(code: &str, message: impl Into<String>, help: &str) -> Outcome {
    Outcome::Refused(Problem {
        code: code.to_owned(),
        message: message.into(),
        help: Some(help.to_owned()),
    })
}

/// Somebody who must not be written to.
pub(super) fn opted_out() -> Outcome {
    refused(
        "opted-out",
        "the person unsubscribed, or the number is on the account's block list",
        "nobody is added against that; the person can subscribe again",
    )
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
