//! What messaging platforms bring along: numbers as keys, opt-outs, aliases, filters on either list.

use super::{Case, applied, directory, member, one_way, reading, two_way};
use crate::{
    definition::{
        filter::{Filter, Operand, Test},
        mapping::{Rule, Transform},
        sync::MatchKey,
    },
    model::{
        attributes::Value,
        baseline::{Identity, Tombstone},
        capabilities::{AddsBy, Updatable},
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{outcome::OPTED_OUT_OR_REFUSED, text::render},
    reconcile::{remember::next_baseline, with_mapped_phones},
};

fn sales() -> Filter {
    Filter::Attribute {
        name: "team".to_owned(),
        test: Test::OneOf(vec![Operand::Text("Sales".to_owned())]),
    }
}

pub(super) fn rule(attribute: &str, field: &str, transforms: Vec<Transform>) -> Rule {
    Rule {
        attribute: attribute.to_owned(),
        field: field.to_owned(),
        transforms,
        owner: Side::Source,
        owner_is_said: false,
    }
}

/// People of a directory, sent to a platform that knows them by number.
fn to_numbers(people: &[&str], members: &[&str], known: Option<&[&str]>) -> Case {
    let mut case = one_way(&[], &[]);
    case.source = reading(
        "entra-id",
        people,
        AddsBy::DirectoryObject,
        Updatable::Nothing,
    );
    let mut target = reading("sms", members, AddsBy::Phone, Updatable::Everything);
    target.capabilities.invites = false;
    target.capabilities.key_field = Some("phone_number".to_owned());
    target.capabilities.knows_people = known.is_some();
    target.directory = known.map(directory);
    case.target = target;
    let e164 = vec![Transform::E164(Some("AU".to_owned()))];
    case.sync.mapping.rules = vec![rule("mobilePhone", "phone_number", e164)];
    let mut readings = Sides {
        source: case.source.clone(),
        target: case.target.clone(),
    };
    with_mapped_phones(&case.sync, &mut readings);
    case.source = readings.source;
    case
}

#[test]
fn people_are_matched_and_added_by_the_number_that_the_mapping_sends() {
    to_numbers(
        &[
            "#a ada@acme.example mobilePhone=0491570006",
            "#b bob@acme.example mobilePhone=+61491570156",
            "#c cyd@acme.example mobilePhone=ext.12",
            "#d dan@acme.example",
        ],
        &["#1 +61491570006 phone_number=+61491570006"],
        Some(&[]),
    )
    .check(
        "
        + bob@acme.example  to sms            is on the source
        ! cyd@acme.example  not added to sms  mobilePhone: not a phone number: no country's numbering plan has it
        ! dan@acme.example  not added to sms  it has no phone number to be added by
        Plan: 1 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 4 members on entra-id:staff, 1 on sms:staff.
        ",
    );
}

#[test]
fn whoever_opted_out_anywhere_on_the_platform_is_not_added() {
    let people = ["#a ada@acme.example mobilePhone=0491570006"];
    to_numbers(&people, &[], Some(&["#9 +61491570006 opted-out"])).check(
        "
        ! ada@acme.example  not added to sms  opted out
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 1 member on entra-id:staff, 0 on sms:staff.
        ",
    );
    let unknown = to_numbers(&people, &[], None);
    let asked = Case {
        target: Reading {
            capabilities: crate::model::capabilities::Capabilities {
                knows_people: true,
                ..unknown.target.capabilities.clone()
            },
            ..unknown.target.clone()
        },
        ..unknown
    };
    assert!(asked.plan().wants_directory.target, "it is asked first");
}

#[test]
fn somebody_the_platform_knows_is_added_as_who_they_are_there() {
    let people = ["#a ada@acme.example mobilePhone=0491570006"];
    let case = to_numbers(
        &people,
        &[],
        Some(&["#9 +61491570006 phone_number=+61491570006"]),
    );
    let plan = case.plan();
    let added = &plan.changes[0].member;
    assert_eq!(added.id.as_ref().map(|id| id.as_str()), Some("9"));
    assert_eq!(added.directory_id.as_ref().map(|id| id.as_str()), Some("a"));
    assert!(applied(&case, &plan).plan().is_empty());
}

#[test]
fn who_stops_matching_leaves_the_other_list_and_who_was_put_there_by_hand_is_reported() {
    let case = two_way(
        &[
            "ada@acme.example team=Sales",
            "bob@acme.example team=Legal",
            "cyd@acme.example team=Legal",
            "dan@acme.example team=Legal",
        ],
        &[
            "#a ada@acme.example",
            "#b bob@acme.example",
            "#c cyd@acme.example",
        ],
        Some(&[
            ("ada@acme.example", "#a ada@acme.example"),
            ("bob@acme.example", "#b bob@acme.example"),
        ]),
    )
    .with(|case| case.sync.filters.source = sales());
    case.check(
        r#"
        - bob@acme.example  from entra-id           no longer fits the filter: team is "Legal"
        ! cyd@acme.example  left alone on entra-id  outside the filter: team is "Legal"
        Ignored: 1 outside the filter.
        Plan: 0 to add, 0 to update, 1 to remove, 1 withheld, 1 unchanged; 4 members on csv:staff, 3 on entra-id:staff.
        "#,
    );
    let after = applied(&case, &case.plan());
    after.check(
        r#"
        ! cyd@acme.example  left alone on entra-id  outside the filter: team is "Legal"
        Ignored: 2 outside the filter.
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 4 members on csv:staff, 2 on entra-id:staff.
        "#,
    );
}

#[test]
fn somebody_who_joins_the_other_list_and_does_not_match_is_reported_and_not_bounced() {
    let case = two_way(
        &["ada@acme.example"],
        &["#a ada@acme.example team=Sales"],
        Some(&[("ada@acme.example", "#a ada@acme.example")]),
    )
    .knowing(&[
        "#a ada@acme.example team=Sales",
        "#e eve@acme.example team=Legal",
    ])
    .with(|case| {
        case.sync.filters.target = sales();
        case.source.members.push(member("eve@acme.example"));
    });
    case.check(
        r#"
        ! eve@acme.example  not added to entra-id  outside the filter: team is "Legal"
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on entra-id:staff.
        "#,
    );
    assert_eq!(
        render(&applied(&case, &case.plan()).plan()),
        render(&case.plan())
    );
}

#[test]
fn a_platform_that_keeps_everybody_loses_nobody() {
    let mut case = one_way(
        &["ada@acme.example"],
        &["#a ada@acme.example", "#b bob@acme.example"],
    );
    case.target.capabilities.keeps = Some("deletes are off; set `deleteAccounts`".to_owned());
    case.check(
        "
        ! bob@acme.example  stays on entra-id  nobody is removed there: deletes are off; set `deleteAccounts`
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on csv:staff, 2 on entra-id:staff.
        ",
    );
}

#[test]
fn whom_the_platform_did_not_take_is_remembered_until_it_shows_them() {
    let case = one_way(&["ada@acme.example"], &[])
        .knowing(&["#a ada@acme.example"])
        .with(|case| {
            case.target = reading(
                "mail",
                &["x@acme.example"],
                AddsBy::Address,
                Updatable::Nothing,
            )
        })
        .with(|case| case.source.members.push(member("x@acme.example")));
    let plan = case.plan();
    assert_eq!(plan.totals().add, 1);
    let refused = crate::plan::outcome::Outcome::Refused(crate::plan::outcome::Problem {
        code: OPTED_OUT_OR_REFUSED.to_owned(),
        message: "opted out or refused".to_owned(),
        help: None,
    });
    let readings = Sides {
        source: &case.source,
        target: &case.target,
    };
    let now = "2026-03-04T05:06:07Z".parse().unwrap();
    let baseline = next_baseline(readings, &plan, &[Some(refused)], None, now);
    assert_eq!(baseline.tombstones.len(), 1);
    let again = case.with(|case| case.baseline = Some(baseline.clone()));
    again.check(
        "
        ! ada@acme.example  not added to mail  not taken on 2026-03-04, and not tried again: opted out or refused
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on mail:staff.
        ",
    );
    let kept = applied(&again, &again.plan()).baseline.unwrap();
    assert_eq!(kept.tombstones, baseline.tombstones);
    let shown = again.with(|case| case.target.members.push(member("ada@acme.example")));
    let lifted = applied(&shown, &shown.plan()).baseline.unwrap();
    assert!(lifted.tombstones.is_empty(), "the platform shows her again");
}

#[test]
fn a_tombstone_speaks_for_every_address_somebody_has() {
    let case = one_way(
        &["ada@acme.example a.l@acme.example", "x@acme.example"],
        &[],
    )
    .with(|case| {
        case.target = reading(
            "mail",
            &["x@acme.example"],
            AddsBy::Address,
            Updatable::Nothing,
        )
    })
    .with(|case| {
        let who = Identity::of(&member("a.l@acme.example"));
        let stone = Tombstone {
            side: Side::Target,
            who,
            since: "2026-01-02T03:04:05Z".parse().unwrap(),
            said: "no".to_owned(),
        };
        case.baseline = Some(crate::model::baseline::Baseline {
            tombstones: vec![stone],
            ..Default::default()
        });
    });
    assert_eq!(case.plan().totals().add, 0);
}

#[test]
fn aliases_of_the_own_domain_travel_and_the_others_are_reported() {
    let mut case = one_way(&["ada@acme.example"], &[]).with(|case| {
        let ada = &mut case.source.members[0];
        ada.attributes.insert(
            "mail".to_owned(),
            Value::Text("ada@acme.example".to_owned()),
        );
        let aliases = ["a@acme.example", "scan-1@acme.example", "ada@acme.other"];
        ada.attributes.insert(
            "aliases".to_owned(),
            Value::Texts(aliases.map(str::to_owned).to_vec()),
        );
        case.target = reading(
            "mailroute",
            &["#1 ada@acme.example"],
            AddsBy::Address,
            Updatable::Everything,
        );
        case.sync.exclude = vec![crate::definition::pattern::Pattern("scan-*".to_owned())];
    });
    case.sync.mapping.rules = vec![rule("aliases", "aliases", vec![Transform::SameDomain])];
    case.check(
        "
        ! ada@acme.example  not updated on mailroute  aliases: ada@acme.other left out, not in the domain acme.example
        ~ ada@acme.example  on mailroute              aliases (none) => a@acme.example
        Plan: 0 to add, 1 to update, 0 to remove, 1 withheld, 0 unchanged; 1 member on csv:staff, 1 on mailroute:staff.
        ",
    );
}

#[test]
fn numbers_decide_where_the_definition_says_that_addresses_mean_nothing() {
    let private = ["ada@home.example +61491570006"];
    let case = one_way(&private, &[]).knowing(&["#a ada@acme.example +61491570006"]);
    assert_eq!(case.plan().totals().add, 0, "an address that nobody has");
    let by_number = case.with(|case| case.sync.matching = vec![MatchKey::Phone]);
    assert_eq!(by_number.plan().totals().add, 1);
}

#[test]
fn a_field_that_is_locked_or_only_gains_is_not_planned_to_change() {
    let texts = |names: &[&str]| {
        let texts = names.iter().map(|name| format!("{name}@acme.example"));
        Value::Texts(texts.collect())
    };
    let mut case = one_way(&["ada@acme.example state=list", "bob@acme.example"], &[]);
    case.target = reading(
        "mailroute",
        &["#1 ada@acme.example state=standard", "#2 bob@acme.example"],
        AddsBy::Address,
        Updatable::Everything,
    );
    let deletes_off = "deletes are off".to_owned();
    case.target
        .capabilities
        .gains_only
        .insert("aliases".to_owned(), deletes_off);
    let set = |reading: &mut Reading, place: usize, names: &[&str]| {
        let member = &mut reading.members[place];
        member.attributes.insert("aliases".to_owned(), texts(names));
    };
    set(&mut case.source, 0, &["b"]);
    set(&mut case.target, 0, &["a"]);
    set(&mut case.target, 1, &["old"]);
    let would_lose = "it would lose its aliases".to_owned();
    case.target.members[0]
        .locked
        .insert("state".to_owned(), would_lose);
    let rules = ["state", "aliases"].map(|field| rule(field, field, Vec::new()));
    case.sync.mapping.rules = rules.to_vec();
    case.check(
        "
        ! ada@acme.example  not updated on mailroute  state cannot be changed: it would lose its aliases
        ! ada@acme.example  not updated on mailroute  aliases keeps a@acme.example: deletes are off
        ~ ada@acme.example  on mailroute              aliases a@acme.example => a@acme.example; b@acme.example
        Plan: 0 to add, 1 to update, 0 to remove, 2 withheld, 1 unchanged; 2 members on csv:staff, 2 on mailroute:staff.
        ",
    );
    let again = applied(&case, &case.plan()).plan();
    assert!(again.is_empty(), "{}", render(&again));
}

#[test]
fn the_number_of_somebody_who_opted_out_is_not_changed() {
    let mut case = to_numbers(
        &["#a ada@acme.example mobilePhone=0491570156"],
        &["#1 +61491570006 phone_number=+61491570006 opted-out"],
        Some(&[]),
    );
    case.baseline = Some(crate::model::baseline::Baseline {
        entries: vec![crate::model::baseline::BaselineEntry {
            who: Sides {
                source: Identity::of(&member("#a ada@acme.example")),
                target: Identity::of(&member("#1 +61491570006")),
            },
            fields: Default::default(),
        }],
        ..Default::default()
    });
    case.check(
        "
        ! +61491570006  not updated on sms  opted out
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on entra-id:staff, 1 on sms:staff.
        ",
    );
}
