//! Whether the lists of syncs can be read and written, and what a run of each would do.

use super::{Finding, Patient, Told, advice, failed, limits, list, said, told};
use crate::{
    definition::sync::Sync,
    read::ReadOnce,
    run::{self, Ports, RunError},
};

/// Looks at every sync that somebody asks about; of one that routes people to many lists, at each of these.
pub async fn syncs(patient: Patient<'_>) -> Vec<Told> {
    let mut all = Vec::new();
    for sync in patient.asked {
        let about = format!("sync {}", sync.id);
        all.extend(told(&about, advice::of_definition(sync, (patient.now)())));
        // People are routed to many lists from one source.
        let readers = ReadOnce::of(patient.doors.readers(), &sync.source.connection);
        let ports = Ports {
            readers: &readers,
            stores: patient.stores,
            watch: patient.watch,
            now: patient.now,
            lease: run::LEASE,
        };
        match each_list(ports, sync, patient.list).await {
            Ok(lists) if lists.is_empty() => {
                let found = "people are routed to no list: nobody passes the filter, or nobody has the attribute";
                all.extend(told(&about, [Finding::warning("lists", found)]));
            }
            Ok(lists) => {
                for sync in &lists {
                    let about = format!("sync {}", sync.id);
                    all.extend(told(&about, list::look(patient, ports, sync).await));
                }
            }
            Err(error) => all.extend(told(&about, [broken(&error)])),
        }
        all.extend(told(&about, limits::of_definition(sync)));
    }
    all
}

async fn each_list(
    ports: Ports<'_>,
    sync: &Sync,
    list: Option<&str>,
) -> Result<Vec<Sync>, RunError> {
    if sync.mapping.route.is_none() {
        return Ok(vec![sync.clone()]);
    }
    let lists = match list {
        Some(list) => vec![list.to_owned()],
        None => run::lists(ports, sync).await?,
    };
    Ok(lists.iter().map(|list| sync.for_list(list)).collect())
}

/// Why lists could not be read.
pub(super) fn broken(error: &RunError) -> Finding {
    match error {
        RunError::Connection(error) => failed("lists", error),
        error => said("lists", &error.to_string()),
    }
}
