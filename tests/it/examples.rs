//! What the documents show must be so.

use std::path::Path;

use rollcall::sandbox::{Fault, Scenario};

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn the_scenario_of_the_examples_loads_and_names_only_what_the_document_explains() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sandbox/tenant.json");
    let scenario = Scenario::load(&path).unwrap();
    assert_eq!(scenario.groups.len(), 3);

    let document = read("docs/sandbox.md");
    let everything = serde_json::to_value(Scenario::default()).unwrap();
    for key in everything.as_object().unwrap().keys() {
        assert!(
            document.contains(&format!("`{key}`")),
            "`{key}` is not explained"
        );
    }
}

#[test]
fn the_faults_of_the_document_are_faults() {
    let document = read("docs/sandbox.md");
    let blocks = document.split("```json\n").skip(1);
    let blocks: Vec<&str> = blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        serde_json::from_str::<Fault>(block).unwrap();
    }
}

/// Every test and every file that ARCHITECTURE.md names is there.
#[test]
fn the_description_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(&[root.join("src"), root.join("tests")]);
    let document = read("ARCHITECTURE.md");
    let mut tests = 0;
    let mut files = 0;
    for name in document.split('`').skip(1).step_by(2) {
        let is_word = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if is_word && name.matches('_').count() > 2 {
            tests += 1;
            assert!(
                sources.contains(&format!("fn {name}(")),
                "there is no test `{name}`"
            );
        }
        if name.ends_with(".rs") && !name.contains('{') {
            files += 1;
            let is_there = [root.to_owned(), root.join("src")]
                .iter()
                .any(|folder| folder.join(name).exists());
            assert!(is_there, "there is no file `{name}`");
        }
    }
    assert!(
        tests >= 8 && files >= 15,
        "{tests} tests and {files} files are named"
    );
}

fn sources(folders: &[std::path::PathBuf]) -> String {
    let mut text = String::new();
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}
