//! What somebody outside can reach, and that it is what `functions/*/function.json` says.

use std::{collections::BTreeSet, fs, net::SocketAddr, path::Path};

use rollcall::handler::table::{FUNCTIONS, Function, Trigger, public_function};
use serde_json::{Value, json};

use super::{
    recorded::Recorded,
    stage,
    wire::{Answer, ask},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join(name)).unwrap()).unwrap()
}

/// An envelope to wherever it can be got to.
async fn envelope(address: SocketAddr, method: &str, path: &str) -> Answer {
    let mut request = Recorded::named("queue/json-object").to(path);
    request.method = method.to_owned();
    ask(address, &request).await
}

#[test]
fn the_folders_are_the_functions_of_the_table() {
    let folders: BTreeSet<String> = fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|folder| folder.unwrap())
        .filter(|folder| folder.path().join("function.json").is_file())
        .map(|folder| folder.file_name().into_string().unwrap())
        .collect();
    let table: BTreeSet<String> = FUNCTIONS
        .iter()
        .map(|function| function.name.to_owned())
        .collect();
    assert_eq!(folders, table);
    for Function { name, trigger } in FUNCTIONS {
        let bindings = file(&format!("functions/{name}/function.json"))["bindings"].clone();
        let found = &bindings[0];
        let wanted = match trigger {
            Trigger::Timer => json!({
                "type": "timerTrigger", "direction": "in", "name": "timer",
                "schedule": "%ROLLCALL_SCHEDULE%", "useMonitor": true,
            }),
            Trigger::Queue(queue) => json!({
                "type": "queueTrigger", "direction": "in", "name": "job", "queueName": queue,
                "connection": "AzureWebJobsStorage",
            }),
            Trigger::Http {
                methods,
                below,
                key,
            } => {
                let methods: Vec<String> = methods.iter().map(|name| name.to_lowercase()).collect();
                json!({
                    "type": "httpTrigger", "direction": "in", "name": "req", "methods": methods,
                    "authLevel": if key { "function" } else { "anonymous" },
                    "route": format!("{below}/{{*path}}"),
                })
            }
        };
        assert_eq!(*found, wanted, "{name}");
        // One more binding would have the host wrap HTTP requests instead of passing them on.
        let others = match trigger {
            Trigger::Http { .. } => {
                json!([found, {"type": "http", "direction": "out", "name": "res"}])
            }
            Trigger::Timer | Trigger::Queue(_) => json!([found]),
        };
        assert_eq!(bindings, others, "{name}");
    }
}

#[test]
fn the_host_settings_fit_the_router() {
    let host = file("host.json");
    let prefix = host["extensions"]["http"]["routePrefix"].as_str().unwrap();
    assert_eq!(format!("/{prefix}/"), rollcall::handler::table::PUBLIC);
    let handler = &host["customHandler"];
    assert_eq!(handler["enableProxyingHttpRequest"], true);
    assert_eq!(handler["enableForwardingHttpRequest"], true);
    let description = &handler["description"];
    assert_eq!(description["defaultExecutablePath"], "rollcall");
    assert_eq!(description["arguments"], json!(["serve"]));
    // A policy here might act on queues too.
    assert_eq!(host.get("retry"), None);
}

#[tokio::test]
async fn readiness_is_answered_and_nothing_happens() {
    let (host, told) = stage::for_the_host().await;
    for _ in 0..3 {
        let mut request = Recorded::named("http-proxied/get").to("/");
        request.headers.truncate(1);
        let answer = ask(host, &request).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "rollcall\n"));
    }
    assert!(told.calls().is_empty());
}

#[tokio::test]
async fn no_public_path_leads_to_a_function() {
    let (host, told) = stage::for_the_host().await;
    let world = stage::for_the_world().await;
    let to_nobody = [
        "/api/../SyncWorker",
        "/api/v1/../../SyncWorker",
        "/api/v1/%2e%2E/SyncWorker",
        "/api/./SyncWorker",
        "/api/SyncWorker",
        "/api//SyncWorker",
        "/api/v1//SyncWorker",
        "//SyncWorker",
        "/./SyncWorker",
        "/x/../SyncWorker",
        "/syncworker",
        "/SYNCWORKER",
        "/SyncWorker/",
        "/SyncWorker/x",
        "/SyncWorker%2f",
        "/%53yncWorker",
        "/SyncWorker%00",
        "/SyncPoison;x",
        "/scheduler",
        "/api/admin/functions/SyncWorker",
        "/admin/functions/SyncWorker",
        "/api",
        "/api/",
    ];
    for address in [host, world] {
        for path in to_nobody {
            let answer = envelope(address, "POST", path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(
                answer.header("content-type"),
                Some("application/problem+json")
            );
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(
                (&problem["status"], &problem["type"]),
                (&json!(404), &json!("urn:rollcall:not-found"))
            );
        }
        // These are public, and stay what they are.
        for path in [
            "/api/v1/..%2fSyncWorker",
            "/api/v1/..%252fSyncWorker",
            "/api/hooks/SyncWorker",
            "/API/V1/syncs",
        ] {
            let answer = envelope(address, "POST", path).await;
            let seen: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(seen["path"], path);
        }
    }
    for path in [
        "/SyncWorker",
        "/SyncPoison",
        "/Scheduler",
        "/",
        "http://127.0.0.1/SyncWorker",
    ] {
        for method in ["POST", "GET", "PUT"] {
            let answer = envelope(world, method, path).await;
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
    assert!(told.calls().is_empty());
}

#[tokio::test]
async fn a_function_is_called_by_post_and_by_nothing_else() {
    let (host, told) = stage::for_the_host().await;
    for path in ["/SyncWorker", "/SyncPoison", "/Scheduler"] {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = envelope(host, method, path).await;
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
    assert!(told.calls().is_empty());
}

#[tokio::test]
async fn a_request_from_outside_that_is_led_astray_calls_no_function() {
    let (host, told) = stage::for_the_host().await;
    for (name, value) in [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Host", "lists.example"),
        ("Host", "lists.azurewebsites.net"),
        ("Host", "127.0.0.1.evil.example:80"),
    ] {
        let request = Recorded::named("queue/json-object").to("/SyncWorker");
        let request = request.without(name).with(name, value);
        let answer = ask(host, &request).await;
        assert_eq!(answer.status, 404, "{name}: {value}");
    }
    assert!(told.calls().is_empty());
}

#[tokio::test]
async fn a_public_path_has_the_methods_of_its_functions() {
    let (host, _) = stage::for_the_host().await;
    let world = stage::for_the_world().await;
    let open = [
        ("v1/syncs", "GET POST PUT DELETE"),
        ("v1/", "GET POST PUT DELETE"),
        ("hooks/hr/workday", "GET POST"),
        ("dashboard/", "GET"),
        ("dashboard", "GET"),
    ];
    for (path, methods) in open {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let wanted = if methods.split(' ').any(|known| known == method) {
                200
            } else {
                404
            };
            for address in [host, world] {
                let answer = envelope(address, method, &format!("/api/{path}")).await;
                assert_eq!(answer.status, wanted, "{method} {path}");
            }
        }
    }
    let name = |method, path| public_function(method, path).map(|function| function.name);
    assert_eq!(name("GET", "/api/v1/syncs"), Some("ApiRead"));
    assert_eq!(name("PUT", "/api/v1/syncs"), Some("ApiWrite"));
    assert_eq!(name("get", "/api/v1/syncs"), None);
}

#[tokio::test]
async fn without_a_host_nobody_speaks_in_its_name() {
    let world = stage::for_the_world().await;
    let request = Recorded::named("http-proxied/get");
    let sent = request.header("X-Azure-Functions-InvocationId");
    assert!(sent.is_some());
    let seen: Value = serde_json::from_str(&ask(world, &request).await.body).unwrap();
    let headers: Vec<(String, String)> = serde_json::from_value(seen["headers"].clone()).unwrap();
    let named: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name == "x-azure-functions-invocationid")
        .collect();
    assert!(named.is_empty(), "{named:?}");
}

#[tokio::test]
async fn a_public_path_that_panics_answers_and_the_next_one_is_served() {
    let (host, _) = stage::for_the_host().await;
    for address in [host, stage::for_the_world().await] {
        let answer = envelope(address, "GET", "/api/v1/panic").await;
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("told"), "{}", answer.body);
        assert_eq!(envelope(address, "GET", "/api/v1/x").await.status, 200);
    }
}
