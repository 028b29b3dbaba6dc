use super::*;

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| match item["list"].as_str() {
            Some(list) => format!("{}/{list}", item["id"].as_str().unwrap()),
            None => item["id"].as_str().unwrap().to_owned(),
        })
        .collect()
}

#[tokio::test]
async fn a_sync_shows_how_it_stands() {
    let desk = Desk::furnished().await;
    let page = desk.get("/api/v1/syncs").await.is(200).json();
    let item = &page["items"][0];
    assert_eq!(item["id"], "everyone");
    assert_eq!(item["state"], "new");
    assert_eq!(item["nextDue"], "2026-11-22T06:00:00Z");
    assert_eq!(item["lastRun"], Value::Null);
    assert_eq!(item["valid"], true);
    desk.held("first").await;
    let page = desk.get("/api/v1/syncs").await.is(200).json();
    assert_eq!(page["items"][0]["state"], "held");
    assert_eq!(page["items"][0]["lastRun"]["run"], "first");
    assert_eq!(page["items"][0]["lastRun"]["done"]["waiting"], 5);
}

#[tokio::test]
async fn lists_are_found_by_state_routed_ones_too() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    desk.held("first").await;
    desk.routed_run("Sales", "r1", Status::Held).await;
    desk.routed_run("Support", "r2", Status::Failed).await;
    desk.routed_run("Legal", "r3", Status::Held).await;
    let by_state = |state: &'static str| {
        let desk = &desk;
        async move {
            let path = format!("/api/v1/syncs?state={state}");
            ids(&desk.get(&path).await.is(200).json())
        }
    };
    assert_eq!(
        by_state("held").await,
        ["everyone", "routed/Legal", "routed/Sales"]
    );
    assert_eq!(by_state("failed").await, ["routed/Support"]);
    assert_eq!(by_state("new").await, ["routed"]);
    assert_eq!(by_state("succeeded").await, [""; 0]);
    let lists = desk.get("/api/v1/syncs/routed/lists").await.is(200).json();
    assert_eq!(
        ids(&lists),
        ["routed", "routed/Legal", "routed/Sales", "routed/Support"]
    );
    desk.get("/api/v1/syncs/absent/lists")
        .await
        .problem(Code::NotFound);
    desk.get("/api/v1/syncs?state=happy")
        .await
        .problem(Code::InvalidRequest);
}

#[tokio::test]
async fn pages_join_without_a_gap() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    for number in 0..7 {
        desk.routed_run(
            &format!("list {number}"),
            &format!("r{number}"),
            Status::Held,
        )
        .await;
    }
    for (start, expected) in [
        ("/api/v1/syncs/routed/lists?limit=3", 8),
        ("/api/v1/syncs?state=held&limit=3", 7),
        ("/api/v1/syncs?limit=1", 2),
    ] {
        let mut seen: Vec<String> = Vec::new();
        let mut path = start.to_owned();
        loop {
            let page = desk.get(&path).await.is(200).json();
            seen.extend(ids(&page));
            match page["next"].as_str() {
                Some(next) => path = format!("{start}&after={next}"),
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted, seen, "{start}");
        assert_eq!(seen.len(), expected, "{start}");
    }
    for query in [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "after=%25",
        "after=____",
    ] {
        desk.get(&format!("/api/v1/syncs?{query}"))
            .await
            .problem(Code::InvalidRequest);
    }
}

#[tokio::test]
async fn a_sync_is_paused_and_resumed() {
    let desk = Desk::furnished().await;
    let pause = "/api/v1/syncs/everyone/pause";
    let body = json!({ "reason": " moving ", "by": " ada ", "until": "2026-11-23T12:00:00Z" });
    let standing = desk.post(pause, body).await.is(200).json();
    assert_eq!(standing["state"], "paused");
    assert_eq!(standing["paused"]["reason"], "moving");
    assert_eq!(standing["paused"]["by"], "ada");
    assert_eq!(standing["nextDue"], "2026-11-24T06:00:00Z");
    let paused = desk.get("/api/v1/syncs?state=paused").await.json();
    assert_eq!(ids(&paused), ["everyone"]);

    // Another reason does not begin another pause; without an end it is never due.
    desk.set("2026-11-21T07:00:00Z");
    let body = json!({ "reason": "still moving", "by": "bob" });
    let standing = desk.post(pause, body).await.is(200).json();
    assert_eq!(standing["paused"]["since"], "2026-11-21T06:00:00Z");
    assert_eq!(standing["nextDue"], Value::Null);

    // Too many failures paused it: whoever resumes it gives it all its tries again.
    let fails = |entry: &mut Entry| entry.failures = 7;
    let key = desk.key("everyone", None);
    agenda::change(&desk.stores, &key, desk.service.now(), fails)
        .await
        .unwrap();
    let resumed = desk
        .post("/api/v1/syncs/everyone/resume", json!({ "by": "ada" }))
        .await
        .is(200)
        .json();
    assert_eq!(resumed["state"], "new");
    assert_eq!(resumed["failures"], 0);
    assert_eq!(resumed["paused"], Value::Null);
    desk.post("/api/v1/syncs/everyone/resume", json!({ "by": "ada" }))
        .await
        .is(200);
}

#[tokio::test]
async fn a_pause_that_is_over_is_over_before_anybody_writes_it_down() {
    let desk = Desk::furnished().await;
    let body = json!({ "reason": "x", "by": "ada", "until": "2026-11-21T08:00:00Z" });
    desk.post("/api/v1/syncs/everyone/pause", body)
        .await
        .is(200);
    desk.set("2026-11-21T09:00:00Z");
    let page = desk.get("/api/v1/syncs?state=new").await.json();
    assert_eq!(ids(&page), ["everyone"]);
    assert_eq!(page["items"][0]["paused"], Value::Null);
    assert_eq!(page["items"][0]["since"], "2026-11-21T08:00:00Z");
    let page = desk.get("/api/v1/syncs?state=paused").await.json();
    assert_eq!(ids(&page), [""; 0]);
    let health = desk.get("/api/v1/health").await.json();
    assert_eq!(health["lists"]["new"], 1);
    assert_eq!(health["lists"]["paused"], 0);
}

#[tokio::test]
async fn one_list_of_a_routing_sync_is_paused_under_the_name_it_has() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    desk.routed_run("Sales", "r1", Status::Unchanged).await;
    let pause = |sync: &str, list: &str| {
        let body = json!({ "reason": "x", "by": "ada", "list": list });
        desk.post_owned(format!("/api/v1/syncs/{sync}/pause"), body)
    };
    let standing = pause("routed", "sales").await.is(200).json();
    assert_eq!(standing["list"], "Sales");
    assert_eq!(standing["state"], "paused");
    pause("routed", "Unheard of").await.problem(Code::NotFound);
    pause("everyone", "Sales").await.problem(Code::NotFound);
    pause("absent", "Sales").await.problem(Code::NotFound);
    let whole = desk.get("/api/v1/syncs/routed/lists").await.json();
    assert_eq!(whole["items"][0]["state"], "new");
}

#[tokio::test]
async fn texts_are_checked() {
    let desk = Desk::furnished().await;
    let pause = |reason: &str, by: &str, until: &str| {
        let body = json!({ "reason": reason, "by": by, "until": until });
        desk.post_owned("/api/v1/syncs/everyone/pause".to_owned(), body)
    };
    let (later, long) = ("2027-01-01T00:00:00Z", "é".repeat(501));
    for (reason, by) in [
        ("", "ada"),
        ("  \t ", "ada"),
        ("x", ""),
        ("x", "a\nb"),
        ("x\u{0}y", "ada"),
        ("x\u{85}y", "ada"),
        (long.as_str(), "ada"),
        ("x", &long[..402]),
    ] {
        pause(reason, by, later).await.problem(Code::InvalidRequest);
    }
    pause(&long[..1000], &long[..400], later).await.is(200);
    pause("x", "ada", "2026-11-21T06:00:00Z")
        .await
        .problem(Code::InvalidRequest);
    pause("x", "ada", "tomorrow")
        .await
        .problem(Code::InvalidBody);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_hides_no_other_and_is_no_new_list() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    let records = &desk.stores.records;
    let table = crate::store::ports::Table::Lists;
    let found = records
        .get(table, "all", "everyone")
        .await
        .unwrap()
        .unwrap();
    records
        .replace(table, "all", "everyone", "{}", &found.version)
        .await
        .unwrap();
    for path in ["/api/v1/syncs", "/api/v1/syncs?state=new"] {
        let page = desk.get(path).await.is(200).json();
        assert_eq!(ids(&page), ["routed"], "{path}");
        assert_eq!(page["unreadable"], 1, "{path}");
    }
    let health = desk.get("/api/v1/health").await.is(200).json();
    assert_eq!(health["unreadable"], 1);
    assert_eq!(health["lists"]["new"], 1);
}

#[tokio::test]
async fn health_counts_lists_and_jobs() {
    let desk = Desk::furnished().await;
    desk.held("first").await;
    desk.post(
        "/api/v1/syncs/everyone/runs",
        json!({ "mode": "apply", "by": "ada" }),
    )
    .await
    .is(202);
    let health = desk.get("/api/v1/health").await.is(200).json();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    // Whole seconds, the earlier one: as text it sorts as the time does.
    assert_eq!(health["started"], "2026-11-21T05:00:00Z");
    assert_eq!(health["format"], format::FORMAT);
    assert_eq!(health["lists"]["held"], 1);
    assert_eq!(health["lists"].as_object().unwrap().len(), 8);
    assert_eq!(health["jobs"], 1);
    desk.trouble.set(trouble::Mood::QueueFails);
    desk.get("/api/v1/health")
        .await
        .problem(Code::StorageUnavailable);
}
