//! From the JSON of `filters` to a [`Filter`], with every fault in it.

use serde_json::{Map, Value};

use super::{Filter, Operand, Test};
use crate::definition::{
    fault::Report,
    path::Path,
    words::{did_you_mean, found, quoted},
};

/// What an attribute may be tested for.
const TESTS: [&str; 4] = ["in", "not", "startsWith", "endsWith"];

/// Reads an object of clauses, all of which must hold. An empty one wants everyone.
pub(crate) fn parse(clauses: &Map<String, Value>, path: &Path, report: &mut Report) -> Filter {
    let mut parts = Vec::new();
    for (key, node) in report.in_file_order(path, clauses) {
        let path = path.key(key);
        parts.extend(match key {
            "any" => several(node, &path, report).map(Filter::Any),
            "all" => several(node, &path, report).map(Filter::All),
            "not" => part(node, &path, report).map(|part| Filter::Not(Box::new(part))),
            name if name.trim().is_empty() => {
                report.fault(&path, "an attribute without a name");
                None
            }
            name => clause(name, node, &path, report),
        });
    }
    Filter::All(parts)
}

/// The objects under `any` and `all`.
fn several(node: &Value, path: &Path, report: &mut Report) -> Option<Vec<Filter>> {
    let Value::Array(nodes) = node else {
        let message = format!("found {}; allowed: an array of objects", found(node));
        report.fault(path, message);
        return None;
    };
    if nodes.is_empty() && !report.is_cut(path) {
        report.fault(path, "an empty array says nothing\nleave the key out");
    }
    let mut parts = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        parts.extend(part(node, &path.index(index), report));
    }
    Some(parts)
}

/// One object inside another: here an empty one would quietly mean everyone.
fn part(node: &Value, path: &Path, report: &mut Report) -> Option<Filter> {
    let Value::Object(clauses) = node else {
        let message = format!("found {}; allowed: an object of conditions", found(node));
        report.fault(path, message);
        return None;
    };
    if clauses.is_empty() {
        if !report.is_cut(path) {
            report.fault(path, "an empty object says nothing\nleave it out");
        }
        return None;
    }
    Some(parse(clauses, path, report))
}

/// The test of one attribute.
fn clause(name: &str, node: &Value, path: &Path, report: &mut Report) -> Option<Filter> {
    let test = match node {
        Value::Object(tests) => return object(name, tests, path, report),
        Value::Array(values) => Test::OneOf(operands(values, path, report)),
        value => Test::OneOf(vec![operand(value, path, report)?]),
    };
    Some(Filter::Attribute {
        name: name.to_owned(),
        test,
    })
}

fn object(
    name: &str,
    tests: &Map<String, Value>,
    path: &Path,
    report: &mut Report,
) -> Option<Filter> {
    for key in tests.keys().filter(|key| !TESTS.contains(&key.as_str())) {
        let message = format!(
            "this key is not known; allowed: `in`, `not`, `startsWith`, `endsWith`{}",
            did_you_mean(key, TESTS)
        );
        report.fault(&path.key(key), message);
    }
    let known: Vec<_> = tests
        .iter()
        .filter(|(key, _)| TESTS.contains(&key.as_str()))
        .collect();
    let &[(key, node)] = known.as_slice() else {
        if known.len() > 1 {
            let message = "several tests in one object; allowed: one of `in`, `not`, `startsWith`, `endsWith`\nsay `all` to join them";
            report.fault(path, message);
        } else if tests.is_empty() && !report.is_cut(path) {
            let message = "an empty object tests nothing; allowed: one of `in`, `not`, `startsWith`, `endsWith`";
            report.fault(path, message);
        }
        return None;
    };
    let path = path.key(key);
    let test = match (key.as_str(), node) {
        ("not", node) => {
            let part = clause(name, node, &path, report)?;
            return Some(Filter::Not(Box::new(part)));
        }
        ("in", Value::Array(values)) => Test::OneOf(operands(values, &path, report)),
        ("startsWith", Value::String(start)) if !start.is_empty() => {
            Test::StartsWith(start.clone())
        }
        ("endsWith", Value::String(end)) if !end.is_empty() => Test::EndsWith(end.clone()),
        ("in", node) => {
            let message = format!("found {}; allowed: an array of values", found(node));
            report.fault(&path, message);
            return None;
        }
        (_, node) => {
            let message = format!("found {}; allowed: a text that is not empty", found(node));
            report.fault(&path, message);
            return None;
        }
    };
    Some(Filter::Attribute {
        name: name.to_owned(),
        test,
    })
}

fn operands(values: &[Value], path: &Path, report: &mut Report) -> Vec<Operand> {
    if values.is_empty() && !report.is_cut(path) {
        report.fault(path, "an empty array fits nobody\nname at least one value");
    }
    let mut operands = Vec::new();
    for (index, value) in values.iter().enumerate() {
        operands.extend(operand(value, &path.index(index), report));
    }
    operands
}

fn operand(value: &Value, path: &Path, report: &mut Report) -> Option<Operand> {
    let message = match value {
        Value::Bool(flag) => return Some(Operand::Flag(*flag)),
        Value::String(text) if !text.trim().is_empty() => {
            return Some(Operand::Text(text.trim().to_owned()));
        }
        Value::Number(number) if !number.is_f64() => {
            return Some(Operand::Text(number.to_string()));
        }
        Value::String(text) => format!(
            "{} fits nobody: an attribute without a value is absent",
            quoted(text)
        ),
        _ => format!(
            "found {}; allowed: a text, a whole number, `true` or `false`",
            found(value)
        ),
    };
    report.fault(path, message);
    None
}
