//! Two-way: the three-way merge.

use super::{applied, directory, two_way};
use crate::{
    definition::mapping::Rule,
    model::{
        attributes::Value,
        baseline::Baseline,
        capabilities::{AddsBy, Updatable},
        list::Side,
    },
};

const EVERYONE: &[&str] = &[
    "#1 ada@acme.example",
    "#2 bob@acme.example",
    "#3 cyd@acme.example",
    "#4 dan@acme.example",
];

#[test]
fn the_first_run_brings_both_together_and_removes_nobody() {
    let case = two_way(
        &["ada@acme.example", "bob@acme.example"],
        &["#2 bob@acme.example", "#3 cyd@acme.example"],
        None,
    )
    .knowing(EVERYONE);
    case.check(
        "+ ada@acme.example  to entra-id  is on the other list; first run
         + cyd@acme.example  to csv       is on the other list; first run
         Plan: 2 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
    );
    applied(&case, &case.plan()).check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 3 unchanged; 3 members on csv:staff, 3 on entra-id:staff.",
    );
}

#[test]
fn who_left_one_side_leaves_the_other_and_who_joined_joins() {
    two_way(
        &["ada@acme.example", "bob@acme.example", "dan@acme.example"],
        &["#1 ada@acme.example", "#3 cyd@acme.example", "#5 eve@acme.example"],
        Some(&[
            ("ada@acme.example", "#1 ada@acme.example"),
            ("bob@acme.example", "#2 bob@acme.example"),
            ("cyd@acme.example", "#3 cyd@acme.example"),
        ]),
    )
    .knowing(EVERYONE)
    .check(
        "- bob@acme.example  from csv       left the other list
         - cyd@acme.example  from entra-id  left the other list
         + dan@acme.example  to entra-id    joined the other list
         + eve@acme.example  to csv         joined the other list
         Plan: 2 to add, 0 to update, 2 to remove, 0 withheld, 1 unchanged; 3 members on csv:staff, 3 on entra-id:staff.",
    );
}

#[test]
fn a_person_who_changed_every_address_is_still_the_same_by_the_stored_pair() {
    let case = two_way(
        &["ada@acme.example"],
        &["#1 ada.king@acme.example"],
        Some(&[("ada@acme.example", "#1 ada@acme.example")]),
    );
    case.check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn an_address_that_went_to_somebody_else_is_a_conflict() {
    two_way(
        &["jon.smith@acme.example"],
        &["#1 jon.smith2@acme.example", "#2 jon.smith@acme.example"],
        Some(&[("jon.smith@acme.example", "#1 jon.smith@acme.example")]),
    )
    .check(
        "! jon.smith2@acme.example  left alone on entra-id  conflict: shares an address with jon.smith@acme.example, jon.smith@acme.example; a person has to decide
         ! jon.smith@acme.example   left alone on csv       conflict: shares an address with jon.smith2@acme.example, jon.smith@acme.example; a person has to decide
         ! jon.smith@acme.example   left alone on entra-id  conflict: shares an address with jon.smith@acme.example, jon.smith2@acme.example; a person has to decide
         Plan: 0 to add, 0 to update, 0 to remove, 3 withheld, 0 unchanged; 1 member on csv:staff, 2 on entra-id:staff.",
    );
}

#[test]
fn a_person_deleted_and_made_anew_is_recognised_by_address() {
    two_way(&["ada@acme.example"], &["#9 ada@acme.example"], Some(&[("ada@acme.example", "#1 ada@acme.example")])).check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn an_alias_row_added_later_is_a_second_entry() {
    two_way(
        &["ada@acme.example", "a.lovelace@acme.example"],
        &["#1 ada@acme.example a.lovelace@acme.example"],
        Some(&[("ada@acme.example", "#1 ada@acme.example")]),
    )
    .knowing(&["#1 ada@acme.example a.lovelace@acme.example"])
    .check(
        "Ignored: 1 second entry.
         Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn a_slip_of_the_pen_removes_nobody() {
    two_way(
        &["ahsa.chan@acme.example", "bob@acme.example"],
        &["#1 asha.chan@acme.example", "#2 bob@acme.example"],
        Some(&[
            ("asha.chan@acme.example", "#1 asha.chan@acme.example"),
            ("bob@acme.example", "#2 bob@acme.example"),
        ]),
    )
    .knowing(&["#1 asha.chan@acme.example", "#2 bob@acme.example"])
    .check(
        "! ahsa.chan@acme.example  not added to entra-id  unresolved: nobody in the directory has this address; nearest: asha.chan@acme.example (spelled nearly so)
         ! asha.chan@acme.example  stays on entra-id      perhaps meant by an entry that names nobody: ahsa.chan@acme.example
         Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
    );
}

#[test]
fn a_garbled_row_removes_nobody() {
    two_way(
        &["?ada-at-acme", "bob@acme.example"],
        &["#1 ada@acme.example", "#2 bob@acme.example"],
        Some(&[
            ("ada@acme.example", "#1 ada@acme.example"),
            ("bob@acme.example", "#2 bob@acme.example"),
        ]),
    )
    .check(
        "! ada@acme.example                              stays on entra-id  perhaps meant by an entry that names nobody: line 7: not an e-mail address: `ada-at-acme`
         ! line 7: not an e-mail address: `ada-at-acme`  left alone on csv  nothing to recognise anybody by
         Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
    );
}

#[test]
fn everyone_gone_from_one_side_is_no_proof() {
    let pairs = &[
        ("ada@acme.example", "#1 ada@acme.example"),
        ("bob@acme.example", "#2 bob@acme.example"),
    ];
    two_way(&["ada@acme.example", "bob@acme.example"], &[], Some(pairs)).check(
        "! ada@acme.example  stays on csv  no proof that the other list was read whole: entra-id:staff came back empty, and 2 people were on it after the last run
         ! bob@acme.example  stays on csv  no proof that the other list was read whole: entra-id:staff came back empty, and 2 people were on it after the last run
         Doubt about entra-id:staff: entra-id:staff came back empty, and 2 people were on it after the last run; nobody is removed because of it.
         Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 0 unchanged; 2 members on csv:staff, 0 on entra-id:staff.",
    );
}

#[test]
fn nobody_is_added_to_a_list_that_is_suddenly_empty() {
    // One addition would make the empty answer a list of one, and the next run would believe it.
    two_way(
        &["ada@acme.example", "bob@acme.example", "cyd@acme.example", "dan@acme.example"],
        &[],
        Some(&[
            ("ada@acme.example", "#1 ada@acme.example"),
            ("bob@acme.example", "#2 bob@acme.example"),
            ("cyd@acme.example", "#3 cyd@acme.example"),
        ]),
    )
    .knowing(EVERYONE)
    .check(
        "! ada@acme.example  stays on csv           no proof that the other list was read whole: entra-id:staff came back empty, and 3 people were on it after the last run
         ! bob@acme.example  stays on csv           no proof that the other list was read whole: entra-id:staff came back empty, and 3 people were on it after the last run
         ! cyd@acme.example  stays on csv           no proof that the other list was read whole: entra-id:staff came back empty, and 3 people were on it after the last run
         ! dan@acme.example  not added to entra-id  the list came back empty, and 3 people were on it after the last run
         Doubt about entra-id:staff: entra-id:staff came back empty, and 3 people were on it after the last run; nobody is removed because of it.
         Plan: 0 to add, 0 to update, 0 to remove, 4 withheld, 0 unchanged; 4 members on csv:staff, 0 on entra-id:staff.",
    );
}

#[test]
fn an_opted_out_entry_is_neither_added_across_nor_removed() {
    two_way(
        &["ada@acme.example opted-out", "bob@acme.example opted-out", "cyd@acme.example"],
        &["#3 cyd@acme.example"],
        Some(&[("ada@acme.example", "#1 ada@acme.example"), ("cyd@acme.example", "#3 cyd@acme.example")]),
    )
    .knowing(EVERYONE)
    .check(
        "! ada@acme.example  stays on csv           opted out
         ! bob@acme.example  not added to entra-id  opted out
         Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 3 members on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn fields_merge_one_by_one_and_the_owner_wins() {
    let rule = |name: &str, owner| Rule {
        attribute: name.to_owned(),
        field: name.to_owned(),
        transforms: Vec::new(),
        owner,
        owner_is_said: true,
    };
    let case = two_way(
        &["ada@acme.example a=new b=old c=mine d=mine"],
        &["ada@acme.example a=old b=new c=yours d=yours"],
        Some(&[("ada@acme.example", "ada@acme.example")]),
    )
    .with(|case| {
        case.target.capabilities.adds_by = AddsBy::Address;
        case.target.capabilities.updatable = Updatable::Everything;
        case.sync.mapping.rules = vec![
            rule("a", Side::Source),
            rule("b", Side::Source),
            rule("c", Side::Source),
            rule("d", Side::Target),
        ];
        for entry in case
            .baseline
            .iter_mut()
            .flat_map(|baseline| &mut baseline.entries)
        {
            for name in ["a", "b", "c", "d"] {
                entry
                    .fields
                    .insert(name.to_owned(), Value::Text("old".to_owned()));
            }
        }
    });
    case.check(
        "! ada@acme.example  not updated on csv       both sides changed d; not taken: mine
         ! ada@acme.example  not updated on entra-id  both sides changed c; not taken: yours
         ~ ada@acme.example  on csv                   b old => new, d mine => yours
         ~ ada@acme.example  on entra-id              a old => new, c yours => mine
         Plan: 0 to add, 2 to update, 0 to remove, 2 withheld, 0 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
    applied(&case, &case.plan()).check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn a_value_may_be_taken_away_and_a_column_that_went_away_takes_none() {
    let case = |first: &str, second: &str| {
        two_way(
            &[first, second],
            &["ada@acme.example a=old", "bob@acme.example a=old"],
            Some(&[
                ("ada@acme.example", "ada@acme.example"),
                ("bob@acme.example", "bob@acme.example"),
            ]),
        )
        .with(|case| {
            case.target.capabilities.adds_by = AddsBy::Address;
            case.target.capabilities.updatable = Updatable::Everything;
            case.sync.mapping.rules = vec![Rule {
                attribute: "a".to_owned(),
                field: "a".to_owned(),
                transforms: Vec::new(),
                owner: Side::Source,
                owner_is_said: false,
            }];
            for entry in case
                .baseline
                .iter_mut()
                .flat_map(|baseline| &mut baseline.entries)
            {
                entry
                    .fields
                    .insert("a".to_owned(), Value::Text("old".to_owned()));
            }
        })
    };
    case("ada@acme.example", "bob@acme.example a=old").check(
        "~ ada@acme.example  on entra-id  a old => (none)
         Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
    );
    let without_column = case("ada@acme.example", "bob@acme.example");
    without_column.check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 2 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
    );
    // What both agreed on is still known afterwards.
    let after = applied(&without_column, &without_column.plan()).baseline;
    let entries = |baseline: Option<Baseline>| baseline.unwrap().entries;
    assert_eq!(entries(after), entries(without_column.baseline));
}

#[test]
fn a_directory_is_asked_for_only_when_somebody_has_to_be_looked_up() {
    let pairs: &[(&str, &str)] = &[("ada@acme.example", "#1 ada@acme.example")];
    let calm = two_way(&["ada@acme.example"], &["#1 ada@acme.example"], Some(pairs));
    assert!(!calm.plan().wants_directory.target);
    let mut asks = two_way(
        &["ada@acme.example", "bob@acme.example"],
        &["#1 ada@acme.example"],
        Some(pairs),
    );
    assert!(asks.plan().wants_directory.target);
    asks.target.directory = Some(directory(EVERYONE));
    assert!(!asks.plan().wants_directory.target);
}
