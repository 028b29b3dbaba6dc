//! `doctor --cost`: what a month costs, computed and not asked for.

use jiff::{ToSpan, tz::TimeZone};
use rollcall::cost::Meter;
use serde_json::{Value, json};

use super::{Desk, everyone, rows, tenant};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/prices.sample.json");

fn used(estimate: &Value, meter: &str) -> f64 {
    let lines = estimate["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["meter"] == meter).unwrap();
    line["used"].as_f64().unwrap()
}

#[tokio::test]
async fn a_size_is_computed_without_a_definition_and_without_asking_anybody() {
    let desk = Desk::alone();
    std::fs::remove_file(desk.path("rollcall.json")).unwrap();
    let arguments = [
        "doctor",
        "--cost",
        SAMPLE,
        "--lists",
        "100",
        "--members",
        "500",
    ];
    let text = desk.run(&arguments).await.exits(0);
    text.says("For 100 lists of 500 members, 12000 runs in a month, 5 changes of a list on a day; instances of 512 MB, no private endpoints:\n")
        .says("\n  functions, executions        55200  ")
        .says("\nIn a month: ")
        .says(" made up.\nAssumed:\n");
    let json = desk
        .run(&[&arguments[..], &["--json"]].concat())
        .await
        .exits(0)
        .json();
    assert_eq!(json["version"], 1);
    assert_eq!(used(&json, "executions"), 43_200.0 + 12_000.0);
    let more = [
        &arguments[..],
        &[
            "--runs",
            "1",
            "--changes",
            "0",
            "--memory",
            "2048",
            "--endpoints",
            "4",
            "--json",
        ],
    ];
    let json = desk.run(&more.concat()).await.exits(0).json();
    assert_eq!(used(&json, "executions"), 43_200.0 + 3_000.0);
    assert_eq!(used(&json, "endpointHours"), 4.0 * 720.0);
    assert!(!desk.has_state(), "nothing is written");
}

#[tokio::test]
async fn a_definition_is_computed_with_its_schedules_and_what_its_runs_counted() {
    let (sandbox, desk) = Desk::with(tenant(20, 12)).await;
    desk.write("lists/everyone.csv", rows(0..13));
    let mut daily = everyone();
    daily["schedule"] = json!("0 6 * * *");
    let mut by_hand = everyone();
    by_hand["id"] = json!("by-hand");
    by_hand["mode"] = json!("add-only");
    desk.define(&[daily, by_hand]);
    let cost = async || {
        desk.run(&["doctor", "--cost", SAMPLE, "--json"])
            .await
            .exits(0)
            .json()
    };
    let before = cost().await;
    assert_eq!(used(&before, "executions"), 43_200.0 + 30.0);
    let about = before["about"].as_str().unwrap();
    assert!(
        about.starts_with("1 list of 250 members, 30 runs in a month, "),
        "{about}"
    );
    assert_eq!(
        before["assumed"].as_array().unwrap()[..2],
        [
            json!("`by-hand` does not run by itself, and costs nothing"),
            json!("a list has 250 members: nobody counted them"),
        ]
    );
    assert_eq!(sandbox.counters().requests, 0, "nobody is asked");
    desk.run(&["apply", "everyone"]).await.exits(0);
    let after = cost().await;
    let about = after["about"].as_str().unwrap();
    assert!(about.starts_with("1 list of 13 members, "), "{about}");
}

#[tokio::test]
async fn a_list_that_is_empty_is_counted_and_one_that_is_rarely_due_runs_by_itself() {
    let (_sandbox, desk) = Desk::with(tenant(20, 0)).await;
    desk.write("lists/everyone.csv", rows(0..0));
    let mut daily = everyone();
    daily["schedule"] = json!("0 6 * * *");
    let mut yearly = everyone();
    yearly["id"] = json!("yearly");
    yearly["mode"] = json!("add-only");
    let far = jiff::Timestamp::now().to_zoned(TimeZone::UTC).date() + 60.days();
    yearly["schedule"] = json!(format!("0 6 {} {} *", far.day(), far.month()));
    desk.define(&[daily, yearly]);
    desk.run(&["apply", "everyone"]).await;
    let cost = desk.run(&["doctor", "--cost", SAMPLE, "--json"]).await;
    let cost = cost.exits(0).json();
    let about = cost["about"].as_str().unwrap();
    assert!(
        about.starts_with("1 list of 0 members, 30 runs in a month, "),
        "{about}"
    );
    assert_eq!(
        cost["assumed"].as_array().unwrap()[..2],
        [
            json!("`yearly` is not due within the next 30 days, and costs nothing in them"),
            json!("lists have as many members as their last runs counted"),
        ]
    );
}

/// The table of docs/operate.md: each row by the name of its meter, with its three numbers.
fn documented() -> Vec<(String, Vec<String>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operate.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, table) = text
        .split_once("| Meter | 10 lists | 100 lists | 1,000 lists |\n")
        .unwrap();
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let mut cells = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().replace(',', ""));
        (cells.next().unwrap(), cells.collect())
    })
    .collect()
}

#[tokio::test]
async fn the_table_of_the_guide_says_what_is_computed() {
    let desk = Desk::alone();
    let table = documented();
    let meters = Meter::ALL
        .iter()
        .filter(|meter| !meter.name().starts_with("private endpoints"));
    let names: Vec<String> = meters
        .clone()
        .map(|meter| {
            let unit = match (meter, meter.unit()) {
                (Meter::VaultOperations, _) => " (one secret)".to_owned(),
                (_, "") => String::new(),
                (_, unit) => format!(" ({unit})"),
            };
            format!("{}{unit}", meter.name()).replace(',', "")
        })
        .collect();
    let told: Vec<&String> = table.iter().map(|(name, _)| name).collect();
    assert_eq!(told, names.iter().collect::<Vec<_>>());
    for (column, lists) in ["10", "100", "1000"].into_iter().enumerate() {
        let arguments = [
            "doctor",
            "--cost",
            SAMPLE,
            "--lists",
            lists,
            "--members",
            "250",
            "--json",
        ];
        let estimate = desk.run(&arguments).await.exits(0).json();
        for (meter, (name, cells)) in meters.clone().zip(&table) {
            // As many digits as the guide shows.
            let cell = &cells[column];
            let digits = cell.split_once('.').map_or(0, |(_, digits)| digits.len());
            let used = format!("{:.digits$}", used(&estimate, meter.key()));
            assert_eq!(*cell, used, "{name} of {lists} lists");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_told_whole() {
    let desk = Desk::alone();
    desk.write(
        "prices.json",
        r#"{ "currency": "EUR", "meters": { "coffee": 1 } }"#,
    );
    desk.run(&["doctor", "--cost", "prices.json", "--lists", "1"])
        .await
        .exits(5)
        .complains("`prices.json` has 12 faults:\n  `meters.coffee` is not known; ")
        .complains("\n  `meters.executionTime` is missing: functions, execution time\n");
    desk.run(&["doctor", "--cost", "nowhere.json"])
        .await
        .exits(5)
        .complains("the prices `nowhere.json` cannot be read");
    for wrong in [
        &["doctor", "--lists", "3"][..],
        &["doctor", "--members", "3"],
        &["doctor", "--cost", SAMPLE, "--to", "https://app.example"],
        &["doctor", "--cost", SAMPLE, "--lists", "0"],
        &["doctor", "--cost", SAMPLE, "--lists", "3", "everyone"],
        &["doctor", "--cost", SAMPLE, "--memory", "1024"],
    ] {
        desk.run(wrong).await.exits(5);
    }
}
