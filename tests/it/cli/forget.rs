//! `forget`: what is stored of one person, and erasing it.

use serde_json::{Value, json};

use super::Desk;

const ADA: &str = "ada@acme.example";
const REASON: [&str; 3] = ["--erase", "--reason", "she asked for it"];

/// A sync between two files; Ada opted out of the second one, where Bob is.
async fn desk() -> Desk {
    let desk = Desk::alone();
    desk.write(
        "lists/staff.csv",
        "mail,name\nada@acme.example,Ada Lovelace\nbob@acme.example,Bob\n",
    );
    desk.write("lists/news.csv", "mail\n");
    let definition = json!({
        "connections": { "lists": { "type": "csv", "folder": "lists" } },
        "syncs": [{
            "id": "news",
            "source": { "connection": "lists", "list": "staff.csv" },
            "target": { "connection": "lists", "list": "news.csv" },
        }],
    });
    desk.write("rollcall.json", definition.to_string());
    desk
}

async fn erase(desk: &Desk, more: &[&str]) -> super::Ran {
    let mut arguments = vec!["forget", ADA];
    arguments.extend(REASON);
    arguments.extend(more);
    desk.run(&arguments).await
}

/// Whether the state folder names Ada in any of its bytes.
fn is_named(desk: &Desk) -> bool {
    let files = std::fs::read_dir(desk.path(".rollcall")).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .any(|bytes| {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            text.contains("ada@acme") || text.contains("lovelace")
        })
}

#[tokio::test]
async fn what_is_stored_is_shown_and_erased_to_the_last_byte() {
    let desk = desk().await;
    desk.run(&["forget", ADA])
        .await
        .exits(0)
        .says("Nothing is stored about ada@acme.example in the state folder `.rollcall`.\n");
    assert!(!desk.has_state(), "looking makes nothing");
    desk.run(&["apply"]).await.exits(0);
    assert!(is_named(&desk));
    let lists = desk.bytes("lists/news.csv");

    let shown = desk.run(&["forget", "Ada@Acme.example"]).await.exits(2);
    let shown = shown.says("  baselines  1  in 1  kept: the sync needs it; ");
    let shown = shown.says("\n  plans      1  in 1\n");
    let shown = shown.says("  addresses: ada@acme.example\n");
    let shown = shown.says("--erase --reason TEXT` erases it. Lists stay as they are.\n");
    shown.complains("still on lists:news.csv, as run ");

    let erased = erase(&desk, &[]).await.exits(0);
    let erased =
        erased.says("Erased what was stored about ada@acme.example in the state folder `.rollcall`: 0 records, 2 blobs.\n");
    let erased = erased.says("Left:\n  baselines  1  in 1  kept: ");
    erased.complains("take them off there");
    assert_eq!(desk.bytes("lists/news.csv"), lists);
    desk.run(&["forget", ADA]).await.exits(0);
    let again = erase(&desk, &[]).await.exits(0);
    again.says("Nothing is stored about ada@acme.example in the state folder `.rollcall` that can be erased.\n");
    let runs = desk.run(&["history", "--json"]).await.json();
    let run = runs["runs"][0]["run"].as_str().unwrap();
    desk.run(&["show", run]).await.exits(0).says("(forgotten)");
    // Nobody leaves for it. Off both lists, nothing of her is left.
    desk.run(&["apply"]).await.exits(0).says("unchanged");
    assert_eq!(desk.bytes("lists/news.csv"), lists);
    for (list, text) in [
        ("staff", "mail,name\nbob@acme.example,Bob\n"),
        ("news", "mail\nbob@acme.example\n"),
    ] {
        desk.write(&format!("lists/{list}.csv"), text);
    }
    desk.run(&["apply"]).await.exits(0);
    erase(&desk, &[]).await.exits(0);
    assert!(!is_named(&desk));
    desk.run(&["forget", ADA]).await.exits(0);
}

#[tokio::test]
async fn an_opt_out_stays_and_says_why() {
    let desk = desk().await;
    desk.write(
        "lists/news.csv",
        "mail,unsubscribed\nada@acme.example,yes\n",
    );
    desk.run(&["apply"]).await.exits(0);
    desk.write("lists/news.csv", "mail,unsubscribed\nbob@acme.example,\n");
    desk.run(&["apply"]).await.exits(0);
    let erased = erase(&desk, &[]).await.exits(0);
    erased.says("opt-outs   1  in 1  kept: without it they would be written to again\n");
    desk.run(&["forget", ADA])
        .await
        .exits(0)
        .says("opt-outs   1  in 1  kept: ");
    desk.run(&["apply"]).await.exits(0).says("opted out");
    assert!(!desk.text("lists/news.csv").contains("ada"));
    let listed: Value = desk.run(&["opt-outs", "news", "--json"]).await.json();
    assert_eq!(listed["lists"][0]["optOuts"][0]["who"]["address"], ADA);
}

#[tokio::test]
async fn it_is_told_as_json_and_refused_in_words() {
    let desk = desk().await;
    desk.run(&["apply"]).await.exits(0);
    let shown = desk.run(&["forget", ADA, "--json"]).await.exits(2).json();
    assert_eq!(
        (&shown["version"], &shown["items"][0]["kind"]),
        (&json!(1), &json!("baselines"))
    );
    let erased = erase(&desk, &["--json"]).await.exits(0).json();
    assert_eq!(erased["blobs"], 2);
    assert_eq!(erased["left"][0]["kind"], "baselines");
    for (arguments, said) in [
        (&["forget"][..], "ADDRESS"),
        (
            &["forget", "ada"],
            "`ada` is neither an address nor a phone number",
        ),
        (&["forget", ADA, "--erase"], "--reason"),
        (&["forget", ADA, "--reason", "x"], "--erase"),
        (
            &["forget", ADA, "--erase", "--reason", " "],
            "1 to 500 characters",
        ),
    ] {
        desk.run(arguments).await.exits(5).complains(said);
    }
}
