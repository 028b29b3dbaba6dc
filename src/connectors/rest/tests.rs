//! Paths, templates, and faults of settings. What is done with them is tested over HTTP.

mod faults;

use serde_json::{Value, json};

use super::{
    path::JsonPath,
    template::{Body, Filling, Slot, Target},
};
use crate::{
    model::{address::Address, attributes::Value as Attribute, member::Member, phone::PhoneNumber},
    plan::change::FieldChange,
};

#[test]
fn paths_lead_where_they_say() {
    let body = json!({
        "data": { "items": [{ "id": 7 }, { "id": " b " }, {}] },
        "emails": [{ "value": "a@x.example" }, { "value": "b@x.example" }],
        "@odata.nextLink": "more", "a.b": { "c": 1 }, "none": null, "flag": true,
    });
    for (path, found) in [
        ("data.items[*].id", vec!["7", "b"]),
        ("$.data.items[1].id", vec!["b"]),
        ("emails[*].value", vec!["a@x.example", "b@x.example"]),
        ("emails[0].value", vec!["a@x.example"]),
        ("emails[9].value", vec![]),
        ("['@odata.nextLink']", vec!["more"]),
        (r#"["a.b"].c"#, vec!["1"]),
        ("none", vec![]),
        ("flag", vec![]),
        ("nothing.at.all", vec![]),
    ] {
        assert_eq!(JsonPath::parse(path).unwrap().texts(&body), found, "{path}");
    }
    assert_eq!(JsonPath::parse("$").unwrap().texts(&json!("me")), ["me"]);
    assert_eq!(
        JsonPath::parse("$[1]").unwrap().texts(&json!([1, 2])),
        ["2"]
    );
    assert_eq!(JsonPath::parse("$").unwrap().number(&json!("12")), Some(12));
    assert_eq!(JsonPath::parse("none").unwrap().first(&body), None);
    assert!(JsonPath::parse("a[*]").unwrap().is_many());
}

#[test]
fn what_is_no_path_is_refused() {
    for path in [
        "", ".a", "a.", "a..b", "a[", "a[]", "a[x]", "a[-1]", "a]", "$a", "a[0]b", "['a", "a.*",
        "a['b'",
    ] {
        assert!(JsonPath::parse(path).is_err(), "{path}");
    }
}

fn ada() -> Member {
    let mut member = Member::with_address(Address::parse("ada+x@acme.example").unwrap());
    member.phones = vec![PhoneNumber::parse("+41791234567", None).unwrap()];
    let attributes = [
        ("name", Attribute::text("Ada \"L\" {id}").unwrap()),
        (
            "tags",
            Attribute::Texts(vec!["a".to_owned(), "b".to_owned()]),
        ),
        ("active", Attribute::Flag(true)),
    ];
    member.attributes = attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    member
}

fn body(template: Value) -> Body {
    let mut faults = Vec::new();
    let body = Body::parse(&template, "body", &mut faults);
    assert_eq!(faults, []);
    body
}

#[test]
fn values_stay_values_whatever_is_in_them() {
    let ada = ada();
    let filling = Filling {
        list: "a/b?c=d&e#f",
        name: "Staff",
        member: Some((&ada, Some("Id %2e"))),
        ..Filling::default()
    };
    let target =
        Target::parse("/lists/{list}/{id}.json?mail={address}&phone={phone}&x=1&{{y}}=z").unwrap();
    let (path, query) = target.filled(&filling).unwrap();
    assert_eq!(path, "lists/a%2Fb%3Fc=d&e%23f/Id%20%252e.json");
    let pairs = [
        ("mail", "ada+x@acme.example"),
        ("phone", "+41791234567"),
        ("x", "1"),
        ("{{y}}", "z"),
    ];
    assert_eq!(
        query,
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );

    let template = json!({
        "who": { "mail": "{address}", "name": "{field:name}", "greeting": "Dear {field:name}, {{hello}}" },
        "tags": "{field:tags}", "active": "{field:active}", "fixed": [1, null, "two"],
        "none": "{field:none}", "half": "{name} {field:none}", "several": ["{id}", "{employeeId}"],
    });
    assert_eq!(
        body(template).filled(&filling).unwrap(),
        json!({
            "who": {
                "mail": "ada+x@acme.example", "name": "Ada \"L\" {id}",
                "greeting": "Dear Ada \"L\" {id}, {hello}",
            },
            "tags": ["a", "b"], "active": true, "fixed": [1, null, "two"], "several": ["Id %2e"],
        })
    );
}

#[test]
fn an_update_says_what_changes_and_nothing_else() {
    let ada = ada();
    let change = |field: &str, after: Option<&str>| FieldChange {
        field: field.to_owned(),
        before: None,
        after: after.and_then(Attribute::text),
    };
    let changed = [change("name", Some("Ada")), change("team", None)];
    let filling = Filling {
        member: Some((&ada, None)),
        changed: Some(&changed),
        ..Filling::default()
    };
    let template = json!({
        "name": "{field:name}", "team": "{field:team}", "tags": "{field:tags}", "label": "{field:name}/{field:team}",
    });
    assert_eq!(
        body(template).filled(&filling).unwrap(),
        json!({ "name": "Ada", "team": null, "label": "Ada/" })
    );
}

#[test]
fn no_value_changes_where_a_path_leads() {
    for list in ["", ".", ".."] {
        let filling = Filling {
            list,
            ..Filling::default()
        };
        let target = Target::parse("/lists/{list}/members").unwrap();
        assert_eq!(target.filled(&filling).unwrap_err(), Slot::List, "`{list}`");
    }
    for target in [
        "https://elsewhere.example/x",
        "//elsewhere.example/x",
        "/lists/../admin",
        "/lists/%2e%2E/admin",
        "/lists/{list}#x",
        "/lists/{unknown}",
        "/lists/{list",
        "/lists/}",
        "/lists/{field:}",
        "/a b",
    ] {
        assert!(Target::parse(target).is_err(), "{target}");
    }
}
