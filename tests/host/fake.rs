//! A program that does what it is told, so that the host of the tests can be held to what the real one did.
//!
//! It is this test binary again: the package names it as its program, and the one test here serves instead of testing
//! when it finds a port in its environment.

use std::{
    collections::BTreeMap,
    fs,
    net::Ipv4Addr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::{
    deployed::Deployed,
    process::{self, Host},
};

/// What the fake program saw: one JSON line for each request, in this file.
const SEEN: &str = "FAKE_SEEN";

/// What the fake program keeps.
struct World {
    seen: Mutex<fs::File>,
    calls: AtomicU32,
}

/// A staged package whose program is the fake one, started.
pub(crate) fn start(folder: &Path, settings: &[(&str, &str)]) -> Host {
    process::start(deployed(folder, settings))
}

/// The same, not started.
pub(crate) fn deployed(folder: &Path, settings: &[(&str, &str)]) -> Deployed {
    let host = json!({
        "version": "2.0",
        "customHandler": {
            "description": {
                "defaultExecutablePath": std::env::current_exe().unwrap(),
                "arguments": ["fake::the_fake_program_answers", "--exact", "--nocapture"],
            },
            "enableProxyingHttpRequest": true,
        },
        "functionTimeout": "00:00:20",
        "extensions": { "queues": {
            "batchSize": 4, "newBatchThreshold": 2, "maxDequeueCount": 3, "visibilityTimeout": "00:00:00",
        } },
    });
    let http = |level: &str, methods: &[&str], route: &str| {
        json!({ "bindings": [
            { "type": "httpTrigger", "direction": "in", "name": "req",
              "authLevel": level, "methods": methods, "route": route },
            { "type": "http", "direction": "out", "name": "res" },
        ] })
    };
    let queue = |queue: &str| {
        json!({ "bindings": [{
            "type": "queueTrigger", "direction": "in", "name": "msg",
            "queueName": queue, "connection": "AzureWebJobsStorage",
        }] })
    };
    let timer = json!({
        "bindings": [{ "type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "%WHEN%" }],
        "retry": { "strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:01" },
    });
    let functions = [
        ("Read", http("function", &["get"], "v1/{*path}")),
        ("Write", http("function", &["post", "put"], "v1/{*path}")),
        ("Hook", http("anonymous", &["post"], "hooks/{*path}")),
        ("Work", queue("%QUEUE%")),
        ("WorkPoison", queue("%ASIDE%")),
        ("Tick", timer),
    ];
    fs::write(folder.join("host.json"), host.to_string()).unwrap();
    for (name, function) in functions {
        fs::create_dir_all(folder.join(name)).unwrap();
        fs::write(
            folder.join(name).join("function.json"),
            function.to_string(),
        )
        .unwrap();
    }
    let seen = folder.join("seen.jsonl").display().to_string();
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    all.insert(SEEN.to_owned(), seen);
    for (name, value) in [
        ("WHEN", "0 * * * * *"),
        ("QUEUE", "work"),
        ("ASIDE", "work-poison"),
    ] {
        all.insert(name.to_owned(), value.to_owned());
    }
    for (name, value) in settings {
        all.insert((*name).to_owned(), (*value).to_owned());
    }
    Deployed::read(folder, all)
}

/// Every request the fake program got: method, path, headers and body.
pub(crate) fn seen(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("seen.jsonl")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What functions were called with, without the looks whether it answers.
pub(crate) fn calls(folder: &Path) -> Vec<Value> {
    let seen = seen(folder);
    seen.into_iter()
        .filter(|request| request["path"] != "/")
        .collect()
}

/// Waits until functions were called this often.
pub(crate) async fn until(folder: &Path, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let calls = calls(folder);
        if calls.len() >= count {
            return calls;
        }
        assert!(
            Instant::now() < deadline,
            "{} of {count} calls",
            calls.len()
        );
        tokio::task::yield_now().await;
    }
}

/// The text of the queue message within an envelope, as the handler of a queue function reads it.
pub(crate) fn text_of(request: &Value) -> String {
    let envelope: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
    serde_json::from_str(envelope["Data"]["msg"].as_str().unwrap()).unwrap()
}

#[test]
fn the_fake_program_answers() {
    if let Ok(port) = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT") {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(serve(port.parse().unwrap()));
        unreachable!("it serves until its process ends");
    }
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let host = start(folder.path(), &[]);
        host.ready().await;
        host.stop().await;
    });
    let requests = seen(folder.path());
    let headers = requests[0]["headers"].as_array().unwrap();
    assert_eq!(
        headers.len(),
        1,
        "the first look has a `Host` and nothing else"
    );
    assert_eq!(headers[0][0], "host");
}

async fn serve(port: u16) {
    let settings = |name: &str| std::env::var(name).unwrap_or_default();
    if let Ok(code) = settings("FAKE_EXIT").parse() {
        eprintln!("a warning before the end");
        eprintln!("the end");
        std::process::exit(code);
    }
    let file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(settings(SEEN))
        .unwrap();
    let world = Arc::new(World {
        seen: Mutex::new(file),
        calls: AtomicU32::new(0),
    });
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap();
    println!("the fake program serves");
    axum::serve(listener, Router::new().fallback(answer).with_state(world))
        .await
        .unwrap();
}

/// Does what the request says: by its path, or by the text of the queue message.
async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let headers: Vec<(&str, &str)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    let body = String::from_utf8_lossy(&body);
    let request = json!({
        "method": parts.method.as_str(), "path": path, "headers": headers, "body": body,
        "process": std::process::id(),
    });
    note(&world, &request);
    let wish = if parts.uri.path().to_lowercase().starts_with("/api/") || path == "/" {
        path.rsplit('/').next().unwrap_or_default().to_owned()
    } else if parts.uri.path() == "/Tick" {
        std::env::var("FAKE_TICK").unwrap_or_default()
    } else {
        text_of(&request)
    };
    match wish.split(':').collect::<Vec<_>>().as_slice() {
        ["exit", code] => std::process::exit(code.parse().unwrap()),
        ["empty"] => StatusCode::OK.into_response(),
        ["fail"] => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        ["fail-once"] if world.calls.fetch_add(1, Ordering::Relaxed) == 0 => {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        ["plain"] => "done".into_response(),
        ["work", milliseconds] => {
            tokio::time::sleep(Duration::from_millis(milliseconds.parse().unwrap())).await;
            done()
        }
        _ => done(),
    }
}

fn done() -> Response {
    let answer = json!({ "Outputs": {}, "Logs": ["done"], "ReturnValue": null });
    (
        [(header::CONTENT_TYPE, "application/json")],
        answer.to_string(),
    )
        .into_response()
}

/// A line at once and whole: the process may be killed right after it.
fn note(world: &World, request: &Value) {
    use std::io::Write as _;
    let line = format!("{request}\n");
    world
        .seen
        .lock()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
}
