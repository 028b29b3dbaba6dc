//! Queries, alerts and workbook speak of the events that the program sends, with the fields that those have.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

mod alerts;
mod contract;
mod kql;
mod workbook;

use contract::{events, words};
use kql::Token;

/// The columns of `rollcall_events` that are not fields of single events.
const OF_EVERY_EVENT: [&str; 6] = ["TimeGenerated", "event", "id", "level", "trace", "span"];

/// The words of the query language that the queries use.
const LANGUAGE: [&str; 34] = [
    "ago",
    "and",
    "arg_max",
    "asc",
    "bin",
    "by",
    "case",
    "count",
    "countif",
    "dcount",
    "desc",
    "distinct",
    "extend",
    "has",
    "iff",
    "in",
    "isempty",
    "isnotempty",
    "make_set_if",
    "max",
    "or",
    "order",
    "parse_json",
    "percentile",
    "project",
    "rollcall_events",
    "rollcall_lists",
    "round",
    "startswith",
    "strcat",
    "sum",
    "summarize",
    "tostring",
    "where",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/monitoring")
}

fn file(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The queries over events by the names of their files, without the function that makes events of lines.
fn queries() -> BTreeMap<String, Vec<Token>> {
    let entries = fs::read_dir(folder().join("queries")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|name| name != "events.kql");
    names
        .map(|name| {
            let tokens = kql::tokens(&file(&format!("queries/{name}")));
            (name, tokens)
        })
        .collect()
}

/// The events a query reads: those it names, and those behind the functions it calls.
fn read_by(query: &[Token]) -> BTreeSet<String> {
    let named = query.iter().filter_map(Token::text);
    let mut named: BTreeSet<_> = named
        .filter(|text| text.contains('.'))
        .map(str::to_owned)
        .collect();
    if query.iter().any(|token| token.is("rollcall_lists")) {
        named.insert("list.standing".to_owned());
    }
    named
}

#[test]
fn queries_name_events_that_are_sent_and_leave_none_out() {
    let mut read = BTreeSet::new();
    for (name, query) in queries() {
        let events = read_by(&query);
        assert!(!events.is_empty(), "{name} reads nothing");
        read.extend(events);
    }
    let sent: BTreeSet<_> = events().into_keys().map(str::to_owned).collect();
    assert_eq!(
        read, sent,
        "left: what queries read; right: what the program sends"
    );
}

#[test]
fn each_field_is_a_column_of_its_own_name() {
    let tokens = kql::tokens(&file("queries/events.kql"));
    let columns = kql::fields_of_lines(&tokens);
    for (column, field) in &columns {
        assert_eq!(column, field, "a column bears the name of another field");
    }
    let columns: BTreeSet<_> = columns.into_iter().map(|(column, _)| column).collect();
    let mut wanted: BTreeSet<_> = events().into_values().flatten().collect();
    wanted.extend(["event", "level", "trace", "span"]);
    assert_eq!(columns, wanted, "left: columns; right: fields");
}

#[test]
fn queries_use_the_fields_of_the_events_they_read() {
    let events = events();
    for (name, query) in queries() {
        let of_events = read_by(&query);
        let fields = of_events
            .iter()
            .filter_map(|event| events.get(event.as_str()))
            .flatten();
        let mut known: BTreeSet<_> = fields.copied().collect();
        known.extend(OF_EVERY_EVENT);
        known.extend(LANGUAGE);
        for stage in query.split(|token| token.is("|")) {
            let (defined, used) = kql::names(stage);
            for used in used {
                assert!(
                    known.contains(used),
                    "{name}: `{used}` is no field of {of_events:?}, nor made before"
                );
            }
            known.extend(defined);
        }
    }
}

#[test]
fn queries_compare_with_words_that_are_said() {
    let mut compared = 0;
    for (name, query) in queries() {
        for (field, text) in kql::comparisons(&query) {
            let words = words(field);
            compared += usize::from(!words.is_empty());
            assert!(
                words.is_empty() || words.contains(&text),
                "{name}: `{field}` is never `{text}`, only {words:?}"
            );
        }
    }
    assert!(compared > 10, "the test no longer finds comparisons");
}

#[test]
fn what_alerts_are_made_of_is_what_alerts_allow() {
    // https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
    let functions =
        ["queries/events.kql", "queries/lists.kql"].map(|name| kql::tokens(&file(name)));
    let alerts = queries();
    let alerts = alerts.iter().filter(|(name, _)| name.starts_with("alert-"));
    for query in alerts.map(|(_, query)| query).chain(&functions) {
        for refused in ["bag_unpack", "pivot", "narrow", "AggregatedValue"] {
            assert!(!query.iter().any(|token| token.is(refused)), "{refused}");
        }
        for relative in ["ago", "now"] {
            assert!(
                !query.iter().any(|token| token.is(relative)),
                "what an alert looks at is said by its window, not by `{relative}`"
            );
        }
    }
}

/// A run that is delivered again tells of its end again.
#[test]
fn what_sums_runs_up_takes_each_once() {
    let mut sums = 0;
    for (name, query) in queries() {
        if !read_by(&query).contains("run.ended") {
            continue;
        }
        let mut is_once = false;
        for stage in query.split(|token| token.is("|")) {
            let has = |word: &str| stage.iter().any(|token| token.is(word));
            if has("arg_max") {
                let last = stage.last();
                is_once = last.is_some_and(|last| last.is("run") || last.is("id"));
            } else if has("sum") || has("percentile") {
                sums += 1;
                assert!(is_once, "{name} takes a run twice that is told twice");
            }
        }
    }
    assert!(sums > 4, "the test no longer finds sums");
}
