//! An upgrade as instances see it: what is older comes forward at the start; before what is newer the app stands back.

use rollcall::{
    format::FORMAT,
    store::ports::{Stores, Table},
};
use serde_json::{Value, json};

use super::{
    app::App,
    world::{JOBS, POISON, World, addresses},
};

/// Where the form of what is stored is written down.
const PLACE: (Table, &str, &str) = (Table::State, "~format", "format");

/// Lets what is stored have another form; `None` lets nobody have said which.
async fn form(stores: &Stores, version: Option<u32>) {
    let (table, partition, row) = PLACE;
    let records = &stores.records;
    let found = records.get(table, partition, row).await.unwrap().unwrap();
    match version {
        None => records
            .delete(table, partition, row, &found.version)
            .await
            .unwrap(),
        Some(version) => {
            let value = json!({ "version": version, "writtenBy": "9.1.0", "since": "2027-01-01T00:00:00Z" });
            let text = value.to_string();
            let replaced = records.replace(table, partition, row, &text, &found.version);
            replaced.await.unwrap();
        }
    }
}

async fn health(app: &App) -> (u16, Value) {
    let answer = app.ask("GET", "/api/v1/health", None).await;
    (answer.status, answer.body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_records_come_forward_and_newer_ones_are_left_to_the_newer_program() {
    let world = World::open(40, &["sales"]).await;
    world.write("sales.csv", 0..10);
    let mut app = App::start(&world).await;
    app.connect(&world).await;
    app.define("sales").await;
    app.run("sales").await;
    world.idle().await;
    assert_eq!(world.members(0), addresses(0..10));
    let stores = world.stores().await;

    // As an early version left it.
    form(&stores, None).await;
    app.host.crash().await;
    app.host.launched(2).await;
    world
        .until("it is brought forward", async || {
            let (status, body) = health(&app).await;
            status == 200 && body["format"] == FORMAT
        })
        .await;
    let written = app.host.written();
    assert!(
        written.contains("\"event\":\"format.migrated\""),
        "{written}"
    );

    // As a later version left it, for an instance that runs, and for one that starts.
    form(&stores, Some(FORMAT + 1)).await;
    let (status, problem) = health(&app).await;
    assert_eq!(
        (status, &problem["type"]),
        (503, &json!("urn:rollcall:newer-data"))
    );
    app.host.crash().await;
    app.host.launched(3).await;
    world
        .until("it says why it does nothing", async || {
            app.host.written().contains("\"event\":\"app.refused\"")
        })
        .await;
    assert_eq!(app.host.written().matches("app.started").count(), 2);
    assert_eq!(health(&app).await.1["type"], "urn:rollcall:newer-data");
    world.write("sales.csv", 0..12);
    let job = json!({
        "version": 1, "run": "later", "sync": "sales", "trigger": "hand", "cause": "by hand (ada)", "mode": "apply",
    });
    let before = app.jobs.seen().invocations();
    world.queues.put(JOBS, &job.to_string()).await;
    world
        .until("it is put back", async || {
            app.jobs.seen().invocations() > before
        })
        .await;
    app.tick().await;
    world.holds(JOBS, 1).await;
    world.holds(POISON, 0).await;
    assert_eq!(world.members(0), addresses(0..10));
    assert_eq!(app.jobs.seen().failures(), 0, "{}", app.host.written());

    // The newer one has come: to it, what is stored is as it should be. The job comes when its minute is over.
    form(&stores, Some(FORMAT)).await;
    world.idle().await;
    let done = app.look("later").await;
    assert_eq!(done["summary"]["status"], "succeeded", "{done}");
    assert_eq!(world.members(0), addresses(0..12));
    assert_eq!(app.jobs.seen().failures(), 0, "{}", app.host.written());
    app.is_discreet(&world);
}
