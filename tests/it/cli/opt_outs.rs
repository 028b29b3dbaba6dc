//! `opt-outs`: who is not added again, and lifting that.

use serde_json::{Value, json};

use super::Desk;

const LIST: &str = "mail,unsubscribed\n";

/// A sync between two files; Ada opted out of the second one, and her row is gone since.
pub(super) async fn without_ada() -> Desk {
    let desk = Desk::alone();
    desk.write(
        "lists/staff.csv",
        "mail\nada@acme.example\nbob@acme.example\n",
    );
    desk.write(
        "lists/news.csv",
        format!("{LIST}ada@acme.example,yes\nbob@acme.example,\n"),
    );
    let definition = json!({
        "connections": { "lists": { "type": "csv", "folder": "lists" } },
        "syncs": [{
            "id": "news",
            "source": { "connection": "lists", "list": "staff.csv" },
            "target": { "connection": "lists", "list": "news.csv" },
        }],
    });
    desk.write("rollcall.json", definition.to_string());
    desk.run(&["opt-outs", "news"])
        .await
        .exits(0)
        .says("Nobody is known to have opted out.");
    desk.run(&["apply"]).await.exits(0);
    desk.write("lists/news.csv", format!("{LIST}bob@acme.example,\n"));
    desk.run(&["apply"])
        .await
        .exits(0)
        .says("opted out, first seen on ");
    desk
}

async fn listed(desk: &Desk) -> Value {
    desk.run(&["opt-outs", "news", "--json"])
        .await
        .exits(0)
        .json()
}

#[tokio::test]
async fn an_opt_out_is_listed_lifted_and_taken_up() {
    let desk = without_ada().await;
    let shown = desk.run(&["opt-outs", "news"]).await.exits(0);
    let shown = shown.says("ada@acme.example  lists:news.csv  20");
    shown.says("  opted out  lists:news.csv showed them as opted out\n");
    let json = listed(&desk).await;
    assert_eq!(json["version"], 1);
    assert_eq!(json["lists"][0]["sync"], "news");
    let ada = &json["lists"][0]["optOuts"][0];
    assert_eq!(ada["who"], json!({ "address": "ada@acme.example" }));
    assert_eq!(
        (&ada["origin"], &ada["side"]),
        (&json!("optedOut"), &json!("target"))
    );

    let lift = [
        "opt-outs",
        "news",
        "--lift",
        "Ada@acme.example",
        "--reason",
        "she asked for it",
    ];
    let lifted = desk.run(&lift).await.exits(0);
    lifted.says("ada@acme.example may be added to lists:news.csv again, from the next run on.\n");
    // Safe to repeat.
    desk.run(&lift)
        .await
        .exits(0)
        .says("ada lifted it on ")
        .says("she asked for it");
    desk.run(&["opt-outs", "news"])
        .await
        .exits(0)
        .says("; lifted by ada, from the next run on");
    desk.run(&["apply"])
        .await
        .exits(0)
        .says("+ ada@acme.example");
    let json = listed(&desk).await;
    assert_eq!(json["lists"][0]["optOuts"], json!([]));
    assert_eq!(json["lists"][0]["lifts"][0]["reason"], "she asked for it");
    desk.run(&["apply"]).await.exits(0).says("unchanged");
}

#[tokio::test]
async fn what_cannot_be_lifted_is_told_with_what_can() {
    let desk = without_ada().await;
    let lift = |who: &'static str| ["opt-outs", "news", "--lift", who, "--reason", "x"];
    let unknown = desk.run(&lift("zoe@acme.example")).await.exits(5);
    let unknown =
        unknown.complains("nobody is known to have opted out of `news` as `zoe@acme.example`");
    unknown.complains("who is: `ada@acme.example`");
    desk.run(&["opt-outs", "news", "--lift", "ada@acme.example"])
        .await
        .exits(5)
        .complains("--reason");
    desk.run(&["opt-outs", "nws"])
        .await
        .exits(5)
        .complains("known syncs: `news`");
    // Shown as opted out: lifting does nothing, and says so.
    desk.write(
        "lists/news.csv",
        format!("{LIST}ada@acme.example,yes\nbob@acme.example,\n"),
    );
    desk.run(&["apply"]).await.exits(0);
    let lifted = desk.run(&lift("ada@acme.example")).await.exits(0);
    lifted.complains("still showed them as opted out at the last run, and what it says holds");
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(
        listed(&desk).await["lists"][0]["optOuts"][0]["stillShown"],
        true
    );
}
