//! The parts of the file that were cut out because they could not be read, so that the rest still can be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::path::{Path, Step};

/// What was cut out, by its place in the file as it was written.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    places: BTreeSet<Path>,
    /// For each array that lost elements: which ones, in ascending order.
    elements: BTreeMap<Path, BTreeSet<usize>>,
}

impl Cuts {
    /// Takes the node at `path` out of what is left of the file. `false` when there is nothing there to take.
    pub(crate) fn cut(&mut self, file: &mut Value, path: &Path) -> bool {
        let (Some(parent), Some(last)) = (path.parent(), path.0.last()) else {
            return false;
        };
        let original = self.original(path);
        let cut = match (find_mut(file, &parent), last) {
            (Some(Value::Object(entries)), Step::Key(key)) => entries.remove(key).is_some(),
            (Some(Value::Array(elements)), Step::Index(index)) if *index < elements.len() => {
                elements.remove(*index);
                if let (Some(array), Some(Step::Index(index))) =
                    (original.parent(), original.0.last())
                {
                    self.elements.entry(array).or_default().insert(*index);
                }
                true
            }
            _ => false,
        };
        if cut {
            self.places.insert(original);
        }
        cut
    }

    /// Where something that is now at `path` stood in the file as it was written.
    pub(crate) fn original(&self, path: &Path) -> Path {
        let mut original = Path::default();
        for step in &path.0 {
            let step = match (step, self.elements.get(&original)) {
                (Step::Index(index), Some(gone)) => {
                    let mut index = *index;
                    for cut in gone {
                        if *cut <= index {
                            index += 1;
                        }
                    }
                    Step::Index(index)
                }
                _ => step.clone(),
            };
            original = original.then(step);
        }
        original
    }

    /// Whether anything at, in or around `original` was cut out.
    pub(crate) fn touch(&self, original: &Path) -> bool {
        let inside = self
            .places
            .range(original..)
            .next()
            .is_some_and(|cut| cut.is_within(original));
        let mut around = original.parent();
        while let Some(path) = around {
            if self.places.contains(&path) {
                return true;
            }
            around = path.parent();
        }
        inside
    }
}

/// The node at `path`.
pub(crate) fn find<'a>(file: &'a Value, path: &Path) -> Option<&'a Value> {
    path.0.iter().try_fold(file, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.get(index),
    })
}

fn find_mut<'a>(file: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    path.0.iter().try_fold(file, |node, step| match step {
        Step::Key(key) => node.get_mut(key),
        Step::Index(index) => node.get_mut(index),
    })
}
