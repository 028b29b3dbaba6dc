//! The examples that are shipped, against the reader and against the schema.

use serde_json::Value;

use super::{KINDS, faults, good, load, one};
use crate::{
    definition::{
        filter::{Filter, Operand, Test},
        mapping::Rule,
        schedule::When,
        schema::json_schema,
        sync::{Direction, FirstRun, Guests, Mode, Nested},
    },
    model::list::{GroupKind, Side},
    plan::limits::Limits,
};

const REFERENCE: &str = include_str!("../../../../examples/entra-sync-messagemedia.json");
const EXAMPLES: [&str; 3] = [
    REFERENCE,
    include_str!("../../../../examples/region-asia-two-way.json"),
    include_str!("../../../../examples/all-staff-to-csv.json"),
];

#[test]
fn the_reference_configuration_loads_as_it_is_written() {
    let definition = good(REFERENCE);
    let [sync] = definition.syncs.as_slice() else {
        panic!("{definition:#?}")
    };
    assert_eq!(sync.id, "entra-id-to-messagemedia");
    assert_eq!(sync.direction, Direction::OneWay);
    assert_eq!(sync.mode, Mode::Mirror);
    assert_eq!(sync.first_run, FirstRun::Mirror);
    assert_eq!(sync.source.connection, "entra-id");
    assert_eq!(sync.target.connection, "messagemedia");
    assert_eq!(sync.target.nested, Nested::Direct);
    assert_eq!(sync.target.create, Some(GroupKind::Security));
    assert!(sync.schedule.automatic);
    assert_eq!(
        sync.schedule.when,
        Some(When::Cron("0 0 6 * * *".to_owned()))
    );
    assert_eq!(sync.schedule.zone, "UTC");
    let rule = |attribute: &str, field: &str| Rule {
        attribute: attribute.to_owned(),
        field: field.to_owned(),
        transforms: Vec::new(),
        owner: Side::Source,
        owner_is_said: false,
    };
    let rules = [
        rule("displayName", "contact_name"),
        rule("mobilePhone", "phone_number"),
        rule("mail", "email"),
    ];
    assert_eq!(sync.mapping.rules, rules);
    assert_eq!(sync.mapping.route, Some(rule("department", "group")));
    let test = |name: &str, operands: Vec<Operand>| Filter::Attribute {
        name: name.to_owned(),
        test: Test::OneOf(operands),
    };
    let filter = Filter::All(vec![
        test(
            "department",
            vec![
                Operand::Text("Sales".to_owned()),
                Operand::Text("Support".to_owned()),
            ],
        ),
        test("accountEnabled", vec![Operand::Flag(true)]),
    ]);
    assert_eq!(sync.filters.source, filter);
    assert_eq!(sync.limits, Limits::default());
    let guests = Guests {
        invite: false,
        domains: Vec::new(),
        redirect_url: "https://myapps.microsoft.com".to_owned(),
        send_message: false,
    };
    assert_eq!(sync.guests, guests);
    let names: Vec<&String> = definition.connections.keys().collect();
    assert_eq!(names, ["entra-id", "messagemedia"]);
}

#[test]
fn the_reference_configuration_has_not_been_touched() {
    let seed = concat!(
        r#"{ "sync": { "direction": "one-way", "source": "entra-id", "target": "messagemedia", "schedule": "0 6 * * *","#,
        r#""mapping": { "displayName": "contact_name", "mobilePhone": "phone_number", "mail": "email", "department": "group" },"#,
        r#""filters": { "department": ["Sales", "Support"], "accountEnabled": true } } }"#,
    );
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(plain(REFERENCE), plain(seed));
}

#[test]
fn every_example_loads_and_fits_the_schema() {
    let schema = schema();
    for example in EXAMPLES {
        good(example);
        let json: Value = serde_json::from_str(example).unwrap();
        let complaints: Vec<String> = schema
            .iter_errors(&json)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(complaints, [""; 0], "{example}");
    }
}

#[test]
fn what_the_schema_can_express_is_refused_by_both() {
    let schema = schema();
    let keys = [
        r#""direction": "both""#,
        r#""mode": "wipe""#,
        r#""mode": null"#,
        r#""firstRun": 1"#,
        r#""firstrun": "union""#,
        r#""id": "Region Asia""#,
        r#""schedule": {"timesPerDay": 5}"#,
        r#""schedule": {"every": "day"}"#,
        r#""schedule": 6"#,
        r#""filters": []"#,
        r#""filters": {"department": []}"#,
        r#""filters": {"department": " "}"#,
        r#""filters": {"department": 1.5}"#,
        r#""filters": {"department": {}}"#,
        r#""filters": {"department": {"in": "Sales"}}"#,
        r#""filters": {"department": {"startsWith": ""}}"#,
        r#""filters": {"department": {"startsWith": "A", "not": "B"}}"#,
        r#""filters": {"any": []}"#,
        r#""filters": {"any": [{}]}"#,
        r#""filters": {"not": {}}"#,
        r#""mapping": {"mail": {}}"#,
        r#""mapping": {"mail": {"field": "email", "transforms": ["rot13"]}}"#,
        r#""mapping": {"mail": ["email"]}"#,
        r#""matching": []"#,
        r#""matching": ["address", "address"]"#,
        r#""matching": "address""#,
        r#""limits": {"removals": {}}"#,
        r#""limits": {"removals": "off"}"#,
        r#""limits": {"removals": {"percent": 101}}"#,
        r#""limits": {"removals": {"count": -1}}"#,
        r#""limits": {"removals": {"percent": 2.5}}"#,
        r#""protected": [""]"#,
        r#""protected": "ceo@acme.example""#,
        r#""guests": {}"#,
        r#""guests": {"policy": "invite", "domains": []}"#,
        r#""guests": true"#,
    ];
    let mut files: Vec<String> = keys.iter().map(|keys| one(keys)).collect();
    let more = [
        "{}",
        "[]",
        r#"{"sync": []}"#,
        r#"{"sync": {}}"#,
        r#"{"sync": {"source": "entra-id"}}"#,
        r#"{"sync": {"source": "entra-id", "target": {"list": "Asia"}}}"#,
        r#"{"sync": {"source": "entra-id", "target": {"connection": "politemail", "lists": []}}}"#,
        r#"{"sync": {"source": "entra-id", "target": {"connection": "politemail", "create": "team"}}}"#,
        r#"{"sync": {"source": "entra-id", "target": "politemail"}, "syncs": []}"#,
        r#"{"syncs": [{"source": "entra-id", "target": "politemail"}]}"#,
        r#"{"connections": {"csv": {}}}"#,
        r#"{"connections": {"csv": 1}}"#,
        r#"{"connections": {"lists": {"folder": "lists"}}}"#,
        r#"{"connections": {"lists": {"type": "cvs", "folder": "lists"}}}"#,
        r#"{"connections": {"lists": {"type": "csv", "folder": 5}}}"#,
        r#"{"connections": {"lists": {"type": "csv", "folder": "x", "more": 1}}}"#,
        r#"{"connections": {"my lists": {"type": "csv", "folder": "x"}}}"#,
    ];
    files.extend(more.map(str::to_owned));
    for file in files {
        let json: Value = serde_json::from_str(&file).unwrap();
        assert!(!schema.is_valid(&json), "the schema takes {file}");
        assert!(!faults(&file).is_empty());
    }
}

#[test]
fn what_loads_fits_the_schema() {
    let schema = schema();
    let keys = [
        "",
        r#""direction": "bidirectional""#,
        r#""schedule": {"timesPerDay": 2}"#,
        r#""filters": {}"#,
        r#""filters": {"employeeId": 42, "all": [{"a": {"not": {"in": ["x", true]}}}]}"#,
        r#""limits": {"additions": "none", "removals": {"count": 0}}"#,
        r#""guests": {"policy": "invite", "domains": ["partner.example"], "sendMessage": true}"#,
    ];
    let mut files: Vec<String> = keys.iter().map(|keys| one(keys)).collect();
    let more = [
        r#"{"$schema": "./rollcall.schema.json", "connections": {"csv": {"folder": "x"}, "lists": {"type": "csv", "folder": "x"}}}"#,
        r#"{"connections": {"entra-id": {}, "entra-id-2": {"type": "entra-id"}}, "syncs": []}"#,
    ];
    files.extend(more.map(str::to_owned));
    for file in files {
        assert!(
            load(&file, &KINDS).is_ok(),
            "{file}: {:?}",
            load(&file, &KINDS)
        );
        let json: Value = serde_json::from_str(&file).unwrap();
        let complaints: Vec<String> = schema
            .iter_errors(&json)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(complaints, [""; 0], "{file}");
    }
}

#[test]
fn the_schema_is_a_schema_and_says_what_keys_are_for() {
    let schema = json_schema(&KINDS);
    assert!(jsonschema::meta::is_valid(&schema));
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let properties = schema["$defs"]["Sync"]["properties"].as_object().unwrap();
    for (key, property) in properties {
        assert!(
            property["description"].is_string(),
            "`{key}` has no description"
        );
    }
    assert!(!schema.to_string().contains("null"));
}

fn schema() -> jsonschema::Validator {
    jsonschema::validator_for(&json_schema(&KINDS)).unwrap()
}

#[test]
fn comments_may_stand_in_every_object_and_mean_nothing() {
    let plain = r#"{"connections": {"hr": {"type": "csv", "folder": "lists"}},
        "syncs": [{"id": "a", "source": {"connection": "hr", "list": "staff.csv"},
        "target": {"connection": "entra-id", "group": "Staff"}, "filters": {"team": "Sales"},
        "mapping": {"name": {"field": "displayName"}}, "limits": {"removals": {"count": 1}}}]}"#;
    let commented = plain.replace('{', r#"{"$comment": ["why", {"not": 1}], "#);
    assert_eq!(load(&commented, &KINDS), load(plain, &KINDS));
    assert!(load(plain, &KINDS).is_ok());
    let json: Value = serde_json::from_str(&commented).unwrap();
    let complaints: Vec<String> = schema()
        .iter_errors(&json)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}
