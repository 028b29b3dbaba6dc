use super::*;
use crate::{history, job::Mode};

/// A run that added one person and removed another, and its id.
async fn changed(desk: &Desk) -> String {
    desk.write("hr/staff.csv", 0..20);
    desk.write("lists/everyone.csv", 1..21);
    let summary = desk.run("everyone", "mistake").await;
    assert_eq!(
        (summary.done.added, summary.done.removed),
        (1, 1),
        "{summary:?}"
    );
    summary.run
}

async fn restore(desk: &Desk, run: &str, body: Value) -> Answer {
    desk.post(&format!("/api/v1/runs/{run}/restore"), body)
        .await
}

fn apply() -> Value {
    json!({ "mode": "apply", "by": "ada", "reason": "the export broke off" })
}

#[tokio::test]
async fn a_restore_is_asked_for_like_a_run() {
    let desk = Desk::furnished().await;
    changed(&desk).await;
    let asked = restore(&desk, "mistake", apply()).await.is(202);
    assert_eq!(asked.header("retry-after"), "5");
    let location = asked.header("location").to_owned();
    assert_eq!(asked.json()["sync"], "everyone");
    let jobs = desk.jobs().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].restores.as_deref(), Some("mistake"));
    assert_eq!(
        jobs[0].cause,
        "restores run mistake (ada): the export broke off"
    );
    assert_eq!(
        (jobs[0].mode, jobs[0].sync.as_str()),
        (Mode::Apply, "everyone")
    );
    let view = desk.get(&location).await.is(200).json();
    assert_eq!(view["state"], "queued");

    let preview = json!({ "mode": "preview", "by": "bob" });
    restore(&desk, "mistake", preview).await.is(202);
    assert_eq!(desk.jobs().await[1].mode, Mode::Preview);
}

#[tokio::test]
async fn the_same_key_is_the_same_restore() {
    let desk = Desk::furnished().await;
    changed(&desk).await;
    let path = "/api/v1/runs/mistake/restore";
    let key = [("idempotency-key", "k")];
    let ask = async |body: Value| desk.call("POST", path, &key, &body.to_string()).await;
    let first = ask(apply()).await.is(202).body;
    // The same answer, also when the run is gone by then.
    let blobs = &desk.stores.blobs;
    blobs.delete("runs/everyone/mistake.json").await.unwrap();
    assert_eq!(ask(apply()).await.is(202).body, first);
    assert_eq!(desk.jobs().await.len(), 1);
    ask(json!({ "mode": "preview", "by": "ada" }))
        .await
        .problem(Code::OtherRequest);
    // The key of an ordinary run is another one.
    let runs = "/api/v1/syncs/everyone/runs";
    let body = json!({ "mode": "apply", "by": "ada" }).to_string();
    let run = desk.call("POST", runs, &key, &body);
    run.await.is(202);
    assert_eq!(desk.jobs().await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_undone_is_refused_before_it_is_asked_for() {
    let desk = Desk::furnished().await;
    changed(&desk).await;
    restore(&desk, "absent", apply())
        .await
        .problem(Code::NotFound);
    desk.set("2026-11-21T06:10:00Z");
    let idle = desk.run("everyone", "idle").await;
    assert_eq!(idle.status, Some(Status::Unchanged));
    let problem = restore(&desk, "idle", apply())
        .await
        .problem(Code::NotUndoable);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("changed no member")
    );
    assert!(problem["help"].as_str().unwrap().contains("rollcall show"));
    for body in [
        json!({ "mode": "apply" }),
        json!({ "by": "ada" }),
        json!({ "mode": "apply", "by": "ada", "digest": "x" }),
        json!({ "mode": "now", "by": "ada" }),
    ] {
        restore(&desk, "mistake", body)
            .await
            .problem(Code::InvalidBody);
    }
    let name = "snapshots/everyone/mistake.json";
    let kept = desk.stores.blobs.get(name).await.unwrap().unwrap();
    desk.stores.blobs.delete(name).await.unwrap();
    let problem = restore(&desk, "mistake", apply())
        .await
        .problem(Code::NotUndoable);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("not kept any more")
    );
    desk.stores.blobs.put(name, kept).await.unwrap();
    let tag = desk.get("/api/v1/syncs/everyone").await.etag();
    let path = "/api/v1/syncs/everyone";
    desk.call("DELETE", path, &[("if-match", &tag)], "")
        .await
        .is(200);
    restore(&desk, "mistake", apply())
        .await
        .problem(Code::NotFound);
    assert_eq!(desk.jobs().await, []);
}

#[tokio::test]
async fn a_paused_list_is_restored_all_the_same_and_a_held_restore_approved() {
    let desk = Desk::furnished().await;
    changed(&desk).await;
    let pause = json!({ "reason": "x", "by": "ada" });
    desk.post("/api/v1/syncs/everyone/pause", pause)
        .await
        .is(200);
    restore(&desk, "mistake", apply()).await.is(202);
    // As the worker leaves it: held, on a list that is paused.
    desk.set("2026-11-21T06:10:00Z");
    let file = history::run_file(&desk.stores, "everyone", "mistake").await;
    let plan = file.unwrap().unwrap().plan;
    let held = crate::plan::review::Held {
        digest: plan.digest(),
        breaches: Vec::new(),
        redefined: Vec::new(),
        misfit: None,
        difference: None,
        rejected: None,
        waiting: 2,
    };
    let lists = plan.lists.clone();
    let now = desk.service.now();
    let begun = Summary::begun("back", "everyone", lists, "restores run mistake (ada)", now);
    let begun = begun.restoring(Some("mistake"));
    history::begin(&desk.stores, &begun).await.unwrap();
    let digest = held.digest.to_string();
    let summary = begun.ended(&plan, Some(held), &[None, None], now);
    history::end(&desk.stores, &summary).await.unwrap();
    let view = desk.get("/api/v1/runs/back").await.is(200).json();
    assert_eq!(view["summary"]["restores"], "mistake");
    let body = json!({ "digest": digest, "by": "bob" });
    desk.post("/api/v1/runs/back/approve", body).await.is(202);
    let jobs = desk.jobs().await;
    let approved = jobs.last().unwrap();
    assert_eq!(approved.run, "back.a");
    assert_eq!(approved.restores.as_deref(), Some("mistake"));
    assert_eq!(approved.approval.as_ref().unwrap().digest, digest);
}

#[tokio::test]
async fn one_list_of_a_routing_sync_is_restored_by_itself() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    let name = "routed/Größe/Ost";
    changed(&desk).await;
    // The files of a run of that list.
    let file = history::run_file(&desk.stores, "everyone", "mistake").await;
    let file = file.unwrap().unwrap();
    let mut summary = desk.routed_run("Größe/Ost", "r1", Status::Succeeded).await;
    summary.done.added = 1;
    history::end(&desk.stores, &summary).await.unwrap();
    history::keep_run_file(&desk.stores, name, "r1", &file)
        .await
        .unwrap();
    let reading = |connection: &str| {
        let list = ListRef {
            connection: connection.to_owned(),
            list: "x".to_owned(),
        };
        let can = crate::model::capabilities::AddsBy::Address;
        let can = crate::model::capabilities::Capabilities::new(can, 1);
        crate::model::reading::Reading::whole(list, Vec::new(), can)
    };
    let (source, target) = (reading("hr"), reading("lists"));
    let readings = Sides {
        source: &source,
        target: &target,
    };
    history::keep_snapshot(&desk.stores, name, "r1", readings)
        .await
        .unwrap();
    let asked = restore(&desk, "r1", apply()).await.is(202).json();
    assert_eq!(asked["sync"], "routed");
    assert_eq!(asked["list"], "Größe/Ost");
    assert_eq!(desk.jobs().await[0].list.as_deref(), Some("Größe/Ost"));
}
