//! The source against the table.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rollcall::telemetry::EVENTS;

/// Files below `src`, tests left out: path and text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.file_stem().is_some_and(|name| name == "tests") {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                let name = path.strip_prefix(&root).unwrap();
                sources.push((name.to_str().unwrap().replace('\\', "/"), text));
            }
        }
    }
    sources
}

#[test]
fn no_event_is_sent_that_is_not_in_the_table() {
    let mut sent = BTreeSet::new();
    for (name, text) in sources() {
        for rest in text.split("event = \"").skip(1) {
            let (event, _) = rest.split_once('"').unwrap();
            let is_known = EVENTS.iter().any(|known| known.name == event);
            assert!(is_known, "src/{name}: `{event}` is not in the table");
            sent.insert(event.to_owned());
        }
    }
    let known: BTreeSet<String> = EVENTS.iter().map(|event| event.name.to_owned()).collect();
    assert_eq!(known.len(), EVENTS.len(), "a name is there twice");
    assert_eq!(known, sent, "in the table and never sent");
}

/// Requests are counted for the task they are made in, so whoever asks platforms must not spawn.
#[test]
fn nothing_that_asks_a_platform_is_spawned() {
    let rooms = ["apply", "connectors", "read", "run", "worker"];
    let mut looked_at = 0;
    for (name, text) in sources() {
        let room = name.split(['/', '.']).next().unwrap();
        if rooms.contains(&room) {
            looked_at += 1;
            let spawns = text.matches("spawn(").count() + text.matches("JoinSet").count();
            assert_eq!(spawns, 0, "src/{name} spawns");
        }
    }
    assert!(looked_at > 50, "{looked_at}");
}
