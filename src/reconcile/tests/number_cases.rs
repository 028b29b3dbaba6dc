//! Phone numbers as keys: lists of platforms that know their members by nothing else.

use super::{Case, applied, directory, member, one_way, platform_cases::rule, reading, two_way};
use crate::{
    definition::{
        mapping::Transform,
        sync::{Direction, FirstRun, MatchKey},
    },
    model::{
        attributes::Value,
        baseline::{Baseline, BaselineEntry, Identity},
        capabilities::{AddsBy, Updatable},
        list::Sides,
        reading::Reading,
    },
    plan::text::render,
    reconcile::with_mapped_phones,
};

/// People of a directory, sent to a platform that knows them by number.
pub(super) fn to_numbers(people: &[&str], members: &[&str], known: Option<&[&str]>) -> Case {
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
fn numbers_decide_where_the_definition_says_that_addresses_mean_nothing() {
    let private = ["ada@home.example +61491570006"];
    let case = one_way(&private, &[]).knowing(&["#a ada@acme.example +61491570006"]);
    assert_eq!(case.plan().totals().add, 0, "an address that nobody has");
    let by_number = case.with(|case| case.sync.matching = vec![MatchKey::Phone]);
    assert_eq!(by_number.plan().totals().add, 1);
}

#[test]
fn the_number_of_somebody_who_opted_out_is_not_changed() {
    let mut case = to_numbers(
        &["#a ada@acme.example mobilePhone=0491570156"],
        &["#1 +61491570006 phone_number=+61491570006 opted-out"],
        Some(&[]),
    );
    case.baseline = Some(agreed(
        "#a ada@acme.example",
        "#1 +61491570006",
        ("phone_number", "+61491570006"),
    ));
    case.check(
        "
        ! +61491570006  not updated on sms  opted out
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on entra-id:staff, 1 on sms:staff.
        ",
    );
}

#[test]
fn two_people_with_one_number_are_told_and_neither_is_picked() {
    let people = [
        "#a ada@acme.example mobilePhone=0491570006",
        "#b bob@acme.example mobilePhone=0491570006",
        "#c cyd@acme.example mobilePhone=0491570156",
    ];
    for known in [&[][..], &["#9 +61491570006"][..]] {
        let case = to_numbers(&people, &[], Some(known));
        let expected = "
        ! ada@acme.example  not added to sms  conflict: shares the phone number +61491570006 with another person on the same list; a person has to decide
        ! bob@acme.example  not added to sms  conflict: shares the phone number +61491570006 with another person on the same list; a person has to decide
        + cyd@acme.example  to sms            is on the source
        Plan: 1 to add, 0 to update, 0 to remove, 2 withheld, 0 unchanged; 3 members on entra-id:staff, 0 on sms:staff.
        ";
        case.check(expected);
        assert!(applied(&case, &case.plan()).plan().is_empty());
    }
}

#[test]
fn whoever_opted_out_under_another_number_is_not_added_under_the_new_one() {
    let people = ["#a ada@acme.example mobilePhone=0491570156"];
    let by_address = to_numbers(
        &people,
        &[],
        Some(&["#9 +61491570006 ada@acme.example opted-out"]),
    );
    let mut by_object = to_numbers(&people, &[], Some(&["#9 +61491570006 opted-out"]));
    let directory = by_object.target.directory.as_mut().unwrap();
    directory.people[0].directory_id = Some("a".into());
    for case in [by_address, by_object] {
        case.check(
            "
            ! ada@acme.example  not added to sms  opted out
            Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 1 member on entra-id:staff, 0 on sms:staff.
            ",
        );
    }
}

/// The pair of Ada in the group and her contact, as the last run left it.
fn agreed(source: &str, target: &str, field: (&str, &str)) -> Baseline {
    Baseline {
        entries: vec![BaselineEntry {
            who: Sides {
                source: Identity::of(&member(source)),
                target: Identity::of(&member(target)),
            },
            fields: [(field.0.to_owned(), Value::Text(field.1.to_owned()))].into(),
            put: None,
            settling: None,
        }],
        ..Baseline::default()
    }
}

#[test]
fn the_number_of_somebody_who_has_none_any_more_is_reported_and_stays() {
    let mut case = to_numbers(
        &[
            "#a ada@acme.example",
            "#b bob@acme.example mobilePhone=0491570156",
        ],
        &[
            "#1 +61491570006 phone_number=+61491570006",
            "#2 +61491570156 phone_number=+61491570156",
        ],
        Some(&[]),
    );
    case.baseline = Some(agreed(
        "#a ada@acme.example",
        "#1 +61491570006",
        ("phone_number", "+61491570006"),
    ));
    let expected = "
        ! +61491570006  not updated on sms  phone_number cannot be changed: members are known by it there, and the other list has none
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 2 unchanged; 2 members on entra-id:staff, 2 on sms:staff.
        ";
    case.check(expected);
    applied(&case, &case.plan()).check(expected);
}

#[test]
fn a_number_that_changes_right_after_somebody_was_added_costs_nobody_their_place() {
    let two_way = |people: &[&str], members: &[&str]| {
        let mut case = to_numbers(people, members, Some(&[]));
        case.sync.direction = Direction::TwoWay;
        case.sync.first_run = FirstRun::Union;
        case
    };
    let bob = "#b bob@acme.example mobilePhone=0491570110";
    let contact = "#2 +61491570110 phone_number=+61491570110";
    let before = two_way(
        &["#a ada@acme.example mobilePhone=0491570006", bob],
        &[contact],
    );
    let baseline = applied(&before, &before.plan()).baseline;
    // The platform gives her contact an id, and shows no address for it. Then her number changes in the directory.
    let mut after = two_way(
        &["#a ada@acme.example mobilePhone=0491570156", bob],
        &[contact, "#1 +61491570006 phone_number=+61491570006"],
    );
    after.baseline = baseline;
    after.check(
        "
        ~ +61491570006  on sms  phone_number +61491570006 => +61491570156
        Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 1 unchanged; 2 members on entra-id:staff, 2 on sms:staff.
        ",
    );
}

#[test]
fn a_number_that_is_only_written_otherwise_is_not_written_back() {
    let mut case = two_way(&[], &[], None);
    let contact = ["#1 +61491570006 phone_number=+61491570006"];
    case.source = reading("sms", &contact, AddsBy::Phone, Updatable::Everything);
    case.source.capabilities.key_field = Some("phone_number".to_owned());
    case.target.members = vec![member("#a ada@acme.example mobilePhone=0491-570-006")];
    let e164 = vec![Transform::E164(Some("AU".to_owned()))];
    case.sync.mapping.rules = vec![rule("phone_number", "mobilePhone", e164)];
    let mut readings = Sides {
        source: case.source.clone(),
        target: case.target.clone(),
    };
    with_mapped_phones(&case.sync, &mut readings);
    (case.source, case.target) = (readings.source, readings.target);
    let plan = case.plan();
    assert!(plan.is_empty(), "{}", render(&plan));
    assert!(applied(&case, &plan).plan().is_empty());
    // Another number is one, and goes where it can be written in the form that is kept there.
    case.baseline = applied(&case, &plan).baseline;
    case.target.members[0].attributes.insert(
        "mobilePhone".to_owned(),
        Value::Text("0491-570-156".to_owned()),
    );
    case.check(
        "
        ~ +61491570006  on sms  phone_number +61491570006 => +61491570156
        Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on sms:staff, 1 on entra-id:staff.
        ",
    );
}
