//! CSV files that cannot be believed: the place is named, and nobody is removed because of them.

use std::fmt::Write;

use serde_json::json;

use super::{Desk, Ran, address, everyone, ids, members, rows, tenant};

/// The usual sync with this file, on a group of two.
async fn with_file(content: &[u8], exit: i32) -> Ran {
    planned_and_applied(content, (exit, exit)).await
}

async fn planned_and_applied(content: &[u8], exits: (i32, i32)) -> Ran {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", content);
    let planned = desk.run(&["plan"]).await.exits(exits.0);
    let ran = desk.run(&["apply"]).await.exits(exits.1);
    assert_eq!(sandbox.counters().writes, 0);
    assert_eq!(members(&sandbox), ids(0..2));
    assert_eq!(desk.bytes("lists/everyone.csv"), content);
    if exits.1 == 5 {
        assert!(ran.out.contains("of everyone: failed"), "{}", ran.out);
    }
    planned
}

#[tokio::test]
async fn an_empty_file_is_no_list() {
    with_file(b"", 5).await.complains(
        "error: sync `everyone`: `lists/everyone.csv` is empty: it has not even a header\n\
         a list without members is a file with a header line and nothing else",
    );
}

#[tokio::test]
async fn a_header_alone_removes_nobody() {
    // Whoever asks for a plan gets one; whoever waits for a run is told that it is not done.
    planned_and_applied(b"email,name\n", (0, 4))
        .await
        .says("! user0000@contoso.example  stays on entra-id  no proof that the other list was read whole: files:everyone.csv came back empty")
        .says("0 to remove, 2 withheld");
}

#[tokio::test]
async fn a_ragged_row_is_named_by_its_line() {
    with_file(
        b"email,name\nuser0000@contoso.example,A\nuser0001@contoso.example\n",
        5,
    )
    .await
    .complains("`lists/everyone.csv`: line 3 has 1 field, and the header has 2\n")
    .complains("nothing of the file was used");
    with_file(b"email,name\nuser0000@contoso.example,A,B\n", 5)
        .await
        .complains("line 2 has 3 fields, and the header has 2");
}

#[tokio::test]
async fn an_open_quote_is_named_by_its_line() {
    with_file(
        b"email,name\nuser0000@contoso.example,A\n\"user0001@contoso.example,B\n",
        5,
    )
    .await
    .complains("the quote that opens on line 3 is never closed");
}

#[tokio::test]
async fn another_encoding_is_named_by_its_line() {
    with_file(
        b"email,name\nuser0000@contoso.example,A\nuser0001@contoso.example,J\xfcrg\n",
        5,
    )
    .await
    .complains("`lists/everyone.csv`: line 3, column 27 is not UTF-8\nsave it as `CSV UTF-8`");
}

#[tokio::test]
async fn a_file_without_a_usable_column_says_what_it_has() {
    with_file(b"who,what\nAda,1\n", 5).await.complains(
        "has no column with an address, a phone number or an id; its headers are `who`, `what`",
    );
}

#[tokio::test]
async fn an_address_that_stands_twice_counts_once() {
    with_file(
        b"email\nuser0000@contoso.example\nuser0001@contoso.example\nUSER0000@contoso.example\n",
        0,
    )
    .await
    .says("Ignored: 1 second entry.")
    .says("0 to remove, 0 withheld, 2 unchanged; 3 members on files:everyone.csv");
}

#[tokio::test]
async fn a_cell_that_is_no_address_is_told_with_its_line() {
    with_file(
        b"email\nuser0000@contoso.example\nuser0001@contoso.example\nada at contoso\n",
        0,
    )
    .await
    .says("line 4: not an e-mail address: `ada at contoso`");
}

#[tokio::test]
async fn a_slip_of_the_pen_removes_nobody() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    for typo in ["user00O1@contoso.example", "user0001 at contoso"] {
        desk.list(&[&address(0), typo]);
        desk.run(&["apply"])
            .await
            .exits(0)
            .says("perhaps meant by an entry that names nobody: ");
        assert_eq!(members(&sandbox), ids(0..2), "{typo}");
    }
}

#[tokio::test]
async fn removals_can_wait_while_somebody_is_unresolved() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    let mut sync = everyone();
    sync["unresolved"] = json!("removals-wait");
    desk.define(&[sync]);
    desk.list(&[&address(0), "somebody.else@contoso.example"]);
    desk.run(&["apply"])
        .await
        .exits(0)
        .says("removals wait while members are unresolved");
    assert_eq!(members(&sandbox), ids(0..2));
}

#[tokio::test]
async fn a_file_of_fifty_megabytes_is_planned() {
    let desk = Desk::alone();
    let mut sync = everyone();
    sync["target"] = json!({"connection": "files", "list": "copy.csv", "create": true});
    desk.define(&[sync]);
    let filler = "x".repeat(25_000);
    let mut text = String::from("email,notes\n");
    for number in 0..2_100 {
        writeln!(text, "{},{filler}", address(number)).unwrap();
    }
    assert!(text.len() > 50 << 20);
    desk.write("lists/everyone.csv", &text);
    let plans = desk.run(&["plan", "--json"]).await.exits(2).json();
    assert_eq!(plans["plans"][0]["totals"]["add"], 2_100);
    assert!(!desk.path("lists/copy.csv").exists());
}

#[tokio::test]
async fn a_missing_file_is_named_with_those_that_are_there() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone-new.csv", rows(0..1));
    desk.run(&["apply"])
        .await
        .exits(5)
        .says("`lists/everyone.csv` is not there (not-found)")
        .says("`everyone-new.csv`");
    assert_eq!(members(&sandbox), ids(0..2));
}
