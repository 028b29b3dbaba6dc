//! `history` and `show`: what a run left behind.

use serde_json::json;

use super::{Desk, Ran, address, everyone, settled, tenant};

async fn only_run(desk: &Desk) -> String {
    let runs = desk.run(&["history", "--json"]).await.exits(0).json();
    assert_eq!(runs["version"], 1);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
    runs["runs"][0]["run"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_run_is_shown_as_it_was() {
    let (_sandbox, desk) = Desk::with(tenant(6, 2)).await;
    desk.list(&[&address(0), &address(3), "nobody@contoso.example"]);
    let applied = desk.run(&["apply"]).await.exits(0);
    let run = only_run(&desk).await;

    let history = desk
        .run(&["history", "everyone", "--limit", "5"])
        .await
        .exits(0);
    let lines: Vec<Vec<&str>> = history
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        lines[0],
        [
            "started", "run", "sync", "status", "added", "updated", "removed", "not", "made",
            "waiting", "cause"
        ]
    );
    assert_eq!(
        lines[1][2..],
        [
            &run,
            "everyone",
            "succeeded",
            "1",
            "0",
            "1",
            "0",
            "0",
            "by",
            "hand",
            "(ada)"
        ]
    );

    let shown = desk.run(&["show", &run]).await.exits(0);
    assert_eq!(
        settled(&shown.out),
        "Run RUN of everyone: succeeded in TIME\n\
         \x20 added  invited  updated  removed  already so  refused  failed  waiting\n\
         \x20     1        0        0        1           0        0       0        0\n\
         \x20 next: correct 1 address that nobody has\n\
         \n\
         files:everyone.csv  =>  entra-id:Everyone      (one-way, sync everyone, first run)\n\
         ! nobody@contoso.example    not added to entra-id  unresolved: nobody in the directory has this address\n\
         - user0001@contoso.example  from entra-id          is not on the source\n\
         + user0003@contoso.example  to entra-id            is on the source\n\
         Plan: 1 to add, 0 to update, 1 to remove, 1 withheld, 1 unchanged; 3 members on files:everyone.csv, 2 on entra-id:Everyone."
    );
    // The same words as when it was applied, the other way round.
    let (plan, summary) = applied.out.split_once("\n\n").unwrap();
    assert_eq!(shown.out, format!("{summary}\n{plan}\n"));

    let shown = desk.run(&["show", &run, "--json"]).await.exits(0).json();
    assert_eq!(shown["version"], 1);
    assert_eq!(shown["summary"]["run"], json!(run));
    assert_eq!(shown["summary"]["done"]["added"], 1);
    assert_eq!(
        shown["file"]["outcomes"],
        json!([{"result": "applied"}, {"result": "applied"}])
    );

    desk.run(&["show", "20200101T000000-abcdef"])
        .await
        .exits(5)
        .complains("there is no run `20200101T000000-abcdef`\n`rollcall history` lists them");
}

#[tokio::test]
async fn changes_as_csv_are_safe_in_a_spreadsheet() {
    let desk = Desk::alone();
    let mut sync = everyone();
    sync["target"] = json!({"connection": "files", "list": "copy.csv", "create": true});
    desk.define(&[sync]);
    let formula = "=HYPERLINK(\"http://evil.example\";\"x\")@contoso.example";
    desk.write(
        "lists/everyone.csv",
        format!(
            "email,name\nada@contoso.example,Ada\n+bob@contoso.example,\"B, ob\"\n\"{}\",x\n",
            formula.replace('"', "\"\"")
        ),
    );
    desk.run(&["apply"]).await.exits(0);
    let run = only_run(&desk).await;
    let Ran { out, .. } = desk.run(&["show", &run, "--csv"]).await.exits(0);
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    assert_eq!(
        reader.headers().unwrap(),
        vec![
            "run",
            "list",
            "action",
            "member",
            "id",
            "reason",
            "result",
            "code",
            "message",
            "reason-code"
        ]
    );
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 3);
    for cell in records.iter().flatten() {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
            "a spreadsheet would run {cell:?}"
        );
    }
    let members: Vec<&str> = records.iter().map(|record| &record[3]).collect();
    assert!(members.contains(&"'+bob@contoso.example"), "{members:?}");
    assert!(records.iter().any(|record| &record[6] == "applied"));
    assert!(records.iter().any(|record| &record[6] == "withheld"));
    assert!(out.contains("HYPERLINK"), "nothing is lost: {out}");

    let Ran { out, .. } = desk.run(&["show", &run, "--only", "no-key"]).await.exits(0);
    assert!(
        out.starts_with("withheld: ") && out.lines().count() == 1,
        "{out}"
    );
    let Ran { out, .. } = desk
        .run(&["show", &run, "--only", "conflict"])
        .await
        .exits(0);
    assert_eq!(out, "");
    let Ran { err, .. } = desk
        .run(&["show", &run, "--only", "nonsense"])
        .await
        .exits(5);
    assert!(
        err.contains("`nonsense` is not a reason's code; allowed: `conflict`"),
        "{err}"
    );
}
