//! What is computed, by hand; and files of prices that are refused.

use jiff::Timestamp;

use super::*;
use crate::definition::schedule::{Schedule, When};

/// What is shown to people who have prices of their own.
const SAMPLE: &str = include_str!("../../docs/prices.sample.json");

fn now() -> Timestamp {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

fn size() -> Size {
    Size {
        lists: 10,
        runs: 10 * 4 * DAYS,
        members: 250,
        changes: 2,
        instance_mb: 512,
        keep_days: 90,
        ..Size::default()
    }
}

fn used(size: &Size, meter: Meter) -> f64 {
    usage(size)[&meter]
}

fn edited(edit: impl FnOnce(&mut serde_json::Value)) -> Result<Prices, Vec<String>> {
    let mut file: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
    edit(&mut file);
    Prices::parse(&file.to_string())
}

#[test]
fn an_app_without_lists_uses_what_its_clock_uses() {
    let idle = Size {
        instance_mb: 2048,
        ..Size::default()
    };
    // A tick each minute, charged as a second of two GB.
    assert_eq!(used(&idle, Meter::Executions), 43_200.0);
    assert_eq!(used(&idle, Meter::ExecutionTime), 86_400.0);
    assert_eq!(used(&idle, Meter::QueueOperations), 518_400.0);
    assert_eq!(used(&idle, Meter::StoredData), 0.0);
    // Four lines for each tick, and the host's eight operations on blobs.
    let logs = 43_200.0 * 12.0 * figures::RECORD_BYTES as f64 / 1e9;
    assert!((used(&idle, Meter::Logs) - logs).abs() < 1e-9);
    assert_eq!(used(&idle, Meter::EndpointTraffic), 0.0);
}

#[test]
fn each_run_is_an_execution_that_takes_its_time() {
    let quiet = Size {
        changes: 0,
        ..size()
    };
    assert_eq!(used(&quiet, Meter::Executions), 43_200.0 + 1_200.0);
    let requests = figures::REQUESTS + 2 * 3;
    let milliseconds = requests * figures::REQUEST_MILLISECONDS
        + figures::RUN.all() * figures::OPERATION_MILLISECONDS;
    let charged = milliseconds.next_multiple_of(100);
    assert!(charged > 1000);
    let expected = (43_200_000 + 1_200 * charged) as f64 / 2000.0;
    assert_eq!(used(&quiet, Meter::ExecutionTime), expected);
    // Two runs of four a day change something.
    let operations = |size: &Size| used(size, Meter::TableOperations);
    let per_change = figures::CHANGING.table_reads + figures::CHANGING.table_writes;
    assert_eq!(
        operations(&size()) - operations(&quiet),
        (600 * per_change) as f64
    );
    let splitting = Size {
        splits: 120,
        ..size()
    };
    assert_eq!(used(&splitting, Meter::Executions), 43_200.0 + 1_320.0);
}

/// Whatever grows, nothing gets less.
#[test]
fn more_of_anything_uses_no_less_of_anything() {
    let before = usage(&size());
    let grown: [fn(&mut Size); 9] = [
        |size| size.lists += 5_000,
        |size| size.runs *= 2,
        |size| size.splits += 30,
        |size| size.members *= 10,
        |size| size.changes += 10,
        |size| size.instance_mb = 2048,
        |size| size.endpoints = 4,
        |size| size.secrets += 1,
        |size| size.keep_days += 30,
    ];
    for (place, grow) in grown.iter().enumerate() {
        let mut size = size();
        grow(&mut size);
        let after = usage(&size);
        assert!(
            after.iter().all(|(meter, used)| *used >= before[meter]),
            "{place}"
        );
        assert_ne!(after, before, "{place}");
    }
    assert_eq!(before.len(), Meter::ALL.len());
}

#[test]
fn what_is_free_costs_nothing_and_prices_are_for_so_many_units() {
    let price = Price {
        price: 0.5,
        per: 10_000.0,
        free: 20_000.0,
    };
    assert_eq!(price.of(0.0), 0.0);
    assert_eq!(price.of(20_000.0), 0.0);
    assert_eq!(price.of(40_000.0), 1.0);
    let prices = Prices::parse(SAMPLE).unwrap();
    let told = estimate(&size(), &prices, vec!["so much".to_owned()]);
    assert_eq!(told.assumed[0], "so much");
    assert_eq!(told.lines.len(), Meter::ALL.len());
    let sum: f64 = told.lines.iter().map(|line| line.cost).sum();
    assert_eq!(told.total, sum);
    for line in &told.lines {
        let cost = (line.used - line.free).max(0.0) / line.per * line.price;
        assert!((line.cost - cost).abs() < 1e-9, "{line:?}");
    }
    assert!(told.total > 0.0);
    let text = told.as_text();
    assert!(
        text.starts_with(
            "For 10 lists of 250 members, 1200 runs in a month, 2 changes of a list on a day; instances of 512 MB, no \
             private endpoints:\n  meter "
        ),
        "{text}"
    );
    let total = format!(
        "In a month: {:.2} {}.\nAssumed:\n  so much\n",
        told.total, prices.currency
    );
    assert!(text.contains(&total), "{text}");
}

#[test]
fn a_schedule_is_counted_as_the_scheduler_runs_it() {
    let schedule = |when: When| Schedule {
        automatic: true,
        when: Some(when),
        zone: "Europe/Berlin".to_owned(),
    };
    let cron = |text: &str| runs_in_a_month(&schedule(When::Cron(text.to_owned())), now());
    assert_eq!(cron("0 0 6 * * *"), 30);
    assert_eq!(cron("0 */15 * * * *"), 30 * 96);
    assert_eq!(cron("*/10 * * * * *"), 30 * 1440, "one run for each tick");
    assert_eq!(cron("0 0 6 1 1 *"), 0);
    assert_eq!(runs_in_a_month(&schedule(When::TimesPerDay(4)), now()), 120);
    assert_eq!(runs_in_a_month(&Schedule::manual(), now()), 0);
}

#[test]
fn a_file_of_prices_is_refused_with_every_fault_at_once() {
    assert!(edited(|_| ()).is_ok());
    let faults = edited(|file| {
        file["curency"] = "EUR".into();
        file["currency"] = 3.into();
        let meters = file["meters"].as_object_mut().unwrap();
        meters.remove("logs");
        meters.remove("executions");
        meters.insert("coffee".to_owned(), serde_json::json!({}));
        meters["executionTime"]["price"] = (-1).into();
        meters["blobReads"]["per"] = 0.into();
        meters["blobWrites"]["unit"] = "x".into();
        meters["storedData"] = 3.into();
    })
    .unwrap_err();
    assert_eq!(
        faults,
        [
            "`curency` is not known; allowed: `currency`, `meters`",
            "`currency` has to be a short text, like `EUR`",
            "`meters.coffee` is not known; allowed: `executionTime`, `executions`, `tableOperations`, `queueOperations`, \
             `blobWrites`, `blobReads`, `storedData`, `logs`, `vaultOperations`, `endpointHours`, `endpointTraffic`",
            "`meters.executionTime.price` has to be a number from 0 on",
            "`meters.executions` is missing: functions, executions",
            "`meters.blobWrites.unit` is not known; allowed: `meter`, `price`, `per`, `free`",
            "`meters.blobReads.per` has to be a number above 0",
            "`meters.storedData` has to be an object",
            "`meters.logs` is missing: logs, taken in",
        ]
    );
    let nothing = Prices::parse("{}").unwrap_err();
    assert_eq!(nothing.len(), 1 + Meter::ALL.len());
    for broken in ["", "[]", "{", r#"{"currency":"a","currency":"b"}"#] {
        assert!(!Prices::parse(broken).unwrap_err().is_empty(), "{broken}");
    }
}

/// The sample names each meter as Azure's price list does, and its prices are nobody's.
#[test]
fn the_sample_says_which_meters_are_meant() {
    let file: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
    for meter in Meter::ALL {
        let named = file["meters"][meter.key()]["meter"].as_str().unwrap();
        assert!(named.len() > 10, "{named}");
    }
    assert!(file["currency"].as_str().unwrap().contains("made up"));
}
