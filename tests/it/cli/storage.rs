//! Storage that is held, broken or full: what was read stays as it was, and what was done is found again.

use serde_json::json;

use super::{Desk, everyone, ids, members, rows, tenant};

#[tokio::test]
async fn a_state_file_that_is_held_is_told() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..2));
    desk.run(&["apply"]).await.exits(0);
    desk.write("lists/everyone.csv", rows(0..3));
    let holder = rusqlite::Connection::open(desk.path(".rollcall/rollcall.db")).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    desk.run(&["apply"]).await.exits(1).complains(
        "error: sync `everyone`: the state file `.rollcall/rollcall.db` is in use by another process\n\
         wait until it has ended, and try again",
    );
    assert_eq!(members(&sandbox), ids(0..2));
    // Looking needs no turn.
    desk.run(&["plan"]).await.exits(2);
    drop(holder);
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(members(&sandbox), ids(0..3));
}

#[tokio::test]
async fn a_state_file_that_is_garbage_is_left_alone() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    std::fs::create_dir(desk.path(".rollcall")).unwrap();
    desk.write(".rollcall/rollcall.db", "this is no database\n".repeat(50));
    let before = desk.bytes(".rollcall/rollcall.db");
    for command in ["apply", "plan", "history"] {
        desk.run(&[command])
            .await
            .exits(1)
            .complains("error: the stored data at `.rollcall/rollcall.db` cannot be read: file is not a database\nrestore the file from a backup, or move it");
    }
    assert_eq!(desk.bytes(".rollcall/rollcall.db"), before);
    assert_eq!(sandbox.counters().requests, 0);
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_is_named() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    desk.write("taken", "");
    desk.run(&["apply", "--state", "taken"])
        .await
        .exits(1)
        .complains("storage failed at `taken/rollcall.db`: ")
        .complains("name another one with `--state DIR`");
    assert_eq!(sandbox.counters().requests, 0);
}

#[tokio::test]
async fn a_full_disk_under_the_state_stops_a_run_before_it_writes() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    for blocks in [1, 40, 80] {
        let ran = desk.run_with_little_room(blocks, &["apply"]).await.exits(1);
        assert!(ran.err.contains("rollcall.db"), "{blocks}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{blocks}: {}", ran.err);
        assert_eq!(sandbox.counters().writes, 0, "{blocks}");
    }
    assert_eq!(members(&sandbox), ids(0..2));
    // With room again the same state file is as good as new.
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(members(&sandbox), ids(0..3));
}

#[tokio::test]
async fn a_full_disk_under_a_list_leaves_the_old_list() {
    let desk = Desk::alone();
    let mut sync = everyone();
    sync["target"] = json!({"connection": "files", "list": "copy.csv"});
    desk.define(&[sync]);
    desk.write("lists/everyone.csv", rows(0..3));
    // Blanks in a cell are kept as they are, and are no value that the state would keep too.
    let blanks = " ".repeat(4 << 20);
    let old = format!("email,notes\n{},{blanks}\n", super::address(0));
    desk.write("lists/copy.csv", &old);
    desk.run_with_little_room(4096, &["apply"])
        .await
        .exits(4)
        .says("of everyone: failed")
        .says("not done: add user0001@contoso.example to files:copy.csv: ")
        .says("copy.csv");
    assert!(desk.text("lists/copy.csv") == old, "the old list is whole");
    let files: Vec<String> = std::fs::read_dir(desk.path("lists"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(files.is_empty(), "left behind: {files:?}");
    desk.run(&["apply"]).await.exits(0);
    let new = desk.text("lists/copy.csv");
    assert!(new.starts_with(&old), "the old rows stay as they are");
    assert_eq!(new.lines().count(), 4);
}

#[tokio::test]
async fn a_state_of_a_newer_rollcall_is_left_alone() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..2));
    desk.run(&["apply"]).await.exits(0);
    desk.write("lists/everyone.csv", rows(0..3));
    let state = || rusqlite::Connection::open(desk.path(".rollcall/rollcall.db")).unwrap();
    let rows = |database: &rusqlite::Connection| {
        let sql = "SELECT group_concat(kind || partition || row || value) FROM records";
        database
            .query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    let database = state();
    let newer = r#"{"version":7,"writtenBy":"9.1.0","since":"2027-01-01T00:00:00Z"}"#;
    let set = "UPDATE records SET value = ?1 WHERE partition = '~format'";
    assert_eq!(database.execute(set, [newer]).unwrap(), 1);
    let before = (rows(&database), sandbox.counters().writes);
    drop(database);
    for command in [
        &["apply"][..],
        &["plan"],
        &["history"],
        &["resume", "everyone"],
        &["opt-outs", "everyone"],
        &["backup", "--to", "kept"],
        &["--state", "new", "recover", "--from", ".rollcall"],
        &["local", "--port", "0"],
    ] {
        desk.run(command)
            .await
            .exits(5)
            .complains("what is stored has format 7, of rollcall 9.1.0, and this one")
            .complains("run rollcall 9.1.0 or a later one; nothing is lost until then");
    }
    desk.run(&["doctor"])
        .await
        .exits(6)
        .says("has format 7, of rollcall 9.1.0");
    assert_eq!((rows(&state()), sandbox.counters().writes), before);
}

#[tokio::test]
async fn a_result_that_cannot_be_printed_is_told_and_still_done() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let mut command = desk.command(&["apply"]);
    command.stdout(full());
    let ran = super::finish_as_it_is(command).await.exits(1);
    assert!(
        ran.err
            .contains("the result cannot be printed: No space left on device"),
        "{}",
        ran.err
    );
    assert_eq!(members(&sandbox), ids(0..3));

    let mut command = desk.command(&["plan", "nobody"]);
    command.stdout(full()).stderr(full());
    super::finish_as_it_is(command).await.exits(5);
}
