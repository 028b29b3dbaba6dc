//! A sync that routes people to many lists, taken apart: each list is a run of its own.

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
    let mut lists = read::routes(ports.readers, sync, ports.watch).await?;
    for known in agenda::lists_of(ports.stores, &sync.id).await? {
        let is_there = |list: &String| list.to_lowercase() == known.to_lowercase();
        if !lists.iter().any(is_there) {
            lists.push(known);
        }
    }
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
