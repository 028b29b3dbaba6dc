use std::collections::BTreeSet;

use super::{
    trouble::{Mood, away},
    *,
};
use crate::{
    format::FORMAT,
    store::{
        lease,
        ports::{StoreError, Table},
    },
};

/// One way to each problem there is: a code that nothing ends in any more is no promise.
#[tokio::test(start_paused = true)]
async fn every_code_is_used() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..3);
    desk.write("lists/everyone.csv", 0..3);
    desk.run("everyone", "before").await;
    desk.set("2026-11-21T06:10:00Z");
    let digest = desk.held("old").await.held.unwrap().digest.to_string();
    desk.set("2026-11-21T06:20:00Z");
    desk.held("first").await;
    let path = "/api/v1/syncs/everyone";
    let runs = "/api/v1/syncs/everyone/runs";
    let good = json!({ "mode": "apply", "by": "ada" });
    let decide = json!({ "digest": digest, "by": "ada" });
    let wrong = json!({ "digest": "000000000000", "by": "ada" });
    let mut seen: BTreeSet<Code> = BTreeSet::new();
    let mut saw = |answer: Answer, code: Code| {
        answer.problem(code);
        seen.insert(code);
    };
    saw(
        desk.get("/api/v1/syncs?limit=0").await,
        Code::InvalidRequest,
    );
    saw(desk.post(runs, json!([])).await, Code::InvalidBody);
    saw(desk.get("/api/v1/runs/absent").await, Code::NotFound);
    saw(
        desk.post("/api/v1/health", json!({})).await,
        Code::MethodNotAllowed,
    );
    saw(desk.put(path, &everyone()).await, Code::VersionRequired);
    saw(
        desk.call("PUT", path, &[("if-match", "\"x\"")], "{}").await,
        Code::Changed,
    );
    saw(
        desk.put("/api/v1/syncs/other", &json!({})).await,
        Code::InvalidDefinition,
    );
    let tag = desk.get("/api/v1/connections/hr").await.etag();
    saw(
        desk.call(
            "DELETE",
            "/api/v1/connections/hr",
            &[("if-match", &tag)],
            "",
        )
        .await,
        Code::InUse,
    );
    saw(
        desk.call("POST", runs, &[("content-length", "65537")], "{}")
            .await,
        Code::TooLarge,
    );
    let plain = Request::builder()
        .method("POST")
        .uri(runs)
        .body(Body::from("{}"));
    saw(desk.send(plain.unwrap()).await, Code::WrongMediaType);
    saw(
        desk.post("/api/v1/runs/before/approve", decide.clone())
            .await,
        Code::NotHeld,
    );
    saw(
        desk.post("/api/v1/runs/before/restore", good.clone()).await,
        Code::NotUndoable,
    );
    saw(
        desk.post("/api/v1/runs/old/approve", decide.clone()).await,
        Code::Superseded,
    );
    saw(
        desk.post("/api/v1/runs/first/approve", wrong.clone()).await,
        Code::DigestMismatch,
    );
    desk.post("/api/v1/runs/first/approve", decide)
        .await
        .is(202);
    saw(
        desk.post("/api/v1/runs/first/approve", wrong).await,
        Code::AlreadyDecided,
    );
    let key = [("idempotency-key", "k")];
    desk.call("POST", runs, &key, &good.to_string())
        .await
        .is(202);
    saw(
        desk.call(
            "POST",
            runs,
            &key,
            &json!({ "mode": "preview", "by": "ada" }).to_string(),
        )
        .await,
        Code::OtherRequest,
    );
    desk.post(
        &format!("{path}/pause"),
        json!({ "reason": "x", "by": "ada" }),
    )
    .await
    .is(200);
    saw(desk.post(runs, good).await, Code::Paused);

    let minute = Duration::from_secs(60);
    let records = desk.stores.records.as_ref();
    let held = lease::acquire(records, "catalog", "another", desk.service.now(), minute).await;
    assert!(matches!(held, Ok(lease::Acquisition::Acquired(_))));
    let busy = desk
        .put("/api/v1/connections/other", &json!({ "type": "csv" }))
        .await;
    assert_eq!(busy.header("retry-after"), "1");
    saw(busy, Code::Busy);

    std::fs::remove_file(desk.folder.path().join("hr/staff.csv")).unwrap();
    let unread = desk.get(&format!("{path}/explain?address=ada")).await;
    saw(unread, Code::ConnectionFailed);

    desk.trouble.set(Mood::Fails(away()));
    let away = desk.get("/api/v1/health").await;
    assert_eq!(away.header("retry-after"), "5");
    assert!(!away.body.contains("/secret/place"), "{}", away.body);
    saw(away, Code::StorageUnavailable);
    desk.trouble
        .set(Mood::Fails(StoreError::Conflict("x".to_owned())));
    saw(
        desk.post(&format!("{path}/resume"), json!({ "by": "ada" }))
            .await,
        Code::Busy,
    );
    desk.trouble.set(Mood::Panics);
    saw(desk.get("/api/v1/syncs").await, Code::Unexpected);
    desk.trouble.set(Mood::Hangs);
    saw(desk.get("/api/v1/syncs").await, Code::TimedOut);
    desk.trouble.set(Mood::Well);
    let form = async |version: u32| {
        let (table, partition, row) = (Table::State, "~format", "format");
        let found = records.get(table, partition, row).await.unwrap().unwrap();
        let value =
            json!({ "version": version, "writtenBy": "9.1.0", "since": "2026-11-20T06:00:00Z" });
        let (text, version) = (value.to_string(), &found.version);
        let write = records.replace(table, partition, row, &text, version);
        write.await.unwrap();
    };
    form(FORMAT + 1).await;
    let newer = desk.get("/api/v1/health").await;
    assert_eq!(newer.header("retry-after"), "60");
    saw(newer, Code::NewerData);
    // `catalog` is held by somebody else still.
    form(FORMAT - 1).await;
    saw(desk.get("/api/v1/health").await, Code::Upgrading);
    form(FORMAT).await;
    let found = records
        .get(Table::Definitions, "syncs", "everyone")
        .await
        .unwrap()
        .unwrap();
    records
        .replace(Table::Definitions, "syncs", "everyone", "{", &found.version)
        .await
        .unwrap();
    saw(desk.get(path).await, Code::StorageBroken);

    assert_eq!(seen, Code::ALL.into_iter().collect());
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
}

/// Whoever sends half a body and waits is not waited for.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_is_given_up() {
    let desk = Desk::furnished().await;
    let request = Request::builder()
        .method("POST")
        .uri("/api/v1/syncs/everyone/runs");
    let request = request.header("content-type", "application/json");
    let silent = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = request.body(Body::from_stream(silent)).unwrap();
    desk.send(request).await.problem(Code::TimedOut);
}

/// The host repeats a request that took the process down: a defect must not.
#[tokio::test]
async fn a_defect_is_an_answer() {
    let desk = Desk::furnished().await;
    desk.put(
        "/api/v1/connections/broken",
        &json!({ "type": "csv", "folder": "x" }),
    )
    .await
    .is(201);
    let answer = desk
        .post("/api/v1/connections/broken/test", json!({}))
        .await;
    let problem = answer.problem(Code::Unexpected);
    assert!(!problem.to_string().contains("a defect in a connector"));
    desk.get("/api/v1/health").await.is(200);
}
