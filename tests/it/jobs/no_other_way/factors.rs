//! The keys of a definition, each with other values than it has.

use serde_json::{Value, json};

use crate::surface::table::Class;

/// One key of a definition with other values than it has: where it is in a sync, and what the change of it does.
pub(super) struct Factor {
    pub(super) key: &'static str,
    pub(super) class: Class,
    pub(super) values: Vec<Value>,
}

/// Every key that could matter. Keys of endpoints that lists in memory know nothing of (`nested`, `under`) are a part of
/// what `source` and `target` say, and are held with them.
pub(super) fn factors() -> Vec<Factor> {
    use Class::{Careful, Limit, Shapes, When, World};
    let factor = |key, class, values: &[Value]| Factor {
        key,
        class,
        values: values.to_vec(),
    };
    vec![
        factor("direction", Shapes, &[json!("two-way")]),
        factor("mode", Shapes, &[json!("add-only")]),
        factor("firstRun", Shapes, &[json!("union")]),
        factor("filters", Shapes, &[json!({ "department": "Sales" })]),
        factor("mapping", Shapes, &[json!({ "department": "team" })]),
        factor("matching", Shapes, &[json!(["address"]), json!(["phone"])]),
        factor("removes", Shapes, &[json!("only-added")]),
        factor("optOuts", Shapes, &[json!("leave")]),
        factor("unresolved", Shapes, &[json!("removals-wait")]),
        factor("guests", Shapes, &[json!("invite")]),
        factor(
            "source",
            Shapes,
            &[json!({ "connection": "hr", "lists": ["staff", "board"] })],
        ),
        factor(
            "target",
            Shapes,
            &[json!({ "connection": "mail", "list": "board", "create": true })],
        ),
        factor(
            "source.filters",
            Shapes,
            &[json!({ "department": ["Sales", "Ops"] })],
        ),
        factor("source.excludeLists", Shapes, &[json!(["board"])]),
        factor(
            "target.filters",
            Shapes,
            &[json!({ "department": { "not": "Board" } })],
        ),
        factor("target.create", World, &[json!(false)]),
        factor("source.emptyUntil", When, &[json!("2026-12-01")]),
        factor("target.emptyUntil", When, &[json!("2026-12-01")]),
        factor(
            "protected",
            Careful,
            &[json!(["p00@acme.example"]), json!(["*@partner.example"])],
        ),
        factor("exclude", Careful, &[json!(["p19@acme.example"])]),
        factor(
            "schedule",
            When,
            &[
                json!({ "timesPerDay": 4, "enabled": true }),
                json!({ "cron": "0 7 * * *", "timeZone": "Europe/Zurich", "enabled": true }),
            ],
        ),
        factor(
            "limits.additions",
            Limit,
            &[json!({ "count": 0 }), json!("none")],
        ),
        factor(
            "limits.aliasesAdded",
            Limit,
            &[json!({ "count": 0 }), json!("none")],
        ),
        factor(
            "limits.aliasesRemoved",
            Limit,
            &[json!({ "percent": 0 }), json!("none")],
        ),
        factor(
            "limits.total",
            Limit,
            &[json!({ "count": 1 }), json!("none")],
        ),
        factor(
            "limits.unresolved",
            Limit,
            &[json!({ "count": 0 }), json!("none")],
        ),
        factor("limits.onlyAbove", Limit, &[json!(0), json!(100_000)]),
        factor("limits.overLimit", Limit, &[json!("everything-waits")]),
        factor(
            "limits.removals",
            Limit,
            &[json!({ "count": 1 }), json!({ "percent": 5, "count": 100 })],
        ),
    ]
}

/// Keys that cannot be combined here, and where they are tried.
pub(super) const ELSEWHERE: [(&str, &str); 2] = [
    (
        "Sync.id",
        "another id is another sync: a first run, which the limits hold",
    ),
    ("Sync.limits", "key by key"),
];

pub(super) fn base() -> Value {
    json!({
        "source": { "connection": "hr", "list": "staff" },
        "target": { "connection": "mail", "list": "staff", "create": true },
        "schedule": "0 7 * * *",
    })
}

/// A sync with some of its keys otherwise.
pub(super) fn with(changed: &[(&'static str, &Value)]) -> Value {
    let mut sync = base();
    let mut changed = changed.to_vec();
    // Whole endpoints before what is in them.
    changed.sort_by_key(|(key, _)| key.contains('.'));
    for (key, value) in changed {
        match key.split_once('.') {
            Some((whole, part)) => sync[whole][part] = value.clone(),
            None => sync[key] = value.clone(),
        }
    }
    made_valid(&mut sync);
    sync
}

/// Takes out what a definition must not say at once, the weaker half of it.
fn made_valid(sync: &mut Value) {
    if sync["optOuts"] == "leave" {
        sync["direction"] = json!("two-way");
    }
    let without = |part: &mut Value, key: &str| {
        part.as_object_mut().unwrap().remove(key);
    };
    if sync["direction"] == "two-way" {
        without(sync, "mode");
        if sync["source"]["lists"].is_array() {
            without(&mut sync["source"], "lists");
            sync["source"]["list"] = json!("staff");
        }
    }
    if sync["target"]["list"] == "board" {
        // It is not there, and without this nothing would run.
        sync["target"]["create"] = json!(true);
    }
    if sync["source"]["filters"].is_object() {
        without(sync, "filters");
    }
    if sync["source"]["lists"].is_array() && sync["source"]["excludeLists"].is_array() {
        without(&mut sync["source"], "excludeLists");
    }
}
