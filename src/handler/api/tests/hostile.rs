use super::*;

#[tokio::test]
async fn words_are_matched_without_case_and_identifiers_with_it() {
    let desk = Desk::furnished().await;
    for path in [
        "/API/V1/Syncs/everyone/RUNS",
        "/Api/v1/SYNCS/everyone/runs/",
        "/api/V1/OpenApi.JSON",
        "/api/v1/syncs/everyone",
    ] {
        desk.get(path).await.is(200);
    }
    desk.get("/api/v1/syncs/Everyone")
        .await
        .problem(Code::NotFound);
    let body = json!({ "mode": "preview", "by": "ada" });
    desk.post("/API/V1/SYNCS/everyone/Runs", body).await.is(202);
}

#[tokio::test]
async fn what_is_no_path_of_ours_is_not_found() {
    let desk = Desk::furnished().await;
    let long = format!("/api/v1/runs/{}", "x".repeat(201));
    for path in [
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/syncs//runs",
        "/api/v1//syncs",
        "/api/v1/syncs/a%2Fb",
        "/api/v1/syncs/a%252Fb",
        "/api/v1/syncs/..",
        "/api/v1/syncs/.",
        "/api/v1/syncs/..%2f..%2fhealth",
        "/api/v1/syncs/a;c=1",
        "/api/v1/syncs/anna%40contoso.com",
        "/api/v1/syncs/anna@contoso.com",
        "/api/v1/syncs/a~b",
        "/api/v1/syncs/%00",
        "/api/v1/runs/x/plan/more",
        &long,
    ] {
        desk.get(path).await.problem(Code::NotFound);
    }
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_allowed() {
    let desk = Desk::furnished().await;
    for (method, path, allowed) in [
        ("POST", "/api/v1/syncs", "GET"),
        ("PATCH", "/api/v1/syncs/everyone", "GET, PUT, DELETE"),
        ("GET", "/api/v1/syncs/everyone/pause", "POST"),
        ("DELETE", "/API/v1/runs/x", "GET"),
        ("OPTIONS", "/api/v1/health", "GET"),
        ("HEAD", "/api/v1/health", "GET"),
        ("BREW", "/api/v1/syncs/everyone/runs", "GET, POST"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("x-http-method-override", "GET");
        let response = router(desk.service.clone())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), 405, "{method} {path}");
        assert_eq!(response.headers()["allow"], allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_query_is_taken_as_it_has_to_be_or_not_at_all() {
    let desk = Desk::furnished().await;
    desk.get("/api/v1/syncs?code=KEY&limit=5").await.is(200);
    desk.get("/api/v1/syncs?").await.is(200);
    for query in [
        "limit=1&limit=2",
        "code=a&code=b",
        "secretpassword",
        "Limit=1",
        "limit=1%00",
        "state=held,new",
        "limit=%ff",
    ] {
        let answer = desk.get(&format!("/api/v1/syncs?{query}")).await;
        assert!(!answer.body.contains("secretpassword"), "{}", answer.body);
        answer.problem(Code::InvalidRequest);
    }
    // Routes that write take nothing but the key.
    let body = json!({ "mode": "preview", "by": "ada" });
    desk.post("/api/v1/syncs/everyone/runs?code=KEY", body.clone())
        .await
        .is(202);
    desk.post("/api/v1/syncs/everyone/runs?mode=apply", body)
        .await
        .problem(Code::InvalidRequest);
}

#[tokio::test]
async fn the_key_is_in_no_answer_and_no_record() {
    let desk = Desk::furnished().await;
    let headers = [("x-functions-key", "S3CRETKEY")];
    let mut answers = Vec::new();
    for (method, path, body) in [
        ("GET", "/api/v1/syncs?code=S3CRETKEY", ""),
        ("GET", "/api/v1/syncs?S3CRETKEY=1", ""),
        ("GET", "/api/v1/nothing?code=S3CRETKEY", ""),
        (
            "POST",
            "/api/v1/syncs/everyone/runs?code=S3CRETKEY",
            r#"{"mode":"preview","by":"ada"}"#,
        ),
        ("PUT", "/api/v1/syncs/everyone?code=S3CRETKEY", "{"),
    ] {
        answers.push(desk.call(method, path, &headers, body).await);
    }
    for answer in &answers {
        assert!(!answer.body.contains("S3CRETKEY"), "{}", answer.body);
        assert!(!format!("{:?}", answer.headers).contains("S3CRETKEY"));
    }
    for job in desk.jobs().await {
        assert!(!job.render().contains("S3CRETKEY"));
    }
    let file = std::fs::read(desk.folder.path().join(embedded::FILE)).unwrap();
    let log = std::fs::read(desk.folder.path().join(format!("{}-wal", embedded::FILE)));
    let stored = [file, log.unwrap_or_default()].concat();
    let is_there = stored.windows(9).any(|window| window == b"S3CRETKEY");
    assert!(!is_there);
}

#[tokio::test]
async fn a_body_is_json_once_and_whole() {
    let desk = Desk::furnished().await;
    let path = "/api/v1/syncs/everyone/runs";
    let good = r#"{"mode":"preview","by":"ada"}"#;
    for media in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "multipart/form-data",
    ] {
        let mut request = Request::builder().method("POST").uri(path);
        if !media.is_empty() {
            request = request.header("content-type", media);
        }
        let request = request.body(Body::from(good)).unwrap();
        desk.send(request).await.problem(Code::WrongMediaType);
    }
    for media in ["application/json", "Application/JSON; charset=utf-8"] {
        let request = Request::builder().method("POST").uri(path);
        let request = request.header("content-type", media);
        let request = request.body(Body::from(good)).unwrap();
        desk.send(request).await.is(202);
    }
    let deep = "[".repeat(5000);
    for (body, place) in [
        ("   ", "empty"),
        ("{\"mode\":\n \"preview\",, }", "line 2, column"),
        (r#"{"mode":"preview","by":"ada"} x"#, "line 1, column"),
        (
            r#"{"mode":"preview","mode":"apply","by":"ada"}"#,
            "mode: this key is written twice",
        ),
        (r#"{"mode":"preview","by":7}"#, "by: "),
        (r#"{"mode":"preview","by":"ada","confirm":true}"#, "confirm"),
        ("null", "no object"),
        (deep.as_str(), "deep"),
        ("\u{1}\u{2}garbage", "line 1"),
    ] {
        let problem = desk.call("POST", path, &[], body).await;
        let problem = problem.problem(Code::InvalidBody);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(place), "{body}: {detail}");
    }
    let request = Request::builder().method("POST").uri(path);
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::from(&b"{\"by\":\"\xff\"}"[..])).unwrap();
    desk.send(request).await.problem(Code::InvalidBody);
}

#[tokio::test]
async fn a_body_has_a_limit_whatever_it_says_of_itself() {
    let desk = Desk::furnished().await;
    let path = "/api/v1/syncs/everyone/runs";
    let huge = format!(
        r#"{{"mode":"preview","by":"ada"}}{}"#,
        " ".repeat(call::LARGEST_BODY)
    );
    desk.call("POST", path, &[], &huge)
        .await
        .problem(Code::TooLarge);
    // Without a length, and without an end.
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1024]));
    let request = Request::builder().method("POST").uri(path);
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::from_stream(endless)).unwrap();
    desk.send(request).await.problem(Code::TooLarge);
    let claimed = Request::builder().method("POST").uri(path);
    let claimed = claimed
        .header("content-type", "application/json")
        .header("content-length", "99999999");
    let claimed = claimed.body(Body::from("{}")).unwrap();
    desk.send(claimed).await.problem(Code::TooLarge);
    let just = format!(
        r#"{{"mode":"preview","by":"ada"{}}}"#,
        " ".repeat(call::LARGEST_BODY - 29)
    );
    assert_eq!(just.len(), call::LARGEST_BODY);
    desk.call("POST", path, &[], &just).await.is(202);
    let broken = futures::stream::iter([Ok(vec![b'{']), Err(std::io::Error::other("gone"))]);
    let request = Request::builder().method("POST").uri(path);
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::from_stream(broken)).unwrap();
    desk.send(request).await.problem(Code::InvalidBody);
}

#[tokio::test]
async fn hostile_headers_are_refused() {
    let desk = Desk::furnished().await;
    let path = "/api/v1/syncs/everyone/runs";
    let body = json!({ "mode": "preview", "by": "ada" }).to_string();
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    desk.call("POST", path, &twice, &body)
        .await
        .problem(Code::InvalidRequest);
    desk.call("POST", path, &[("idempotency-key", "é")], &body)
        .await
        .problem(Code::InvalidRequest);
    let many = vec!["\"x\""; 2000].join(",");
    desk.call(
        "PUT",
        "/api/v1/syncs/everyone",
        &[("if-match", &many)],
        &everyone().to_string(),
    )
    .await
    .problem(Code::Changed);
    assert_eq!(desk.jobs().await, []);
}
