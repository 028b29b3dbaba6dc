//! Values on their way from an attribute to a field.

use super::{Rule, Transform};
use crate::model::{
    attributes::{Attributes, Value},
    list::Side,
};

fn attributes() -> Attributes {
    let text = |text: &str| Value::Text(text.to_owned());
    [
        ("mail", text(" Kim@Acme.example ")),
        ("mobilePhone", text("044 668 18 00")),
        ("givenName", text("Kim")),
        ("surname", text("Park")),
        ("accountEnabled", Value::Flag(true)),
        (
            "businessPhones",
            Value::Texts(vec![
                "+41 44 668 18 00".to_owned(),
                "+61 491 570 006".to_owned(),
            ]),
        ),
        ("blank", text("  ")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The value as a line, `-` for none, or the error after a `!`.
fn value(attribute: &str, transforms: &[Transform]) -> String {
    let rule = Rule {
        attribute: attribute.to_owned(),
        field: "field".to_owned(),
        transforms: transforms.to_vec(),
        owner: Side::Source,
        owner_is_said: false,
    };
    match rule.value(&attributes()) {
        Ok(Some(value)) => value.to_line(),
        Ok(None) => "-".to_owned(),
        Err(reason) => format!("! {reason}"),
    }
}

#[test]
fn transforms_apply_in_order() {
    use Transform::{E164, Lower, Template, Trim, Upper};
    let swiss = || E164(Some("CH".to_owned()));
    let template = |text: &str| Template(text.to_owned());
    let cases = [
        ("mail", vec![], " Kim@Acme.example "),
        ("mail", vec![Trim, Lower], "kim@acme.example"),
        ("mail", vec![Upper], "KIM@ACME.EXAMPLE"),
        ("absent", vec![Lower], "-"),
        ("blank", vec![Trim], "-"),
        ("mobilePhone", vec![swiss()], "+41446681800"),
        (
            "mobilePhone",
            vec![E164(None)],
            "! mobilePhone: not a phone number: it has no country code and no default region is set",
        ),
        (
            "mail",
            vec![swiss()],
            "! mail: not a phone number: it cannot be read as a number",
        ),
        (
            "businessPhones",
            vec![E164(None)],
            "+41446681800; +61491570006",
        ),
        ("accountEnabled", vec![Lower, Trim], "true"),
        (
            "surname",
            vec![template("{givenName} {surname}")],
            "Kim Park",
        ),
        (
            "surname",
            vec![template("{surname}, {givenName}"), Upper],
            "PARK, KIM",
        ),
        (
            "absent",
            vec![template("{givenName} {absent} {surname}")],
            "Kim Park",
        ),
        ("surname", vec![template("Dear {absent}")], "-"),
    ];
    for (attribute, transforms, expected) in cases {
        assert_eq!(value(attribute, &transforms), expected, "{transforms:?}");
    }
}

#[test]
fn templates_are_checked_before_anyone_depends_on_them() {
    for good in ["{a}", "{ a }", "x{a}{b}y"] {
        assert_eq!(super::check_template(good), Ok(()), "{good}");
    }
    for wrong in [
        "", "x", "{", "}", "{}", "{a", "a}", "{a}}", "{{a}}", "{ }", "}{a}",
    ] {
        assert!(super::check_template(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn values_stand_for_others_and_anything_else_is_an_error() {
    let rule = Rule {
        attribute: "objectType".to_owned(),
        field: "state".to_owned(),
        transforms: vec![Transform::Values(vec![
            ("user".to_owned(), "standard".to_owned()),
            ("group".to_owned(), "distribution-list".to_owned()),
        ])],
        owner: Side::Source,
        owner_is_said: false,
    };
    let of = |text: &str| {
        let attributes = [("objectType".to_owned(), Value::Text(text.to_owned()))];
        rule.value(&attributes.into_iter().collect())
    };
    assert_eq!(of("User"), Ok(Value::text("standard")));
    assert_eq!(of("group"), Ok(Value::text("distribution-list")));
    assert!(
        of("device")
            .unwrap_err()
            .contains("`device` stands for nothing")
    );
    assert!(!rule.goes_back(), "what it stood for is not known");
}

#[test]
fn a_rule_names_what_it_looks_at() {
    let rule = |transforms| Rule {
        attribute: "displayName".to_owned(),
        field: "name".to_owned(),
        transforms,
        owner: Side::Source,
        owner_is_said: false,
    };
    let template = Transform::Template("{givenName} {surname}".to_owned());
    assert_eq!(rule(vec![Transform::Trim]).attributes(), ["displayName"]);
    assert_eq!(rule(vec![template]).attributes(), ["givenName", "surname"]);
    assert_eq!(
        rule(vec![Transform::SameDomain]).attributes(),
        ["mail", "displayName"]
    );
}
