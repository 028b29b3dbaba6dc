//! The second half of a run: from the reviewed plan to what is written down.

use jiff::Timestamp;

use super::{
    Finished, Ports, RunError, RunRequest, earlier,
    keeper::Keeper,
    restoring::{self, What},
};
use crate::{
    apply::{self, Applied, OpenWriters, Pulse, Stop},
    connectors::ports::{ConnectorError, Writers},
    definition::sync::Sync,
    history::{self, LoadedBaseline, RunFile},
    model::{
        baseline::Baseline,
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{
        change::Change,
        review::{Approved, Held},
    },
    read,
    reconcile::{remember::next_baseline, restore::forget},
    store::ports::StoreError,
    summary::Summary,
};

/// What the second half of a run works with.
pub(super) struct Work<'a> {
    pub(super) ports: Ports<'a>,
    pub(super) sync: &'a Sync,
    pub(super) request: &'a RunRequest,
    pub(super) what: What<'a>,
    pub(super) keeper: &'a Keeper,
    pub(super) readings: Sides<Reading>,
    pub(super) loaded: LoadedBaseline,
    /// What an earlier attempt at this run had done before it died.
    pub(super) earlier: Vec<Change>,
}

impl Work<'_> {
    /// Opens a writer for each list that is written, and none for the others.
    pub(super) async fn open_writers(
        &self,
        writers: &dyn Writers,
        approved: &Approved,
    ) -> Result<OpenWriters, ConnectorError> {
        let mut open = OpenWriters::default();
        for side in apply::written_sides(approved) {
            let list_id = self.readings.of(side).list_id.as_deref();
            *open.of_mut(side) = Some(
                writers
                    .writer(&read::written(self.sync, side)?, list_id)
                    .await?,
            );
        }
        Ok(open)
    }

    /// Keeps plan and snapshot, then writes.
    pub(super) async fn write(
        &self,
        approved: &Approved,
        mut open: OpenWriters,
    ) -> Result<Applied, RunError> {
        let Ports { stores, watch, .. } = self.ports;
        if approved.plan().is_empty() {
            return Ok(Applied::nothing());
        }
        if let Some(undone) = self.what.undone() {
            restoring::pause(self.ports, self.sync, undone, &self.request.run).await?;
        }
        let file = earlier::file(&self.earlier, approved.plan(), None);
        history::keep_run_file(stores, &self.sync.id, &self.request.run, &file).await?;
        history::keep_snapshot(
            stores,
            &self.sync.id,
            &self.request.run,
            borrow(&self.readings),
        )
        .await?;
        let capabilities = Sides {
            source: &self.readings.source.capabilities,
            target: &self.readings.target.capabilities,
        };
        let mut pulse = RunPulse {
            keeper: self.keeper,
            ports: self.ports,
            deadline: self.request.deadline,
        };
        Ok(apply::apply(approved, &mut open, capabilities, &mut pulse, watch).await)
    }

    /// Writes down what happened: outcomes, baseline, summary. The baseline before the summary, so that a run the
    /// history calls ended has left nothing behind.
    pub(super) async fn write_down(
        mut self,
        mut summary: Summary,
        approved: Approved,
        held: Option<Held>,
        applied: Applied,
    ) -> Result<Finished, RunError> {
        let plan = approved.plan();
        if let Some(creation) = &applied.creation {
            summary = summary.creation(creation);
        }
        match &applied.stop {
            Some(Stop::Deadline) => summary.cut_short = true,
            Some(Stop::Wait(wait)) => summary.asked_to_wait = Some(wait.as_secs()),
            Some(Stop::Lost(_)) | None => {}
        }
        let summary = summary
            .ended(plan, held, &applied.outcomes, (self.ports.now)())
            .with_earlier(&self.earlier);
        for side in [Side::Source, Side::Target] {
            if let Some(id) = applied.created.of(side) {
                self.readings.of_mut(side).list_id = Some(id.clone());
            }
        }
        let mut next = next_baseline(
            borrow(&self.readings),
            plan,
            &applied.outcomes,
            self.loaded.baseline.as_ref(),
            &self.request.run,
            (self.ports.now)(),
        );
        if self.what.undone().is_some() {
            let old = self.loaded.baseline.as_ref();
            forget(&mut next, old, plan, &applied.outcomes);
        }
        let file = earlier::file(&self.earlier, plan, Some(&applied.outcomes));
        let recorded = self.record(&summary, &file, &next).await;
        match recorded {
            Ok(()) => Ok(Finished {
                summary,
                file: Some(file),
                stopped_by: None,
            }),
            Err(error) => Err(RunError::NotRecorded {
                summary: Box::new(summary),
                error,
            }),
        }
    }

    async fn record(
        &self,
        summary: &Summary,
        file: &RunFile,
        next: &Baseline,
    ) -> Result<(), StoreError> {
        let (stores, sync, run) = (self.ports.stores, &self.sync.id, &self.request.run);
        if !file.plan.is_empty() || !file.plan.withheld.is_empty() {
            history::keep_run_file(stores, sync, run, file).await?;
        }
        // Whoever took over the lists writes the baseline. This run saw them before that.
        // Where nothing was agreed on yet a restore agrees on nothing: the next run stays the first one.
        let agrees = self.what.undone().is_none() || self.loaded.baseline.is_some();
        let is_new = agrees && !self.loaded.is_still(borrow(&self.readings), next);
        if is_new && !self.keeper.is_lost(self.ports).await {
            let token = self.keeper.token();
            history::keep_baseline(
                stores,
                sync,
                run,
                token,
                borrow(&self.readings),
                &self.loaded,
                next,
            )
            .await?;
        }
        history::end(stores, summary).await
    }
}

pub(super) fn borrow(readings: &Sides<Reading>) -> Sides<&Reading> {
    Sides {
        source: &readings.source,
        target: &readings.target,
    }
}

/// A run may go on while its leases are ours and its deadline is ahead.
struct RunPulse<'a> {
    keeper: &'a Keeper,
    ports: Ports<'a>,
    deadline: Option<Timestamp>,
}

#[async_trait::async_trait]
impl Pulse for RunPulse<'_> {
    async fn may_go_on(&mut self) -> Result<(), Stop> {
        if self
            .deadline
            .is_some_and(|deadline| deadline <= (self.ports.now)())
        {
            return Err(Stop::Deadline);
        }
        self.keeper.renew(self.ports).await.map_err(Stop::Lost)
    }
}
