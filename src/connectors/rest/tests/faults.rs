//! Every fault of the settings, with its place.

use serde_json::{Value, json};

use crate::connectors::rest::{Settings, check};

fn good() -> Value {
    json!({
        "url": "https://api.example.com/v2",
        "auth": { "bearer": { "tokenVariable": "TOKEN" } },
        "lists": { "path": "/lists", "items": "lists", "id": "id", "name": "name" },
        "members": { "path": "/lists/{list}/members", "items": "members", "total": "count" },
        "member": { "id": "id", "addresses": "email" },
        "add": { "method": "POST", "path": "/lists/{list}/members", "body": { "email": "{address}" } },
        "remove": { "method": "DELETE", "path": "/lists/{list}/members/{id}" },
        "update": {
            "method": "PATCH", "path": "/lists/{list}/members/{id}", "body": { "name": "{field:name}" },
        },
        "create": { "method": "POST", "path": "/lists", "body": { "name": "{name}" } },
    })
}

/// The places of the faults once this stands there; `null` takes out what stood there.
#[track_caller]
fn places(changes: &[(&str, Value)]) -> Vec<String> {
    let mut settings = good();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = settings
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap();
        if value.is_null() {
            parent.remove(key);
        } else {
            parent.insert(key.to_owned(), value.clone());
        }
    }
    let faults = check(&settings).into_iter();
    faults.map(|(place, _)| place).collect()
}

#[test]
fn good_settings_have_none_and_remarks_mean_nothing() {
    assert_eq!(check(&good()), []);
    fn remarked(value: &Value) -> Value {
        match value {
            Value::Object(entries) => {
                let mut entries = entries.clone();
                entries
                    .values_mut()
                    .for_each(|value| *value = remarked(value));
                entries.insert("$comment".to_owned(), json!(["why", { "x": 1 }]));
                Value::Object(entries)
            }
            other => other.clone(),
        }
    }
    let remarked = remarked(&good());
    assert_eq!(check(&remarked), []);
    assert_eq!(Settings::read(&remarked), Settings::read(&good()));
    let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&good()));
}

#[test]
fn each_fault_is_found_at_its_place() {
    for (pointer, value, place) in [
        ("/url", json!("http://api.example.com"), "url"),
        (
            "/auth/bearer/tokenVariable",
            json!(" "),
            "auth.bearer.tokenVariable",
        ),
        (
            "/auth",
            json!({ "header": { "name": "X Key", "valueVariable": "K" } }),
            "auth.header.name",
        ),
        (
            "/headers",
            json!({ "X-Api-Key": "hunter2" }),
            "headers.X-Api-Key",
        ),
        ("/headers", json!({ "X-A": "line\nbreak" }), "headers.X-A"),
        ("/lists/items", json!("a..b"), "lists.items"),
        ("/lists/path", json!("/lists/{list}"), "lists.path"),
        ("/members/path", json!("/members"), "members.path"),
        ("/members/path", json!("/{list}/{address}"), "members.path"),
        ("/members/total", json!("a["), "members.total"),
        (
            "/member/addresses",
            json!(["email", "x["]),
            "member.addresses[1]",
        ),
        ("/member/addresses", Value::Null, "member.addresses"),
        (
            "/member/attributes",
            json!({ "team": "" }),
            "member.attributes.team",
        ),
        (
            "/member/optedOut",
            json!({ "path": "state", "equals": [] }),
            "member.optedOut.equals",
        ),
        ("/member/id", Value::Null, "member.id"),
        (
            "/paging",
            json!({ "link": { "next": "." } }),
            "paging.link.next",
        ),
        (
            "/paging",
            json!({ "token": { "next": "next", "parameter": "a=b" } }),
            "paging.token.parameter",
        ),
        (
            "/paging",
            json!({ "offset": { "parameter": "o", "size": 5 } }),
            "paging.offset.sizeParameter",
        ),
        (
            "/paging",
            json!({ "page": { "parameter": "p", "sizeParameter": "s" } }),
            "paging.page.size",
        ),
        ("/add/path", json!("/lists/{lst}"), "add.path"),
        (
            "/add/body",
            json!({ "a": ["{address}", "{who}"] }),
            "add.body.a[1]",
        ),
        (
            "/add/body",
            json!({ "{address}": "x", "y": "{address}" }),
            "add.body.{address}",
        ),
        (
            "/add/body",
            json!({ "email": "{address}", "id": "{id}" }),
            "add.body",
        ),
        ("/add/body", json!({ "email": "fixed" }), "add"),
        (
            "/add/body",
            json!({ "all": "{members}", "email": "{address}" }),
            "add.item",
        ),
        ("/add/item", json!({ "email": "{address}" }), "add.body"),
        ("/add/chunk", json!(5), "add.chunk"),
        ("/add/done", json!([401]), "add.done[0]"),
        (
            "/add/done",
            json!([{ "status": 200, "path": "a[", "equals": 1 }]),
            "add.done[0].path",
        ),
        (
            "/add/alreadySo",
            json!([{ "status": 409, "path": "a", "equals": [1] }]),
            "add.alreadySo[0].equals",
        ),
        ("/add/id", json!("id"), "add.id"),
        ("/remove/path", json!("/lists/{list}/members"), "remove"),
        (
            "/remove/body",
            json!({ "why": "{field:why}" }),
            "remove.body",
        ),
        ("/update/body", json!({ "name": "fixed" }), "update"),
        ("/create/body", json!({ "name": "fixed" }), "create"),
        ("/create/path", json!("/lists/{list}"), "create.path"),
        ("/lists", Value::Null, "create"),
        ("/phoneRegion", json!("Switzerland"), "phoneRegion"),
        ("/keyField", json!("mobile"), "keyField"),
        ("/maxWaitSeconds", json!(0), "maxWaitSeconds"),
        ("/errors", json!({ "message": "a]" }), "errors.message"),
    ] {
        let found = places(&[(pointer, value.clone())]);
        assert!(
            found.iter().any(|found| found == place),
            "{pointer} {value}: {found:?}"
        );
        // Two calls need the id; a call for many that is none is wrong in two ways.
        let few = if ["/member/id", "/add/item"].contains(&pointer) {
            2
        } else {
            1
        };
        assert!(found.len() <= few, "{pointer} {value}: {found:?}");
    }
}

#[test]
fn what_is_no_shape_of_settings_is_told_with_its_place() {
    for (pointer, value, place, said) in [
        ("/auth", Value::Null, "", "missing field `auth`"),
        ("/add/path", Value::Null, "add", "missing field `path`"),
        (
            "/add/method",
            json!("GET"),
            "add.method",
            "unknown variant `GET`",
        ),
        (
            "/auth",
            json!({ "bearer": { "token": "hunter2" } }),
            "auth.bearer.token",
            "unknown field `token`",
        ),
        ("/lsts", json!({}), "lsts", "unknown field `lsts`"),
        (
            "/member/addresses",
            json!(7),
            "member.addresses",
            "expected a path, or a list of paths",
        ),
    ] {
        let mut settings = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = settings
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap();
        match value {
            Value::Null => drop(parent.remove(key)),
            value => drop(parent.insert(key.to_owned(), value)),
        }
        let faults = check(&settings);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].0, place, "{faults:?}");
        assert!(faults[0].1.contains(said), "{faults:?}");
    }
}

#[test]
fn all_faults_are_found_at_once() {
    let found = places(&[
        ("/url", json!("x")),
        ("/lists/id", json!("")),
        ("/add", Value::Null),
        ("/phoneRegion", json!("?")),
    ]);
    assert_eq!(
        found,
        [
            "url",
            "lists.id",
            "phoneRegion",
            "remove",
            "update",
            "create"
        ]
    );
}
