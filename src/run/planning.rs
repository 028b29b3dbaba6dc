//! What a run and every preview have in common: both lists read, and a plan of them.

use super::{
    Ports, RunError, lost,
    packages::{self, Packages},
    scope::Scope,
    work::borrow,
};
use crate::{
    definition::sync::Sync,
    history::{self, LoadedBaseline},
    model::{list::Sides, reading::Reading},
    plan::value::Plan,
    read,
};

/// What a plan is made of, and the plan.
pub type Planned = (Sides<Reading>, LoadedBaseline, Plan);

/// Reads both lists and plans, as every preview does. Writes nothing, not even history.
pub async fn read_and_plan(ports: Ports<'_>, sync: &Sync) -> Result<Planned, RunError> {
    let (readings, loaded, _, plan, _) = plan_whole(ports, sync, None).await?;
    Ok((readings, loaded, plan))
}

pub(super) type WholePlan = (
    Sides<Reading>,
    LoadedBaseline,
    Option<Scope>,
    Plan,
    Packages,
);

/// Reads both lists and plans. `run` is the run's id; a preview has none.
pub(super) async fn plan_whole(
    ports: Ports<'_>,
    sync: &Sync,
    run: Option<&str>,
) -> Result<WholePlan, RunError> {
    let open = read::open(ports.readers, sync).await?;
    let mut readings = read::both(&open, ports.watch).await?;
    let mut loaded = history::baseline(ports.stores, &sync.id, borrow(&readings)).await?;
    lost::refuse_lost(&readings, &loaded)?;
    if let (Some(baseline), Some(run)) = (&mut loaded.baseline, run) {
        baseline.read_anew_by(run, (ports.now)());
    }
    let scope = Scope::load(ports, sync).await?;
    let mut plan = read::plan(
        &open,
        sync,
        &mut readings,
        loaded.baseline.as_ref(),
        (ports.now)(),
        ports.watch,
    )
    .await?;
    let now = (ports.now)();
    let packages =
        packages::look(ports.stores, &sync.id, borrow(&readings), &mut plan, now).await?;
    scope.mark(&mut plan);
    Ok((readings, loaded, Some(scope), plan, packages))
}
