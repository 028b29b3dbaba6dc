//! A sync that routes people to many lists, taken apart: each list is a run of its own.

use std::collections::BTreeMap;

use super::{Ports, RunError};
use crate::{
    agenda,
    connectors::ports::{ConnectorError, ErrorKind},
    definition::sync::Sync,
    read,
};

/// More lists than this come from an attribute that names people, not lists.
const MOST_LISTS: usize = 1000;

/// The lists a sync routes people to now, and those it routed people to before: who left the last of them is taken out
/// there. Sorted; none for a sync that routes nobody. Reads the source.
pub async fn lists(ports: Ports<'_>, sync: &Sync) -> Result<Vec<String>, RunError> {
    let Some(rule) = &sync.mapping.route else {
        return Ok(Vec::new());
    };
    // A list stays the one that is known, however its name is spelled now: another name would be a list without
    // history, baseline or pause.
    let known = agenda::lists_of(ports.stores, &sync.id).await?;
    let found = read::routes(ports.readers, sync, ports.watch).await?;
    let mut lists: BTreeMap<String, String> = BTreeMap::new();
    for list in known.into_iter().chain(found) {
        lists.entry(list.to_lowercase()).or_insert(list);
    }
    let mut lists: Vec<String> = lists.into_values().collect();
    lists.sort_unstable();
    if lists.len() > MOST_LISTS {
        let message = format!(
            "`{}` names {} lists; at most {MOST_LISTS}",
            rule.attribute,
            lists.len()
        );
        let error = ConnectorError::new(ErrorKind::Settings, message);
        let error = error.help("route by an attribute that many people share");
        return Err(error.into());
    }
    Ok(lists)
}
