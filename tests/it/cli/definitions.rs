//! `check` and `schema`.

use serde_json::{Value, json};

use super::{Desk, everyone, example};

#[tokio::test]
async fn a_good_definition_is_told_in_short() {
    let desk = Desk::alone();
    let ran = desk.run(&["check"]).await.exits(0);
    assert_eq!(
        ran.out,
        "`rollcall.json` is valid: 1 sync over 2 connections.\n  everyone: files -> entra-id, runs when asked\n"
    );
    assert_eq!(ran.err, "");
    let ran = desk.run(&["check", "--json"]).await.exits(0);
    assert_eq!(
        ran.json(),
        json!({"version": 1, "file": "rollcall.json", "valid": true, "syncs": ["everyone"], "faults": []})
    );
    assert!(!desk.has_state());
}

#[tokio::test]
async fn a_definition_without_syncs_has_nothing_to_do() {
    let desk = Desk::alone();
    desk.define(&[]);
    desk.run(&["check"]).await.exits(0).says("0 syncs");
    desk.run(&["apply"])
        .await
        .exits(0)
        .complains("there are no syncs in the definition file");
}

#[tokio::test]
async fn every_fault_is_told_at_once_with_its_place() {
    let desk = Desk::alone();
    let mut sync = everyone();
    sync["direction"] = json!("oneway");
    sync["shedule"] = json!("0 6 * * *");
    sync["protected"] = json!(5);
    sync["target"]["connection"] = json!("entra");
    sync["limits"] = json!({"removals": {"percnt": 5}});
    let mut definition = desk.definition(&[sync]);
    definition["connections"]["files"]["delimiter"] = json!("~");
    definition["connections"]["entra-id"]["maxWaitSeconds"] = json!(0);
    desk.write("rollcall.json", definition.to_string());
    let ran = desk
        .run(&["check"])
        .await
        .exits(5)
        .complains("`rollcall.json` has 7 faults:")
        .complains("syncs[0].direction: `oneway` is not a direction; allowed: `one-way`, `two-way`, `bidirectional`\n      did you mean `one-way`?")
        .complains("syncs[0].shedule: this key is not known")
        .complains("did you mean `schedule`?")
        .complains("syncs[0].protected: found the number `5`; allowed: an array")
        .complains("syncs[0].target.connection: unknown connection `entra`")
        .complains("did you mean `entra-id`?")
        .complains("syncs[0].limits.removals.percnt: this key is not known; allowed: `count`, `percent`")
        .complains("connections.files.delimiter: `~` is not a delimiter; write `auto`")
        .complains("maxWaitSeconds: `0` is not 1 to 3600");
    assert_eq!(ran.out, "");

    let ran = desk.run(&["check", "--json"]).await.exits(5);
    let checked = ran.json();
    assert_eq!(checked["valid"], false);
    assert_eq!(checked["faults"].as_array().unwrap().len(), 7);
    assert!(checked["faults"].as_array().unwrap().contains(&json!({
        "path": "syncs[0].direction",
        "message": "`oneway` is not a direction; allowed: `one-way`, `two-way`, `bidirectional`",
        "help": "did you mean `one-way`?",
    })));
    assert!(!desk.has_state());
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let desk = Desk::alone();
    desk.run(&["check", "nowhere.json"])
        .await
        .exits(5)
        .complains("the definition file `nowhere.json` cannot be read: No such file")
        .complains("--config FILE");
    desk.run(&["plan", "--config", "lists"])
        .await
        .exits(5)
        .complains("`lists` cannot be read");
    desk.write("broken.json", b"{\"sync\": \"\xff\"}");
    desk.run(&["check", "broken.json"])
        .await
        .exits(5)
        .complains("it is not UTF-8 (byte 10)");
    let ran = desk.run(&["check", "broken.json", "--json"]).await.exits(5);
    assert_eq!(
        ran.json()["faults"][0]["message"],
        "it is not UTF-8 (byte 10)"
    );
    desk.write("broken.json", "{\"syncs\": [\n  {\"id\": }]}");
    desk.run(&["check", "broken.json"])
        .await
        .exits(5)
        .complains("line 2, column 10: this is not JSON");
}

#[tokio::test]
async fn the_schema_is_one_and_judges_as_check_does() {
    let desk = Desk::alone();
    let schema = desk.run(&["schema"]).await.exits(0).json();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();

    for name in std::fs::read_dir(example("")).unwrap() {
        let path = name.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        desk.run(&["check", path.to_str().unwrap()]).await.exits(0);
    }

    let mut good = desk.definition(&[everyone()]);
    assert!(validator.is_valid(&good));
    good["connections"]["entra-id"]["maxWaitSeconds"] = json!(3601);
    assert!(!validator.is_valid(&good));
}

#[tokio::test]
async fn the_reference_configuration_loads_as_it_is_written() {
    let desk = Desk::alone();
    let path = example("entra-sync-messagemedia.json");
    let path = path.to_str().unwrap();
    desk.run(&["check", path])
        .await
        .exits(0)
        .says("1 sync over 2 connections")
        .says("entra-id -> messagemedia, runs by itself");
    desk.run(&["plan", "--config", path])
        .await
        .exits(5)
        .complains("error: sync `entra-id-to-messagemedia`: `tenantId`: is missing");
}
