//! `$filter`: what a clause says, whether Graph takes it, and whether an object meets it.
//!
//! Knows nothing of paging or of permissions.

mod judge;
mod parse;

use std::collections::BTreeSet;

use serde_json::Value;

pub(crate) use judge::judge;
pub(crate) use parse::parse;

use super::directory::{Directory, Kind, Object, Slot, property};

/// One clause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Clause {
    /// `property eq value` and its kin.
    Compare(String, Comparison, Value),
    /// `property in (value, …)`.
    In(String, Vec<Value>),
    /// `startsWith(property, 'text')`.
    StartsWith(String, String),
    /// `endsWith(property, 'text')`.
    EndsWith(String, String),
    /// `list/any(x: clause)`; inside, the list's name stands for one of its values.
    Any(String, Option<Box<Clause>>),
    /// `not clause`.
    Not(Box<Clause>),
    /// `clause and clause`.
    And(Box<Clause>, Box<Clause>),
    /// `clause or clause`.
    Or(Box<Clause>, Box<Clause>),
}

/// How a property is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `ge`
    AtLeast,
    /// `le`
    AtMost,
}

impl Clause {
    /// Whether an object meets it.
    pub(crate) fn meets(&self, object: &Object) -> bool {
        self.holds(&|name| property(object, name).unwrap_or(Value::Null))
    }

    fn holds(&self, read: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::Compare(name, comparison, wanted) => compare(&read(name), *comparison, wanted),
            Self::In(name, wanted) => {
                let value = read(name);
                wanted.iter().any(|one| same(&value, one))
            }
            Self::StartsWith(name, text) => {
                folded(&read(name)).is_some_and(|value| value.starts_with(&text.to_lowercase()))
            }
            Self::EndsWith(name, text) => {
                folded(&read(name)).is_some_and(|value| value.ends_with(&text.to_lowercase()))
            }
            Self::Any(list, inner) => {
                let values = read(list);
                let mut values = values.as_array().into_iter().flatten();
                match inner {
                    None => values.next().is_some(),
                    Some(inner) => values.any(|value| inner.holds(&|_| value.clone())),
                }
            }
            Self::Not(inner) => !inner.holds(read),
            Self::And(left, right) => left.holds(read) && right.holds(read),
            Self::Or(left, right) => left.holds(read) || right.holds(read),
        }
    }

    /// People who alone can meet it, found by index; nothing when all have to be looked at.
    pub(crate) fn candidates(&self, directory: &Directory, kind: Kind) -> Option<BTreeSet<Slot>> {
        if kind != Kind::User {
            return None;
        }
        match self {
            Self::Compare(name, Comparison::Equal, Value::String(text)) => {
                found(directory, name, &[text])
            }
            Self::In(name, values) => {
                let texts: Option<Vec<&String>> = values
                    .iter()
                    .map(|value| {
                        if let Value::String(text) = value {
                            Some(text)
                        } else {
                            None
                        }
                    })
                    .collect();
                found(directory, name, &texts?)
            }
            Self::Any(_, Some(inner)) => inner.candidates(directory, kind),
            Self::And(left, right) => left
                .candidates(directory, kind)
                .or_else(|| right.candidates(directory, kind)),
            Self::Or(left, right) => {
                let mut slots = left.candidates(directory, kind)?;
                slots.extend(right.candidates(directory, kind)?);
                Some(slots)
            }
            _ => None,
        }
    }
}

fn found(directory: &Directory, name: &str, texts: &[&String]) -> Option<BTreeSet<Slot>> {
    match name {
        "id" => Some(
            texts
                .iter()
                .filter_map(|text| directory.slot_of(text))
                .collect(),
        ),
        "userPrincipalName" | "mail" | "proxyAddresses" | "otherMails" => Some(
            texts
                .iter()
                .flat_map(|text| directory.with_text(text))
                .copied()
                .collect(),
        ),
        _ => None,
    }
}

fn compare(value: &Value, comparison: Comparison, wanted: &Value) -> bool {
    let order = folded(value)
        .zip(folded(wanted))
        .map(|(value, wanted)| value.cmp(&wanted));
    match comparison {
        Comparison::Equal => same(value, wanted),
        Comparison::NotEqual => !same(value, wanted),
        Comparison::AtLeast => order.is_some_and(std::cmp::Ordering::is_ge),
        Comparison::AtMost => order.is_some_and(std::cmp::Ordering::is_le),
    }
}

/// Texts are compared without case, as the directory does.
fn same(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::String(value), Value::String(wanted)) => {
            value.eq_ignore_ascii_case(wanted) || value.to_lowercase() == wanted.to_lowercase()
        }
        _ => value == wanted,
    }
}

fn folded(value: &Value) -> Option<String> {
    value.as_str().map(str::to_lowercase)
}
