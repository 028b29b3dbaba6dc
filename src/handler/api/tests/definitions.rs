use super::*;

const EVERYONE: &str = "/api/v1/syncs/everyone";

#[tokio::test]
async fn a_definition_is_made_looked_at_changed_and_deleted() {
    let desk = Desk::furnished().await;
    let got = desk.get(EVERYONE).await.is(200);
    let mut expected = everyone();
    expected["id"] = json!("everyone");
    assert_eq!(got.json(), expected, "what was put, with its id");
    let first = got.etag();
    let entry = agenda::get(&desk.stores, &desk.key("everyone", None)).await;
    assert!(entry.unwrap().is_some(), "a new sync is on the agenda");

    let mut changed = expected.clone();
    changed["schedule"] = json!("0 7 * * *");
    let put = |tag: String, body: &Value| {
        let body = body.to_string();
        let desk = &desk;
        async move {
            desk.call("PUT", EVERYONE, &[("if-match", &tag)], &body)
                .await
        }
    };
    let second = put(first.clone(), &changed).await.is(200);
    assert_eq!(second.json(), changed);
    assert_ne!(second.etag(), first);
    assert_eq!(desk.get(EVERYONE).await.etag(), second.etag());

    put(first.clone(), &expected).await.problem(Code::Changed);
    put(format!("W/{}", second.etag()), &expected)
        .await
        .problem(Code::Changed);
    desk.put(EVERYONE, &expected)
        .await
        .problem(Code::VersionRequired);
    assert_eq!(desk.get(EVERYONE).await.json(), changed);
    let tags = format!("\"other\", {}", second.etag());
    put(tags, &expected).await.is(200);
    let third = put("*".to_owned(), &changed).await.is(200);

    let delete = |headers: Vec<(&'static str, String)>| {
        let desk = &desk;
        async move {
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            desk.call("DELETE", EVERYONE, &headers, "").await
        }
    };
    delete(Vec::new()).await.problem(Code::VersionRequired);
    delete(vec![("if-match", first)])
        .await
        .problem(Code::Changed);
    desk.get(EVERYONE).await.is(200);
    let gone = delete(vec![("if-match", third.etag())]).await.is(200);
    assert_eq!(gone.json(), json!({ "deleted": "everyone" }));
    desk.get(EVERYONE).await.problem(Code::NotFound);
    delete(vec![("if-match", third.etag())])
        .await
        .problem(Code::NotFound);
    put(third.etag(), &expected).await.problem(Code::Changed);
    assert_eq!(agenda::all(&desk.stores).await.unwrap().len(), 0);
}

#[tokio::test]
async fn new_only_when_it_is_to_be_new() {
    let desk = Desk::furnished().await;
    let new = [("if-none-match", "*")];
    let path = "/api/v1/connections/files";
    let body = json!({ "type": "csv", "folder": "a" }).to_string();
    let made = desk.call("PUT", path, &new, &body).await.is(201);
    assert_eq!(made.header("location"), path);
    desk.call("PUT", path, &new, &body)
        .await
        .problem(Code::Changed);
    let tag = made.etag();
    for headers in [
        vec![("if-none-match", tag.as_str())],
        vec![("if-none-match", "*"), ("if-match", tag.as_str())],
        vec![("if-match", tag.as_str()), ("if-match", tag.as_str())],
    ] {
        desk.call("PUT", path, &headers, &body)
            .await
            .problem(Code::InvalidRequest);
    }
    let list = desk.get("/api/v1/connections").await.is(200).json();
    let items = list["items"].as_array().unwrap();
    let names: Vec<&str> = items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["files", "hr", "lists"]);
    assert_eq!(items[0]["etag"], tag);
}

#[tokio::test]
async fn what_has_faults_is_refused_with_all_of_them() {
    let desk = Desk::furnished().await;
    let path = "/api/v1/syncs/other";
    let faulty = json!({
        "source": "nowhere", "target": { "connection": "lists", "list": "x.csv", "colour": "red" },
        "limits": { "removals": { "percent": 200 } }, "surprise": true,
    });
    let problem = desk
        .put(path, &faulty)
        .await
        .problem(Code::InvalidDefinition);
    let faults = problem["faults"].as_array().unwrap();
    let paths: Vec<&str> = faults
        .iter()
        .map(|fault| fault["path"].as_str().unwrap())
        .collect();
    for expected in ["source", "surprise", "target.colour"] {
        assert!(paths.contains(&expected), "{paths:?}");
    }
    assert!(faults.iter().all(|fault| fault["message"].is_string()));
    desk.get(path).await.problem(Code::NotFound);

    let mut renamed = everyone();
    renamed["id"] = json!("everybody");
    let problem = desk
        .put(path, &renamed)
        .await
        .problem(Code::InvalidDefinition);
    assert_eq!(problem["faults"][0]["path"], "id");

    // It is valid by itself, and contradicts another one, which is called by its id.
    let problem = desk
        .put("/api/v1/syncs/a-second", &everyone())
        .await
        .problem(Code::InvalidDefinition);
    let faults = problem["faults"].to_string();
    assert!(faults.contains("everyone"), "{faults}");
    let problem = desk
        .put("/api/v1/syncs/Upper", &everyone())
        .await
        .problem(Code::InvalidDefinition);
    assert_eq!(problem["faults"][0]["path"], "id");
    let secret = json!({ "type": "entra-id", "clientSecret": "hunter2" });
    desk.put("/api/v1/connections/tenant", &secret)
        .await
        .problem(Code::InvalidDefinition);
}

#[tokio::test]
async fn a_definition_has_to_fit_its_row() {
    let desk = Desk::furnished().await;
    let mut large = everyone();
    large["target"]["list"] = json!("x.csv");
    large["protected"] = json!(vec!["somebody@contoso.example"; 1200]);
    assert!(large.to_string().len() < call::LARGEST_BODY);
    desk.put("/api/v1/syncs/large", &large)
        .await
        .problem(Code::TooLarge);
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_wins() {
    let desk = Desk::furnished().await;
    let tag = desk.get(EVERYONE).await.etag();
    let bodies: Vec<String> = (0..8)
        .map(|hour| {
            let mut body = everyone();
            body["schedule"] = json!(format!("0 {hour} * * *"));
            body.to_string()
        })
        .collect();
    let headers = [("if-match", tag.as_str())];
    let calls = bodies
        .iter()
        .map(|body| desk.call("PUT", EVERYONE, &headers, body));
    let answers = futures::future::join_all(calls).await;
    let won: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(won.len(), 1, "one wins");
    for answer in &answers {
        assert!([200, 412, 503].contains(&answer.status), "{}", answer.body);
    }
    let now = desk.get(EVERYONE).await;
    assert_eq!(now.json(), won[0].json());
    assert_eq!(now.etag(), won[0].etag());
}

#[tokio::test]
async fn of_two_that_make_the_same_one_wins() {
    let desk = Desk::furnished().await;
    let path = "/api/v1/connections/files";
    let body = json!({ "type": "csv", "folder": "a" });
    let answers = futures::future::join_all((0..6).map(|_| desk.put(path, &body))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201, "{statuses:?}");
    let others = [428, 503];
    assert!(
        statuses[1..].iter().all(|status| others.contains(status)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_connection_in_use_stays() {
    let desk = Desk::furnished().await;
    let path = "/api/v1/connections/lists";
    let tag = desk.get(path).await.etag();
    let problem = desk.call("DELETE", path, &[("if-match", &tag)], "").await;
    let problem = problem.problem(Code::InUse);
    assert!(problem["detail"].as_str().unwrap().contains("`everyone`"));
    desk.get(path).await.is(200);
}

#[tokio::test]
async fn a_deleted_sync_is_forgotten_with_all_its_lists() {
    let desk = Desk::furnished().await;
    let path = "/api/v1/syncs/routed";
    let tag = desk.put(path, &routed()).await.is(201).etag();
    desk.routed_run("Sales", "r1", Status::Held).await;
    desk.call("DELETE", path, &[("if-match", &tag)], "")
        .await
        .is(200);
    let left = agenda::all(&desk.stores).await.unwrap();
    assert_eq!(left.len(), 1, "`everyone` alone");
    let held = agenda::in_state(&desk.stores, agenda::State::Held).await;
    assert_eq!(held.unwrap(), []);
    let history = desk.get("/api/v1/syncs/routed/runs?list=Sales").await;
    assert_eq!(
        history.is(200).json()["items"][0]["run"],
        "r1",
        "the history stays"
    );
    // What a crash left on the agenda goes when the delete is repeated.
    desk.routed_run("Support", "r2", Status::Held).await;
    desk.call("DELETE", path, &[("if-match", &tag)], "")
        .await
        .problem(Code::NotFound);
    assert_eq!(agenda::all(&desk.stores).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_connection_is_tried_out() {
    let desk = Desk::furnished().await;
    let test = |name: &str| desk.post_owned(format!("/api/v1/connections/{name}/test"), json!({}));
    let tried = test("hr").await.is(200).json();
    assert_eq!(tried["works"], false);
    assert_eq!(tried["lines"][0]["message"], "as `rollcall`");
    assert_eq!(tried["lines"][1]["code"], "permission-missing");
    assert_eq!(tried["lines"][1]["help"], "grant it");
    test("entra-id").await.is(200);
    test("absent").await.problem(Code::NotFound);
    desk.put(
        "/api/v1/connections/unusable",
        &json!({ "type": "entra-id" }),
    )
    .await
    .is(201);
    let tried = test("unusable").await.is(200).json();
    assert_eq!(tried["lines"][0]["code"], "settings");
    desk.post_owned("/api/v1/connections/hr/test".to_owned(), json!({ "x": 1 }))
        .await
        .problem(Code::InvalidBody);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_given_up() {
    let desk = Desk::furnished().await;
    desk.put(
        "/api/v1/connections/silent",
        &json!({ "type": "csv", "folder": "x" }),
    )
    .await
    .is(201);
    let problem = desk
        .post("/api/v1/connections/silent/test", json!({}))
        .await;
    let problem = problem.problem(Code::TimedOut);
    assert!(problem["detail"].as_str().unwrap().contains("60 s"));
}
