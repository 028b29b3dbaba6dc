//! Values that say the same in other words, aliases beside primary addresses, and values that cannot be used.

use super::{Case, applied, member, one_way, platform_cases::rule, reading, two_way};
use crate::{
    definition::{filter::Filter, mapping::Transform},
    model::{
        attributes::Value,
        capabilities::{AddsBy, Updatable},
        list::Side,
        reading::Reading,
    },
    plan::text::render,
};

fn texts(texts: &[&str]) -> Value {
    Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn set(reading: &mut Reading, place: usize, field: &str, value: Value) {
    let member = &mut reading.members[place];
    member.attributes.insert(field.to_owned(), value);
}

/// One person on both lists, whose `field` is mapped as it is.
fn one_person(source: &str, target: &str, field: &str) -> Case {
    let mut case = one_way(&[source], &[]);
    case.target = reading("mail", &[target], AddsBy::Address, Updatable::Everything);
    case.sync.mapping.rules = vec![rule(field, field, Vec::new())];
    case
}

#[track_caller]
fn has_nothing_to_change(case: &Case) {
    let plan = case.plan();
    assert!(plan.is_empty(), "{}", render(&plan));
}

#[test]
fn a_value_that_a_platform_keeps_as_one_text_is_the_same_value() {
    let ada = "ada@acme.example";
    for (ours, theirs) in [
        (texts(&["+61255500000"]), Value::Text("+61255500000".into())),
        (texts(&["a", "b"]), Value::Text("a; b".into())),
        (Value::Flag(true), Value::Text("true".into())),
        (Value::Flag(true), Value::Text("TRUE".into())),
        (texts(&["b", "a"]), texts(&["a", "b"])),
    ] {
        let mut case = one_person(ada, ada, "told");
        set(&mut case.source, 0, "told", ours);
        set(&mut case.target, 0, "told", theirs);
        has_nothing_to_change(&case);
    }
    let mut case = one_person(ada, ada, "told");
    set(&mut case.source, 0, "told", texts(&["a", "b"]));
    set(&mut case.target, 0, "told", Value::Text("a".into()));
    assert_eq!(case.plan().totals().update, 1);
}

#[test]
fn aliases_are_the_same_however_the_platform_writes_them() {
    let ada = "ada@acme.example";
    for (ours, theirs) in [
        (
            texts(&["b@acme.example", "a@acme.example"]),
            texts(&["A@acme.example", "b@acme.example"]),
        ),
        (
            texts(&["a@acme.example", "b@acme.example"]),
            Value::Text("b@acme.example;a@acme.example".into()),
        ),
        (
            texts(&["smtp:ada@bücher.example"]),
            texts(&["ada@xn--bcher-kva.example"]),
        ),
    ] {
        let mut case = one_person(ada, ada, "aliases");
        set(&mut case.source, 0, "aliases", ours);
        set(&mut case.target, 0, "aliases", theirs);
        has_nothing_to_change(&case);
    }
}

#[test]
fn an_address_that_is_primary_on_one_side_and_an_alias_on_the_other_is_neither_lost_nor_added() {
    let mut case = one_person(
        "ada@acme.example a.l@acme.example",
        "#1 a.l@acme.example ada@acme.example",
        "aliases",
    );
    set(&mut case.source, 0, "aliases", texts(&["a.l@acme.example"]));
    set(&mut case.target, 0, "aliases", texts(&["ada@acme.example"]));
    has_nothing_to_change(&case);
    // Without any alias at the source there is nothing to take away either.
    case.source.members[0].attributes.clear();
    case.baseline = applied(&case, &case.plan()).baseline;
    has_nothing_to_change(&case);
}

#[test]
fn whoever_got_a_new_primary_address_keeps_the_old_account_and_gets_the_new_address_there() {
    let mut case = one_person(
        "ada.new@acme.example ada@acme.example",
        "#1 ada@acme.example",
        "aliases",
    );
    set(&mut case.source, 0, "aliases", texts(&["ada@acme.example"]));
    case.check(
        "
        ~ ada@acme.example  on mail  aliases (none) => ada.new@acme.example
        Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
        ",
    );
    has_nothing_to_change(&applied(&case, &case.plan()));
}

#[test]
fn a_primary_address_in_another_domain_is_no_alias() {
    let mut case = one_person(
        "ada@other.example ada@acme.example",
        "#1 ada@acme.example",
        "aliases",
    );
    set(&mut case.source, 0, "aliases", texts(&["ada@acme.example"]));
    has_nothing_to_change(&case);
}

#[test]
fn a_value_that_cannot_be_used_is_not_forgotten_by_the_baseline() {
    let e164 = vec![Transform::E164(None)];
    let mut case = two_way(
        &["ada@acme.example mobile=+61491570006"],
        &["#1 ada@acme.example phone=+61491570006"],
        Some(&[("ada@acme.example", "#1 ada@acme.example")]),
    );
    case.target.capabilities.updatable = Updatable::Everything;
    case.sync.mapping.rules = vec![rule("mobile", "phone", e164)];
    let mut case = applied(&case, &case.plan());
    set(&mut case.source, 0, "mobile", Value::Text("ext. 12".into()));
    let mut case = applied(&case, &case.plan());
    // Meanwhile the target has a new number; the source is as it was: nobody changed it there.
    set(
        &mut case.source,
        0,
        "mobile",
        Value::Text("+61491570006".into()),
    );
    set(
        &mut case.target,
        0,
        "phone",
        Value::Text("+61491570156".into()),
    );
    case.check(
        "
        ~ ada@acme.example  on csv  mobile +61491570006 => +61491570156
        Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 1 on entra-id:staff.
        ",
    );
}

#[test]
fn nobody_is_removed_because_the_value_that_routes_them_cannot_be_used() {
    let values = Transform::Values(vec![("Sales".into(), "Vertrieb".into())]);
    let mut case = one_way(
        &[
            "ada@acme.example department=Sales",
            "bob@acme.example department=Sales.EMEA",
            "cyd@acme.example department=Sales.EMEA",
        ],
        &["#a ada@acme.example", "#b bob@acme.example"],
    )
    .knowing(&[]);
    case.sync.mapping.route = Some(rule("department", "group", vec![values]));
    case.sync = case.sync.for_list("Vertrieb");
    case.check(
        "
        ! bob@acme.example  stays on entra-id  department: `Sales.EMEA` stands for nothing in `values`
        Ignored: 1 outside the filter.
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 3 members on csv:staff, 2 on entra-id:staff.
        ",
    );
    let known = applied(&case, &case.plan()).baseline.unwrap();
    assert_eq!(known.entries.len(), 1, "only Ada is known to be on both");
    // Whoever the filter leaves out anyway goes, whatever the route says.
    case.sync.filters.source = match case.sync.filters.source {
        Filter::All(mut parts) => {
            parts.push(Filter::Not(Box::new(Filter::Attribute {
                name: "department".to_owned(),
                test: crate::definition::filter::Test::StartsWith("Sales.".to_owned()),
            })));
            Filter::All(parts)
        }
        other => other,
    };
    assert_eq!(case.plan().totals().remove, 1);
}

#[test]
fn yes_and_no_stand_for_other_values_too() {
    let values = Transform::Values(vec![
        ("true".into(), "standard".into()),
        ("false".into(), "provisional".into()),
    ]);
    let rule = rule("accountEnabled", "state", vec![values]);
    let ada = member("ada@acme.example accountEnabled=true");
    assert_eq!(
        rule.value(&ada.attributes),
        Ok(Some(Value::Text("standard".into())))
    );
    assert_eq!(rule.owner, Side::Source);
}
