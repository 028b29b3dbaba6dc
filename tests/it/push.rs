//! `rollcall push`: the real program against the real API, over a real socket.

mod deployed;

use std::sync::atomic::Ordering;

use rollcall::{
    app::kinds,
    catalog::{self, Shelf},
};
use serde_json::{Value, json};

use self::deployed::{Deployed, key_of};

fn sync(id: &str, list: &str) -> Value {
    json!({ "id": id, "source": "entra-id", "target": { "connection": "lists", "list": list } })
}

fn definition(syncs: &[Value]) -> Value {
    json!({
        "connections": { "lists": { "type": "csv", "folder": "lists" }, "spare": { "type": "csv", "folder": "x" } },
        "syncs": syncs,
    })
}

#[tokio::test]
async fn the_difference_is_shown_and_made_when_somebody_agrees() {
    let app = Deployed::new().await;
    app.define(&definition(&[sync("sales", "sales.csv")]));
    let shown = app
        .push(&[])
        .await
        .exits(2)
        .complains("nothing was changed");
    assert_eq!(
        shown.out,
        "+ connection lists\n+   folder: \"lists\"\n+   type: \"csv\"\n\
         + connection spare\n+   folder: \"x\"\n+   type: \"csv\"\n\
         + sync sales\n+   source: \"entra-id\"\n+   target.connection: \"lists\"\n+   target.list: \"sales.csv\"\n\
         3 to create, 0 to change, 0 to delete.\n"
    );
    assert_eq!(app.names().await, [""; 0]);
    assert_eq!(app.writes(), [""; 0]);
    let made = app.push(&["--yes"]).await.exits(0);
    assert!(made.out.ends_with(
        "created connection `lists`\ncreated connection `spare`\ncreated sync `sales`\n"
    ));
    assert_eq!(app.names().await, ["lists", "spare", "sales"]);
    assert_eq!(
        app.writes(),
        [
            "PUT connections/lists",
            "PUT connections/spare",
            "PUT syncs/sales"
        ]
    );
    let again = app.push(&[]).await.exits(0);
    assert_eq!(again.out, "Nothing differs.\n");
    assert_eq!(app.writes(), [""; 0]);

    let mut changed = sync("sales", "sales.csv");
    changed["schedule"] = json!("0 6 * * *");
    changed["target"]["list"] = json!("all.csv");
    app.define(&definition(&[changed]));
    let shown = app.push(&["--yes"]).await.exits(0);
    assert!(shown.out.starts_with(
        "~ sync sales\n+   schedule: \"0 6 * * *\"\n~   target.list: \"sales.csv\" => \"all.csv\"\n\
         0 to create, 1 to change, 0 to delete.\nchanged sync `sales`\n"
    ), "{}", shown.out);
}

#[tokio::test]
async fn what_is_not_in_the_file_goes_only_when_it_is_pruned() {
    let app = Deployed::new().await;
    app.define(&definition(&[sync("old", "a.csv"), sync("kept", "b.csv")]));
    app.push(&["--yes"]).await.exits(0);
    app.writes();
    // The list passes from one sync to another, and the connection that only the old one used goes.
    let mut fewer = definition(&[sync("kept", "b.csv"), sync("new", "a.csv")]);
    fewer["connections"]
        .as_object_mut()
        .unwrap()
        .remove("spare");
    app.define(&fewer);
    let kept = app.push(&["--yes"]).await.exits(4);
    kept.complains("mirrors onto the same list");
    app.writes();
    let shown = app.push(&["--prune"]).await.exits(2);
    assert!(
        shown.out.contains("- sync old\n-   source: \"entra-id\"\n"),
        "{}",
        shown.out
    );
    assert!(
        shown
            .out
            .ends_with("1 to create, 0 to change, 2 to delete.\n"),
        "{}",
        shown.out
    );
    app.push(&["--prune", "--yes"]).await.exits(0);
    assert_eq!(
        app.writes(),
        [
            "DELETE syncs/old",
            "PUT syncs/new",
            "DELETE connections/spare"
        ]
    );
    assert_eq!(app.names().await, ["lists", "kept", "new"]);
    app.push(&["--prune"]).await.exits(0);
}

#[tokio::test]
async fn somebody_elses_change_is_not_overwritten() {
    let app = Deployed::new().await;
    app.define(&definition(&[sync("a", "a.csv")]));
    app.push(&["--yes"]).await.exits(0);
    let mut changed = definition(&[sync("a", "b.csv"), sync("b", "c.csv")]);
    changed["connections"]["lists"]["folder"] = json!("other");
    app.define(&changed);
    app.door.meddles.store(true, Ordering::SeqCst);
    let ran = app.push(&["--yes"]).await.exits(4);
    let ran = ran.complains("connection `lists`: somebody changed it meanwhile\nrun push again");
    ran.complains("not done: connection `lists`, sync `a`, sync `b`");
    app.door.meddles.store(false, Ordering::SeqCst);
    app.push(&["--yes"]).await.exits(0);
    assert_eq!(app.names().await, ["lists", "spare", "a", "b"]);
}

#[tokio::test]
async fn the_short_form_is_pushed_with_its_id() {
    let app = Deployed::new().await;
    let example = include_str!("../../examples/entra-sync-messagemedia.json");
    std::fs::write(app.file(), format!("\u{feff}{example}")).unwrap();
    app.push(&["--yes"]).await.exits(0);
    assert_eq!(app.names().await, ["entra-id-to-messagemedia"]);
    let item = catalog::get(&app.stores, Shelf::Syncs, "entra-id-to-messagemedia").await;
    let value = item.unwrap().unwrap().value;
    let written: Value = serde_json::from_str(example).unwrap();
    assert_eq!(value, written["sync"], "as it is written");
    app.push(&[]).await.exits(0);
}

#[tokio::test]
async fn what_is_shown_can_be_read_by_programs() {
    let app = Deployed::new().await;
    app.define(&definition(&[sync("a", "a.csv")]));
    let shown = app.push(&["--json"]).await.exits(2);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(shown["applied"], false);
    assert_eq!(shown["steps"][2]["kind"], "sync");
    assert_eq!(shown["steps"][2]["action"], "create");
    let made = app.push(&["--json", "--yes"]).await.exits(0);
    let made: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(made["applied"], true);
    assert_eq!(app.names().await, ["lists", "spare", "a"]);
}

#[tokio::test]
async fn what_cannot_be_pushed_is_said_before_anything_is_done() {
    let app = Deployed::new().await;
    app.push(&["--yes"])
        .await
        .exits(5)
        .complains("rollcall.json");
    let mut faulty = definition(&[sync("a", "a.csv")]);
    faulty["syncs"][0]["colour"] = json!("red");
    app.define(&faulty);
    app.push(&["--yes"])
        .await
        .exits(5)
        .complains("syncs[0].colour");
    app.define(&definition(&[sync("a", "a.csv")]));
    let to = |url: &'static str| {
        let app = &app;
        async move { app.push(&["--yes", "--to", url]).await }
    };
    to("http://app.example")
        .await
        .exits(5)
        .complains("https://");
    to("https://app.example/?code=x")
        .await
        .exits(5)
        .complains("ROLLCALL_API_KEY");
    to("http://127.0.0.1:1")
        .await
        .exits(1)
        .complains("no connection");
    // It reads before it writes: a key of one function is not enough, whichever of the two it is.
    for (key, code) in [
        ("another".to_owned(), 1),
        (key_of("ApiWrite"), 1),
        (key_of("ApiRead"), 4),
    ] {
        let refused = app.push_with(&key, &["--yes"]).await.exits(code);
        refused.complains("the key was refused");
        assert_eq!(app.names().await, [""; 0], "{key}");
    }
    for (status, words) in [
        (404, "no rollcall"),
        (500, "500"),
        (301, "301"),
        (200, "not what rollcall answers"),
    ] {
        *app.door.refuses.lock().unwrap() = Some(status);
        app.push(&["--yes"]).await.exits(1).complains(words);
    }
    assert_eq!(app.names().await, [""; 0]);
    assert_eq!(app.writes(), [""; 0]);
}

#[tokio::test]
async fn many_syncs_are_found_page_by_page() {
    let app = Deployed::new().await;
    let syncs: Vec<Value> = (0..230)
        .map(|number| sync(&format!("s{number}"), &format!("{number}.csv")))
        .collect();
    let connections = definition(&[])["connections"].clone();
    let now = jiff::Timestamp::now();
    for (shelf, name, value) in [
        (Shelf::Connections, "lists", connections["lists"].clone()),
        (Shelf::Connections, "spare", connections["spare"].clone()),
    ] {
        let expected = catalog::Expected::Nothing;
        catalog::put(&app.stores, &kinds(), shelf, name, value, &expected, now)
            .await
            .unwrap();
    }
    // Rows as the catalog writes them: put one by one each would be judged beside all others.
    for sync in &syncs {
        let name = sync["id"].as_str().unwrap();
        let row = json!({ "version": 1, "name": name, "changed": now, "value": sync });
        let table = rollcall::store::ports::Table::Definitions;
        app.stores
            .records
            .insert(table, "syncs", name, &row.to_string())
            .await
            .unwrap();
    }
    app.define(&definition(&[]));
    let shown = app.push(&["--prune"]).await.exits(2);
    assert!(
        shown
            .out
            .ends_with("0 to create, 0 to change, 230 to delete.\n")
    );
    app.define(&definition(&syncs));
    app.push(&["--prune"]).await.exits(0);
}
