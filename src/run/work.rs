//! The second half of a run: from the reviewed plan to what is written down.

use jiff::Timestamp;

use super::{
    Finished, Ports, RunError, RunRequest, earlier,
    keeper::Keeper,
    packages::{HandsOver, Packages},
    restoring::{self, What},
    scope::Scope,
};
use crate::{
    apply::{self, Applied, OpenWriters, Pulse, Stop},
    connectors::ports::{ConnectorError, ListWriter, Writers, meter},
    definition::sync::Sync,
    history::{self, LoadedBaseline, RunFile},
    model::{
        baseline::Baseline,
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{
        change::Change,
        handed::PackageNote,
        review::{Approved, Held},
    },
    read,
    reconcile::{
        remember::{next_baseline, with_earlier},
        restore::forget,
    },
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
    /// What the sync is about; a restore says nothing of it.
    pub(super) scope: Option<Scope>,
    /// The last packages of lists that an administrator changes.
    pub(super) packages: Packages,
    /// What an earlier attempt at this run had done before it died.
    pub(super) earlier: Vec<Change>,
}

impl Work<'_> {
    /// Opens a writer for each list that is written, and none for the others. For a list that an administrator changes
    /// there is one that writes nothing.
    pub(super) async fn open_writers(
        &self,
        writers: &dyn Writers,
        approved: &Approved,
    ) -> Result<OpenWriters, ConnectorError> {
        let mut open = OpenWriters::default();
        for side in apply::written_sides(approved) {
            let reading = self.readings.of(side);
            if reading.capabilities.hand_over.is_some() {
                *open.of_mut(side) = Some(self.hands_over(false));
                continue;
            }
            let list_id = reading.list_id.as_deref();
            *open.of_mut(side) = Some(
                writers
                    .writer(&read::written(self.sync, side)?, list_id)
                    .await?,
            );
        }
        Ok(open)
    }

    fn hands_over(&self, is_made: bool) -> Box<dyn ListWriter> {
        Box::new(HandsOver {
            run: self.request.run.clone(),
            now: (self.ports.now)(),
            is_made,
        })
    }

    /// Keeps plan and snapshot, makes the package for an administrator, then writes. Gives what is to be told of
    /// packages.
    pub(super) async fn write(
        &self,
        approved: &Approved,
        mut open: OpenWriters,
    ) -> Result<(Applied, Vec<PackageNote>), RunError> {
        let Ports { stores, watch, .. } = self.ports;
        let (doors, run) = ((self.ports, self.keeper), self.run());
        if let Some(scope) = &self.scope {
            scope.keep_unasked(doors, run, approved.plan()).await?;
        }
        if approved.plan().is_empty() {
            let notes = self.packages.notes(&self.request.run, Vec::new());
            return Ok((Applied::nothing(), notes));
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
        // Whoever lost the lists, or has no time left, leaves it to the next run.
        let made = if self.packages.are_looked_at() && pulse.may_go_on().await.is_ok() {
            self.make_packages(approved).await?
        } else {
            Vec::new()
        };
        for note in &made {
            *open.of_mut(note.side) = Some(self.hands_over(true));
        }
        let applied = apply::apply(approved, &mut open, capabilities, &mut pulse, watch).await;
        Ok((applied, self.packages.notes(&self.request.run, made)))
    }

    async fn make_packages(&self, approved: &Approved) -> Result<Vec<PackageNote>, StoreError> {
        let (stores, now) = (self.ports.stores, (self.ports.now)());
        let (sync, run) = (&self.sync.id, &self.request.run);
        self.packages
            .make(stores, sync, run, approved, borrow(&self.readings), now)
            .await
    }

    /// Writes down what happened: outcomes, baseline, summary. The baseline before the summary, so that a run the
    /// history calls ended has left nothing behind.
    pub(super) async fn write_down(
        mut self,
        mut summary: Summary,
        approved: Approved,
        held: Option<Held>,
        (applied, packages): (Applied, Vec<PackageNote>),
    ) -> Result<Finished, RunError> {
        let plan = approved.plan();
        // Not held for it: so its changes were approved, and all of them were tried.
        let approved_anew = !plan.redefined.is_empty()
            && !plan.is_empty()
            && held.is_none()
            && applied.stop.is_none();
        if let Some(creation) = &applied.creation {
            summary = summary.creation(creation);
        }
        match &applied.stop {
            Some(Stop::Deadline) => summary.cut_short = true,
            Some(Stop::Wait(wait)) => summary.asked_to_wait = Some(wait.as_secs()),
            Some(Stop::Lost(_)) | None => {}
        }
        let summary = summary
            .with_packages(packages)
            .ended(plan, held, &applied.outcomes, (self.ports.now)())
            .with_earlier(&self.earlier)
            .with_traffic(meter::so_far());
        for side in [Side::Source, Side::Target] {
            if let Some(id) = applied.created.of(side) {
                self.readings.of_mut(side).list_id = Some(id.clone());
            }
        }
        let next = next_baseline(
            borrow(&self.readings),
            plan,
            &applied.outcomes,
            self.loaded.baseline.as_ref(),
            &self.request.run,
            (self.ports.now)(),
        );
        let mut next = with_earlier(
            next,
            &self.earlier,
            borrow(&self.readings),
            self.loaded.baseline.as_ref(),
            &self.request.run,
            (self.ports.now)(),
        );
        self.packages.credit(&mut next);
        if self.what.undone().is_some() {
            let old = self.loaded.baseline.as_ref();
            forget(&mut next, old, plan, &applied.outcomes);
        }
        let file = earlier::file(&self.earlier, plan, Some(&applied.outcomes));
        let recorded = self.record(&summary, &file, &next, approved_anew).await;
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
        approved_anew: bool,
    ) -> Result<(), StoreError> {
        let (stores, (sync, run)) = (self.ports.stores, self.run());
        if !file.plan.is_empty() || !file.plan.withheld.is_empty() {
            history::keep_run_file(stores, sync, run, file).await?;
        }
        // Whoever took over the lists writes the baseline. This run saw them before that.
        // Where nothing was agreed on yet a restore agrees on nothing: the next run stays the first one. What is known of
        // earlier lists is no agreement, and stays known without this.
        let known = self.loaded.baseline.as_ref();
        let agrees =
            self.what.undone().is_none() || known.is_some_and(|known| !known.of_other_lists);
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
        if let Some(scope) = self.scope.as_ref().filter(|_| approved_anew) {
            let doors = (self.ports, self.keeper);
            scope.keep_approved(doors, (sync, run)).await?;
        }
        self.packages.close(stores, sync, &summary.packages).await?;
        history::end(stores, summary).await
    }

    /// The sync and the run, by their ids.
    fn run(&self) -> (&str, &str) {
        (&self.sync.id, &self.request.run)
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
