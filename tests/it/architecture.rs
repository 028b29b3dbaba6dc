//! The rules of who may know whom, held against the source itself. Each of these locks is broken on purpose here too.

mod clippy;
mod paths;
mod removals;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::{
    paths::{Used, used_paths, without_comments},
    table::MAY_USE,
};

/// The rooms that take data and give data.
const PURE: [&str; 8] = [
    "model",
    "definition",
    "job",
    "reconcile",
    "plan",
    "hand_over",
    "summary",
    "cost",
];

/// How a pure room turns the lists of clippy.toml on.
const DENY: &str = "#![deny(clippy::disallowed_types, clippy::disallowed_methods)]";

struct Source {
    /// `run/keeper.rs`.
    name: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of the program. Tests may look wherever they like.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|name| name == "tests");
            if is_test {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root().join("src")).unwrap();
                let name = name.to_str().unwrap().replace('\\', "/");
                let text = fs::read_to_string(&path).unwrap();
                let program = text.split("#[cfg(test)]\nmod tests {").next();
                let text = program.unwrap_or_default().to_owned();
                sources.push(Source { name, text });
            }
        }
    }
    sources.sort_by(|left, right| left.name.cmp(&right.name));
    sources
}

/// `run/keeper.rs` is the module `run::keeper`, `run/mod.rs` is `run`; `lib.rs` is the crate itself.
fn module_of(file: &str) -> Vec<&str> {
    let module = file.strip_suffix(".rs").unwrap_or(file);
    let module = module.strip_suffix("/mod").unwrap_or(module);
    module.split('/').filter(|part| *part != "lib").collect()
}

/// The room a path leads into: the longest one whose name begins it.
fn room_of<'a>(table: &[(&'a str, &[&str])], path: &[&str]) -> Option<&'a str> {
    let rooms = table.iter().map(|(room, _)| *room);
    let fitting = rooms.filter(|room| {
        let room: Vec<&str> = room.split('/').collect();
        path.starts_with(&room)
    });
    fitting.max_by_key(|room| room.len())
}

/// Every use the table forbids, with file and line.
fn forbidden(table: &[(&str, &[&str])], sources: &[Source]) -> Vec<String> {
    let mut forbidden = Vec::new();
    for Source { name, text } in sources {
        let module = module_of(name);
        let here = room_of(table, &module);
        // The file that lists the rooms belongs to none.
        if module.is_empty() {
            continue;
        }
        let Some(here) = here else {
            forbidden.push(format!("src/{name}: this room is not in the table"));
            continue;
        };
        let (_, may_use) = table.iter().find(|(room, _)| *room == here).unwrap();
        for Used { line, path } in used_paths(text, &module) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if let Some(there) = room_of(table, &path)
                && there != here
                && !may_use.contains(&there)
            {
                forbidden.push(format!(
                    "src/{name}:{line}: `{here}` may not use `{there}` ({})",
                    path.join("::")
                ));
            }
        }
    }
    forbidden
}

#[test]
fn no_room_uses_what_it_must_not_know() {
    let forbidden = forbidden(MAY_USE, &sources());
    assert!(forbidden.is_empty(), "\n{}\n", forbidden.join("\n"));
}

#[test]
fn every_room_is_in_the_table_and_every_row_is_a_room() {
    let sources = sources();
    for (room, _) in MAY_USE {
        let exists = sources.iter().any(|source| {
            let module = module_of(&source.name);
            room_of(MAY_USE, &module) == Some(room)
        });
        assert!(exists, "`{room}` is not there any more");
    }
    for (room, may_use) in MAY_USE {
        for used in *may_use {
            assert!(
                MAY_USE.iter().any(|(known, _)| known == used),
                "`{room}` may use `{used}`, which is no room"
            );
        }
    }
    let module_lines = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for line in module_lines.lines() {
        if let Some(room) = line.strip_prefix("pub mod ") {
            let room = room.trim_end_matches(';');
            assert!(MAY_USE.iter().any(|(known, _)| *known == room), "`{room}`");
        }
    }
}

#[test]
fn a_planted_use_is_found_with_its_line() {
    let plant = |name: &str, text: &str| Source {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let caught = [
        (
            "plan/text.rs",
            "use std::fmt;\nuse crate::store::keys::key_of;",
            2,
        ),
        ("plan/text.rs", "fn x() {\n  crate::history::list();\n}", 2),
        (
            "apply.rs",
            "use crate::{\n  plan::value::Plan,\n  connectors::{\n    ports::Watch,\n    entra::Entra,\n  },\n};",
            5,
        ),
        (
            "run/mod.rs",
            "use crate::connectors::memory::MemoryConnections;",
            1,
        ),
        ("history.rs", "use crate::store::embedded;", 1),
        (
            "connectors/entra/read.rs",
            "use super::super::csv::Rows;",
            1,
        ),
        (
            "connectors/csv/mod.rs",
            "use super::{ports::Watch, memory};",
            1,
        ),
        (
            "main.rs",
            "\n\nuse rollcall::{cli, connectors::http as wire};",
            3,
        ),
        (
            "sandbox/server.rs",
            "use crate::connectors::entra::urls;",
            1,
        ),
        ("cli/plan.rs", "use crate::sandbox::Sandbox;", 1),
        ("telemetry.rs", "pub use crate::model::address::Address;", 1),
        ("newcomer/mod.rs", "", 0),
    ];
    for (name, text, line) in caught {
        let found = forbidden(MAY_USE, &[plant(name, text)]);
        let place = match line {
            0 => format!("src/{name}: "),
            line => format!("src/{name}:{line}: "),
        };
        assert_eq!(found.len(), 1, "{name}: {text}\n{found:?}");
        assert!(found[0].starts_with(&place), "{found:?}");
    }
    let fine = [
        ("plan/text.rs", "use super::{change::Action, value::Plan};"),
        (
            "plan/text.rs",
            "// use crate::store::keys;\n/// [`crate::store`]",
        ),
        (
            "plan/text.rs",
            "use crate::model::{list::Side, address::*};",
        ),
        (
            "run/keeper.rs",
            "use super::{LEASE, Ports};\nuse crate::store::lease::{self, Lease};",
        ),
        ("lib.rs", "pub mod model;"),
        (
            "cli/demo/company.rs",
            "use crate::sandbox::{self, Sandbox};",
        ),
    ];
    for (name, text) in fine {
        let found = forbidden(MAY_USE, &[plant(name, text)]);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn only_settings_reads_the_environment() {
    for Source { name, text } in sources() {
        let reads = paths::paths_from(&text, "std").into_iter().find(|used| {
            let path: Vec<&str> = used.path.iter().map(String::as_str).collect();
            matches!(path.as_slice(), ["env", rest @ ..] if rest.first() != Some(&"args"))
        });
        // `#[arg(env = …)]` reads it as well.
        let attribute = without_comments(&text).contains("env = \"");
        let is_settings = module_of(&name).first() == Some(&"settings");
        assert!(
            is_settings || (reads.is_none() && !attribute),
            "src/{name} reads the environment: {reads:?}"
        );
    }
}

/// What makes a file impure, with its line.
fn impurity(text: &str) -> Option<(usize, &'static str)> {
    let words = ["async", "await", "tokio", "tracing", "spawn"];
    let text = without_comments(text);
    text.lines().enumerate().find_map(|(number, line)| {
        let mut parts = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let word = parts.find_map(|part| words.iter().find(|word| **word == part))?;
        Some((number + 1, *word))
    })
}

#[test]
fn pure_rooms_do_not_wait_and_do_not_log() {
    for Source { name, text } in sources() {
        let is_pure = module_of(&name)
            .first()
            .is_some_and(|room| PURE.contains(room));
        if is_pure {
            assert_eq!(impurity(&text), None, "src/{name}");
            assert!(!text.contains("allow(clippy::disallowed"), "src/{name}");
            assert!(!text.contains("expect(clippy::disallowed"), "src/{name}");
        }
    }
    for (text, line) in [
        ("fn a() {}\nasync fn b() {}", Some(2)),
        ("x.await?;", Some(1)),
        ("tracing::info!(\"x\");", Some(1)),
        ("// no `async` here\nfn asynchronous() {}", None),
    ] {
        assert_eq!(impurity(text).map(|(line, _)| line), line, "{text}");
    }
}

#[test]
fn pure_rooms_turn_the_lists_of_clippy_on() {
    for room in PURE {
        let files = [format!("src/{room}/mod.rs"), format!("src/{room}.rs")];
        let text = files
            .iter()
            .find_map(|file| fs::read_to_string(root().join(file)).ok());
        let text = text.unwrap_or_else(|| panic!("`{room}` is gone"));
        let first = text.lines().find(|line| !line.starts_with("//"));
        assert_eq!(first, Some(DENY), "`{room}`");
    }
}
