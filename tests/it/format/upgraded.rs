//! What an earlier version stored, opened by this one: nothing of it is lost, and the lists stay as they are.

use std::time::Duration;

use jiff::SignedDuration;
use rollcall::{
    agenda::{self, ListKey},
    connectors::memory::list_ref,
    format::{self, FORMAT, Refused},
    history::{self, Verdict},
    job::{POISON_QUEUE, QUEUE},
    model::list::{Side, Sides},
    scheduler,
    store::{embedded, ports::Stores},
    summary::Status,
};
use serde_json::Value;

use super::recorded::{
    FORMAT_ROW, Stage, all, at, bytes, folder, of_a_newer_program, place, put, recorded, restore,
    row, text,
};

/// Every list that a run is due for. `resting` is paused, `routed` is its lists.
const SYNCS: [&str; 8] = [
    "staff",
    "team",
    "many",
    "refused",
    "routed/Sales",
    "routed/Support",
    "away",
    "package",
];

/// Whether `new` says everything that `old` says.
fn says_all(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => old.iter().all(|(name, old)| {
            name == "version" || new.get(name).is_some_and(|new| says_all(new, old))
        }),
        (new, old) => new == old,
    }
}

/// A version that knows nothing of what came after it reads the same in every record: going back to it loses nothing.
async fn an_older_program_reads_it_all(stores: &Stores) {
    let recorded = recorded();
    for old in all(&recorded, "records") {
        let (table, partition, key) = place(&old);
        let found = row(stores, (table, &partition, &key)).await;
        let new: Value = serde_json::from_str(&found.value).unwrap();
        assert!(says_all(&new, &old["value"]), "{old}\nbecame {new}");
    }
    for old in all(&recorded, "blobs") {
        let name = text(&old, "name");
        let new = stores.blobs.get(name).await.unwrap();
        assert!(new == Some(bytes(&old)), "{name}");
    }
}

/// Opens the recorded store: it comes forward, the runs that are due do what is due and the next ones nothing.
pub(crate) async fn brought_forward(stores: &Stores) {
    restore(stores).await;
    let stage = Stage::over(stores);
    assert_eq!(format::look(stores).await, Ok(None));
    format::ready(stores, stage.now()).await.unwrap();
    assert_eq!(format::look(stores).await, Ok(Some(FORMAT)));
    an_older_program_reads_it_all(stores).await;
    let rows = stores.records.list(
        rollcall::store::ports::Table::State,
        "team",
        Some("baseline-"),
        1,
    );
    let team: Value = serde_json::from_str(&rows.await.unwrap()[0].value).unwrap();
    assert_eq!(team["version"], 2);
    assert_eq!(team["lists"]["target"]["list"], "team");
    let again = row(stores, FORMAT_ROW).await;
    format::ready(stores, stage.now()).await.unwrap();
    assert_eq!(row(stores, FORMAT_ROW).await, again, "brought forward once");

    // What was on the queue is done: the approval is as good as it was.
    while let Some(message) = stores
        .queue
        .receive(QUEUE, Duration::from_secs(600), stage.now())
        .await
        .unwrap()
    {
        stage.work(&message.body).await.unwrap();
        stores.queue.delete(QUEUE, &message).await.unwrap();
    }
    let approved = history::find(stores, "20261103T070000-many.a")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (approved.status, approved.done.removed),
        (Some(Status::Succeeded), 3)
    );
    let people = history::find(stores, "20261103T070800-people.n")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (people.status, people.done.added),
        (Some(Status::Succeeded), 2)
    );

    stage.wait(24 * 3600);
    let before = stage.world.counters().effects;
    for sync in SYNCS {
        stage.run("20261104T070000", sync).await;
    }
    // Nobody moves: those who left wait for an approval or were rejected, those who opted out stay off.
    assert_eq!(stage.world.counters().effects, before);
    stage.wait(24 * 3600);
    for sync in SYNCS {
        stage.run("20261105T070000", sync).await;
    }
    assert_eq!(stage.world.counters().effects, before);
    for sync in ["staff", "team", "many", "away", "routed/Sales"] {
        let runs = history::list(stores, sync, 50).await.unwrap();
        assert_eq!(runs[0].status, Some(Status::Unchanged), "{sync}");
        assert!(
            runs.iter()
                .all(|run| !run.first_run || run.run.starts_with("20261102")),
            "{sync}"
        );
    }
    survived(stores, &stage).await;
}

/// What people decided, and what is known of lists.
async fn survived(stores: &Stores, stage: &Stage) {
    let count = async |sync: &str| history::list(stores, sync, 50).await.unwrap().len();
    // Two days, a preview or an approval, and the two days after the upgrade.
    assert_eq!(
        (
            count("staff").await,
            count("team").await,
            count("many").await
        ),
        (4, 5, 5)
    );
    let run = "20261103T070000-refused";
    let decided = history::decision(stores, run).await.unwrap().unwrap();
    assert_eq!(
        (decided.verdict, decided.by.as_str()),
        (Verdict::Rejected, "ada")
    );
    let held = history::list(stores, "refused", 1).await.unwrap().remove(0);
    assert_eq!(held.held.unwrap().rejected.unwrap().by, "ada");
    let key = ListKey {
        sync: "resting".to_owned(),
        list: None,
    };
    let paused = agenda::pause_of(stores, &key, stage.now()).await.unwrap();
    assert_eq!(paused.unwrap().reason, "the office moves");
    let lists = |list: &str| Sides {
        source: list_ref("hr", list),
        target: list_ref("mail", list),
    };
    let staff = history::opt_outs(stores, "staff", lists("staff"))
        .await
        .unwrap();
    let labels: Vec<&str> = staff
        .tombstones
        .iter()
        .map(|stone| stone.who.label())
        .collect();
    assert!(labels.contains(&"fay@acme.example"), "{labels:?}");
    assert_eq!(staff.lifts[0].by, "ada");
    // The names of its lists were missing: they are how an opt-out is found when only one of the two lists stays.
    let moved = Sides {
        source: list_ref("hr", "another"),
        ..lists("team")
    };
    let team = history::opt_outs(stores, "team", moved).await.unwrap();
    assert_eq!(team.tombstones[0].who.label(), "ida@acme.example");
    let list = list_ref("mail", "package");
    let package = history::last_package(stores, "package", Side::Target, &list);
    assert!(package.await.unwrap().manifest.is_some());
}

#[tokio::test]
async fn an_older_store_is_brought_forward() {
    let folder = folder();
    brought_forward(&embedded::open(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn what_was_due_during_the_upgrade_is_caught_up() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    let stage = Stage::over(&stores);
    stage.wait(3 * 24 * 3600);
    let tick = scheduler::tick(&stage.service).await.unwrap();
    assert_eq!(tick.problems, [""; 0]);
    let expected = [
        "away", "many", "package", "refused", "routed", "staff", "team",
    ];
    let expected = expected.map(|sync| format!("20261106T070000-{sync}"));
    assert_eq!(tick.enqueued, expected);
    assert_eq!(format::look(&stores).await, Ok(Some(FORMAT)));
}

#[tokio::test]
async fn a_new_store_is_marked_and_costs_one_read_from_then_on() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    assert_eq!(format::look(&stores).await, Ok(None));
    format::ready(&stores, at()).await.unwrap();
    let marked = row(&stores, FORMAT_ROW).await;
    let value: Value = serde_json::from_str(&marked.value).unwrap();
    assert_eq!(value["version"], FORMAT);
    assert_eq!(value["writtenBy"], env!("CARGO_PKG_VERSION"));
    let later = at() + SignedDuration::from_hours(1);
    format::ready(&stores, later).await.unwrap();
    assert_eq!(row(&stores, FORMAT_ROW).await, marked);
}

/// An instance that is older than the store puts back whatever it gets, as it is; when a newer one comes, it is done.
pub(crate) async fn kept_for_a_newer_program(stores: &Stores) {
    restore(stores).await;
    let stage = Stage::over(stores);
    format::ready(stores, stage.now()).await.unwrap();
    let own = row(stores, FORMAT_ROW).await;
    put(stores, FORMAT_ROW, &of_a_newer_program()).await;
    let before = row(stores, FORMAT_ROW).await.value;
    let refused = format::ready(stores, stage.now()).await.unwrap_err();
    assert!(
        matches!(&refused, Refused::Newer { format: 7, by } if by == "9.1.0"),
        "{refused}"
    );
    let told = refused.to_string();
    assert!(
        told.contains("format 7, of rollcall 9.1.0") && told.contains("run rollcall 9.1.0"),
        "{told}"
    );
    assert_eq!(stores.queue.count(QUEUE).await.unwrap(), 2);
    for _ in 0..2 {
        let hidden = Duration::from_secs(600);
        let message = stores
            .queue
            .receive(QUEUE, hidden, stage.now())
            .await
            .unwrap()
            .unwrap();
        let report = stage.work(&message.body).await.unwrap();
        assert!(
            report[0].starts_with("put back on `sync-jobs`: "),
            "{report:?}"
        );
        stores.queue.delete(QUEUE, &message).await.unwrap();
    }
    let poisoned = rollcall::worker::bury(&stage.service, "{\"version\":1}")
        .await
        .unwrap();
    assert!(
        poisoned[0].starts_with("put back on `sync-jobs-poison`: "),
        "{poisoned:?}"
    );
    // They are there, and not before a minute is over.
    let (jobs, failed) = (
        stores.queue.count(QUEUE).await,
        stores.queue.count(POISON_QUEUE).await,
    );
    assert_eq!((jobs.unwrap(), failed.unwrap()), (2, 1));
    let early = stores
        .queue
        .receive(QUEUE, Duration::from_secs(1), stage.now())
        .await;
    assert_eq!(early.unwrap(), None);
    let tick = scheduler::tick(&stage.service).await.unwrap();
    assert!(
        tick.enqueued.is_empty() && tick.problems[0].contains("9.1.0"),
        "{tick:?}"
    );
    assert_eq!(stage.world.counters().reads, 0, "no list was looked at");
    assert_eq!(row(stores, FORMAT_ROW).await.value, before);
    an_older_program_reads_it_all(stores).await;
    // The newer one has come: for it, what is stored is as it should be.
    put(
        stores,
        FORMAT_ROW,
        &serde_json::from_str(&own.value).unwrap(),
    )
    .await;
    let body = text(&all(&recorded(), "messages")[0], "body").to_owned();
    stage.work(&body).await.unwrap();
    let approved = history::find(stores, "20261103T070000-many.a")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(approved.status, Some(Status::Succeeded));
}

#[tokio::test]
async fn jobs_are_kept_for_a_newer_program() {
    let folder = folder();
    kept_for_a_newer_program(&embedded::open(folder.path()).unwrap()).await;
}
