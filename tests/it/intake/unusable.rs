//! Calls of the HR system that cannot be used, and paths that lead nowhere.

use rollcall::{agenda, intake::LONGEST_LOAD};

use super::{
    call::Call,
    stage::{PEOPLE, Stage, TOKEN},
    watched::Failing,
};

#[tokio::test]
async fn what_cannot_be_used_is_refused_with_what_is_wrong_and_nothing_is_kept() {
    let stage = Stage::new().await;
    let load = |csv: &[u8]| Call::load("msg_1", csv);
    let people = || load(PEOPLE.as_bytes());
    let notice = |body: &[u8]| Call {
        body: body.to_vec(),
        ..Call::notice("msg_1")
    };
    let long = format!(r#"{{"people":"{}"}}"#, "x".repeat(300_000));
    let too_long = Call {
        body: vec![b'x'; LONGEST_LOAD + 1],
        ..people()
    };
    for (call, status, code, detail) in [
        (
            load(b"email,name\na@acme.org,A\nb@acme.org\n"),
            422,
            "unusable-content",
            "line 3 has 1 field",
        ),
        (
            load(b"email\na\xff@acme.org\n"),
            422,
            "unusable-content",
            "line 2, column 2 is not UTF-8",
        ),
        (
            load(b"email\n\"a@acme.org\n"),
            422,
            "unusable-content",
            "opens on line 2 is never closed",
        ),
        (
            load(b"name\nAda\n"),
            422,
            "unusable-content",
            "no column with an address",
        ),
        (load(b""), 422, "unusable-content", "is empty"),
        (
            notice(b"[1]"),
            422,
            "unusable-content",
            "is no JSON object: line 1",
        ),
        (
            notice(b"{\"a\":\n tru}"),
            422,
            "unusable-content",
            "line 2, column",
        ),
        (notice(b""), 422, "unusable-content", "is no JSON object"),
        (
            notice(long.as_bytes()),
            413,
            "too-large",
            "longer than 262144 bytes",
        ),
        (
            too_long.shows(TOKEN),
            413,
            "too-large",
            "longer than 33554432 bytes",
        ),
        (
            people().without("content-type"),
            415,
            "unknown-format",
            "no `Content-Type`",
        ),
        (
            people().with("content-type", "application/xml"),
            415,
            "unknown-format",
            "",
        ),
        (
            people().with("content-type", "text/csv; charset=windows-1252"),
            415,
            "unknown-format",
            "charset",
        ),
        (
            people().with("content-encoding", "gzip"),
            415,
            "unknown-format",
            "compressed",
        ),
        (
            people().shows(TOKEN).with("idempotency-key", "a b"),
            422,
            "bad-idempotency-key",
            "visible ASCII",
        ),
    ] {
        let said = stage.send(call).await.problem(status, code);
        assert!(said.contains(detail), "{said}");
    }
    assert_eq!(stage.watched.writes(), 0, "something was stored");
    // So the same id may stand for what is right in the end.
    let right = people().with(
        "content-type",
        "Text/CSV; charset=\"UTF-8\"; header=present",
    );
    assert_eq!(stage.send(right).await.receipt().rows, Some(2));
}

#[tokio::test]
async fn a_failing_storage_is_said_and_may_be_tried_again() {
    let stage = Stage::new().await;
    stage.watched.fail_from(0, Failing::Undone);
    let answer = stage.send(Call::load("msg_1", PEOPLE)).await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.headers["retry-after"], "30");
    assert!(!String::from_utf8_lossy(&answer.body).contains("storage"));
}

#[tokio::test]
async fn paths_that_lead_nowhere_and_methods_that_do_not_fit() {
    let stage = Stage::new().await;
    let receipt = stage
        .send(Call::load("msg_1", PEOPLE))
        .await
        .receipt()
        .receipt;
    stage.watched.writes();
    let other = receipt.replace(&receipt[60..], "00000");
    for path in [
        "/",
        "/api/hooks",
        "/api/hooks/hr",
        "/api/hooks/hr/",
        "/api/hooks/hr//x",
        "/api/hooks/hr/workday/",
        "/api/hooks/entra/workday",
        "/hooks/hr/workday/x",
        "/api/hooks/hr/workday/x",
        "/api/hooks/hr/workday/x/y",
        "/api/hooks/hr/workday/-",
        &format!("/api/hooks/hr/workday/{}", &receipt[..32]),
        &format!("/api/hooks/hr/workday/{other}"),
        &format!("/api/hooks/hr/workday/{}", receipt.to_uppercase()),
        &format!("/api/hooks/hr/bamboo/{receipt}"),
        &format!("/api/hooks/hr/workday/{receipt}/x"),
    ] {
        stage.get(path).await.problem(404, "not-found");
    }
    let answer = stage.get("/api/hooks/hr/workday").await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.headers["allow"], "POST");
    let mut call = Call::load("msg_1", PEOPLE);
    call.path = format!("/api/hooks/hr/workday/{receipt}");
    let answer = stage.send(call).await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.headers["allow"], "GET");
    assert_eq!(stage.watched.writes(), 0, "something was stored");
    // Where the path is ours it is matched without regard to case.
    let path = format!("/API/Hooks/HR/workday/{receipt}?code=KEY");
    stage.get(&path).await.is(200);
    let mut call = Call::load("msg_2", PEOPLE);
    call.path = "/Api/HOOKS/hr/workday".to_owned();
    stage.send(call).await.is(202);
    assert!(agenda::all(stage.stores()).await.unwrap().len() >= 2);
}
