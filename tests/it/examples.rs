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
