//! What holds for the API as a whole: reading changes nothing, the tables are apart, the description is true.

use std::{fs, path::Path};

use axum::http::Method;
use rusqlite::{Connection, OpenFlags, types::Value as Cell};

use super::*;
use crate::{history, job::Trigger};

/// The committed description.
fn committed() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json")
}

/// Everything in the state file.
fn dump(desk: &Desk) -> Vec<Vec<Cell>> {
    let file = desk.folder.path().join(embedded::FILE);
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut rows = Vec::new();
    for table in ["numbers", "records", "blobs", "messages"] {
        let mut statement = connection
            .prepare(&format!(
                "SELECT * FROM {table} ORDER BY 1, 2, 3 LIMIT 100000"
            ))
            .or_else(|_| connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1")))
            .unwrap();
        let columns = statement.column_count();
        let found = statement
            .query_map([], |row| {
                (0..columns).map(|column| row.get(column)).collect()
            })
            .unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows
}

/// An answer has to be one that the document has for this operation, and of the form it says.
pub(super) fn hold_to_the_document(method: &Method, path: &str, answer: &Answer) {
    let Ok((route, _)) = routes::find(method, path) else {
        assert!([404, 405].contains(&answer.status), "{path}");
        return;
    };
    let document = document();
    let operation = &document["paths"][route.path][method.as_str().to_ascii_lowercase()];
    let described = &operation["responses"][answer.status.to_string()];
    assert!(
        described.is_object(),
        "{} of {method} {path} is not described: {}",
        answer.status,
        answer.body
    );
    let media = answer.header("content-type").split(';').next().unwrap();
    let content = &described["content"][media];
    assert!(
        content.is_object(),
        "`{media}` of {method} {path} is not described"
    );
    let schema = json!({
        "allOf": [content["schema"]],
        "components": document["components"],
    });
    if content["schema"]["$ref"].is_string() {
        let validator = jsonschema::validator_for(&schema).unwrap();
        let value = answer.json();
        let faults: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(
            faults.is_empty(),
            "{method} {path}: {faults:?}\n{}",
            answer.body
        );
    }
    if answer.status >= 400 {
        let code = answer.json()["type"].as_str().unwrap().to_owned();
        let name = code.strip_prefix("urn:rollcall:").unwrap();
        let said = described["description"].as_str().unwrap();
        assert!(
            said.contains(&format!("`{name}`")),
            "{method} {path} may not be `{name}`: {said}"
        );
    }
}

#[test]
fn the_committed_description_is_this_one() {
    let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    // `UPDATE=1 cargo test --lib committed` writes it anew.
    if crate::settings::variable("UPDATE").is_some() {
        fs::write(committed(), &text).unwrap();
    }
    let committed = fs::read_to_string(committed()).unwrap();
    assert!(
        committed == text,
        "docs/openapi.json is old: run with UPDATE=1"
    );
}

#[test]
fn the_description_is_whole() {
    let document = document();
    let text = document.to_string();
    let names = text.split("#/components/schemas/").skip(1);
    for name in names.map(|rest| rest.split('"').next().unwrap()) {
        let schema = &document["components"]["schemas"][name];
        assert!(schema.is_object(), "`{name}` is missing");
    }
    let mut ids = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            let write = operation["security"][0]["writeKey"].is_array();
            assert_eq!(write, method != "get", "{method} {path}");
            let example = &operation["requestBody"]["content"]["application/json"];
            if example.is_object() {
                assert!(example["example"].is_object(), "{method} {path}");
                let schema =
                    json!({ "allOf": [example["schema"]], "components": document["components"] });
                let validator = jsonschema::validator_for(&schema).unwrap();
                assert!(validator.is_valid(&example["example"]), "{method} {path}");
            }
        }
    }
    let count = ids.len();
    assert_eq!(count, READ.len() + WRITE.len());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique");
}

#[test]
fn no_route_that_writes_is_among_those_that_read() {
    assert!(READ.iter().all(|route| route.method == Method::GET));
    assert!(WRITE.iter().all(|route| route.method != Method::GET));
    for route in READ.iter().chain(&WRITE) {
        assert!(route.path.starts_with("/api/v1/"), "{}", route.path);
    }
}

#[tokio::test]
async fn reading_changes_nothing() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    desk.put(
        "/api/v1/syncs/new",
        &json!({ "source": "entra-id", "target": { "connection": "lists", "list": "new.csv" } }),
    )
    .await
    .is(201);
    let held = desk.held("first").await;
    let digest = held.held.unwrap().digest.to_string();
    for (list, run, status) in [
        ("Sales", "r1", Status::Failed),
        ("Größe & Co", "r2", Status::Partial),
        ("c", "r3", Status::Unchanged),
        ("d", "r4", Status::Succeeded),
    ] {
        desk.routed_run(list, run, status).await;
    }
    desk.post(
        "/api/v1/syncs/routed/pause",
        json!({ "reason": "x", "by": "ada", "until": "2026-11-21T07:00:00Z", "list": "d" }),
    )
    .await
    .is(200);
    let begun = Summary::begun("begun", "new", held.lists, "schedule", desk.service.now());
    history::begin(&desk.stores, &begun).await.unwrap();
    let queued = desk
        .post(
            "/api/v1/syncs/new/runs",
            json!({ "mode": "preview", "by": "ada" }),
        )
        .await
        .is(202);
    let queued = queued.json()["run"].as_str().unwrap().to_owned();
    // A request that was written down and never sent.
    let job = Job::new("unsent".to_owned(), "new", Trigger::Hand, "by hand (ada)");
    history::write_down(&desk.stores, &job, desk.service.now())
        .await
        .unwrap();
    desk.post(
        "/api/v1/runs/first/approve",
        json!({ "digest": digest, "by": "ada" }),
    )
    .await
    .is(202);
    // Past the end of the pause, which nobody wrote down.
    desk.set("2026-11-21T08:00:00Z");
    let before = dump(&desk);
    assert!(before.len() > 30, "{}", before.len());
    let mut asked = 0;
    for route in &READ {
        let ids: &[&str] = match route.path {
            path if path.contains("/syncs/{") => &["everyone", "routed", "new", "absent"],
            path if path.contains("{name}") => &["hr", "lists", "absent"],
            path if path.contains("{run}") => &[
                "first", "first.a", "r1", "r2", "begun", "unsent", &queued, "absent",
            ],
            _ => &[""],
        };
        let mut queries = vec![String::new()];
        for name in route.query {
            queries.extend(match *name {
                "state" => agenda::State::ALL
                    .iter()
                    .map(|state| format!("state={}", state.name()))
                    .collect(),
                "limit" => vec!["limit=1".to_owned(), "limit=0".to_owned()],
                "address" => vec!["address=user001@contoso.example".to_owned()],
                "sync" => ["everyone", "routed/Sales", "absent", ""]
                    .map(|sync| format!("sync={sync}"))
                    .to_vec(),
                "format" => vec!["format=text".to_owned(), "format=x".to_owned()],
                "list" => vec!["list=sales".to_owned(), "list=nobody".to_owned()],
                _ => vec!["after=AA".to_owned()],
            });
        }
        for id in ids {
            let (start, end) = route.path.split_once('{').unwrap_or((route.path, "}"));
            let end = end.split_once('}').unwrap().1;
            for query in &queries {
                desk.get(&format!("{start}{id}{end}?{query}")).await;
                asked += 1;
            }
        }
    }
    assert!(asked > 80, "{asked}");
    assert!(dump(&desk) == before, "a GET changed the store");
    // The dump sees what a write does.
    desk.post("/api/v1/syncs/new/resume", json!({ "by": "ada" }))
        .await
        .is(200);
    assert!(dump(&desk) != before);
}
