//! What is wrong with a definition file, and where.

use std::{collections::BTreeMap, fmt};

use super::{cuts::Cuts, path::Path};

/// One thing that is wrong with a definition file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON path (`syncs[0].limits.removals.percent`); empty for the file as a whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// What to do next, where something can be suggested.
    pub help: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(formatter, "\n{help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// More faults than this help nobody.
const MOST_FAULTS: usize = 200;

/// Everything known about the file while it is read: the faults so far, what was cut out because of them, and the order
/// of keys.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The parts that were cut out, each with a fault of its own.
    pub(crate) cuts: Cuts,
    /// The keys of every object in the order of the file.
    pub(crate) orders: BTreeMap<Path, Vec<String>>,
    faults: Vec<(Path, Fault)>,
    /// Whether there was no room for more.
    is_overfull: bool,
}

impl Report {
    /// Notes a fault at a place of what is left of the file. Lines after the first are what to do next.
    pub(crate) fn fault(&mut self, path: &Path, message: impl Into<String>) {
        let path = self.cuts.original(path);
        self.fault_in_file(path, message.into());
    }

    /// Notes a fault at a place of the file as it was written.
    pub(crate) fn fault_in_file(&mut self, path: Path, message: String) {
        if self.is_full() {
            self.is_overfull = true;
            return;
        }
        let (message, help) = match message.split_once('\n') {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (message, None),
        };
        let fault = Fault {
            path: path.to_string(),
            message,
            help,
        };
        self.faults.push((path, fault));
    }

    /// Whether something at, in or around this place was cut out: then its absence is no fault of its own.
    pub(crate) fn is_cut(&self, path: &Path) -> bool {
        self.cuts.touch(&self.cuts.original(path))
    }

    /// Whether there is no room for further faults.
    pub(crate) fn is_full(&self) -> bool {
        self.faults.len() >= MOST_FAULTS
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The entries of the object at `path` in the order of the file.
    pub(crate) fn in_file_order<'a, T>(
        &self,
        path: &Path,
        entries: impl IntoIterator<Item = (&'a String, T)>,
    ) -> Vec<(&'a str, T)> {
        let order = self.orders.get(&self.cuts.original(path));
        let positions: BTreeMap<&str, usize> = order
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(position, key)| (key.as_str(), position))
            .collect();
        let mut entries: Vec<(&'a str, T)> = entries
            .into_iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect();
        entries.sort_by_key(|(key, _)| positions.get(key).copied());
        entries
    }

    /// All faults, sorted by place.
    pub(crate) fn into_faults(mut self) -> Vec<Fault> {
        self.faults.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut faults: Vec<Fault> = self.faults.into_iter().map(|(_, fault)| fault).collect();
        if self.is_overfull {
            faults.push(Fault {
                path: String::new(),
                message: "there are more faults than can be listed".to_owned(),
                help: Some("correct these first, then check the file again".to_owned()),
            });
        }
        faults
    }
}
