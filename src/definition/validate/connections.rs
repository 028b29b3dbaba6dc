//! The connections: which are listed, whether their settings suit their kind, which are used without being listed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::definition::{
    connection::ConnectionKind,
    fault::Report,
    path::{Path, Step},
    raw::{RawSync, forms::TextOr},
    sync::{Connection, Sync},
    words::{did_you_mean, found, listed as in_words, quoted},
};

/// The connections the file lists, by name.
pub(super) fn listed(
    raw: Option<&BTreeMap<String, Value>>,
    kinds: &[ConnectionKind],
    report: &mut Report,
) -> BTreeMap<String, Connection> {
    let top = Path::default().key("connections");
    let mut connections = BTreeMap::new();
    for (name, node) in raw.into_iter().flatten() {
        let path = top.key(name);
        check_name(name, &path, report);
        let kind = kind_of(name, node, &path, kinds, report);
        let settings = match node {
            Value::Object(entries) => {
                let mut settings = entries.clone();
                settings.remove("type");
                Value::Object(settings)
            }
            _ => Value::Object(Map::new()),
        };
        if let (Some(kind), true) = (kind, node.is_object()) {
            for (inside, message) in (kind.check)(&settings) {
                report.fault(&join(&path, &inside), message);
            }
        }
        // One with a fault stays listed: it must not be reported as unknown as well.
        let connection = Connection {
            name: name.clone(),
            kind: kind.map_or_else(String::new, |kind| kind.name.to_owned()),
            settings,
        };
        connections.insert(name.clone(), connection);
    }
    connections
}

/// Where a sync names its two connections.
pub(super) fn used(raw: &RawSync, path: &Path, sync: &Sync) -> [(Path, String); 2] {
    [
        ("source", &raw.source, &sync.source),
        ("target", &raw.target, &sync.target),
    ]
    .map(|(side, raw, endpoint)| {
        let path = path.key(side);
        let path = match raw {
            Some(TextOr::Object(_)) => path.key("connection"),
            _ => path,
        };
        (path, endpoint.connection.clone())
    })
}

/// Checks that every connection in use is there, and adds those that need not be listed.
pub(super) fn check_used(
    used: &[(Path, String)],
    kinds: &[ConnectionKind],
    connections: &mut BTreeMap<String, Connection>,
    report: &mut Report,
) {
    let top = Path::default().key("connections");
    for (path, name) in used {
        // An empty name has its own fault, and so has a connection that was cut out.
        let is_known =
            name.is_empty() || connections.contains_key(name) || report.is_cut(&top.key(name));
        if is_known {
            continue;
        }
        let implicit = kinds.iter().find(|kind| kind.name == name && kind.implicit);
        let Some(kind) = implicit else {
            report.fault(path, unknown(name, kinds, connections));
            continue;
        };
        let connection = Connection {
            name: name.clone(),
            kind: kind.name.to_owned(),
            settings: Value::Object(Map::new()),
        };
        connections.insert(name.clone(), connection);
    }
}

fn unknown(
    name: &str,
    kinds: &[ConnectionKind],
    connections: &BTreeMap<String, Connection>,
) -> String {
    let implicit = kinds.iter().filter(|kind| kind.implicit);
    let mut known: Vec<&str> = implicit.map(|kind| kind.name).collect();
    known.extend(connections.keys().map(String::as_str));
    known.sort_unstable();
    known.dedup();
    let allowed = in_words(known.iter().copied().take(30));
    let name_in_words = quoted(name);
    if kinds.iter().any(|kind| kind.name == name) {
        return format!(
            "{name_in_words} needs settings before it can be used; allowed without: {allowed}\nadd it to `connections`"
        );
    }
    format!(
        "unknown connection {name_in_words}; allowed: {allowed}{}",
        did_you_mean(name, known)
    )
}

fn kind_of<'a>(
    name: &str,
    node: &Value,
    path: &Path,
    kinds: &'a [ConnectionKind],
    report: &mut Report,
) -> Option<&'a ConnectionKind> {
    let names = || kinds.iter().map(|kind| kind.name);
    let Value::Object(entries) = node else {
        let message = format!("found {}; allowed: an object with `type`", found(node));
        report.fault(path, message);
        return None;
    };
    match entries.get("type") {
        Some(Value::String(wanted)) => {
            let kind = kinds.iter().find(|kind| kind.name == wanted);
            if kind.is_none() {
                let message = format!(
                    "{} is not a kind of connection; allowed: {}{}",
                    quoted(wanted),
                    in_words(names()),
                    did_you_mean(wanted, names())
                );
                report.fault(&path.key("type"), message);
            }
            kind
        }
        Some(other) => {
            let message = format!("found {}; allowed: {}", found(other), in_words(names()));
            report.fault(&path.key("type"), message);
            None
        }
        None => {
            let kind = kinds.iter().find(|kind| kind.name == name);
            if kind.is_none() {
                let message = format!("this key is missing; allowed: {}", in_words(names()));
                report.fault(&path.key("type"), message);
            }
            kind
        }
    }
}

fn check_name(name: &str, path: &Path, report: &mut Report) {
    let is_plain = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if !is_plain || !starts_well || name.len() > 63 {
        let message = "this is not a name for a connection; allowed: up to 63 letters, digits, `-`, `_` and `.`, a letter or digit first";
        report.fault(path, message);
    }
}

/// The place a kind names inside its settings: `files[0].name`.
fn join(path: &Path, inside: &str) -> Path {
    let mut path = path.clone();
    for part in inside.split(['.', '[']).filter(|part| !part.is_empty()) {
        path = match part.strip_suffix(']').map(str::parse) {
            Some(Ok(index)) => path.then(Step::Index(index)),
            _ => path.key(part),
        };
    }
    path
}
