//! Definitions that are JSON and make no sense: one clear fault, and nothing is done.

use serde_json::{Value, json};

use super::{Desk, everyone, members, rows, tenant};

/// Neither command goes on with such a file.
async fn is_refused(syncs: &[Value], complaint: &str) {
    let (sandbox, desk) = Desk::with(tenant(3, 1)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    let before = desk.bytes("lists/everyone.csv");
    desk.define(syncs);
    for command in ["check", "plan", "apply"] {
        let ran = desk.run(&[command]).await.exits(5).complains(&format!(
            "error: `rollcall.json` has 1 fault:\n  {complaint}"
        ));
        assert_eq!(ran.out, "");
    }
    assert_eq!(sandbox.counters().requests, 0);
    assert_eq!(members(&sandbox).len(), 1);
    assert_eq!(desk.bytes("lists/everyone.csv"), before);
    assert!(!desk.has_state());
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut sync = everyone();
    change(&mut sync);
    sync
}

#[tokio::test]
async fn an_unknown_key() {
    let sync = changed(|sync| sync["maping"] = json!({}));
    is_refused(
        &[sync],
        "syncs[0].maping: this key is not known; allowed: `id`, ",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_type() {
    let sync = changed(|sync| sync["limits"] = json!({"removals": {"percent": "ten"}}));
    is_refused(
        &[sync],
        "syncs[0].limits.removals.percent: found the text `ten`",
    )
    .await;
}

#[tokio::test]
async fn two_syncs_with_one_id() {
    let other = changed(|sync| sync["target"]["group"] = json!("Others"));
    is_refused(
        &[everyone(), other],
        "syncs[1].id: the id `everyone` is taken by `syncs[0]`",
    )
    .await;
}

#[tokio::test]
async fn a_sync_onto_itself() {
    let sync = changed(|sync| sync["target"] = sync["source"].clone());
    is_refused(
        &[sync],
        "syncs[0]: `everyone.csv` is source and target at once",
    )
    .await;
}

#[tokio::test]
async fn a_circle_of_syncs() {
    let back = changed(|sync| {
        let (source, target) = (sync["source"].take(), sync["target"].take());
        *sync = json!({"id": "back", "source": target, "target": source});
    });
    is_refused(
        &[everyone(), back],
        "syncs[0]: these syncs feed each other in a circle: `everyone`, `back`\n      \
         remove one of them, or join two into one two-way sync",
    )
    .await;
}

#[tokio::test]
async fn an_unknown_connection() {
    let sync = changed(|sync| sync["source"]["connection"] = json!("filse"));
    is_refused(
        &[sync],
        "syncs[0].source.connection: unknown connection `filse`; allowed: `entra-id`, `files`, ",
    )
    .await;
}
