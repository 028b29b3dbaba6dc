//! The command line beside a feed: it sees the loads in the state it shares.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::json;

use super::{
    call::Call,
    stage::{PEOPLE, Stage, one_way},
};

fn rollcall(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.args(arguments).env_clear();
    command.env("ROLLCALL_OLD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_reads_the_load_that_was_taken_in() {
    let stage = Stage::new().await;
    fs::write(stage.list("staff.csv"), "email,name\n").unwrap();
    let config = stage.folder.path().join("rollcall.json");
    let mut sync = one_way("workday", "staff");
    sync["id"] = json!("staff");
    let definition = json!({
        "connections": {
            "workday": { "type": "hr", "secretVariables": ["ROLLCALL_OLD"] },
            "files": { "type": "csv", "folder": "lists" },
        },
        "syncs": [sync],
    });
    fs::write(&config, definition.to_string()).unwrap();
    let state = stage.folder.path().to_str().unwrap();
    let run = |arguments: &[&str]| {
        let mut all = vec!["--config", config.to_str().unwrap(), "--state", state];
        all.extend(arguments);
        rollcall(&all)
    };
    let (code, said) = run(&["test", "workday"]);
    assert_eq!(code, Some(5), "{said}");
    assert!(
        said.contains("ok    read the secret in `ROLLCALL_OLD`"),
        "{said}"
    );
    assert!(
        said.contains("`workday` has sent no full load yet"),
        "{said}"
    );

    let (code, said) = run(&["lists", "workday"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("`workday` has no lists yet"), "{said}");

    stage.send(Call::load("msg_1", PEOPLE)).await.is(202);
    let (code, said) = run(&["lists", "workday"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("(the connection itself)      HR feed: can only be read; 2 rows, received"),
        "{said}"
    );
    let (code, said) = run(&["test", "workday"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("read the last full load: 2 rows, received 2027-01-15 08:00 UTC"),
        "{said}"
    );
    let (code, said) = run(&["plan"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = run(&["apply"]);
    assert_eq!(code, Some(0), "{said}");
    let list = fs::read_to_string(stage.list("staff.csv")).unwrap();
    assert!(
        list.contains("ada@acme.org") && list.contains("bob@acme.org"),
        "{list}"
    );
}

#[test]
fn the_examples_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(folder).unwrap();
    let files = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    let mut count = 0;
    for file in files {
        let (code, said) = rollcall(&["check", file.to_str().unwrap()]);
        assert_eq!(code, Some(0), "{said}");
        count += 1;
    }
    assert!(count >= 4, "{count}");
    // What is wrong with a feed is said with what to do.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rollcall.json");
    let bad = json!({ "connections": { "hr": { "secretVariables": ["AzureWebJobsStorage"] } } });
    fs::write(&file, bad.to_string()).unwrap();
    let (code, said) = rollcall(&["check", file.to_str().unwrap()]);
    assert_eq!(code, Some(5), "{said}");
    assert!(
        said.contains("connections.hr.secretVariables[0]: "),
        "{said}"
    );
    assert!(said.contains("begins with `ROLLCALL_`"), "{said}");
}
