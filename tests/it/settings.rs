//! The settings the code knows, the ones it reads, and the sample of a functions app's settings are one set.

use std::{collections::BTreeSet, fs, path::Path};

use rollcall::settings::{KNOWN, SetBy};
use serde_json::Value;

/// What Core Tools want in the sample and no code of ours reads.
const RUNTIME: &str = "FUNCTIONS_WORKER_RUNTIME";

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The room that reads the environment, without the list that it is held to.
fn reading() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/settings");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let others = files.filter(|entry| entry.file_name() != "known.rs");
    let others = others.map(|entry| fs::read_to_string(entry.path()).unwrap());
    others.fold(file("src/settings.rs"), |all, one| all + &one)
}

fn names(which: impl Fn(SetBy) -> bool) -> BTreeSet<String> {
    let known = KNOWN.iter().filter(|known| which(known.set_by));
    known.map(|known| known.name.to_owned()).collect()
}

/// The literals of a source text that look like the name of a variable.
fn variables(source: &str) -> BTreeSet<String> {
    let literals = source.split('"').skip(1).step_by(2);
    let is_name = |text: &&str| {
        text.len() > 2
            && (text.contains('_') || text == &text.to_uppercase() || text.ends_with("JobsStorage"))
            && text.contains(|letter: char| letter.is_ascii_uppercase())
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    literals.filter(is_name).map(str::to_owned).collect()
}

#[test]
fn every_variable_that_is_read_is_known_and_none_twice() {
    let read = variables(&reading());
    let known = names(|_| true);
    assert!(read.len() > 10, "the test no longer finds what is read");
    let unknown: Vec<_> = read.difference(&known).collect();
    assert!(
        unknown.is_empty(),
        "not in src/settings/known.rs: {unknown:?}"
    );
    assert_eq!(known.len(), KNOWN.len(), "a name is there twice");
}

#[test]
fn every_known_variable_is_used() {
    let functions = ["Scheduler", "SyncWorker", "SyncPoison"]
        .map(|name| file(&format!("functions/{name}/function.json")));
    let read = variables(&reading());
    for known in KNOWN {
        // What a function names as its connection is read by the host, in all its forms.
        let connection = known.name.split("__").next().unwrap();
        let in_functions = functions.iter().any(|text| {
            text.contains(&format!("\"%{}%\"", known.name))
                || text.contains(&format!("\"connection\": \"{connection}\""))
        });
        assert!(
            in_functions || read.contains(known.name),
            "nothing reads `{}`",
            known.name
        );
    }
}

#[test]
fn the_sample_holds_the_app_settings_and_nothing_else() {
    let sample: Value = serde_json::from_str(&file("local.settings.sample.json")).unwrap();
    assert_eq!(sample["IsEncrypted"], false);
    let values = sample["Values"].as_object().unwrap();
    let mut wanted = names(|set_by| set_by == SetBy::App);
    wanted.insert(RUNTIME.to_owned());
    let found: BTreeSet<String> = values.keys().cloned().collect();
    assert_eq!(found, wanted);
    assert_eq!(values[RUNTIME], "custom");
    for (name, value) in values {
        assert!(value.is_string(), "Core Tools want a string: {name}");
    }
}

#[test]
fn the_sample_explains_every_setting_as_the_code_does() {
    let sample: Value = serde_json::from_str(&file("local.settings.sample.json")).unwrap();
    let explained = sample["//"].as_object().unwrap();
    for name in sample["Values"].as_object().unwrap().keys() {
        let about = explained[name].as_str().unwrap();
        if let Some(known) = KNOWN.iter().find(|known| known.name == name) {
            assert_eq!(about, known.about, "{name}");
        }
    }
    let values = sample["Values"].as_object().unwrap().len();
    assert_eq!(
        explained.len(),
        values + 1,
        "one line on how to use it, one for each"
    );
}
