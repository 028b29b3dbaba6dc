//! Definitions of a file, brought to a running app: what differs, and making it so.
//!
//! Every change names the version it was decided on, so that nobody's work is overwritten. This room must not know the
//! terminal, nor how definitions are kept at the other end.

mod difference;
mod remote;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Value, json};

pub use difference::{KeyChange, key_changes};
pub use remote::Remote;

/// What is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// A connection, by its name.
    Connection,
    /// A sync, by its id.
    Sync,
}

/// One definition of the file, as it is written there.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is.
    pub shelf: Shelf,
    /// Its id or name.
    pub name: String,
    /// Its JSON; a sync's with its `id`.
    pub value: Value,
}

/// One definition as it is at the other end.
#[derive(Debug, Clone, PartialEq)]
pub struct There {
    /// Its JSON.
    pub value: Value,
    /// Its version.
    pub etag: String,
}

/// One change that makes the other end like the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is.
    pub shelf: Shelf,
    /// Its id or name.
    pub name: String,
    /// What is there now; `None` when it is new.
    pub before: Option<There>,
    /// What is to be there; `None` when it is deleted.
    pub after: Option<Value>,
}

/// What differs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// The changes, in the order in which they are made.
    pub steps: Vec<Step>,
    /// How many syncs the other end could not list, so that nobody can tell whether they are to be pruned.
    pub unlisted: usize,
}

/// Why something could not be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushError {
    /// Whether what was asked for cannot be used; otherwise something is wrong at the other end, or on the way.
    pub is_input: bool,
    /// What happened, and what to do on a line of its own.
    pub message: String,
}

/// The definitions of a file that is valid, connections first. `ids` are the ids of its syncs, in its order: the short
/// form has one that it may not say.
pub fn items(file: &Value, ids: &[&str]) -> Vec<Item> {
    let connections = file.get("connections").and_then(Value::as_object);
    let connections = connections.into_iter().flatten().map(|(name, value)| Item {
        shelf: Shelf::Connection,
        name: name.clone(),
        value: value.clone(),
    });
    let long = file.get("syncs").and_then(Value::as_array);
    let syncs = file
        .get("sync")
        .into_iter()
        .chain(long.into_iter().flatten());
    let syncs = syncs.zip(ids).map(|(value, id)| Item {
        shelf: Shelf::Sync,
        name: (*id).to_owned(),
        value: with_id(value, id),
    });
    connections.chain(syncs).collect()
}

/// Looks what differs between the file and the other end; with `prune`, also what only the other end has.
pub async fn compare(
    remote: &Remote,
    wanted: &[Item],
    prune: bool,
) -> Result<Difference, PushError> {
    let connections = remote.connections().await?;
    let mut difference = Difference::default();
    let mut last = Vec::new();
    for item in of(wanted, Shelf::Connection) {
        let there = connections.get(&item.name).cloned();
        difference.steps.extend(step(item, there));
    }
    if prune {
        let (ids, unlisted) = remote.sync_ids().await?;
        difference.unlisted = unlisted;
        for id in ids {
            if of(wanted, Shelf::Sync).any(|item| item.name == id) {
                continue;
            }
            // Deleted before others are put: a list may pass from one sync to another.
            let there = remote.get(Shelf::Sync, &id).await?;
            difference
                .steps
                .extend(there.map(|there| deletion(Shelf::Sync, &id, there)));
        }
        for (name, there) in connections {
            if !of(wanted, Shelf::Connection).any(|item| item.name == name) {
                last.push(deletion(Shelf::Connection, &name, there));
            }
        }
    }
    for item in of(wanted, Shelf::Sync) {
        let there = remote.get(Shelf::Sync, &item.name).await?;
        difference.steps.extend(step(item, there));
    }
    difference.steps.extend(last);
    Ok(difference)
}

/// Makes the changes, in order; `told` hears of each as it is done. Stops at the first that cannot be made.
pub async fn carry_out(
    remote: &Remote,
    steps: &[Step],
    mut told: impl FnMut(&Step),
) -> Result<(), PushError> {
    for (position, step) in steps.iter().enumerate() {
        let done = match &step.after {
            Some(value) => remote.put(step, value).await,
            None => remote.delete(step).await,
        };
        if let Err(error) = done {
            let left = steps.get(position..).unwrap_or_default();
            let left: Vec<String> = left.iter().map(ToString::to_string).collect();
            return Err(PushError {
                message: format!("{step}: {}\nnot done: {}", error.message, left.join(", ")),
                ..error
            });
        }
        told(step);
    }
    Ok(())
}

fn of(items: &[Item], shelf: Shelf) -> impl Iterator<Item = &Item> {
    items.iter().filter(move |item| item.shelf == shelf)
}

fn step(item: &Item, there: Option<There>) -> Option<Step> {
    let is_so = there
        .as_ref()
        .is_some_and(|there| there.value == item.value);
    (!is_so).then(|| Step {
        shelf: item.shelf,
        name: item.name.clone(),
        before: there,
        after: Some(item.value.clone()),
    })
}

fn deletion(shelf: Shelf, name: &str, there: There) -> Step {
    Step {
        shelf,
        name: name.to_owned(),
        before: Some(there),
        after: None,
    }
}

fn with_id(value: &Value, id: &str) -> Value {
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        fields.insert("id".to_owned(), json!(id));
    }
    value
}

impl fmt::Display for Shelf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connection => "connection",
            Self::Sync => "sync",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.shelf, self.name)
    }
}

impl fmt::Display for PushError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for PushError {}
