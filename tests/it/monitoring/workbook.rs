//! The workbook: its queries are files, and every tile says what it shows and what it means when it is empty.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{contract::events, file, kql::Token, queries, read_by};

fn workbook() -> Value {
    serde_json::from_str(&file("workbook.json")).unwrap()
}

/// Every value under a key of this name, at any depth.
fn under<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key));
            fields.values().for_each(|value| under(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| under(value, key, found)),
        _ => {}
    }
}

fn texts<'a>(workbook: &'a Value, key: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    under(workbook, key, &mut found);
    found
        .into_iter()
        .map(|value| value.as_str().unwrap())
        .collect()
}

#[test]
fn each_query_is_a_file_that_is_put_in_once() {
    let workbook = workbook();
    let named = texts(&workbook, "query");
    let mut sorted = named.clone();
    sorted.sort_unstable();
    let views = queries().into_keys();
    let views: Vec<_> = views.filter(|name| name.starts_with("view-")).collect();
    assert_eq!(sorted, views, "left: the workbook; right: the files");
    let bicep = file("workbook.bicep");
    for name in named {
        let put_in = format!("'{name}': loadTextContent('queries/{name}')");
        assert!(bicep.contains(&put_in), "{name} is not put in");
    }
}

#[test]
fn each_tile_has_a_name_a_title_and_words_for_nothing() {
    let workbook = workbook();
    let items = workbook["items"].as_array().unwrap();
    let mut names = BTreeSet::new();
    for item in items {
        let name = item["name"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        if item["type"] != 3 {
            continue;
        }
        let content = &item["content"];
        assert_eq!(content["query"], format!("view-{name}.kql"));
        for key in ["title", "noDataMessage", "visualization"] {
            let text = content[key].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{name} has no `{key}`");
        }
        assert_eq!(content["timeContextFromParameter"], "TimeRange", "{name}");
    }
}

#[test]
fn the_filter_is_asked_wherever_there_is_a_sync() {
    let workbook = workbook();
    let parameters = texts(&workbook["items"][1]["content"]["parameters"], "name");
    assert_eq!(parameters, ["TimeRange", "Sync"]);
    let events = events();
    let views = queries();
    let views = views.iter().filter(|(name, _)| name.starts_with("view-"));
    for (name, query) in views {
        let holes: BTreeSet<_> = query.iter().filter_map(Token::hole).collect();
        assert!(
            holes.iter().all(|hole| *hole == "Sync"),
            "{name}: {holes:?}"
        );
        let of_events = read_by(query);
        let of_syncs = of_events
            .iter()
            .any(|event| events[event.as_str()].contains(&"sync"));
        assert_eq!(
            holes.contains("Sync"),
            of_syncs && name != "view-syncs.kql",
            "{name}: what is about syncs is filtered, and nothing else"
        );
    }
}

#[test]
fn every_place_is_put_in() {
    let text = file("workbook.json");
    let bicep = file("workbook.bicep");
    let places = bicep.split("var places = {\n").nth(1).unwrap();
    let places = places.split("\n}").next().unwrap().lines();
    let places = places.map(|line| line.trim().split('\'').nth(1).unwrap());
    let mut seen = 0;
    for place in places {
        assert!(text.contains(place), "{place} is put in nowhere");
        seen += 1;
    }
    assert_eq!(seen, 6);
    let holes = text.split('{').skip(1);
    let holes = holes.filter_map(|rest| {
        let name = rest.split('}').next()?;
        let is_name =
            name.starts_with(char::is_alphabetic) && name.chars().all(char::is_alphanumeric);
        is_name.then_some(name)
    });
    for hole in holes {
        assert!(
            bicep.contains(&format!("'{{{hole}}}': ")),
            "{{{hole}}} stays"
        );
    }
}
