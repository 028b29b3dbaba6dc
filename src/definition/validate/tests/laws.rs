//! What holds for every file, good or bad.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{KINDS, load};
use crate::definition::schema::json_schema;

const GOOD: [&str; 3] = [
    include_str!("../../../../examples/entra-sync-messagemedia.json"),
    include_str!("../../../../examples/region-asia-two-way.json"),
    include_str!("../../../../examples/all-staff-to-csv.json"),
];

/// Words that mean something somewhere in the file, so that mutations get past the first check.
const WORDS: [&str; 24] = [
    "sync",
    "syncs",
    "connections",
    "id",
    "source",
    "target",
    "direction",
    "two-way",
    "mode",
    "add-only",
    "schedule",
    "0 6 * * *",
    "filters",
    "not",
    "any",
    "mapping",
    "group",
    "template",
    "{a}",
    "limits",
    "removals",
    "exclude",
    "*",
    "entra-id",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(WORDS.as_slice()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((word(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// How many nodes a tree has.
fn size(node: &Value) -> usize {
    1 + match node {
        Value::Array(elements) => elements.iter().map(size).sum(),
        Value::Object(entries) => entries.values().map(size).sum(),
        _ => 0,
    }
}

/// Puts `new` where node number `at` was, counted from the top; `None` takes it out.
fn replace(node: &mut Value, at: &mut usize, new: &mut Option<Value>) {
    if *at == 0 {
        *node = new.take().unwrap_or(Value::Null);
    }
    *at = at.wrapping_sub(1);
    match node {
        Value::Array(elements) => elements.iter_mut().for_each(|node| replace(node, at, new)),
        Value::Object(entries) => entries.values_mut().for_each(|node| replace(node, at, new)),
        _ => {}
    }
}

fn check(text: &str) {
    let first = load(text, &KINDS);
    assert_eq!(first, load(text, &KINDS), "two answers to {text}");
    if let Err(faults) = &first {
        assert!(!faults.is_empty(), "refused without a reason: {text}");
        for fault in faults {
            assert!(!fault.message.is_empty());
        }
    }
}

#[test]
fn a_file_full_of_syncs_is_judged_in_time() {
    let syncs: Vec<String> = (0..3000)
        .map(|number| {
            let next = number + 1;
            format!(
                r#"{{"id":"s{number}","source":{{"connection":"politemail","list":"{number}"}},"target":{{"connection":"politemail","list":"{next}"}}}}"#
            )
        })
        .collect();
    let definition = load(&format!(r#"{{"syncs":[{}]}}"#, syncs.join(",")), &KINDS);
    assert_eq!(
        definition.map(|definition| definition.syncs.len()),
        Ok(3000)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_json_gets_an_answer(value in json()) {
        check(&value.to_string());
        check(&serde_json::json!({ "sync": value }).to_string());
        check(&serde_json::json!({ "syncs": [value], "connections": { "x": value } }).to_string());
        check(&serde_json::json!({ "sync": { "source": "entra-id", "target": "politemail", "filters": value } }).to_string());
    }

    #[test]
    fn a_good_file_with_something_changed_gets_an_answer(
        file in proptest::sample::select(GOOD.as_slice()),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), json()), 1..4),
    ) {
        let mut value: Value = serde_json::from_str(file).unwrap();
        for (index, new) in changes {
            let mut at = index.index(size(&value));
            replace(&mut value, &mut at, &mut Some(new));
        }
        check(&value.to_string());
    }

    #[test]
    fn a_good_file_with_characters_changed_gets_an_answer(
        file in proptest::sample::select(GOOD.as_slice()),
        index in any::<proptest::sample::Index>(),
        new in any::<char>(),
        length in 0usize..3,
    ) {
        let mut letters: Vec<char> = file.chars().collect();
        let at = index.index(letters.len());
        let end = (at + length).min(letters.len());
        letters.splice(at..end, [new]);
        check(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn what_the_schema_refuses_is_never_loaded(
        file in proptest::sample::select(GOOD.as_slice()),
        index in any::<proptest::sample::Index>(),
        new in json(),
    ) {
        let schema = SCHEMA.with(Clone::clone);
        let mut value: Value = serde_json::from_str(file).unwrap();
        let mut at = index.index(size(&value));
        replace(&mut value, &mut at, &mut Some(new));
        if load(&value.to_string(), &KINDS).is_ok() {
            let complaints: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
            prop_assert!(complaints.is_empty(), "{value}: {complaints:?}");
        }
    }
}

thread_local! {
    static SCHEMA: std::rc::Rc<jsonschema::Validator> =
        std::rc::Rc::new(jsonschema::validator_for(&json_schema(&KINDS)).unwrap());
}
