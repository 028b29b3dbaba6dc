use super::{
    trouble::{Mood, away},
    *,
};

const ADA: &str = "user000@contoso.example";

/// A run that put three people on a list.
async fn desk() -> Desk {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..3);
    desk.write("lists/everyone.csv", 1..3);
    desk.run("everyone", "first").await;
    desk
}

async fn look_up(desk: &Desk, who: &str) -> Value {
    let path = format!("/api/v1/people?address={who}");
    desk.get(&path).await.is(200).json()
}

fn kinds(items: &Value) -> Vec<&str> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| item["kind"].as_str().unwrap()).collect()
}

async fn erase(desk: &Desk, body: Value) -> Answer {
    desk.post("/api/v1/people/erase", body).await
}

#[tokio::test]
async fn what_is_stored_is_shown_and_erased() {
    let desk = desk().await;
    let nobody = look_up(&desk, "zoe@contoso.example").await;
    assert_eq!(nobody["items"], json!([]));
    let stored = look_up(&desk, "User000@Contoso.example").await;
    assert_eq!(kinds(&stored["items"]), ["baselines", "plans", "snapshots"]);
    assert_eq!(stored["knownAs"]["addresses"], json!([ADA]));
    let lists = stored["stillOn"].as_array().unwrap();
    let lists: Vec<&Value> = lists.iter().map(|on| &on["list"]).collect();
    assert_eq!(lists, ["hr:staff.csv", "lists:everyone.csv"]);

    let reason = format!("{ADA} asked for it");
    let body = json!({ "address": ADA, "by": "grace", "reason": reason });
    let erased = erase(&desk, body.clone()).await.is(200).json();
    assert_eq!(erased["found"]["items"], stored["items"]);
    assert_eq!(kinds(&erased["left"]), ["baselines"]);
    assert!(erased["left"][0]["keptBecause"].is_string());
    assert_eq!((&erased["busy"], &erased["blobs"]), (&json!([]), &json!(2)));
    assert_eq!(kinds(&look_up(&desk, ADA).await["items"]), ["baselines"]);
    let all = desk.get("/api/v1/runs/first/changes").await.is(200);
    assert!(!all.body.contains("user000") && all.body.contains("(forgotten)"));
    // Again there is nothing to erase.
    let again = erase(&desk, body).await.is(200).json();
    assert_eq!(again["blobs"], 0);
    assert_eq!(kinds(&again["left"]), ["baselines"]);
    // Nobody is removed for it.
    desk.set("2026-11-21T07:00:00Z");
    let next = desk.run("everyone", "second").await;
    assert_eq!(next.status, Some(Status::Unchanged));
    assert_eq!(kinds(&look_up(&desk, ADA).await["items"]), ["baselines"]);
}

#[tokio::test]
async fn a_list_that_is_written_stays_as_it_is_and_is_told() {
    let desk = desk().await;
    let records = desk.stores.records.as_ref();
    let now = desk.service.now();
    let lease = crate::store::lease::acquire(
        records,
        "lists:everyone.csv",
        "a run",
        now,
        Duration::from_secs(60),
    );
    lease.await.unwrap();
    let body = json!({ "address": ADA, "by": "grace", "reason": "x" });
    let erased = erase(&desk, body.clone()).await.is(200).json();
    assert_eq!(erased["busy"], json!(["lists:everyone.csv"]));
    assert_eq!(erased["blobs"], 0);
    let left = ["baselines", "plans", "snapshots"];
    assert_eq!(kinds(&erased["left"]), left);
    desk.set("2026-11-21T06:02:00Z");
    let erased = erase(&desk, body).await.is(200).json();
    assert_eq!(erased["busy"], json!([]));
    assert_eq!(kinds(&erased["left"]), ["baselines"]);
}

#[tokio::test]
async fn what_names_nobody_is_refused() {
    let desk = desk().await;
    for query in ["", "?address=", "?address=ada", "?address=0491570006"] {
        desk.get(&format!("/api/v1/people{query}"))
            .await
            .problem(Code::InvalidRequest);
    }
    for (body, code) in [
        (json!({ "address": ADA, "by": "grace" }), Code::InvalidBody),
        (
            json!({ "address": ADA, "by": "", "reason": "x" }),
            Code::InvalidRequest,
        ),
        (
            json!({ "address": ADA, "by": "grace", "reason": " " }),
            Code::InvalidRequest,
        ),
        (
            json!({ "address": "ada", "by": "grace", "reason": "x" }),
            Code::InvalidRequest,
        ),
        (
            json!({ "address": ADA, "by": "grace", "reason": "x", "force": true }),
            Code::InvalidBody,
        ),
    ] {
        erase(&desk, body).await.problem(code);
    }
    desk.trouble.set(Mood::Fails(away()));
    desk.get(&format!("/api/v1/people?address={ADA}"))
        .await
        .problem(Code::StorageUnavailable);
}
