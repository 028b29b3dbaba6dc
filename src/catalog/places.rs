//! Where faults are, as seen by whoever put one definition beside others.

use super::Item;
use crate::definition::fault::Fault;

/// The faults with their places as seen from the item that was put, which stands at `own` in the whole; other syncs
/// are called by their ids: nobody outside knows their positions.
pub(super) fn about(own: &str, syncs: &[Item], faults: Vec<Fault>) -> Vec<Fault> {
    let inside = |path: &str| -> Option<String> {
        let rest = path.strip_prefix(own)?;
        let is_whole_step = rest.is_empty() || rest.starts_with(['.', '[']);
        is_whole_step.then(|| rest.trim_start_matches('.').to_owned())
    };
    let of_another = |path: &str| -> Option<String> {
        let (position, rest) = path.strip_prefix("syncs[")?.split_once(']')?;
        let item = syncs.get(position.parse::<usize>().ok()?)?;
        Some(format!("syncs.{}{rest}", item.name))
    };
    let mut faults = faults;
    for fault in &mut faults {
        if let Some(path) = inside(&fault.path).or_else(|| of_another(&fault.path)) {
            fault.path = path;
        }
    }
    faults
}

/// Where a connection stands in the whole, as faults say it: a name with a dot is quoted.
pub(super) fn connection_place(name: &str) -> String {
    if name.contains('.') {
        format!("connections[{name:?}]")
    } else {
        format!("connections.{name}")
    }
}
