//! What the keys mean when nothing is wrong with them.

use super::{good, one};
use crate::{
    definition::{
        mapping::Transform,
        schedule::When,
        sync::{Direction, FirstRun, MatchKey, Nested, OptOuts, Removes, Sync, Unresolved},
    },
    model::list::{GroupKind, Side},
    plan::limits::{Limit, Limits, OverLimit},
};

fn sync(keys: &str) -> Sync {
    good(&one(keys)).syncs.remove(0)
}

#[test]
fn directions_have_two_spellings_and_their_own_first_run() {
    let two_way = sync(r#""direction": "bidirectional""#);
    assert_eq!(two_way.direction, Direction::TwoWay);
    assert_eq!(two_way.first_run, FirstRun::Union);
    assert_eq!(sync(r#""firstRun": "union""#).first_run, FirstRun::Union);
    assert_eq!(sync("").first_run, FirstRun::Mirror);
    assert_eq!(
        sync(r#""unresolved": "removals-wait""#).unresolved,
        Unresolved::RemovalsWait
    );
}

#[test]
fn a_schedule_is_on_as_a_text_and_off_as_an_object() {
    let schedule = sync(r#""schedule": "0 30 5 * * MON-FRI""#).schedule;
    assert!(schedule.automatic);
    let schedule =
        sync(r#""schedule": {"cron": "30 5 * * *", "timeZone": "europe/zurich"}"#).schedule;
    assert!(!schedule.automatic);
    assert_eq!(schedule.when, Some(When::Cron("0 30 5 * * *".to_owned())));
    assert_eq!(schedule.zone, "Europe/Zurich");
    let schedule = sync(r#""schedule": {"timesPerDay": 4, "enabled": true}"#).schedule;
    assert!(schedule.automatic);
    assert_eq!(schedule.when, Some(When::TimesPerDay(4)));
    assert_eq!(sync("").schedule.when, None);
}

#[test]
fn limits_fall_back_to_their_defaults_one_by_one() {
    let limits = |keys: &str| sync(&format!(r#""limits": {{{keys}}}"#)).limits;
    assert_eq!(limits(""), Limits::default());
    let removals = Limit {
        count: Some(5),
        percent: None,
    };
    assert_eq!(
        limits(r#""removals": {"count": 5}"#),
        Limits {
            removals,
            ..Limits::default()
        }
    );
    let off = Limits {
        removals: Limit::default(),
        ..Limits::default()
    };
    assert_eq!(limits(r#""removals": "none""#), off);
    let all = limits(
        r#""additions": {"count": 0, "percent": 100}, "onlyAbove": 0, "overLimit": "everything-waits""#,
    );
    let additions = Limit {
        count: Some(0),
        percent: Some(100),
    };
    let expected = Limits {
        additions,
        only_above: 0,
        over_limit: OverLimit::EverythingWaits,
        ..Limits::default()
    };
    assert_eq!(all, expected);
}

#[test]
fn mapping_keeps_the_order_of_the_file() {
    let mapping = sync(
        r#""direction": "two-way", "mapping": {"z": "first", "a": {"field": "second", "template": "{a} {z}", "transforms": ["trim", "e164"], "region": "ch", "owner": "target"}, "m": "group"}"#,
    )
    .mapping;
    let fields: Vec<&str> = mapping
        .rules
        .iter()
        .map(|rule| rule.field.as_str())
        .collect();
    assert_eq!(fields, ["first", "second", "group"]);
    assert_eq!(mapping.route, None);
    let transforms = [
        Transform::Template("{a} {z}".to_owned()),
        Transform::Trim,
        Transform::E164(Some("CH".to_owned())),
    ];
    assert_eq!(mapping.rules[1].transforms, transforms);
    assert_eq!(mapping.rules[1].owner, Side::Target);
}

#[test]
fn matching_keeps_the_order_of_the_file() {
    use MatchKey::{Address, EmployeeId, ObjectId, Phone};
    assert_eq!(sync("").matching, [ObjectId, Address, Phone, EmployeeId]);
    assert_eq!(
        sync(r#""matching": ["phone", "address"]"#).matching,
        [Phone, Address]
    );
}

#[test]
fn an_endpoint_names_lists_in_several_ways() {
    let source = |source: &str| {
        let file = format!(r#"{{"sync": {{"source": {source}, "target": "politemail"}}}}"#);
        good(&file).syncs.remove(0).source
    };
    assert_eq!(source(r#""entra-id""#).lists, [""; 0]);
    assert_eq!(
        source(r#"{"connection": "entra-id", "everyone": true}"#).lists,
        [""; 0]
    );
    assert_eq!(
        source(r#"{"connection": "entra-id", "group": " A "}"#).lists,
        ["A"]
    );
    let several = source(
        r#"{"connection": "entra-id", "groups": ["B", "A"], "excludeGroups": ["C"], "nested": "flatten"}"#,
    );
    assert_eq!(several.lists, ["B", "A"]);
    assert_eq!(several.exclude_lists, ["C"]);
    assert_eq!(several.nested, Nested::Flatten);
    let until = |text: &str| {
        let file = format!(r#"{{"connection": "entra-id", "group": "A", "emptyUntil": "{text}"}}"#);
        source(&file).empty_until.unwrap().to_string()
    };
    // A date holds to its end.
    assert_eq!(until("2026-12-31"), "2027-01-01T00:00:00Z");
    assert_eq!(until("2026-12-31T18:00:00+01:00"), "2026-12-31T17:00:00Z");
}

#[test]
fn who_may_be_removed_and_whom_an_opt_out_takes_along() {
    assert_eq!(sync("").removes, Removes::Anybody);
    assert_eq!(
        sync(r#""removes": "only-added""#).removes,
        Removes::OnlyAdded
    );
    assert_eq!(sync("").opt_outs, OptOuts::Stay);
    let two_way = sync(r#""direction": "two-way", "optOuts": "leave""#);
    assert_eq!(two_way.opt_outs, OptOuts::Leave);
}

#[test]
fn lists_are_created_when_the_file_says_so_or_people_are_routed() {
    let create = |target: &str, mapping: &str| {
        let file = format!(
            r#"{{"sync": {{"source": "entra-id", "target": {target}, "mapping": {{{mapping}}}}}}}"#
        );
        good(&file).syncs.remove(0).target.create
    };
    assert_eq!(create(r#""politemail""#, ""), None);
    assert_eq!(
        create(r#"{"connection": "politemail", "create": true}"#, ""),
        Some(GroupKind::Security)
    );
    assert_eq!(
        create(
            r#"{"connection": "politemail", "create": "microsoft365"}"#,
            ""
        ),
        Some(GroupKind::Microsoft365)
    );
    assert_eq!(
        create(r#""politemail""#, r#""department": "group""#),
        Some(GroupKind::Security)
    );
    assert_eq!(
        create(
            r#"{"connection": "politemail", "create": false}"#,
            r#""department": "group""#
        ),
        None
    );
}

#[test]
fn guests_are_reported_unless_invited() {
    let guests = sync(r#""guests": "invite""#).guests;
    assert!(guests.invite);
    let guests = sync(
        r#""guests": {"policy": "invite", "domains": ["Bücher.example", "bücher.example"], "redirectUrl": "https://intranet.example/", "sendMessage": true}"#,
    )
    .guests;
    assert_eq!(guests.domains, ["xn--bcher-kva.example"]);
    assert_eq!(guests.redirect_url, "https://intranet.example/");
    assert!(guests.send_message);
}

#[test]
fn patterns_are_folded() {
    let sync = sync(r#""protected": [" CEO@Acme.example ", "*"], "exclude": ["*@BÜCHER.example"]"#);
    let texts = |patterns: &[crate::definition::pattern::Pattern]| {
        patterns
            .iter()
            .map(|pattern| pattern.0.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&sync.protected), ["ceo@acme.example", "*"]);
    assert_eq!(texts(&sync.exclude), ["*@xn--bcher-kva.example"]);
}

#[test]
fn a_sync_without_an_id_is_named_after_its_connections() {
    let file = r#"{"sync": {"source": "entra-id", "target": "messagemedia"}}"#;
    assert_eq!(good(file).syncs[0].id, "entra-id-to-messagemedia");
}
