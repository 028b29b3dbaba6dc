//! Whether connections can be signed in to and read, and whether their rights are right.

use std::collections::BTreeSet;

use super::{Finding, Patient, Told, failed, told};
use crate::{
    connectors::ports::{
        WantedList,
        examination::{Level, Use},
    },
    definition::sync::{Direction, Sync},
    model::list::Side,
    read,
};

/// Looks at the connections of the syncs that somebody asks about; at all of them when that is every sync.
pub async fn connections(patient: Patient<'_>) -> Vec<Told> {
    let mut all = Vec::new();
    for name in connection_names(patient) {
        all.extend(connection(patient, name).await);
    }
    all
}

/// The names of the connections that are looked at.
pub fn connection_names(patient: Patient<'_>) -> Vec<&str> {
    let used = used(patient);
    let names = patient.definition.connections.keys();
    let names = names.map(String::as_str);
    names
        .filter(|name| patient.all || used.contains(name))
        .collect()
}

/// Looks at one connection.
pub async fn connection(patient: Patient<'_>, name: &str) -> Vec<Told> {
    let findings = one(patient, name, used(patient).contains(name)).await;
    told(&format!("connection {name}"), findings)
}

fn used(patient: Patient<'_>) -> BTreeSet<&str> {
    patient.asked.iter().flat_map(|sync| names(sync)).collect()
}

fn names(sync: &Sync) -> [&str; 2] {
    [&sync.source.connection, &sync.target.connection].map(String::as_str)
}

async fn one(patient: Patient<'_>, name: &str, is_used: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    match patient.doors.test(name) {
        Err(error) => return softened(vec![failed("settings", &error)], is_used),
        Ok(test) => {
            for line in test.test().await {
                findings.push(match &line.result {
                    Ok(found) => Finding::ok(line.what.clone(), found.clone()),
                    Err(error) => failed(&line.what, error),
                });
            }
        }
    }
    let uses = uses(patient, name);
    if let Ok(Some(examination)) = patient.doors.examination(name)
        && !uses.is_empty()
    {
        findings.extend(examination.examine(&uses, patient.all_known).await);
    }
    if !is_used {
        findings.push(Finding::note("use", "no sync uses this connection"));
    }
    softened(findings, is_used)
}

/// A connection that no sync uses cannot keep one from running.
fn softened(findings: Vec<Finding>, is_used: bool) -> Vec<Finding> {
    let soften = |finding: Finding| match finding.level {
        Level::Problem if !is_used => Finding {
            level: Level::Warning,
            ..finding
        },
        _ => finding,
    };
    findings.into_iter().map(soften).collect()
}

/// What every sync of the definition does with a connection.
fn uses(patient: Patient<'_>, connection: &str) -> Vec<Use> {
    let mut uses = Vec::new();
    for sync in &patient.definition.syncs {
        let asked = patient.asked.iter().any(|asked| asked.id == sync.id);
        // Any one of the lists that people are routed to stands for all of them.
        let one = sync.for_list("any");
        for side in [Side::Source, Side::Target] {
            let endpoint = match side {
                Side::Source => &one.source,
                Side::Target => &one.target,
            };
            if endpoint.connection != connection {
                continue;
            }
            let Ok(wanted) = read::written(&one, side) else {
                continue;
            };
            let left_out = endpoint.exclude_lists.first().map(|name| {
                let mut list = wanted.list.clone();
                list.list.clone_from(name);
                WantedList::of(list)
            });
            let writes = side == Side::Target || one.direction == Direction::TwoWay;
            let of = |wanted: WantedList, writes: bool| Use {
                sync: sync.id.clone(),
                wanted,
                writes,
                asked,
            };
            uses.push(of(wanted, writes));
            uses.extend(left_out.map(|wanted| of(wanted, false)));
        }
    }
    uses
}
