//! `explain`: why one person is, is not, or will be on a list.

use serde_json::json;

use super::{Desk, Ran, address, everyone, ids, members, settled, tenant};

async fn explained(desk: &Desk, who: &str) -> Ran {
    desk.run(&["explain", "everyone", who]).await
}

#[tokio::test]
async fn one_person_is_told_before_and_after_a_run() {
    let (sandbox, desk) = Desk::with(tenant(6, 2)).await;
    desk.list(&[&address(0), &address(3), "user0O04@contoso.example"]);
    let there = explained(&desk, "USER0000@contoso.example").await.exits(0);
    assert_eq!(
        there.out,
        "USER0000@contoso.example is on both lists; nothing will change.\n\
         \x20 files:everyone.csv: user0000@contoso.example; line 2\n\
         \x20 entra-id:Everyone: user0000@contoso.example; id 00000000-0000-4000-8001-000000000000\n\
         \x20 matching: known to be one person by the address user0000@contoso.example\n\
         \x20 next run: does nothing: nothing differs\n\
         \x20 entra-id: knows user0000@contoso.example\n\
         \x20 history: this sync has not run yet\n"
    );
    explained(&desk, &address(3)).await.exits(0).says(
        "user0003@contoso.example is not on entra-id:Everyone; the next run will add them: is on the source.\n",
    );
    explained(&desk, &address(1)).await.exits(0).says(
        "user0001@contoso.example is on entra-id:Everyone; the next run will remove them: is not on the source.\n",
    );
    explained(&desk, "user0O04@contoso.example")
        .await
        .exits(0)
        .says("is not on entra-id:Everyone and is not added: unresolved: ")
        .says("nearest: user0004@contoso.example");
    // On no list, and known to the tenant.
    explained(&desk, &address(5)).await.exits(0).says(
        "user0005@contoso.example is on neither list; entra-id knows them as user0005@contoso.example.\n",
    );
    explained(&desk, "usr0005@contoso.example")
        .await
        .exits(5)
        .says("nobody on files:everyone.csv or entra-id:Everyone, nor anybody else whom entra-id knows, is known by `usr0005@contoso.example`. Perhaps meant: user0005@contoso.example, ");
    assert!(!desk.has_state(), "nothing is written, not even history");
    assert_eq!(sandbox.counters().writes, 0);
    assert_eq!(members(&sandbox), ids(0..2));

    desk.run(&["apply"]).await.exits(0);
    let told = explained(&desk, &address(3)).await.exits(0);
    assert!(
        settled(&told.out).contains("last change: add on entra-id:Everyone by run RUN of "),
        "{}",
        told.out
    );
    told.says("by hand (ada), because: is on the source; applied\n");
    explained(&desk, &address(1))
        .await
        .exits(0)
        .says("last change: remove on entra-id:Everyone by run ")
        .says("because: is not on the source; applied\n");
    explained(&desk, &address(0))
        .await
        .exits(0)
        .says("history: none of the 1 run so far changed them\n");
}

#[tokio::test]
async fn the_clause_of_a_filter_and_the_answer_as_json() {
    let (sandbox, desk) = Desk::with(tenant(4, 0)).await;
    let mut sync = everyone();
    sync["filters"] = json!({ "team": "Sales" });
    desk.define(&[sync]);
    desk.write(
        "lists/everyone.csv",
        "email,team\nuser0000@contoso.example,Legal\nuser0001@contoso.example,Sales\n",
    );
    explained(&desk, &address(0))
        .await
        .exits(0)
        .says("user0000@contoso.example is not on entra-id:Everyone because team is \"Legal\".\n");
    let told = desk
        .run(&["explain", "everyone", &address(1), "--json"])
        .await
        .exits(0)
        .json();
    assert_eq!(told["version"], 1);
    assert_eq!(told["sync"], "everyone");
    assert_eq!(told["asked"], address(1));
    let list = &told["lists"][0];
    assert_eq!(
        list["explanation"]["people"][0]["entries"][0]["filter"],
        json!({ "passes": true, "clause": null })
    );
    assert_eq!(
        list["explanation"]["people"][0]["next"],
        json!([{ "side": "target", "does": "add", "why": "is on the source", "waits": false }])
    );
    assert_eq!(
        list["history"],
        json!({ "last": [], "runs": 0, "since": null, "more": false, "gone": 0 })
    );
    let unknown = desk
        .run(&["explain", "everyone", "nobody", "--json"])
        .await
        .exits(5)
        .json();
    assert_eq!(unknown["lists"][0]["explanation"]["people"], json!([]));
    assert_eq!(sandbox.counters().writes, 0);
}

#[tokio::test]
async fn nothing_that_names_anybody_is_logged() {
    let (_sandbox, desk) = Desk::with(tenant(3, 1)).await;
    desk.list(&[&address(0), &address(2)]);
    let mut command = desk.command(&["explain", "everyone", &address(2)]);
    command.env("ROLLCALL_LOG", "info");
    let ran = super::finish(command).await.exits(0);
    assert!(!ran.err.contains("user0002"), "{}", ran.err);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let (_sandbox, desk) = Desk::with(tenant(3, 1)).await;
    desk.list(&[&address(0)]);
    desk.run(&["explain", "nothing", &address(0)])
        .await
        .exits(5)
        .complains("there is no sync `nothing`\nknown syncs: `everyone`");
    explained(&desk, "  ")
        .await
        .exits(5)
        .complains("there is nobody to explain");
    let mut sync = everyone();
    sync["target"]["group"] = json!("Nobody");
    desk.define(&[sync]);
    explained(&desk, &address(0))
        .await
        .exits(5)
        .complains("sync `everyone`: there is no group named `Nobody`");
}
