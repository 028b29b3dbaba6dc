//! No other way past a limit: whatever a definition says and however a run is asked for, previews write nothing, and
//! nobody is removed over a limit without the digest of what waits.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use jiff::SignedDuration;
use rollcall::{
    catalog::{self, CatalogError, Expected, Shelf},
    connectors::memory::{Counters, by_address, list_ref},
    handler::api,
    history,
    job::{Job, Mode, Trigger},
    plan::review::{Approval, Held},
    store::ports::{Table, Version},
    summary::Summary,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::stage::{HOUR, MINUTE, Stage, job, members, source, target};
use crate::{
    pairs::pairwise,
    surface::{
        of,
        table::{Class, DEFINITIONS},
    },
};

/// Twenty people on both lists, of whom twelve are about to leave the source.
const PEOPLE: usize = 20;
const STAY: usize = 8;

/// What no default lets go: more than a tenth of twenty.
const MOST: usize = 2;

/// One key of a definition with other values than it has: where it is in a sync, and what the change of it does.
struct Factor {
    key: &'static str,
    class: Class,
    values: Vec<Value>,
}

/// Every key that could matter. What `hr` and `mail` do not have is tried where it is: `nested` groups by the spine of
/// Entra ID, what routes people by the runs of single lists.
fn factors() -> Vec<Factor> {
    use Class::{Careful, Limit, Shapes, When, World};
    let factor = |key, class, values: &[Value]| Factor {
        key,
        class,
        values: values.to_vec(),
    };
    vec![
        factor("direction", Shapes, &[json!("two-way")]),
        factor("mode", Shapes, &[json!("add-only")]),
        factor("firstRun", Shapes, &[json!("union")]),
        factor("filters", Shapes, &[json!({ "department": "Sales" })]),
        factor("mapping", Shapes, &[json!({ "department": "team" })]),
        factor("matching", Shapes, &[json!(["address"]), json!(["phone"])]),
        factor("removes", Shapes, &[json!("only-added")]),
        factor("optOuts", Shapes, &[json!("leave")]),
        factor("unresolved", Shapes, &[json!("removals-wait")]),
        factor("guests", Shapes, &[json!("invite")]),
        factor(
            "source",
            Shapes,
            &[json!({ "connection": "hr", "lists": ["staff", "board"] })],
        ),
        factor(
            "target",
            Shapes,
            &[json!({ "connection": "mail", "list": "board", "create": true })],
        ),
        factor(
            "source.filters",
            Shapes,
            &[json!({ "department": ["Sales", "Ops"] })],
        ),
        factor("source.excludeLists", Shapes, &[json!(["board"])]),
        factor(
            "target.filters",
            Shapes,
            &[json!({ "department": { "not": "Board" } })],
        ),
        factor("target.create", World, &[json!(false)]),
        factor("source.emptyUntil", When, &[json!("2026-12-01")]),
        factor("target.emptyUntil", When, &[json!("2026-12-01")]),
        factor(
            "protected",
            Careful,
            &[json!(["p00@acme.example"]), json!(["*@partner.example"])],
        ),
        factor("exclude", Careful, &[json!(["p19@acme.example"])]),
        factor(
            "schedule",
            When,
            &[
                json!({ "timesPerDay": 4, "enabled": true }),
                json!({ "cron": "0 7 * * *", "timeZone": "Europe/Zurich", "enabled": true }),
            ],
        ),
        factor(
            "limits.additions",
            Limit,
            &[json!({ "count": 0 }), json!("none")],
        ),
        factor(
            "limits.aliasesAdded",
            Limit,
            &[json!({ "count": 0 }), json!("none")],
        ),
        factor(
            "limits.aliasesRemoved",
            Limit,
            &[json!({ "percent": 0 }), json!("none")],
        ),
        factor(
            "limits.total",
            Limit,
            &[json!({ "count": 1 }), json!("none")],
        ),
        factor(
            "limits.unresolved",
            Limit,
            &[json!({ "count": 0 }), json!("none")],
        ),
        factor("limits.onlyAbove", Limit, &[json!(0), json!(100_000)]),
        factor("limits.overLimit", Limit, &[json!("everything-waits")]),
        factor(
            "limits.removals",
            Limit,
            &[json!({ "count": 1 }), json!({ "percent": 5, "count": 100 })],
        ),
    ]
}

/// Keys that cannot be combined here, and where they are tried.
const ELSEWHERE: [(&str, &str); 2] = [
    (
        "Sync.id",
        "another id is another sync: a first run, which the limits hold",
    ),
    ("Sync.limits", "key by key"),
];

fn base() -> Value {
    json!({
        "source": { "connection": "hr", "list": "staff" },
        "target": { "connection": "mail", "list": "staff", "create": true },
        "schedule": "0 7 * * *",
    })
}

/// A sync with some of its keys otherwise.
fn with(changed: &[(&'static str, &Value)]) -> Value {
    let mut sync = base();
    let mut changed = changed.to_vec();
    // Whole endpoints before what is in them.
    changed.sort_by_key(|(key, _)| key.contains('.'));
    for (key, value) in changed {
        match key.split_once('.') {
            Some((whole, part)) => sync[whole][part] = value.clone(),
            None => sync[key] = value.clone(),
        }
    }
    made_valid(&mut sync);
    sync
}

/// Takes out what a definition must not say at once, the weaker half of it.
fn made_valid(sync: &mut Value) {
    if sync["optOuts"] == "leave" {
        sync["direction"] = json!("two-way");
    }
    let without = |part: &mut Value, key: &str| {
        part.as_object_mut().unwrap().remove(key);
    };
    if sync["direction"] == "two-way" {
        without(sync, "mode");
        if sync["source"]["lists"].is_array() {
            without(&mut sync["source"], "lists");
            sync["source"]["list"] = json!("staff");
        }
    }
    if sync["target"]["list"] == "board" {
        // It is not there, and without this nothing would run.
        sync["target"]["create"] = json!(true);
    }
    if sync["source"]["filters"].is_object() {
        without(sync, "filters");
    }
    if sync["source"]["lists"].is_array() && sync["source"]["excludeLists"].is_array() {
        without(&mut sync["source"], "excludeLists");
    }
}

fn people(count: usize) -> String {
    let names = (0..count).map(|number| {
        let department = if number % 2 == 0 { "Sales" } else { "Ops" };
        format!("p{number:02}/{department}")
    });
    names.collect::<Vec<_>>().join(" ")
}

struct Tried {
    stage: Stage,
    version: Version,
    runs: usize,
}

impl Tried {
    /// Both lists hold twenty people, as a run left them; then twelve leave the source.
    async fn begin() -> Self {
        let stage = Stage::with(&people(PEOPLE));
        let board = list_ref("hr", "board");
        stage
            .world
            .put_list(&board, by_address(), members("board/Board"));
        stage.define("staff", json!({ "limits": {} })).await;
        let version = put(&stage, base(), None).await.unwrap();
        stage.work(&job("first")).await.unwrap();
        assert_eq!(stage.world.labels(&target()).len(), PEOPLE);
        stage.world.edit(&source(), |list| list.truncate(STAY));
        Self {
            stage,
            version,
            runs: 0,
        }
    }

    fn removed(&self) -> usize {
        let left = self.stage.world.labels(&target());
        let there = (0..PEOPLE).filter(|number| {
            left.iter()
                .any(|label| label.starts_with(&format!("p{number:02}@")))
        });
        PEOPLE - there.count()
    }

    fn job(&mut self) -> Job {
        self.runs += 1;
        job(&format!("run-{}", self.runs))
    }

    fn approved(&mut self, digest: &str, hours: i64) -> Job {
        let approval = Approval {
            digest: digest.to_owned(),
            by: "ada".to_owned(),
            expires: self.stage.now() + SignedDuration::from_hours(hours),
        };
        Job {
            approval: Some(approval),
            trigger: Trigger::Approval,
            ..self.job()
        }
    }

    async fn work(&mut self, job: Job) -> Summary {
        self.stage.wait(1);
        Box::pin(self.stage.work(&job)).await.unwrap();
        let found = history::find(&self.stage.stores, &job.run).await.unwrap();
        found.unwrap()
    }

    /// Every way to ask for a run but the one with the digest of what waits.
    async fn ask_in_every_way(&mut self) {
        for trigger in [
            Trigger::Hand,
            Trigger::Schedule,
            Trigger::Notice,
            Trigger::Approval,
        ] {
            let job = Job {
                trigger,
                ..self.job()
            };
            self.work(job).await;
        }
        // As the rest of another run, and after failures.
        let job = Job {
            parts: 3,
            retries: 2,
            waits: 1,
            ..self.job()
        };
        self.work(job).await;
        // When it is due.
        self.stage.tick().await;
        self.stage.wait(25 * HOUR);
        self.stage.tick().await;
        self.stage.wait(10 * MINUTE);
        Box::pin(self.stage.pump()).await;
        // Over HTTP.
        for body in [
            json!({ "mode": "apply", "by": "ada" }),
            json!({ "mode": "preview", "by": "ada" }),
        ] {
            let status = self.post("syncs/staff/runs", &body).await;
            assert_eq!(status, StatusCode::ACCEPTED);
            Box::pin(self.stage.pump()).await;
        }
    }

    /// Approvals that are none: of something else, too short, or too late.
    async fn approve_in_vain(&mut self, held: &Held) {
        let digest = held.digest.as_str().to_owned();
        let wrong = "0".repeat(64);
        for (digest, hours) in [
            (&digest[..11], 1),
            (&wrong, 1),
            ("", 1),
            ("            ", 1),
            (&digest, 0),
            (&format!("{digest}0"), 1),
        ] {
            let job = self.approved(digest, hours);
            self.work(job).await;
        }
        for body in [
            json!({ "digest": &digest[..11], "by": "ada" }),
            json!({ "digest": wrong, "by": "ada" }),
            json!({ "by": "ada" }),
        ] {
            let newest = history::newest(&self.stage.stores, "staff").await.unwrap();
            let path = format!("runs/{}/approve", newest.unwrap().run);
            let status = self.post(&path, &body).await;
            assert!(status.is_client_error(), "{status} for {body}");
            Box::pin(self.stage.pump()).await;
        }
    }

    async fn post(&self, path: &str, body: &Value) -> StatusCode {
        let request = Request::post(format!("/api/v1/{path}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let router = api::router(self.stage.service.clone());
        router.oneshot(request).await.unwrap().status()
    }
}

/// Puts a sync there; what the catalog does not take is no definition.
async fn put(
    stage: &Stage,
    sync: Value,
    version: Option<&Version>,
) -> Result<Version, CatalogError> {
    let stores = &stage.stores;
    let expected = match version {
        Some(version) => Expected::Version(version.clone()),
        None => {
            let found = catalog::get(stores, Shelf::Syncs, "staff").await.unwrap();
            Expected::Version(found.unwrap().version)
        }
    };
    let kinds = &stage.service.kinds;
    catalog::put(
        stores,
        kinds,
        Shelf::Syncs,
        "staff",
        sync,
        &expected,
        stage.now(),
    )
    .await
}

/// What came of some rows.
#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    /// Definitions where something was held.
    held: usize,
    /// Those where the digest of what waits then removed people.
    approved: usize,
}

/// One definition, tried in every way.
async fn tried(changed: &[(&'static str, Class, &Value)]) -> Outcome {
    let mut tried = Tried::begin().await;
    let sync: Vec<_> = changed
        .iter()
        .map(|(key, _, value)| (*key, *value))
        .collect();
    let sync = with(&sync);
    put(&tried.stage, sync.clone(), Some(&tried.version))
        .await
        .unwrap_or_else(|error| panic!("{error:?} in {sync}"));
    let about = || format!("{sync}");
    let before = tried.stage.world.counters();
    let is_shaped = changed.iter().any(|(_, class, _)| *class == Class::Shapes);

    let preview = Job {
        mode: Mode::Preview,
        ..tried.job()
    };
    let preview = tried.work(preview).await;
    let previewed = tried.stage.world.counters();
    assert_eq!(
        written(before),
        written(previewed),
        "by a preview: {}",
        about()
    );
    tried.ask_in_every_way().await;
    let held = match history::newest(&tried.stage.stores, "staff").await.unwrap() {
        Some(newest) => newest.held,
        None => None,
    };
    if let Some(held) = &held {
        tried.approve_in_vain(held).await;
    }
    assert!(
        tried.removed() <= MOST,
        "{} are gone: {}",
        tried.removed(),
        about()
    );
    let after = tried.stage.world.counters();
    if is_shaped {
        assert_eq!(written(before), written(after), "written: {}", about());
    }
    let mut outcome = Outcome::default();
    if preview.planned.remove > MOST {
        assert!(preview.held.is_some(), "nothing waits: {}", about());
    }
    let Some(held) = held else { return outcome };
    outcome.held = 1;
    let approved = tried.approved(held.digest.short(), 1);
    tried.work(approved).await;
    outcome.approved = usize::from(tried.removed() > MOST);
    outcome
}

/// Writers that were opened, changes that took effect, lists that were created.
fn written(counters: Counters) -> (usize, usize, usize) {
    (counters.writers, counters.effects, counters.creations)
}

/// Rows over some of the factors, each with the choices that are made.
async fn try_all(factors: &[Factor], rows: Vec<Vec<usize>>) -> Outcome {
    let mut all = Outcome::default();
    for row in rows {
        let chosen = factors.iter().zip(&row).filter(|(_, choice)| **choice > 0);
        let chosen: Vec<_> = chosen
            .map(|(factor, choice)| (factor.key, factor.class, &factor.values[choice - 1]))
            .collect();
        // A run is a large future, and a test thread has a small stack.
        let one = Box::pin(tried(&chosen)).await;
        all.held += one.held;
        all.approved += one.approved;
    }
    all
}

fn sizes(factors: &[Factor]) -> Vec<usize> {
    factors
        .iter()
        .map(|factor| factor.values.len() + 1)
        .collect()
}

#[test]
fn every_key_that_could_matter_is_tried() {
    let tried: BTreeSet<&str> = factors().iter().map(|factor| factor.key).collect();
    for class in [Class::Shapes, Class::Careful, Class::Limit, Class::When] {
        for (owner, at) in [("Sync", ""), ("Limits", "limits.")] {
            for key in of(DEFINITIONS, owner, class) {
                let key_here = format!("{at}{key}");
                let elsewhere = ELSEWHERE
                    .iter()
                    .any(|(key_there, _)| *key_there == format!("{owner}.{key}"));
                assert!(
                    elsewhere || tried.contains(key_here.as_str()),
                    "`{owner} {key}` is not among the factors"
                );
            }
        }
    }
    // What a key is called here is what it is called in the table.
    for factor in factors() {
        let (owner, key) = match factor.key.split_once('.') {
            Some(("limits", key)) => ("Limits", key),
            Some((_, key)) => ("Endpoint", key),
            None => ("Sync", factor.key),
        };
        assert!(
            of(DEFINITIONS, owner, factor.class).contains(key),
            "`{}` is something else in the table",
            factor.key
        );
    }
}

#[tokio::test]
async fn each_key_by_itself_opens_no_way() {
    let factors = factors();
    let mut rows = vec![vec![0; factors.len()]];
    for (at, factor) in factors.iter().enumerate() {
        for choice in 1..=factor.values.len() {
            let mut row = vec![0; factors.len()];
            row[at] = choice;
            rows.push(row);
        }
    }
    let count = rows.len();
    let all = try_all(&factors, rows).await;
    // Who only adds removes nobody, and has nothing that could wait.
    assert!(all.held + 2 > count, "{all:?} of {count}");
    assert!(all.approved + 3 > all.held, "{all:?} of {count}");
}

#[tokio::test]
async fn no_two_keys_that_hold_nothing_open_a_way_together() {
    let calm: Vec<Factor> = factors()
        .into_iter()
        .filter(|factor| factor.class != Class::Shapes)
        .collect();
    let rows = pairwise(&sizes(&calm));
    let count = rows.len();
    let all = try_all(&calm, rows).await;
    assert_eq!(all.held, count, "twelve of twenty would go in each of them");
    assert_eq!(all.approved, count);
}

#[tokio::test]
async fn no_two_keys_of_a_definition_open_a_way_together() {
    let factors = factors();
    let rows = pairwise(&sizes(&factors));
    let count = rows.len();
    let all = try_all(&factors, rows).await;
    assert!(all.held * 10 > count * 6, "{all:?} of {count}");
    assert!(all.approved * 2 > all.held, "{all:?} of {count}");
}

#[tokio::test]
async fn a_limit_that_is_taken_away_is_gone_and_nothing_else_is() {
    // The test sees what it looks for: without the limit everybody goes at the first run.
    let none = json!("none");
    let mut tried = Tried::begin().await;
    let sync = with(&[("limits.removals", &none)]);
    put(&tried.stage, sync, Some(&tried.version)).await.unwrap();
    let job = tried.job();
    tried.work(job).await;
    assert_eq!(tried.removed(), PEOPLE - STAY);
}

#[tokio::test]
async fn a_sync_that_is_deleted_and_put_there_anew_is_held_as_before() {
    let mut tried = Tried::begin().await;
    let stores = tried.stage.stores.clone();
    catalog::delete(
        &stores,
        Shelf::Syncs,
        "staff",
        &tried.version,
        tried.stage.now(),
    )
    .await
    .unwrap();
    let sync = with(&[("matching", &json!(["address"]))]);
    catalog::put(
        &stores,
        &tried.stage.service.kinds,
        Shelf::Syncs,
        "staff",
        sync,
        &Expected::Nothing,
        tried.stage.now(),
    )
    .await
    .unwrap();
    tried.ask_in_every_way().await;
    assert_eq!(tried.removed(), 0);
    let row = stores.records.get(Table::State, "staff", "scope").await;
    assert!(row.unwrap().is_some());
}
