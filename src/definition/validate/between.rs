//! What syncs must not do to each other, or to themselves.

use std::collections::BTreeMap;

use super::circle;
use crate::definition::{
    fault::Report,
    path::Path,
    sync::{Direction, Endpoint, Mode, Sync},
    words::quoted,
};

/// A list by connection and name, the name folded; empty for a connection as a whole.
pub(super) type Place = (String, String);

/// Checks all syncs against each other.
pub(super) fn check(syncs: &[(Path, Sync)], report: &mut Report) {
    let mut ids: BTreeMap<&str, &Path> = BTreeMap::new();
    let mut written: BTreeMap<Place, &Sync> = BTreeMap::new();
    for (path, sync) in syncs {
        if let Some(first) = ids.get(sync.id.as_str()) {
            let message = format!(
                "the id {} is taken by `{}`",
                quoted(&sync.id),
                report.cuts.original(first)
            );
            report.fault(&path.key("id"), message);
        } else if !sync.id.is_empty() {
            ids.insert(&sync.id, path);
        }
        let targets = targets(sync);
        if let Some((_, list)) = sources(sync)
            .into_iter()
            .find(|place| targets.contains(place))
        {
            let list = if list.is_empty() {
                &sync.target.connection
            } else {
                &list
            };
            let message = format!("{} is source and target at once", quoted(list));
            report.fault(path, message);
        }
        if sync.direction != Direction::OneWay
            || sync.mode != Mode::Mirror
            || report.is_cut(&path.key("direction"))
            || report.is_cut(&path.key("mode"))
        {
            continue;
        }
        for place in targets {
            match written.get(&place) {
                Some(first) => {
                    let message = format!(
                        "{} mirrors onto the same list: each would undo what the other did\nread both sources in one sync, or say `\"mode\": \"add-only\"`",
                        quoted(&first.id)
                    );
                    report.fault(&path.key("target"), message);
                }
                None => {
                    written.insert(place, sync);
                }
            }
        }
    }
    circle::check(syncs, report);
}

/// The lists a sync reads first.
pub(super) fn sources(sync: &Sync) -> Vec<Place> {
    places(&sync.source)
}

/// The lists a sync writes, as far as the file names them: where people are routed is known only at run time.
pub(super) fn targets(sync: &Sync) -> Vec<Place> {
    if sync.mapping.route.is_some() {
        return Vec::new();
    }
    places(&sync.target)
}

fn places(endpoint: &Endpoint) -> Vec<Place> {
    // A side that could not be read is nowhere.
    if endpoint.connection.is_empty() {
        return Vec::new();
    }
    let place = |list: &str| (endpoint.connection.clone(), list.to_lowercase());
    if endpoint.lists.is_empty() {
        return vec![place("")];
    }
    endpoint.lists.iter().map(|list| place(list)).collect()
}
