//! From text to the raw file, with every fault of form: what cannot be read is noted, cut out, and the rest read again.

pub(crate) mod document;

use serde_json::Value;

use super::{
    cuts,
    fault::{Fault, Report},
    path::{Path, Step},
    raw::{RawFile, forms::Object},
    words::{did_you_mean, found, listed},
};

/// A text as JSON, read as strictly as a definition file: every key once. The faults otherwise.
pub fn strict_json(text: &str) -> Result<Value, Vec<Fault>> {
    let mut report = Report::default();
    match document::parse(text, &mut report) {
        Some(value) if report.is_empty() => Ok(value),
        _ => Err(report.into_faults()),
    }
}

/// What can be read of the file. `None` when nothing can.
pub(crate) fn read(text: &str, report: &mut Report) -> Option<RawFile> {
    let mut file = document::parse(text, report)?;
    cut_nulls(&mut file, report);
    // Every round takes at least one node out of the file, so this ends; a file that is all faults need not be
    // listed to its last one.
    loop {
        let error = match serde_path_to_error::deserialize::<_, Object<RawFile>>(&file) {
            Ok(Object(raw)) => return Some(raw),
            Err(error) => error,
        };
        let path = place(error.path());
        let node = cuts::find(&file, &path);
        let was_full = report.is_full();
        report.fault(&path, wording(&error.inner().to_string(), &path, node));
        if was_full || !cut(&mut file, path, report) {
            return None;
        }
    }
}

/// Cuts out the node at `path`, or the nearest one above it that is there.
fn cut(file: &mut Value, mut path: Path, report: &mut Report) -> bool {
    while !report.cuts.cut(file, &path) {
        match path.parent() {
            Some(parent) => path = parent,
            None => return false,
        }
    }
    true
}

/// Refuses `null` everywhere but in the settings of connections, which their kinds judge: next to a limit it could be
/// read as "the default" or as "none".
fn cut_nulls(file: &mut Value, report: &mut Report) {
    let mut nulls = Vec::new();
    if let Value::Object(entries) = &*file {
        for (key, value) in entries {
            if key != "connections" || value.is_null() {
                find_nulls(value, &Path::default().key(key), &mut nulls);
            }
        }
    }
    // From the end, so that the places of those still to be cut out stay true.
    for path in nulls.iter().rev() {
        report.fault(
            path,
            "found `null`, which means nothing here\nleave it out instead",
        );
        report.cuts.cut(file, path);
    }
}

fn find_nulls(node: &Value, path: &Path, nulls: &mut Vec<Path>) {
    match node {
        Value::Null => nulls.push(path.clone()),
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                find_nulls(element, &path.index(index), nulls);
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                find_nulls(value, &path.key(key), nulls);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn place(path: &serde_path_to_error::Path) -> Path {
    let mut place = Path::default();
    for segment in path {
        place = match segment {
            serde_path_to_error::Segment::Seq { index } => place.then(Step::Index(*index)),
            serde_path_to_error::Segment::Map { key } => place.key(key),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {
                return place;
            }
        };
    }
    place
}

/// The reader's message in the words of this tool.
fn wording(message: &str, path: &Path, node: Option<&Value>) -> String {
    if message.starts_with("unknown field") {
        let allowed: Vec<&str> = message
            .rsplit_once(", expected ")
            .map(|(_, allowed)| allowed.split('`').skip(1).step_by(2).collect())
            .unwrap_or_default();
        let help = match path.0.last() {
            Some(Step::Key(key)) => did_you_mean(key, allowed.iter().copied()),
            _ => String::new(),
        };
        return format!("this key is not known; allowed: {}{help}", listed(allowed));
    }
    let is_wrong_type = message.starts_with("invalid type") || message.starts_with("invalid value");
    match (message.rsplit_once(", expected "), node) {
        (Some((_, expected)), Some(node)) if is_wrong_type => {
            format!("found {}; allowed: {}", found(node), allowed(expected))
        }
        _ => message.to_owned(),
    }
}

fn allowed(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "an array",
        "a map" => "an object",
        "usize" | "u64" | "u8" => "a whole number, 0 or more",
        _ => expected,
    }
}
