//! The figures that costs are computed from, measured: what a tick and a run ask of the storage, and what they leave.

use std::{path::Path, time::Duration};

use rollcall::{
    connectors::memory::by_address,
    cost::figures::{
        BASELINE_BYTES, CHANGE_BYTES, CHANGING, Operations, QUEUES, RUN, RUN_BYTES,
        SECONDS_BETWEEN_POLLS, SNAPSHOT_BYTES, TICK, TICKS_A_DAY,
    },
    job::{POISON_QUEUE, QUEUE},
    scheduler,
    service::Service,
    store::ports::Table,
    summary::Status,
    worker,
};
use serde_json::{Value, json};

use super::{
    counting::{Counter, counted},
    stage::{HOUR, Stage, members, source},
};

/// Members of the list, before anybody joins.
const MANY: usize = 200;

struct Measured {
    stage: Stage,
    service: Service,
    counter: Counter,
    joined: usize,
}

fn people(count: usize) -> String {
    let names: Vec<String> = (0..count)
        .map(|number| format!("user{number:04}"))
        .collect();
    names.join(" ")
}

impl Measured {
    /// A list that has run and is settled; nothing is due.
    async fn of(count: usize, more: Value) -> Self {
        let stage = Stage::with(&people(count));
        let (stores, counter) = counted(&stage.stores);
        let service = stage.service_over(stores);
        let measured = Self {
            stage,
            service,
            counter,
            joined: count,
        };
        measured.stage.define("staff", more).await;
        measured.tick().await;
        for _ in 0..3 {
            measured.day().await;
        }
        let runs = measured.stage.runs("staff").await;
        assert_eq!(runs[0].status, Some(Status::Unchanged), "{runs:?}");
        measured
    }

    async fn tick(&self) -> Operations {
        self.counter.take();
        scheduler::tick(&self.service).await.unwrap();
        self.counter.take()
    }

    /// A day with its run, and what that asks for: from the tick that finds it due, beyond one that finds nothing, to the
    /// end of its jobs. It is six in the morning before and after.
    async fn day(&self) -> Operations {
        // What is done once a day at any rate is done by this tick, and is no part of a run.
        self.tick().await;
        self.stage.wait(2 * HOUR);
        let found = self.tick().await;
        self.stage.wait(300);
        self.pump().await;
        let done = self.counter.take();
        self.stage.wait(22 * HOUR - 300);
        let all = sum(found, done);
        Operations {
            table_reads: all.table_reads - TICK.table_reads,
            table_writes: all.table_writes - TICK.table_writes,
            ..all
        }
    }

    async fn pump(&self) {
        let queue = &self.stage.stores.queue;
        let (now, hidden) = (self.stage.now(), Duration::from_secs(600));
        while let Some(message) = queue.receive(QUEUE, hidden, now).await.unwrap() {
            worker::work(&self.service, &message.body, &self.stage.delivery())
                .await
                .unwrap();
            queue.delete(QUEUE, &message).await.unwrap();
        }
    }

    /// A run after so many people joined the source.
    async fn changing(&mut self, count: usize) -> Operations {
        self.joined += count;
        let people = members(&people(self.joined));
        self.stage.world.put_list(&source(), by_address(), people);
        let operations = self.day().await;
        let runs = self.stage.runs("staff").await;
        assert_eq!(runs[0].done.added, count, "{:?}", runs[0]);
        operations
    }

    /// How many bytes all blobs have that begin so.
    async fn bytes(&self, folder: &str) -> u64 {
        let blobs = &self.stage.stores.blobs;
        let mut bytes = 0;
        for name in blobs.list(folder).await.unwrap() {
            bytes += blobs.get(&name).await.unwrap().unwrap().len();
        }
        bytes as u64
    }
}

fn sum(one: Operations, other: Operations) -> Operations {
    Operations {
        table_reads: one.table_reads + other.table_reads,
        table_writes: one.table_writes + other.table_writes,
        blob_reads: one.blob_reads + other.blob_reads,
        blob_writes: one.blob_writes + other.blob_writes,
        sent: one.sent + other.sent,
    }
}

#[tokio::test]
async fn what_ticks_and_runs_ask_of_the_storage_is_what_costs_are_computed_from() {
    let mut measured = Vec::new();
    for count in [20, 200] {
        let mut list = Measured::of(count, json!({})).await;
        list.tick().await;
        measured.push(("TICK", TICK, list.tick().await));
        measured.push(("RUN", RUN, list.day().await));
        for joining in [1, 15] {
            // Whatever a change leaves behind, the quiet run after it clears away.
            let asked = sum(list.changing(joining).await, list.day().await);
            let said = sum(sum(RUN, RUN), CHANGING);
            measured.push(("twice RUN, and CHANGING", said, asked));
        }
    }
    measured.retain(|(_, said, measured)| said != measured);
    assert!(
        measured.is_empty(),
        "src/cost/figures.rs says other than what is measured (last): {measured:#?}"
    );
}

/// Costs count a run that splits people up like the run of a list.
#[tokio::test]
async fn a_run_that_splits_asks_for_no_more_than_one_of_a_list() {
    for lists in [2_usize, 12] {
        let stage = Stage::with("");
        let (stores, counter) = counted(&stage.stores);
        let service = stage.service_over(stores);
        let measured = Measured {
            stage,
            service,
            counter,
            joined: 0,
        };
        let people: Vec<String> = (0..lists)
            .map(|list| format!("user{list}/team{list}"))
            .collect();
        measured
            .stage
            .world
            .put_list(&source(), by_address(), members(&people.join(" ")));
        let routed = json!({ "target": { "connection": "mail", "create": true }, "mapping": { "department": "group" } });
        measured.stage.define("staff", routed).await;
        measured.tick().await;
        for _ in 0..3 {
            measured.day().await;
        }
        let asked = measured.day().await.all();
        let runs = measured.stage.runs("staff").await;
        assert_eq!(runs[0].split, Some(lists), "{:?}", runs[0]);
        let last = measured.stage.runs("staff/team0").await;
        assert_eq!(last[0].status, Some(Status::Unchanged), "{:?}", last[0]);
        let counted = RUN.all() * (lists as u64 + 1);
        assert!(
            asked <= counted,
            "{asked} for {lists} lists, and {counted} are counted"
        );
        assert!(
            asked > counted / 2,
            "{asked} for {lists} lists, and {counted} are counted"
        );
    }
}

#[tokio::test]
async fn what_runs_leave_in_the_storage_is_what_costs_are_computed_from() {
    let mut measured = Measured::of(MANY, json!({})).await;
    let record = async |measured: &Measured| {
        let records = &measured.stage.stores.records;
        let mut bytes = 0;
        for (table, partition) in [(Table::History, "staff"), (Table::Runs, "runs")] {
            let rows = records.list(table, partition, None, 100).await.unwrap();
            assert!(!rows.is_empty());
            bytes += rows
                .iter()
                .map(|row| row.row.len() + row.value.len())
                .sum::<usize>();
        }
        bytes as u64
    };
    let before = record(&measured).await + measured.bytes("runs/").await;
    let snapshots = measured.bytes("snapshots/").await;
    measured.day().await;
    let run = record(&measured).await + measured.bytes("runs/").await - before;
    let kept = measured.bytes("snapshots/").await - snapshots;
    assert_eq!(kept, 0, "a run that changes nothing keeps a snapshot");

    let files = measured.bytes("runs/").await;
    measured.changing(100).await;
    let change = (measured.bytes("runs/").await - files) / 100;
    // One list has the newcomers already, the other one not yet.
    let snapshot = (measured.bytes("snapshots/").await - snapshots) / (MANY as u64 + 50);
    let baseline = measured.bytes("baselines/").await / (MANY as u64 + 100);
    let mut all = vec![
        ("RUN_BYTES", RUN_BYTES, run),
        ("CHANGE_BYTES", CHANGE_BYTES, change),
        ("SNAPSHOT_BYTES", SNAPSHOT_BYTES, snapshot),
        ("BASELINE_BYTES", BASELINE_BYTES, baseline),
    ];
    // They depend on how long names and addresses are: within a quarter is right.
    all.retain(|(_, said, measured)| said.abs_diff(*measured) * 4 > *measured);
    assert!(
        all.is_empty(),
        "src/cost/figures.rs says other than what is measured (last): {all:?}"
    );
}

#[test]
fn the_host_is_set_up_as_costs_are_computed() {
    let read = |name: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let host = read("host.json");
    let said = format!("00:00:{SECONDS_BETWEEN_POLLS:02}");
    assert_eq!(host["extensions"]["queues"]["maxPollingInterval"], said);
    let sample = read("local.settings.sample.json");
    let schedule = sample["Values"]["ROLLCALL_SCHEDULE"].as_str().unwrap();
    assert_eq!((schedule, TICKS_A_DAY), ("0 * * * * *", 24 * 60));
    let queues = [QUEUE, POISON_QUEUE];
    assert_eq!(queues.len() as u64, QUEUES);
}
