//! What messaging platforms bring along: opt-outs, aliases, filters on either list.

use super::{applied, member, one_way, reading, two_way};
use crate::{
    definition::{
        filter::{Filter, Operand, Test},
        mapping::{Rule, Transform},
    },
    model::{
        attributes::Value,
        baseline::{Identity, Tombstone},
        capabilities::{AddsBy, Updatable},
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{outcome::OPTED_OUT_OR_REFUSED, text::render},
    reconcile::remember::next_baseline,
};

pub(super) fn sales() -> Filter {
    Filter::Attribute {
        name: "team".to_owned(),
        test: Test::OneOf(vec![Operand::Text("Sales".to_owned())]),
    }
}

pub(in crate::reconcile) fn rule(attribute: &str, field: &str, transforms: Vec<Transform>) -> Rule {
    Rule {
        attribute: attribute.to_owned(),
        field: field.to_owned(),
        transforms,
        owner: Side::Source,
        owner_is_said: false,
    }
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
    let baseline = next_baseline(
        readings,
        &plan,
        &[Some(refused)],
        None,
        "run-1",
        super::now(),
    );
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
            origin: Default::default(),
            shown: false,
            known_by: Default::default(),
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
        ! bob@acme.example  not updated on mailroute  aliases keeps old@acme.example: deletes are off
        Plan: 0 to add, 1 to update, 0 to remove, 3 withheld, 1 unchanged; 2 members on csv:staff, 2 on mailroute:staff.
        ",
    );
    let again = applied(&case, &case.plan()).plan();
    assert!(again.is_empty(), "{}", render(&again));
}

#[test]
fn what_a_platform_keeps_as_text_is_no_difference() {
    let mut case = one_way(&["ada@acme.example active=true"], &["#1 ada@acme.example"]);
    let mails = ["a@acme.example", "b@acme.example"].map(str::to_owned);
    let ada = &mut case.source.members[0].attributes;
    ada.insert("otherMails".to_owned(), Value::Texts(mails.to_vec()));
    case.target.capabilities.updatable = Updatable::Everything;
    case.sync.mapping.rules = ["active", "otherMails"]
        .map(|name| rule(name, name, vec![]))
        .to_vec();
    let plan = case.plan();
    assert_eq!(plan.totals().update, 1);
    let mut after = applied(&case, &plan);
    for value in after.target.members[0].attributes.values_mut() {
        *value = Value::Text(value.to_line());
    }
    assert!(after.plan().is_empty(), "{}", render(&after.plan()));
    let two_way =
        after.with(|case| case.sync.direction = crate::definition::sync::Direction::TwoWay);
    assert!(two_way.plan().is_empty(), "{}", render(&two_way.plan()));
}
