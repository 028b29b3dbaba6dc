use super::*;
use crate::{history, job::Trigger};

async fn approve(desk: &Desk, run: &str, digest: &str, by: &str) -> Answer {
    let body = json!({ "digest": digest, "by": by });
    desk.post(&format!("/api/v1/runs/{run}/approve"), body)
        .await
}

async fn reject(desk: &Desk, run: &str, digest: &str, by: &str) -> Answer {
    let body = json!({ "digest": digest, "by": by, "reason": "they still work here" });
    desk.post(&format!("/api/v1/runs/{run}/reject"), body).await
}

fn digest_of(summary: &Summary) -> String {
    summary.held.as_ref().unwrap().digest.to_string()
}

#[tokio::test]
async fn an_approval_becomes_a_run() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    let asked = approve(&desk, "first", &digest[..12], "ada").await.is(202);
    assert_eq!(asked.header("location"), "/api/v1/runs/first.a");
    let jobs = desk.jobs().await;
    assert_eq!(jobs.len(), 1);
    let job = &jobs[0];
    assert_eq!(
        (job.run.as_str(), job.trigger),
        ("first.a", Trigger::Approval)
    );
    let approval = job.approval.as_ref().unwrap();
    assert_eq!(approval.digest, digest, "the whole digest");
    assert_eq!(approval.by, "ada");
    assert_eq!(approval.expires, at("2026-11-22T06:00:00Z"));
    let view = desk.get("/api/v1/runs/first.a").await.is(200).json();
    assert_eq!(view["state"], "queued");
    let view = desk.get("/api/v1/runs/first").await.is(200).json();
    assert_eq!(view["decision"]["verdict"], "approved");
    assert_eq!(view["decision"]["by"], "ada");

    // The same again, later, is the same; another is refused.
    desk.set("2026-11-21T09:00:00Z");
    let again = approve(&desk, "first", &digest, "ada").await.is(202);
    assert_eq!(again.body, asked.body);
    assert_eq!(desk.jobs().await, jobs);
    for (run, digest, by) in [
        ("first", &digest[..], "bob"),
        ("first", "000000000000", "ada"),
    ] {
        approve(&desk, run, digest, by)
            .await
            .problem(Code::AlreadyDecided);
    }
    let problem = reject(&desk, "first", &digest, "ada").await;
    let problem = problem.problem(Code::AlreadyDecided);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .starts_with("ada approved")
    );
}

#[tokio::test]
async fn a_rejection_is_written_down_and_starts_nothing() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    let rejected = reject(&desk, "first", &digest, "ada").await.is(200).json();
    assert_eq!(rejected["decision"]["verdict"], "rejected");
    assert_eq!(rejected["decision"]["reason"], "they still work here");
    desk.set("2026-11-21T09:00:00Z");
    let again = reject(&desk, "first", &digest, "ada").await.is(200).json();
    assert_eq!(again, rejected);
    let runs = desk.get("/api/v1/syncs/everyone/runs").await.is(200).json();
    assert_eq!(runs["decisions"], json!([rejected["decision"]]));
    approve(&desk, "first", &digest, "ada")
        .await
        .problem(Code::AlreadyDecided);
    assert_eq!(desk.jobs().await, []);
}

#[tokio::test]
async fn a_plan_that_comes_again_is_shown_as_rejected_until_it_is_approved() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    reject(&desk, "first", &digest, "ada").await.is(200);
    desk.set("2026-11-21T07:00:00Z");
    assert_eq!(digest_of(&desk.held("second").await), digest);
    let view = desk.get("/api/v1/runs/second").await.is(200).json();
    let rejected = &view["summary"]["held"]["rejected"];
    assert_eq!(rejected["by"], "ada");
    assert_eq!(rejected["run"], "first");
    assert_eq!(rejected["reason"], "they still work here");
    assert_eq!(rejected["at"], "2026-11-21T06:00:00Z");
    assert_eq!(
        view["decision"],
        Value::Null,
        "about this run nobody decided"
    );
    let plan = desk.get("/api/v1/runs/second/plan?format=text").await;
    assert!(
        plan.body
            .contains("REJECTED by ada on 2026-11-21 06:00 UTC")
    );
    desk.set("2026-11-21T08:00:00Z");
    approve(&desk, "second", &digest, "bob").await.is(202);
    // The no is sent once more, as if its answer had been lost: it stays before the yes.
    reject(&desk, "first", &digest, "ada").await.is(200);
    desk.set("2026-11-21T09:00:00Z");
    let third = desk.held("third").await;
    assert_eq!(third.held.unwrap().rejected, None);
}

#[tokio::test]
async fn a_no_that_was_half_written_is_written_when_it_is_sent_again() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    desk.trouble.set(trouble::Mood::StateFails);
    reject(&desk, "first", &digest, "ada")
        .await
        .problem(Code::StorageUnavailable);
    desk.trouble.set(trouble::Mood::Well);
    desk.set("2026-11-21T07:00:00Z");
    assert_eq!(desk.held("second").await.held.unwrap().rejected, None);
    reject(&desk, "first", &digest, "ada").await.is(200);
    desk.set("2026-11-21T08:00:00Z");
    assert!(desk.held("third").await.held.unwrap().rejected.is_some());
}

#[tokio::test]
async fn a_changed_definition_is_held_and_approved_like_any_plan() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..20);
    desk.write("lists/everyone.csv", 0..20);
    desk.run("everyone", "before").await;
    let found = desk.get("/api/v1/syncs/everyone").await.is(200);
    let mut sync = everyone();
    sync["mapping"] = json!({ "displayName": { "field": "displayName", "transforms": ["upper"] } });
    let (path, etag) = ("/api/v1/syncs/everyone", found.etag());
    desk.call("PUT", path, &[("if-match", &etag)], &sync.to_string())
        .await
        .is(200);
    desk.set("2026-11-21T07:00:00Z");
    let held = desk.run("everyone", "first").await;
    assert_eq!(held.status, Some(Status::Held));
    assert_eq!(held.done.waiting, 20);
    let view = desk.get("/api/v1/runs/first").await.is(200).json();
    assert_eq!(view["summary"]["held"]["redefined"], json!(["mapping"]));
    approve(&desk, "first", &digest_of(&held), "ada")
        .await
        .is(202);
}

#[tokio::test]
async fn only_what_waits_and_is_named_is_decided() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..20);
    desk.write("lists/everyone.csv", 0..19);
    desk.run("everyone", "before").await;
    approve(&desk, "before", "000000000000", "ada")
        .await
        .problem(Code::NotHeld);
    approve(&desk, "absent", "000000000000", "ada")
        .await
        .problem(Code::NotFound);
    desk.set("2026-11-21T06:10:00Z");
    let digest = digest_of(&desk.held("first").await);
    for wrong in ["", "000000000000", &digest[..11], &format!("{digest}0")] {
        approve(&desk, "first", wrong, "ada")
            .await
            .problem(Code::DigestMismatch);
    }
    let decided = history::decision(&desk.stores, "first").await.unwrap();
    assert_eq!(decided, None);
    assert_eq!(desk.jobs().await, []);
    reject(&desk, "first", &digest.to_uppercase(), "ada")
        .await
        .is(200);
}

#[tokio::test]
async fn a_newer_run_takes_its_place() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    desk.set("2026-11-21T06:10:00Z");
    desk.held("second").await;
    let problem = approve(&desk, "first", &digest, "ada").await;
    let problem = problem.problem(Code::Superseded);
    assert!(problem["detail"].as_str().unwrap().contains("`second`"));
    reject(&desk, "first", &digest, "ada")
        .await
        .problem(Code::Superseded);
    approve(&desk, "second", &digest, "ada").await.is(202);
    // Once decided it stays so, and asking again still works when its own run is the newer one.
    desk.set("2026-11-21T06:20:00Z");
    desk.held("second.a").await;
    approve(&desk, "second", &digest, "ada").await.is(202);
    assert_eq!(desk.jobs().await.len(), 1);
}

#[tokio::test]
async fn a_preview_supersedes_nothing_and_is_not_approved() {
    let desk = Desk::furnished().await;
    let held = desk.held("first").await;
    let digest = digest_of(&held);
    let mut preview = held.clone();
    preview.run = "preview".to_owned();
    preview.status = Some(Status::Previewed);
    preview.started = at("2026-11-21T06:30:00Z");
    history::begin(&desk.stores, &preview).await.unwrap();
    approve(&desk, "preview", &digest, "ada")
        .await
        .problem(Code::NotHeld);
    approve(&desk, "first", &digest, "ada").await.is(202);
}

#[tokio::test]
async fn a_paused_list_is_not_approved_and_may_be_rejected() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    desk.post(
        "/api/v1/syncs/everyone/pause",
        json!({ "reason": "x", "by": "ada" }),
    )
    .await
    .is(200);
    approve(&desk, "first", &digest, "ada")
        .await
        .problem(Code::Paused);
    reject(&desk, "first", &digest, "ada").await.is(200);
}

#[tokio::test]
async fn a_crash_after_the_decision_loses_nothing() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    desk.trouble.set(trouble::Mood::QueueFails);
    approve(&desk, "first", &digest, "ada")
        .await
        .problem(Code::StorageUnavailable);
    desk.trouble.set(trouble::Mood::Well);
    desk.set("2026-11-21T06:05:00Z");
    approve(&desk, "first", &digest, "ada").await.is(202);
    let jobs = desk.jobs().await;
    assert_eq!(jobs.len(), 1);
    let approval = jobs[0].approval.as_ref().unwrap();
    assert_eq!(
        approval.expires,
        at("2026-11-22T06:00:00Z"),
        "of the decision, not of the repetition"
    );
}

#[tokio::test]
async fn of_two_decisions_at_once_one_stands() {
    let desk = Desk::furnished().await;
    let digest = digest_of(&desk.held("first").await);
    let (approved, rejected) = tokio::join!(
        approve(&desk, "first", &digest, "ada"),
        reject(&desk, "first", &digest, "bob")
    );
    let statuses = (approved.status, rejected.status);
    assert!([(202, 409), (409, 200)].contains(&statuses), "{statuses:?}");
    let jobs = desk.jobs().await.len();
    assert_eq!(jobs, usize::from(approved.status == 202));
}

#[tokio::test]
async fn a_list_of_a_routing_sync_is_approved_by_itself() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    let held = desk.held("first").await.held;
    let mut summary = desk.routed_run("Größe/Ost", "r1", Status::Held).await;
    summary.held = held;
    history::end(&desk.stores, &summary).await.unwrap();
    approve(&desk, "r1", &digest_of(&summary), "ada")
        .await
        .is(202);
    let jobs = desk.jobs().await;
    assert_eq!(jobs[0].sync, "routed");
    assert_eq!(jobs[0].list.as_deref(), Some("Größe/Ost"));
}
