//! What functions report to the host, which keeps it in its log, names nobody; nor does an event, nor a span.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use rollcall::{
    agenda, catalog,
    connectors::memory::by_address,
    handler::{
        functions::{Functions, Invocation},
        jobs::Jobs,
    },
    history,
    job::Job,
    store::{lease, ports::Table},
    telemetry::told_list,
};
use serde_json::json;

use super::{
    collector::Collector,
    exporting::{Exporting, insights},
};
use crate::jobs::stage::{Stage, job, key, members, source};

fn invocation() -> Invocation {
    Invocation {
        id: "i-1".to_owned(),
        function: "SyncWorker",
        deadline: Timestamp::MAX,
        traceparent: None,
        past_due: false,
    }
}

async fn hold(stage: &Stage) {
    let records = stage.stores.records.as_ref();
    let held = lease::acquire(
        records,
        "mail:staff",
        "Zyxomma",
        stage.now(),
        Duration::from_secs(30),
    );
    held.await.unwrap();
}

async fn pause(stage: &Stage) {
    let paused = agenda::Paused {
        reason: "a quarrel with Quuxina".to_owned(),
        by: "Zebulon".to_owned(),
        since: stage.now(),
        until: None,
    };
    let change = |entry: &mut agenda::Entry| entry.paused = Some(paused.clone());
    agenda::change(&stage.stores, &key("staff"), stage.now(), change)
        .await
        .unwrap();
}

/// Puts a sync there whose fault quotes a name.
async fn break_a_sync(stage: &Stage) {
    stage.define("broken", json!({})).await;
    let (records, table) = (&stage.stores.records, Table::Definitions);
    let row = records
        .get(table, "syncs", "broken")
        .await
        .unwrap()
        .unwrap();
    let value = row.value.replacen(
        "\"schedule\"",
        "\"protected\":[\"Zebulon@@acme.example\"],\"schedule\"",
        1,
    );
    records
        .replace(table, "syncs", "broken", &value, &row.version)
        .await
        .unwrap();
    let found = catalog::sync(&stage.stores, &stage.service.kinds, "broken").await;
    let faults = found.unwrap().unwrap().unwrap_err();
    assert!(faults[0].message.contains("Zebulon"), "{faults:?}");
}

#[tokio::test]
async fn reports_of_functions_name_nobody() {
    let stage = Stage::with("ada bob");
    let jobs = Jobs::new(stage.service.clone());
    stage.define("staff", json!({})).await;
    let mut said = Vec::new();
    let does = async |job: Job| {
        let done = jobs.sync_worker(&job.render(), &invocation()).await;
        done.unwrap()
    };
    hold(&stage).await;
    said.extend(does(job("one")).await);
    stage.wait(31);
    said.extend(does(job("two")).await);
    pause(&stage).await;
    said.extend(does(job("three")).await);
    break_a_sync(&stage).await;
    said.extend(
        does(Job {
            sync: "broken".to_owned(),
            ..job("four")
        })
        .await,
    );
    said.extend(jobs.scheduler(&invocation()).await.unwrap());
    let poisoned = job("five").render();
    said.extend(jobs.sync_poison(&poisoned, &invocation()).await.unwrap());
    let text = said.join("\n");
    for told in [
        "run `one` waits: somebody else is writing the list",
        "run `two` of `staff`: succeeded, 1 created, 2 added",
        "`staff` is paused",
        "sync `broken` cannot be run: `definition` at `syncs[0].protected[0]`",
        "run `five` of `staff`: failed; poisoned",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    for name in ["Zebulon", "Quuxina", "Zyxomma", "ada"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
    // The history does say why.
    let three = history::find(&stage.stores, "three").await.unwrap();
    let problem = three.unwrap().problem.unwrap().message;
    assert_eq!(problem, "paused by Zebulon: a quarrel with Quuxina");
}

#[tokio::test]
async fn a_list_whose_name_is_an_address_is_told_by_a_hash() {
    let list = "sales@acme.example";
    let (collector, url) = Collector::start().await;
    let exporting = Exporting::start(insights(&url));
    let stage = Stage::with("");
    stage.world.put_list(
        &source(),
        by_address(),
        members(&format!("ada/{list} bob/Support")),
    );
    let routed = json!({ "target": "mail", "mapping": { "department": "group" } });
    stage.define("staff", routed).await;
    let jobs = Jobs::new(stage.service.clone());
    let mut said = jobs.scheduler(&invocation()).await.unwrap();
    said.extend(stage.work(&job("split")).await.unwrap());
    stage.wait(60);
    let of_it = Job {
        list: Some(list.to_owned()),
        ..job("one")
    };
    said.extend(stage.work(&of_it).await.unwrap());
    stage.pump().await;
    stage.wait(15 * 60);
    said.extend(jobs.scheduler(&invocation()).await.unwrap());
    exporting.flush().await;

    let told = told_list(list);
    let events = exporting.written.events();
    let of_the_list: BTreeSet<&str> = events
        .iter()
        .filter(|event| event["list"] == *told)
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(of_the_list, BTreeSet::from(["list.standing", "run.ended"]));
    let said = said.join("\n");
    assert!(said.contains(&format!("`staff/{told}`")), "{said}");
    let exported = collector.text();
    assert!(
        exported.contains(&format!("\"list\":\"{told}\"")),
        "{exported}"
    );
    assert!(exported.contains("\"list\":\"Support\""), "{exported}");
    for text in [said, exported, exporting.written.text()] {
        assert!(!text.contains('@'), "{text}");
    }
}
