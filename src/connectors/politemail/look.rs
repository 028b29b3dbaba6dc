//! Looks at the list around a write.
//!
//! It must not write. What is published says neither that a change shows at once nor that a listing is whole, so whatever
//! contradicts a "yes" is looked at a second time.

use super::{
    read::{OnList, contacts_of},
    settle::{self, Doing, Looks},
    write::{Job, Writer},
};
use crate::connectors::{
    http::Waits,
    ports::{ConnectorError, Unwatched},
};

impl Writer {
    /// Who is on the list now, or was at the last look when nothing was written since.
    pub(super) async fn look(
        &mut self,
        list: i32,
        waits: &mut Waits,
    ) -> Result<&OnList, ConnectorError> {
        let now = match self.on_list.take() {
            Some(known) => known,
            None => {
                let called = &self.wanted.list.list;
                contacts_of(&self.api, list, called, waits, &Unwatched).await?
            }
        };
        Ok(self.on_list.insert(now))
    }

    /// Who is on the list after it was written: looked at once, and once more after a short wait when that does not show
    /// what was said to be done.
    pub(super) async fn look_after(
        &mut self,
        doing: Doing,
        list: i32,
        jobs: &[Job<'_>],
        waits: &mut Waits,
    ) -> Result<(&OnList, Looks), ConnectorError> {
        self.on_list = None;
        let after = self.look(list, waits).await?;
        let is_contradicted =
            |job: &Job<'_>| settle::is_contradicted(doing, &job.address, &job.said, after);
        let mut looks = Looks::One;
        if jobs.iter().any(is_contradicted)
            && let Some(wait) = waits.next(None)
        {
            let first = self.on_list.take();
            tokio::time::sleep(wait).await;
            match self.look(list, waits).await {
                Ok(_) => looks = Looks::Two,
                Err(error) => {
                    tracing::debug!(%error, "there was no second look at the list");
                    self.on_list = first;
                }
            }
        }
        Ok((self.look(list, waits).await?, looks))
    }
}
