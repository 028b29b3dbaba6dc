//! Each event is sent, with exactly the fields of the table.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use jiff::Timestamp;
use rollcall::{
    app,
    connectors::{
        memory::by_address,
        ports::{ConnectorError, ErrorKind},
    },
    format,
    handler::{
        functions::{Functions, Invocation},
        jobs::Jobs,
        public,
        serve::{self, Parts, Reason, Refused},
    },
    job::{Job, Mode},
    store::ports::Table,
    telemetry::{EVENTS, Event, Kind},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::captured::Written;
use crate::{
    intake::{call::Call, stage::PEOPLE, stage::Stage as Intake, watched::Failing},
    jobs::stage::{Stage, job, members, source},
};

/// What a line of the log has beside the fields of an event.
const OF_EVERY_LINE: [&str; 9] = [
    "event",
    "function",
    "invocation",
    "level",
    "message",
    "span",
    "target",
    "timestamp",
    "trace",
];

#[tokio::test]
async fn every_event_is_sent_with_the_fields_of_the_table() {
    let (written, _on) = Written::start();
    runs_and_lists().await;
    deliveries().await;
    what_is_stored().await;
    the_app(&written).await;
    let events = written.events();
    let mut seen = BTreeSet::new();
    for line in &events {
        let name = line["event"].as_str().unwrap();
        let event = EVENTS.iter().find(|event| event.name == name);
        holds(event.unwrap_or_else(|| panic!("{line}")), line);
        seen.insert(name);
    }
    let failed = events.iter().find(|line| line["event"] == "intake.failed");
    assert_eq!(failed.unwrap()["connection"], "workday");
    let wanted: BTreeSet<&str> = EVENTS.iter().map(|event| event.name).collect();
    assert_eq!(seen, wanted);
    for (event, field) in [
        ("run.ended", "status"),
        ("run.ended", "mode"),
        ("app.refused", "reason"),
    ] {
        let words: BTreeSet<&str> = events
            .iter()
            .filter(|line| line["event"] == event)
            .map(|line| line[field].as_str().unwrap())
            .collect();
        assert!(words.len() > 1, "{event} {field}: {words:?}");
    }
    let text = written.text();
    for address in ["@acme.example", "@acme.org"] {
        assert!(!text.contains(address), "{text}");
    }
}

/// Nothing is missing, nothing is there besides, and each value is what the table says.
fn holds(event: &Event, line: &Value) {
    let fields = line.as_object().unwrap();
    for name in fields.keys() {
        let is_known = OF_EVERY_LINE.contains(&name.as_str())
            || event.fields.iter().any(|field| field.name == name);
        assert!(is_known, "`{name}` is not in the table: {line}");
    }
    for field in event.fields {
        match fields.get(field.name) {
            Some(value) => assert!(is_of(field.kind, value), "`{}`: {line}", field.name),
            None => assert!(field.optional, "`{}` is not there: {line}", field.name),
        }
    }
    let level = line["level"].as_str().unwrap();
    let levels: Vec<String> = event.levels.iter().map(ToString::to_string).collect();
    assert!(levels.iter().any(|known| known == level), "{line}");
    if levels.len() > 1 {
        assert_eq!(level == levels[1], line["status"] == "failed", "{line}");
    }
}

fn is_of(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Text => value.as_str().is_some_and(|text| !text.is_empty()),
        Kind::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Kind::Time => {
            let time = value.as_str().map(str::parse::<Timestamp>);
            time.is_some_and(|time| time.is_ok())
        }
        Kind::Count | Kind::Milliseconds => value.is_u64(),
        Kind::Hours => value.as_f64().is_some_and(|hours| hours >= 0.0) && value.is_f64(),
        Kind::Flag => value.is_boolean(),
    }
}

fn invocation() -> Invocation {
    Invocation {
        id: "i-1".to_owned(),
        function: "SyncWorker",
        deadline: Timestamp::MAX,
        traceparent: None,
        past_due: false,
    }
}

async fn does(jobs: &Jobs, job: &Job) {
    let done = jobs.sync_worker(&job.render(), &invocation()).await;
    done.unwrap();
}

/// Runs of every kind, what scheduler and poison function say, and what people decide.
async fn runs_and_lists() {
    let stage = Stage::with("ada bob cyd dan");
    let jobs = Jobs::new(stage.service.clone());
    stage.define("staff", json!({})).await;
    jobs.scheduler(&invocation()).await.unwrap();
    does(&jobs, &job("one")).await;
    does(&jobs, &job("two")).await;
    let preview = Job {
        mode: Mode::Preview,
        ..job("three")
    };
    does(&jobs, &preview).await;

    let careful =
        json!({ "limits": { "removals": { "count": 0 }, "overLimit": "everything-waits" } });
    stage.define("staff", careful).await;
    stage
        .world
        .put_list(&source(), by_address(), members("ada bob"));
    does(&jobs, &job("held")).await;
    let held = stage.runs("staff").await.remove(0);
    let digest = held.held.unwrap().digest;
    let api = public::router(&stage.service, Arc::new(|_: &str| None));
    let reject = json!({ "digest": digest, "by": "ada", "reason": "they stay" });
    asks(&api, "/api/v1/runs/held/reject", reject).await;

    let denied = ConnectorError::new(ErrorKind::Denied, "`ada@acme.example` may not be read");
    stage.world.fail_read(&source(), Some((0, denied)));
    for run in ["four", "five", "six"] {
        does(&jobs, &job(run)).await;
    }
    asks(&api, "/api/v1/syncs/staff/resume", json!({ "by": "ada" })).await;
    stage.world.fail_read(&source(), None);

    let routed = json!({ "target": "mail", "mapping": { "department": "group" } });
    stage.define("staff", routed).await;
    stage
        .world
        .put_list(&source(), by_address(), members("ada/Sales bob/Support"));
    does(&jobs, &job("split")).await;
    stage.wait(60);
    stage.pump().await;
    // A quarter of an hour later every list is told of, those that people are routed to among them.
    stage.wait(15 * 60);
    jobs.scheduler(&invocation()).await.unwrap();

    for message in [&job("dead").render(), "ada@acme.example is no job"] {
        jobs.sync_poison(message, &invocation()).await.unwrap();
    }
}

async fn asks(api: &Router, path: &str, body: Value) {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).unwrap();
    let answer = api.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let body = String::from_utf8_lossy(&body);
    assert!(status.is_success(), "{path}: {status} {body}");
}

async fn deliveries() {
    let stage = Intake::new().await;
    stage.send(Call::load("one", PEOPLE)).await.is(202);
    stage.send(Call::notice("two")).await.is(202);
    let forged = Call::load("three", PEOPLE).signed_by("ROLLCALL_BAMBOO");
    stage.send(forged).await.is(401);
    stage.send(Call::load("four", "name\nAda\n")).await.is(422);
    stage
        .send(Call::load("one", "email\neve@acme.org\n"))
        .await
        .is(409);
    stage.watched.fail_from(0, Failing::Undone);
    stage.send(Call::load("five", PEOPLE)).await.is(503);
}

/// Records without a format are brought forward, and a person is erased from them.
async fn what_is_stored() {
    let stage = Stage::with("ada bob");
    stage.define("staff", json!({})).await;
    let jobs = Jobs::new(stage.service.clone());
    does(&jobs, &job("one")).await;
    stage.wait(60);
    let unmarked = stage.stores.records.get(Table::State, "~format", "format");
    let unmarked = unmarked.await.unwrap().unwrap().version;
    let removed = stage
        .stores
        .records
        .delete(Table::State, "~format", "format", &unmarked);
    removed.await.unwrap();
    format::ready(&stage.stores, stage.now()).await.unwrap();
    let api = public::router(&stage.service, Arc::new(|_: &str| None));
    let wish = json!({ "address": "ada@acme.example", "by": "grace", "reason": "asked for" });
    asks(&api, "/api/v1/people/erase", wish).await;
}

/// A set-up that is refused for every reason there is, and then works.
async fn the_app(written: &Written) {
    let mut reasons = vec![Reason::NewerData, Reason::Storage, Reason::Settings];
    let stage = Stage::with("ada");
    let service = stage.service.clone();
    let set_up = move || {
        let (reason, service) = (reasons.pop(), service.clone());
        async move {
            if let Some(reason) = reason {
                let why = "told to fail".to_owned();
                return Err(Refused { reason, why });
            }
            let public = public::router(&service, Arc::new(app::app_secret));
            Ok(Parts {
                functions: Arc::new(Jobs::new(service)),
                public,
                stands_back: None,
            })
        }
    };
    // Each attempt comes some seconds after the one before it; nobody has to wait for them.
    tokio::time::pause();
    let started = async {
        while !written.text().contains("app.started") {
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        ended = serve::serve(0, Duration::from_secs(600), set_up) => panic!("{ended:?}"),
        () = started => {}
    }
}
