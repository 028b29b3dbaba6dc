//! Filters as they are written, over attributes as they are read.

use serde_json::{Value as Json, json};

use super::{Filter, parse};
use crate::{
    definition::{fault::Report, path::Path},
    model::attributes::{Attributes, Value},
};

fn filter(json: &Json) -> Filter {
    let mut report = Report::default();
    let filter = parse(json.as_object().unwrap(), &Path::default(), &mut report);
    assert_eq!(report.into_faults(), []);
    filter
}

fn attributes(json: &Json) -> Attributes {
    let entries = json.as_object().unwrap().iter();
    entries
        .map(|(name, value)| {
            let value = match value {
                Json::Bool(flag) => Value::Flag(*flag),
                Json::Array(texts) => Value::Texts(
                    texts
                        .iter()
                        .map(|text| text.as_str().unwrap().to_owned())
                        .collect(),
                ),
                text => Value::Text(text.as_str().unwrap().to_owned()),
            };
            (name.clone(), value)
        })
        .collect()
}

/// `reason` is empty where the person is wanted.
fn check(clauses: &Json, person: &Json, reason: &str) {
    let filter = filter(clauses);
    let attributes = attributes(person);
    let why_not = filter.why_not(&attributes).unwrap_or_default();
    assert_eq!(why_not, reason, "{clauses} over {person}");
    assert_eq!(filter.holds(&attributes), reason.is_empty());
}

#[test]
fn clauses_say_who_is_wanted_and_why_not() {
    let legal = json!({ "department": "Legal", "accountEnabled": true });
    let mails = json!({ "otherMails": ["a@x.example", "b@y.example"] });
    let cases = [
        (json!({}), &legal, ""),
        (json!({ "department": "Legal" }), &legal, ""),
        (json!({ "department": "lEGAL" }), &legal, ""),
        (json!({ "department": " Legal " }), &legal, ""),
        (
            json!({ "department": "Leg" }),
            &legal,
            r#"department is "Legal""#,
        ),
        (json!({ "department": ["Sales", "Legal"] }), &legal, ""),
        (
            json!({ "department": ["Sales", "Support"] }),
            &legal,
            r#"department is "Legal""#,
        ),
        (json!({ "department": { "in": ["Legal"] } }), &legal, ""),
        (
            json!({ "department": { "not": "Legal" } }),
            &legal,
            r#"department is "Legal""#,
        ),
        (
            json!({ "department": { "not": ["Sales", "legal"] } }),
            &legal,
            r#"department is "Legal""#,
        ),
        (
            json!({ "department": { "not": { "not": "Legal" } } }),
            &legal,
            "",
        ),
        (
            json!({ "department": { "not": { "startsWith": "sa" } } }),
            &legal,
            "",
        ),
        (json!({ "department": { "startsWith": "leG" } }), &legal, ""),
        (
            json!({ "department": { "startsWith": "Legally" } }),
            &legal,
            r#"department is "Legal""#,
        ),
        (json!({ "city": "Bern" }), &legal, "city is absent"),
        (json!({ "city": { "not": "Bern" } }), &legal, ""),
        (json!({ "not": { "city": "Bern" } }), &legal, ""),
        (json!({ "accountEnabled": true }), &legal, ""),
        (
            json!({ "accountEnabled": false }),
            &legal,
            "accountEnabled is true",
        ),
        (json!({ "accountEnabled": "TRUE" }), &legal, ""),
        (
            json!({ "accountEnabled": { "startsWith": "t" } }),
            &legal,
            "accountEnabled is true",
        ),
        (
            json!({ "department": "Legal", "accountEnabled": false }),
            &legal,
            "accountEnabled is true",
        ),
        (
            json!({ "any": [{ "department": "Sales" }, { "accountEnabled": false }] }),
            &legal,
            r#"department is "Legal" and accountEnabled is true"#,
        ),
        (
            json!({ "any": [{ "department": "Sales" }, { "accountEnabled": true }] }),
            &legal,
            "",
        ),
        (
            json!({ "all": [{ "department": "Legal" }, { "city": "Bern" }] }),
            &legal,
            "city is absent",
        ),
        (
            json!({ "not": { "department": "Legal", "accountEnabled": true } }),
            &legal,
            r#"accountEnabled is true and department is "Legal""#,
        ),
        (
            json!({ "not": { "department": "Legal", "accountEnabled": false } }),
            &legal,
            "",
        ),
        (json!({ "otherMails": "B@Y.example" }), &mails, ""),
        (json!({ "otherMails": { "startsWith": "b@" } }), &mails, ""),
        (
            json!({ "otherMails": { "not": "a@x.example" } }),
            &mails,
            r#"otherMails is "a@x.example", "b@y.example""#,
        ),
    ];
    for (clauses, person, reason) in cases {
        check(&clauses, person, reason);
    }
}

#[test]
fn letters_of_every_script_compare_without_case() {
    check(
        &json!({ "city": "ZÜRICH" }),
        &json!({ "city": "Zürich" }),
        "",
    );
    check(
        &json!({ "city": { "startsWith": "zü" } }),
        &json!({ "city": "ZÜRICH" }),
        "",
    );
    check(
        &json!({ "city": { "endsWith": "ÜRICH" } }),
        &json!({ "city": "Zürich" }),
        "",
    );
    check(
        &json!({ "mail": { "endsWith": "@acme.example" } }),
        &json!({ "mail": "ada@acme.example.org" }),
        "mail is \"ada@acme.example.org\"",
    );
    check(
        &json!({ "city": { "startsWith": "z" } }),
        &json!({ "city": "Zürich" }),
        "",
    );
}

#[test]
fn a_csv_file_says_yes_and_no_as_text_and_numbers_as_well() {
    check(&json!({ "active": true }), &json!({ "active": "True" }), "");
    check(
        &json!({ "active": true }),
        &json!({ "active": "no" }),
        r#"active is "no""#,
    );
    check(
        &json!({ "employeeId": 42 }),
        &json!({ "employeeId": "42" }),
        "",
    );
}

#[test]
fn the_attributes_it_looks_at_are_known() {
    let filter =
        filter(&json!({ "b": "x", "any": [{ "c": { "not": "y" } }, { "not": { "a": true } }] }));
    assert_eq!(
        filter.attributes().into_iter().collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
}
