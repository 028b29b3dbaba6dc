//! What is deployed, and the scripts that deploy it: held to the code, to the documents and to what must never be.

mod deploying;
mod documents;
mod going_back;
mod grants;
mod installed;
mod invariants;
mod lifecycle;
mod publishing;
mod roles;
mod scripts;
mod settings;
mod stage;
mod waiting;

use std::{fs, path::Path};

/// A file of the repository.
fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Bicep file, with its path.
fn bicep() -> Vec<(String, String)> {
    fn below(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else if path.to_string_lossy().contains(".bicep") {
                found.push((
                    path.display().to_string(),
                    fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    let mut found = Vec::new();
    below(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("infra"),
        &mut found,
    );
    assert!(found.len() > 8, "the test no longer finds the Bicep files");
    found
}

/// The lines of a text without comments.
fn code(text: &str) -> Vec<&str> {
    let lines = text.lines().map(|line| match line.split_once("// ") {
        Some((code, _)) => code,
        None => line,
    });
    lines.collect()
}

/// What stands between a line that begins so and the next line that ends it, which is `}` or `]` in the same column.
fn block<'a>(text: &'a str, begin: &str) -> &'a str {
    let start = text
        .find(begin)
        .unwrap_or_else(|| panic!("no `{begin}` is there"));
    let rest = &text[start..];
    let end = ["\n}", "\n]"].iter().filter_map(|end| rest.find(end)).min();
    &rest[..end.unwrap_or_else(|| panic!("`{begin}` does not end"))]
}

/// The parameters of a Bicep file: name, type, and the decorators before it.
fn parameters(text: &str) -> Vec<(&str, &str, Vec<&str>)> {
    let mut decorators = Vec::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('@') {
            decorators.push(line);
        } else if let Some(rest) = line.strip_prefix("param ") {
            let mut words = rest.split_whitespace();
            found.push((
                words.next().unwrap(),
                words.next().unwrap_or_default(),
                std::mem::take(&mut decorators),
            ));
        } else {
            decorators.clear();
        }
    }
    found
}
