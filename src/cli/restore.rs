//! `restore`: a run undone, or what undoing it would do.

use super::{
    Exit, Failure, Session,
    apply::{Runs, exit_of, ports, request, run_noted, told},
    now,
    plan::{Plans, show, view},
    print, print_json,
    progress::Progress,
};
use crate::{
    definition::sync::{Definition, Sync},
    history::{NotUndoable, undoable},
    run,
    store::ports::Stores,
};

/// Shows what undoing a run would do.
pub(super) async fn plan(session: &Session, undone: &str) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let stores = session.stores_to_look().await?;
    let sync = sync_of(&definition, &stores, undone).await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let progress = Progress::new();
    let planned = run::restore_plan(ports(&connections, &stores, &progress), &sync, undone).await;
    progress.finish();
    let preview = planned.map_err(|error| Failure::from(error).about(&sync.id))?;
    let exit = show(session, &preview);
    if session.json {
        let plans = vec![view(&preview)];
        print_json(&Plans { version: 1, plans })?;
    }
    Ok(exit)
}

/// Undoes a run.
pub(super) async fn apply(
    session: &Session,
    undone: &str,
    approve: Option<&str>,
) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let keep = session.keep()?;
    // Somebody who mistyped a run leaves nothing behind.
    let sync = sync_of(&definition, &session.stores_to_look().await?, undone).await?;
    let stores = session.stores().await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let user = session.user();
    let progress = Progress::new();
    let ports = ports(&connections, &stores, &progress);
    let cause = format!("restores run {undone} ({user})");
    let request = request(ports, cause, &user, approve);
    let finished = run_noted(ports, &connections, &sync, &request, Some(undone)).await;
    progress.finish();
    let finished = finished.map_err(|error| Failure::from(error).about(&sync.id))?;
    session.sweep(&stores, keep).await;
    if session.json {
        let runs = vec![&finished.summary];
        print_json(&Runs { version: 1, runs })?;
    } else {
        print(&told(&finished));
    }
    Ok(exit_of(&finished))
}

/// The sync of a run that can be undone, as it is defined now.
async fn sync_of(definition: &Definition, stores: &Stores, undone: &str) -> Result<Sync, Failure> {
    let refused = |message: String| Failure {
        exit: Exit::InvalidInput,
        message,
    };
    let found = undoable(stores, undone, Some(now())).await?;
    let found = found.map_err(|why: NotUndoable| refused(why.to_string()))?;
    let id = &found.summary.sync;
    let (name, list) = match id.split_once('/') {
        None => (id.as_str(), None),
        Some((name, list)) => (name, Some(list)),
    };
    let mut syncs = definition.syncs.iter();
    let sync = syncs.find(|sync| sync.id == name);
    let sync = sync.filter(|sync| sync.mapping.route.is_some() == list.is_some());
    let Some(sync) = sync else {
        return Err(refused(format!(
            "run `{undone}` is one of `{id}`, and there is no such sync any more\n\
             put back the definition of then, or put the lists right by hand"
        )));
    };
    Ok(match list {
        None => sync.clone(),
        Some(list) => sync.for_list(list),
    })
}
