//! Writes a list: one request for each member, or for many at a time, as the settings say.
//!
//! Only an answer that the settings call a success is one; what became of a lost one is for `settle` to find out.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    RestConnection,
    list::{self, Found},
    read::{capabilities, members},
    template::Slot,
    work::Work,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListWriter, Unwatched, WantedList, Watch},
    },
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
    },
};

/// Writes one list.
pub(super) struct Writer {
    pub(super) connection: RestConnection,
    pub(super) wanted: WantedList,
    pub(super) list_id: Option<String>,
    pub(super) asked_to_wait: Option<Duration>,
}

#[async_trait]
impl ListWriter for Writer {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        let id = self.create().await?;
        self.list_id = Some(id.clone());
        Ok(Some(id))
    }

    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        self.asked_to_wait = None;
        match self.try_write(changes, watch).await {
            Ok(outcomes) => outcomes,
            Err(outcome) => vec![outcome; changes.len()],
        }
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        self.asked_to_wait
    }
}

impl Writer {
    async fn try_write(
        &mut self,
        changes: &[Change],
        watch: &dyn Watch,
    ) -> Result<Vec<Outcome>, Outcome> {
        let connection = self.connection.clone();
        let api = &*connection.api;
        if let Some(why) = capabilities(api).read_only {
            return Err(Outcome::Refused(no_help("read-only", why)));
        }
        let described = &api.described;
        let operation = match changes.first().map(|change| &change.action) {
            None => return Ok(Vec::new()),
            Some(Action::Add) => &described.add,
            Some(Action::Remove) => &described.remove,
            Some(Action::Update(_)) => &described.update,
            Some(Action::Invite) => &None,
        };
        let Some(operation) = operation else {
            let why = "the connection's settings do not say how this is done";
            return Err(Outcome::Refused(no_help("not-supported", why.to_owned())));
        };
        let mut waits = api.start();
        let list = self.list(&mut waits).await;
        let list = list.map_err(|error| self.failed(&error))?;
        let names_ids = operation.slots().contains(&&Slot::Id);
        if names_ids && !connection.spellings.knows(&list.id) {
            let read = members(&connection, &list, &mut waits, &Unwatched).await;
            read.map_err(|error| self.failed(&error))?;
        }
        let mut work = Work::new(&connection, operation, &list, changes, waits);
        work.all(watch).await;
        let (outcomes, asked_to_wait) = work.settled().await;
        self.asked_to_wait = asked_to_wait;
        Ok(outcomes)
    }

    /// The outcome of every change where nothing could be sent.
    fn failed(&mut self, error: &ConnectorError) -> Outcome {
        if let ErrorKind::Unavailable(asked) = error.kind {
            self.asked_to_wait = asked;
        }
        Outcome::Failed(Problem {
            code: error.code().to_owned(),
            message: error.message.clone(),
            help: error.help.clone(),
        })
    }

    async fn list(&self, waits: &mut Waits) -> Result<Found, ConnectorError> {
        let name = &self.wanted.list.list;
        match &self.list_id {
            Some(id) => Ok(Found {
                id: id.clone(),
                name: name.clone(),
            }),
            None => {
                let found = list::named(&self.connection.api, name, waits, &Unwatched).await?;
                found.ok_or_else(|| list::not_there(name))
            }
        }
    }
}

fn no_help(code: &str, message: String) -> Problem {
    Problem {
        code: code.to_owned(),
        message,
        help: None,
    }
}
