use super::*;
use crate::{
    history,
    job::{Mode, Trigger},
};

const RUNS: &str = "/api/v1/syncs/everyone/runs";

async fn start(desk: &Desk, key: &str, body: Value) -> Answer {
    let headers = [("idempotency-key", key)];
    desk.call("POST", RUNS, &headers, &body.to_string()).await
}

fn preview() -> Value {
    json!({ "mode": "preview", "by": "ada" })
}

fn apply() -> Value {
    json!({ "mode": "apply", "by": "ada" })
}

#[tokio::test]
async fn a_run_is_asked_for_and_found_at_once() {
    let desk = Desk::furnished().await;
    let asked = desk.post(RUNS, apply()).await.is(202);
    assert_eq!(asked.header("retry-after"), "5");
    let location = asked.header("location").to_owned();
    let run = asked.json()["run"].as_str().unwrap().to_owned();
    assert_eq!(location, format!("/api/v1/runs/{run}"));
    let found = desk.get(&location).await.is(200);
    assert_eq!(found.header("retry-after"), "5");
    let view = found.json();
    assert_eq!(view["state"], "queued");
    assert_eq!(view["asked"]["mode"], "apply");
    assert_eq!(view["asked"]["cause"], "by hand (ada)");
    let jobs = desk.jobs().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(
        (jobs[0].run.as_str(), jobs[0].mode),
        (run.as_str(), Mode::Apply)
    );
    assert_eq!(jobs[0].trigger, Trigger::Hand);
    for what in ["plan", "changes", "changes.csv", "package"] {
        desk.get(&format!("{location}/{what}"))
            .await
            .problem(Code::NotFound);
    }
    desk.write("hr/staff.csv", 0..3);
    desk.write("lists/everyone.csv", 0..2);
    desk.run("everyone", &run).await;
    let view = desk.get(&location).await.is(200);
    assert_eq!(view.header("retry-after"), "");
    assert_eq!(view.json()["state"], "ended");
    assert_eq!(view.json()["summary"]["status"], "succeeded");
}

#[tokio::test]
async fn the_same_key_is_the_same_run() {
    let desk = Desk::furnished().await;
    let first = start(&desk, "k 1", preview()).await.is(202);
    let again = start(&desk, " k 1 ", preview()).await.is(202);
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(desk.jobs().await.len(), 1, "sent once");
    start(&desk, "k 1", apply())
        .await
        .problem(Code::OtherRequest);
    start(&desk, "k 1", json!({ "mode": "preview", "by": "bob" }))
        .await
        .problem(Code::OtherRequest);
    let other = start(&desk, "k 2", preview()).await.is(202);
    assert_ne!(first.json()["run"], other.json()["run"]);
    let without = desk.post(RUNS, preview()).await.json()["run"].clone();
    let again = desk.post(RUNS, preview()).await.json()["run"].clone();
    assert_ne!(without, again, "without a key each is a new run");
    let long = "k".repeat(200);
    start(&desk, &long, preview()).await.is(202);
    for key in ["", "  ", "a\tb", &"k".repeat(201)] {
        start(&desk, key, preview())
            .await
            .problem(Code::InvalidRequest);
    }
    let run = first.json()["run"].as_str().unwrap().to_owned();
    assert!(
        run.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    );
}

#[tokio::test]
async fn a_crash_before_the_message_is_sent_loses_nothing() {
    let desk = Desk::furnished().await;
    desk.trouble.set(trouble::Mood::QueueFails);
    let failed = start(&desk, "k", apply()).await;
    assert_eq!(failed.header("retry-after"), "5");
    failed.problem(Code::StorageUnavailable);
    desk.trouble.set(trouble::Mood::Well);
    assert_eq!(desk.jobs().await, []);
    let run = enqueue::keyed_run("everyone", "k");
    let view = desk.get(&format!("/api/v1/runs/{run}")).await.is(200);
    assert_eq!(view.json()["state"], "queued", "it is written down");
    start(&desk, "k", apply()).await.is(202);
    let jobs = desk.jobs().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].run, run);
    assert!(
        history::queued(&desk.stores, &run)
            .await
            .unwrap()
            .unwrap()
            .sent
    );
}

#[tokio::test]
async fn the_same_key_at_once_is_one_run() {
    let desk = Desk::furnished().await;
    let calls = (0..8).map(|_| start(&desk, "k", apply()));
    let answers = futures::future::join_all(calls).await;
    let bodies: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.is(202).body)
        .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let runs: std::collections::BTreeSet<String> =
        desk.jobs().await.into_iter().map(|job| job.run).collect();
    assert_eq!(runs.len(), 1, "whatever was sent is one run");
}

#[tokio::test]
async fn a_paused_list_is_previewed_and_not_written() {
    let desk = Desk::furnished().await;
    start(&desk, "before", apply()).await.is(202);
    let body = json!({ "reason": "moving", "by": "ada", "until": "2026-11-21T08:00:00Z" });
    desk.post("/api/v1/syncs/everyone/pause", body)
        .await
        .is(200);
    let problem = start(&desk, "k", apply()).await.problem(Code::Paused);
    assert!(problem["detail"].as_str().unwrap().contains("moving"));
    assert_eq!(
        desk.jobs().await.len(),
        1,
        "nothing was written down or sent"
    );
    start(&desk, "before", apply()).await.is(202);
    start(&desk, "p", preview()).await.is(202);
    desk.set("2026-11-21T08:00:00Z");
    start(&desk, "k", apply()).await.is(202);
}

#[tokio::test]
async fn one_list_of_a_routing_sync_runs_by_itself() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    desk.routed_run("Sales", "r1", Status::Succeeded).await;
    let path = "/api/v1/syncs/routed/runs";
    let ask = |list: &str| {
        desk.post_owned(
            path.to_owned(),
            json!({ "mode": "apply", "by": "ada", "list": list }),
        )
    };
    let asked = ask("SALES").await.is(202).json();
    assert_eq!(asked["list"], "Sales");
    assert_eq!(desk.jobs().await[0].list.as_deref(), Some("Sales"));
    ask("Nobody").await.problem(Code::NotFound);
    desk.post(path, apply()).await.is(202);
    desk.post(
        "/api/v1/syncs/routed/pause",
        json!({ "reason": "x", "by": "ada" }),
    )
    .await
    .is(200);
    ask("Sales").await.problem(Code::Paused);
    let runs = desk.get(&format!("{path}?list=sales")).await.is(200).json();
    assert_eq!(runs["items"][0]["run"], "r1");
    assert_eq!(runs["items"][0]["sync"], "routed/Sales");
    let view = desk.get("/api/v1/runs/r1").await.is(200).json();
    assert_eq!(
        (view["sync"].as_str(), view["list"].as_str()),
        (Some("routed"), Some("Sales"))
    );
    let none = desk.get(path).await.is(200).json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn a_run_of_what_cannot_run_is_refused() {
    let desk = Desk::furnished().await;
    desk.post("/api/v1/syncs/absent/runs", apply())
        .await
        .problem(Code::NotFound);
    for body in [
        json!({ "by": "ada" }),
        json!({ "mode": "apply" }),
        json!({ "mode": "dry", "by": "ada" }),
        json!({ "mode": "apply", "by": "ada", "force": true }),
        json!({ "mode": "apply", "by": ["ada"] }),
        json!(["apply", "ada"]),
    ] {
        desk.post(RUNS, body).await.problem(Code::InvalidBody);
    }
    // It was valid for another version.
    let records = &desk.stores.records;
    let table = crate::store::ports::Table::Definitions;
    let found = records
        .get(table, "syncs", "everyone")
        .await
        .unwrap()
        .unwrap();
    let value = found.value.replace("\"schedule\"", "\"timetable\"");
    records
        .replace(table, "syncs", "everyone", &value, &found.version)
        .await
        .unwrap();
    desk.post(RUNS, preview())
        .await
        .problem(Code::InvalidDefinition);
    assert_eq!(desk.jobs().await, []);
    let page = desk.get("/api/v1/syncs").await.is(200).json();
    assert_eq!(page["items"][0]["valid"], false);
    assert_eq!(page["items"][0]["nextDue"], Value::Null);
}

#[tokio::test]
async fn runs_are_listed_newest_first_page_by_page() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..3);
    desk.write("lists/everyone.csv", 0..3);
    for minute in 0..5 {
        desk.set(&format!("2026-11-21T06:0{minute}:00Z"));
        desk.run("everyone", &format!("run-{minute}")).await;
    }
    let mut seen = Vec::new();
    let mut path = format!("{RUNS}?limit=2");
    loop {
        let page = desk.get(&path).await.is(200).json();
        let items = page["items"].as_array().unwrap();
        seen.extend(
            items
                .iter()
                .map(|item| item["run"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("{RUNS}?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["run-4", "run-3", "run-2", "run-1", "run-0"]);
    for query in [
        "limit=101",
        "after=!",
        "after=ICAg",
        "list=a%00b",
        "state=held",
    ] {
        desk.get(&format!("{RUNS}?{query}"))
            .await
            .problem(Code::InvalidRequest);
    }
    desk.get("/api/v1/syncs/absent/runs")
        .await
        .problem(Code::NotFound);
}

#[tokio::test]
async fn plan_and_changes_are_shown_as_json_text_and_csv() {
    let desk = Desk::furnished().await;
    let summary = desk.held("first").await;
    let plan = desk.get("/api/v1/runs/first/plan").await.is(200).json();
    assert_eq!(plan["digest"], summary.digest.unwrap());
    assert_eq!(plan["totals"]["remove"], 5);
    assert_eq!(plan["held"]["waiting"], 5);
    let accept = [("accept", "text/plain")];
    let asked = desk
        .call("GET", "/api/v1/runs/first/plan", &accept, "")
        .await;
    let text = desk
        .get("/api/v1/runs/first/plan?format=text")
        .await
        .is(200);
    assert_eq!(asked.body, text.body);
    assert!(
        text.body.contains("user017@contoso.example"),
        "{}",
        text.body
    );
    assert!(text.header("content-type").starts_with("text/plain"));
    let json = desk
        .call("GET", "/api/v1/runs/first/plan?format=json", &accept, "")
        .await;
    assert_eq!(json.header("content-type"), "application/json");

    let changes = desk.get("/api/v1/runs/first/changes").await.is(200).json();
    let items = changes["items"].as_array().unwrap();
    assert_eq!(items.len(), 5);
    assert_eq!(items[0]["action"], "remove");
    assert_eq!(items[0]["result"], "waiting");
    let csv = desk.get("/api/v1/runs/first/changes.csv").await.is(200);
    assert!(csv.header("content-disposition").contains("first.csv"));
    assert_eq!(csv.body.lines().count(), 6);
    assert!(csv.body.starts_with("run,list,action,member,"));
    let only = |codes: &str| format!("/api/v1/runs/first/changes?only={codes}");
    let code = items[0]["reasonCode"].as_str().unwrap();
    let few = desk.get(&only(code)).await.is(200).json();
    let few = few["items"].as_array().unwrap();
    assert!(
        !few.is_empty() && few.len() < items.len()
            || items.iter().all(|item| item["reasonCode"] == code)
    );
    assert!(few.iter().all(|item| item["reasonCode"] == code));
    desk.get(&only("nonsense")).await.is(400);
}

#[tokio::test]
async fn a_cell_that_looks_like_a_formula_is_text() {
    let desk = Desk::furnished().await;
    let folder = desk.folder.path();
    std::fs::write(
        folder.join("hr/staff.csv"),
        "email,displayName\n=cmd@contoso.example,Eve\n",
    )
    .unwrap();
    desk.write("lists/everyone.csv", 0..1);
    desk.run("everyone", "first").await;
    let csv = desk.get("/api/v1/runs/first/changes.csv").await.is(200);
    let dangerous = ["=", "+", "-", "@"];
    let mut reader = csv::Reader::from_reader(csv.body.as_bytes());
    let mut saw_it = false;
    for row in reader.records() {
        for cell in row.unwrap().iter() {
            assert!(
                !dangerous.iter().any(|sign| cell.starts_with(sign)),
                "{cell}"
            );
            saw_it |= cell.starts_with("'=cmd");
        }
    }
    assert!(saw_it, "{}", csv.body);
}
