//! What differs between two definitions, key by key.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use super::{Difference, Step};

/// One key that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyChange {
    /// The key, with those around it (`limits.removals.percent`).
    pub key: String,
    /// Its value now.
    pub old: Option<Value>,
    /// Its value after.
    pub new: Option<Value>,
}

/// The keys that differ, sorted. Arrays are compared whole: their order may mean something.
pub fn key_changes(old: Option<&Value>, new: Option<&Value>) -> Vec<KeyChange> {
    let (old, new) = (keys(old), keys(new));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let changed = names
        .into_iter()
        .filter(|key| old.get(*key) != new.get(*key));
    changed
        .map(|key| KeyChange {
            key: key.clone(),
            old: old.get(key).map(|value| (*value).clone()),
            new: new.get(key).map(|value| (*value).clone()),
        })
        .collect()
}

fn keys(value: Option<&Value>) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    if let Some(value) = value {
        walk(value, "", &mut found);
    }
    found
}

fn walk<'a>(value: &'a Value, path: &str, found: &mut BTreeMap<String, &'a Value>) {
    match value {
        Value::Object(fields) if path.is_empty() || !fields.is_empty() => {
            for (key, value) in fields {
                let key = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                walk(value, &key, found);
            }
        }
        value => {
            found.insert(path.to_owned(), value);
        }
    }
}

impl Step {
    /// `+` for what is new, `-` for what goes, `~` for what changes.
    pub fn sign(&self) -> char {
        match (&self.before, &self.after) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        }
    }

    /// What is done to it, in one word.
    pub fn action(&self) -> &'static str {
        match self.sign() {
            '+' => "create",
            '-' => "delete",
            _ => "change",
        }
    }

    /// The keys that differ.
    pub fn keys(&self) -> Vec<KeyChange> {
        let before = self.before.as_ref().map(|there| &there.value);
        key_changes(before, self.after.as_ref())
    }
}

impl fmt::Display for KeyChange {
    /// The sign in column one, `~   key: old => new`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(formatter, "~   {key}: {old} => {new}"),
            (Some(old), None) => write!(formatter, "-   {key}: {old}"),
            (None, Some(new)) => write!(formatter, "+   {key}: {new}"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return writeln!(formatter, "Nothing differs.");
        }
        for step in &self.steps {
            writeln!(formatter, "{} {} {}", step.sign(), step.shelf, step.name)?;
            // A step is told apart by its name; the id would say it twice.
            for change in step.keys().iter().filter(|change| change.key != "id") {
                writeln!(formatter, "{change}")?;
            }
        }
        let count = |sign: char| self.steps.iter().filter(|step| step.sign() == sign).count();
        writeln!(
            formatter,
            "{} to create, {} to change, {} to delete.",
            count('+'),
            count('~'),
            count('-')
        )
    }
}
