//! From the text of a definition file to a [`Definition`], or every fault in it.

mod between;
mod circle;
mod connections;
mod endpoint;
mod extras;
mod mapping;
mod sync;
#[cfg(test)]
mod tests;

use super::{
    connection::ConnectionKind,
    fault::{Fault, Report},
    path::Path,
    raw::{RawFile, RawSync, forms::Object},
    read::read,
    sync::Definition,
};

/// Reads and validates a definition file. `kinds` are the kinds of connections there are.
///
/// All faults are reported at once; the same text always gives the same answer.
pub fn load(text: &str, kinds: &[ConnectionKind]) -> Result<Definition, Vec<Fault>> {
    let mut report = Report::default();
    let definition = read(text, &mut report).map(|raw| validated(&raw, kinds, &mut report));
    match definition {
        Some(definition) if report.is_empty() => Ok(definition),
        _ => Err(report.into_faults()),
    }
}

/// What the file means; complete only when `report` stays empty.
fn validated(raw: &RawFile, kinds: &[ConnectionKind], report: &mut Report) -> Definition {
    let top = Path::default();
    check_form(raw, report);
    let mut connections = connections::listed(raw.connections.as_ref(), kinds, report);
    let mut syncs = Vec::new();
    let mut used = Vec::new();
    for (raw, path, is_short) in raw_syncs(raw, &top) {
        if let Some(sync) = sync::validated(raw, &path, is_short, report) {
            used.extend(connections::used(raw, &path, &sync));
            syncs.push((path, sync));
        }
    }
    connections::check_used(&used, kinds, &mut connections, report);
    between::check(&syncs, report);
    Definition {
        connections,
        syncs: syncs.into_iter().map(|(_, sync)| sync).collect(),
    }
}

/// The syncs of either form, each with its place and whether it is the short form's.
fn raw_syncs<'a>(raw: &'a RawFile, top: &Path) -> Vec<(&'a RawSync, Path, bool)> {
    let list = top.key("syncs");
    let short = raw
        .sync
        .iter()
        .map(|Object(sync)| (sync, top.key("sync"), true));
    let long = raw.syncs.iter().flatten().enumerate();
    let long = long.map(|(index, Object(sync))| (sync, list.index(index), false));
    short.chain(long).collect()
}

fn check_form(raw: &RawFile, report: &mut Report) {
    let top = Path::default();
    let is_short = raw.sync.is_some();
    let is_long = raw.connections.is_some() || raw.syncs.is_some();
    if is_short && is_long {
        let message = "`sync` cannot stand beside `connections` or `syncs`\nmove it into `syncs` and give it an `id`";
        report.fault(&top.key("sync"), message);
    }
    if !is_short && !is_long && !report.is_cut(&top) {
        let message =
            "there is nothing in this file; allowed: `sync`, or `connections` and `syncs`";
        report.fault(&top, message);
    }
}
