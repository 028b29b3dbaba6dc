//! The public port is held against what the real host passed on, and against what it refused.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::fake;

/// What a client sent to the real host: method, path and query, headers, body.
type Client = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const GET: Client = (
    "GET",
    "/api/v1/syncs?code=KEY&state=held&a=1&a=2&x=%C3%A9+b",
    &[
        ("accept", "application/json"),
        ("user-agent", "curl/7.88.1"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("x-custom", "one"),
        ("x-custom", "two"),
        ("x-forwarded-for", "203.0.113.9"),
    ],
    "",
);

const POST: Client = (
    "POST",
    "/api/v1/syncs/sales/runs",
    &[
        ("accept", "*/*"),
        ("user-agent", "curl/7.88.1"),
        ("x-functions-key", "KEY"),
        ("idempotency-key", "abc"),
        ("content-type", "application/json"),
    ],
    "{\"mode\":\"preview\"}",
);

const HOOK: Client = (
    "POST",
    "/api/hooks/hr/workday",
    &[
        ("accept", "*/*"),
        ("user-agent", "curl/7.88.1"),
        ("webhook-signature", "v1,abc"),
        ("content-type", "application/json"),
    ],
    "{\"a\":\"ü\"}",
);

/// A port in front of the fake program, and the folder where that notes what it sees.
async fn open(mode: Mode) -> (TempDir, Host, Front) {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[]);
    host.ready().await;
    let front = Front::open(&host, mode).await;
    (folder, host, front)
}

async fn ask(
    front: &Front,
    (method, path, headers, body): Client,
    is_chunked: bool,
) -> (u16, String) {
    let url = format!("{}{}", front.url(), path.replace("KEY", MASTER_KEY));
    let mut request = client().request(method.parse().unwrap(), url);
    for (name, value) in headers {
        request = request.header(*name, value.replace("KEY", MASTER_KEY));
    }
    let request = match (is_chunked, body) {
        (true, body) => request.body(crate::invoke::chunked(body.into())),
        (false, "") => request,
        (false, body) => request.body(body),
    };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn status(front: &Front, method: &'static str, path: &'static str, key: &str) -> u16 {
    let request = client().request(method.parse().unwrap(), format!("{}{path}", front.url()));
    let answer = request.header("x-functions-key", key).send().await.unwrap();
    answer.status().as_u16()
}

/// Method, path, sorted headers and body, with what differs from call to call blotted out.
fn comparable(request: &Value) -> Value {
    let mut headers: Vec<(String, String)> = Vec::new();
    for header in request["headers"].as_array().unwrap() {
        let name = header[0].as_str().unwrap().to_lowercase();
        let value = header[1].as_str().unwrap();
        let value = match name.as_str() {
            "host" | "x-forwarded-host" => "ADDRESS",
            "x-azure-functions-invocationid" | "x-ms-invocation-id" => "ID",
            _ => value,
        };
        headers.push((name, value.replace(MASTER_KEY, "KEY")));
    }
    headers.sort();
    let path = request["path"].as_str().unwrap().replace(MASTER_KEY, "KEY");
    json!([request["method"], path, headers, request["body"]])
}

#[tokio::test]
async fn requests_are_passed_on_as_they_were_recorded() {
    let proxied = [
        (
            GET,
            false,
            include_str!("../../recorded/http-proxied/get.json"),
        ),
        (
            POST,
            false,
            include_str!("../../recorded/http-proxied/post.json"),
        ),
        (
            HOOK,
            false,
            include_str!("../../recorded/http-proxied/hook.json"),
        ),
    ];
    let forwarded = [
        (
            GET,
            false,
            include_str!("../../recorded/http-forwarded/get.json"),
        ),
        (
            POST,
            false,
            include_str!("../../recorded/http-forwarded/post.json"),
        ),
        (
            HOOK,
            false,
            include_str!("../../recorded/http-forwarded/hook.json"),
        ),
    ];
    for (mode, cases) in [(Mode::Proxied, proxied), (Mode::Forwarded, forwarded)] {
        for (client, is_chunked, recorded) in cases {
            let (folder, _host, front) = open(mode).await;
            // The client of the forwarded recordings sent no address of its own.
            let without: Vec<(&str, &str)> = client
                .2
                .iter()
                .copied()
                .filter(|(name, _)| *name != "x-forwarded-for")
                .collect();
            let client = match mode {
                Mode::Proxied => client,
                Mode::Forwarded => (client.0, client.1, &*without.leak(), client.3),
            };
            let (status, answer) = ask(&front, client, is_chunked).await;
            assert_eq!((status, answer.contains("done")), (200, true), "{answer}");
            let recorded: Value = serde_json::from_str(recorded).unwrap();
            let calls = fake::calls(folder.path());
            assert_eq!(comparable(&calls[0]), comparable(&recorded), "{mode:?}");
        }
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_arrives_proxied_and_is_refused_forwarded() {
    let put: Client = (
        "PUT",
        "/api/v1/syncs/ab",
        &[
            ("accept", "*/*"),
            ("user-agent", "curl/7.88.1"),
            ("x-functions-key", "KEY"),
            ("content-type", "application/json"),
        ],
        "{\"x\":1}",
    );
    let (folder, _host, front) = open(Mode::Proxied).await;
    assert_eq!(ask(&front, put, true).await.0, 200);
    let recorded: Value =
        serde_json::from_str(include_str!("../../recorded/http-proxied/put-chunked.json")).unwrap();
    assert_eq!(
        comparable(&fake::calls(folder.path())[0]),
        comparable(&recorded)
    );

    let (folder, _host, front) = open(Mode::Forwarded).await;
    assert_eq!(ask(&front, put, true).await.0, 500);
    assert!(
        fake::calls(folder.path()).is_empty(),
        "the program was called"
    );
}

#[test]
fn paths_and_queries_are_rewritten_as_they_were_recorded() {
    for (sent, forwarded, proxied) in [
        ("a%2Fb", "a%2Fb", "a%252Fb"),
        ("a%2525", "a%25", "a%2525"),
        ("a%23b;c=1", "a", "a%23b;c=1"),
        ("anna%40contoso.com", "anna@contoso.com", "anna@contoso.com"),
    ] {
        let path = decoded(&format!("/api/v1/{sent}"));
        assert_eq!(
            rewrite::forwarded_path(&path, None),
            format!("/api/v1/{forwarded}"),
            "{sent}"
        );
        assert_eq!(
            rewrite::proxied_path(&path, None),
            format!("/api/v1/{proxied}"),
            "{sent}"
        );
    }
    let query = Some("a=1&a=2&x=%C3%A9+b");
    assert_eq!(
        rewrite::forwarded_path("/p", query),
        "/p?a=1,2&x=%C3%A9%20b"
    );
    assert_eq!(rewrite::proxied_path("/p", query), "/p?a=1&a=2&x=%C3%A9+b");
    assert_eq!(without_dots("/api/../Work"), "/Work");
    assert_eq!(without_dots("/api/v1/./a/../../../../x"), "/x");
}

#[tokio::test]
async fn only_routes_and_methods_of_functions_lead_anywhere() {
    let (folder, _host, front) = open(Mode::Proxied).await;
    for (method, path, wanted) in [
        ("GET", "/api/v1/syncs", 200),
        ("GET", "/api/v1", 200),
        ("GET", "/API/V1/Syncs", 200),
        ("GET", "/", 200),
        ("DELETE", "/api/v1/syncs", 404),
        ("OPTIONS", "/api/v1/syncs", 404),
        ("HEAD", "/api/v1/syncs", 404),
        ("GET", "/api/v1//syncs", 404),
        ("GET", "//api/v1/syncs", 404),
        ("GET", "/api/v2/syncs", 404),
        ("GET", "/api", 404),
        ("POST", "/Work", 404),
        ("POST", "/api/Work", 404),
        ("POST", "/api/v1/../../Work", 404),
        ("POST", "/api/v1/%2e%2e/%2e%2e/Work", 404),
    ] {
        assert_eq!(
            status(&front, method, path, MASTER_KEY).await,
            wanted,
            "{method} {path}"
        );
    }
    let calls = fake::calls(folder.path());
    let paths: Vec<&str> = calls
        .iter()
        .map(|call| call["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        ["/api/v1/syncs", "/api/v1", "/API/V1/Syncs"],
        "arrive as typed"
    );
}

#[tokio::test]
async fn a_key_opens_its_own_function_and_no_other() {
    let (folder, _host, front) = open(Mode::Proxied).await;
    let (read, write) = (function_key("Read"), function_key("Write"));
    for (method, key, wanted) in [
        ("GET", read.as_str(), 200),
        ("POST", write.as_str(), 200),
        ("PUT", MASTER_KEY, 200),
        ("POST", read.as_str(), 401),
        ("GET", write.as_str(), 401),
        ("GET", "", 401),
        ("PUT", "guess", 401),
    ] {
        assert_eq!(
            status(&front, method, "/api/v1/syncs", key).await,
            wanted,
            "{method} {key}"
        );
    }
    assert_eq!(
        status(&front, "POST", "/api/hooks/x", "").await,
        200,
        "open to everybody"
    );
    assert_eq!(fake::calls(folder.path()).len(), 4);
}

#[tokio::test]
async fn a_request_that_ends_the_program_is_repeated_until_the_host_is_down() {
    let (folder, host, front) = open(Mode::Proxied).await;
    assert_eq!(
        status(&front, "GET", "/api/v1/exit:1", MASTER_KEY).await,
        500
    );
    let state = host
        .reaches("down", |state| matches!(state, process::State::Down(_)))
        .await;
    assert!(format!("{state:?}").contains("Exceeded http worker restart retry count"));
    let calls = fake::calls(folder.path());
    let processes: std::collections::BTreeSet<u64> = calls
        .iter()
        .map(|call| call["process"].as_u64().unwrap())
        .collect();
    assert_eq!(
        (calls.len(), processes.len()),
        (3, 3),
        "once for each process"
    );
}

#[tokio::test]
async fn a_forwarded_request_that_ends_the_program_is_not_repeated() {
    let (folder, host, front) = open(Mode::Forwarded).await;
    assert_eq!(
        status(&front, "GET", "/api/v1/exit:1", MASTER_KEY).await,
        500
    );
    host.ready().await;
    assert_eq!(
        status(&front, "GET", "/api/v1/syncs", MASTER_KEY).await,
        200
    );
    assert_eq!(fake::calls(folder.path()).len(), 2);
    assert_eq!(host.launches(), 2);
}

#[tokio::test]
async fn a_call_by_hand_is_accepted_whatever_comes_of_it() {
    let (folder, _host, front) = open(Mode::Proxied).await;
    let by_hand = async |name: &str, key: &str, body: Value| {
        let url = format!("{}/admin/functions/{name}", front.url());
        let request = client().post(url).header("x-functions-key", key);
        request
            .body(body.to_string())
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(
        by_hand("Work", &function_key("Work"), json!({ "input": "x" })).await,
        401
    );
    assert_eq!(by_hand("Nobody", MASTER_KEY, json!({})).await, 404);
    assert_eq!(by_hand("Read", MASTER_KEY, json!({})).await, 202);
    assert_eq!(
        by_hand("Work", MASTER_KEY, json!({})).await,
        202,
        "without an input"
    );
    assert_eq!(
        by_hand("Work", MASTER_KEY, json!({ "input": "{\"v\":1}" })).await,
        202
    );
    assert_eq!(by_hand("Tick", MASTER_KEY, json!({})).await, 202);
    let calls = fake::until(folder.path(), 2).await;
    let work = calls.iter().find(|call| call["path"] == "/Work").unwrap();
    assert_eq!(fake::text_of(work), "{\"v\":1}");
    let envelope: Value = serde_json::from_str(work["body"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["Metadata"]["DequeueCount"], "0");
    assert!(envelope["Metadata"].get("Id").is_none());
    assert!(calls.iter().any(|call| call["path"] == "/Tick"));
}
