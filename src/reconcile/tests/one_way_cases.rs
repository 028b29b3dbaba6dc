//! One-way: what is planned for whom.

use super::{directory, member, one_way};
use crate::{
    definition::{
        filter::{Filter, Operand, Test},
        mapping::{Rule, Transform},
        pattern::Pattern,
        sync::{FirstRun, Mode, Unresolved},
    },
    model::{
        capabilities::{AddsBy, Updatable},
        list::Side,
        reading::Directory,
    },
};

#[test]
fn the_target_becomes_the_source() {
    one_way(
        &["ada@acme.example", "bob@acme.example"],
        &["#2 Bob@ACME.example", "#3 cyd@acme.example"],
    )
    .knowing(&["#1 ada@acme.example", "#2 bob@acme.example", "#3 cyd@acme.example"])
    .check(
        "+ ada@acme.example  to entra-id    is on the source
         - cyd@acme.example  from entra-id  is not on the source
         Plan: 1 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
    );
}

#[test]
fn every_address_of_a_person_is_a_key() {
    one_way(&["a.lovelace@acme.example"], &["#1 ada@acme.example ada@old.example a.lovelace@acme.example"]).check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn an_international_domain_is_its_punycode() {
    one_way(&["ada@bücher.example"], &["#1 ada@xn--bcher-kva.example"]).check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn an_address_two_people_have_is_a_conflict_and_never_a_pick() {
    one_way(&["desk@acme.example"], &["#1 ada@acme.example desk@acme.example", "#2 bob@acme.example desk@acme.example"])
        .check(
            "! ada@acme.example   left alone on entra-id  conflict: shares an address with desk@acme.example, bob@acme.example; a person has to decide
             ! bob@acme.example   left alone on entra-id  conflict: shares an address with desk@acme.example, ada@acme.example; a person has to decide
             ! desk@acme.example  left alone on csv       conflict: shares an address with ada@acme.example, bob@acme.example; a person has to decide
             Plan: 0 to add, 0 to update, 0 to remove, 3 withheld, 0 unchanged; 1 member on csv:staff, 2 on entra-id:staff.",
        );
}

#[test]
fn an_address_two_people_of_the_directory_have_is_a_conflict() {
    one_way(&["desk@acme.example"], &["#9 zoe@acme.example"])
        .knowing(&["#1 ada@acme.example desk@acme.example", "#2 bob@acme.example desk@acme.example"])
        .check(
            "! desk@acme.example  not added to entra-id  conflict: shares an address with ada@acme.example, bob@acme.example; a person has to decide
             - zoe@acme.example   from entra-id          is not on the source
             Plan: 0 to add, 0 to update, 1 to remove, 1 withheld, 0 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
        );
}

#[test]
fn two_rows_for_one_person_are_one_person() {
    let case = one_way(
        &[
            "ada@acme.example",
            "a.lovelace@acme.example",
            "ada@acme.example",
        ],
        &["#9 zoe@acme.example"],
    )
    .knowing(&["#1 ada@acme.example a.lovelace@acme.example"])
    .with(|case| case.sync.protected = vec![Pattern("zoe@acme.example".to_owned())]);
    case.check(
        "+ ada@acme.example  to entra-id        is on the source
         ! zoe@acme.example  stays on entra-id  protected
         Ignored: 2 second entry.
         Plan: 1 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 3 members on csv:staff, 1 on entra-id:staff.",
    );
    super::applied(&case, &case.plan()).check(
        "! zoe@acme.example  stays on entra-id  protected
         Ignored: 2 second entry.
         Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 3 members on csv:staff, 2 on entra-id:staff.",
    );
}

#[test]
fn who_cannot_be_resolved_is_kept_in_the_plan_with_the_nearest_address() {
    one_way(
        &["jon.smiht@acme.example", "jon.smith@acmee.example", "joe@partner.example", "?jon.smith@"],
        &["#9 zoe@acme.example"],
    )
    .knowing(&["#1 jon.smith@acme.example", "#9 zoe@acme.example"])
    .with(|case| case.sync.unresolved = Unresolved::RemovalsWait)
    .check(
        "! joe@partner.example                          not added to entra-id  external address without a guest account; not invited by this sync
         ! jon.smiht@acme.example                       not added to entra-id  unresolved: nobody in the directory has this address; nearest: jon.smith@acme.example (spelled nearly so)
         ! jon.smith@acmee.example                      not added to entra-id  unresolved: nobody in the directory has this address; nearest: jon.smith@acme.example (the domain is spelled nearly so)
         ! line 7: not an e-mail address: `jon.smith@`  left alone on csv      nothing to recognise anybody by
         ! zoe@acme.example                             stays on entra-id      removals wait while members are unresolved
         Plan: 0 to add, 0 to update, 0 to remove, 5 withheld, 0 unchanged; 4 members on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn guests_are_invited_only_where_the_sync_says_so() {
    one_way(&["joe@partner.example", "kim@else.example"], &[])
        .knowing(&["#1 ada@acme.example"])
        .with(|case| {
            case.sync.guests.invite = true;
            case.sync.guests.domains = vec!["partner.example".to_owned()];
        })
        .check(
            "+ joe@partner.example  to entra-id            is on the source; guest, will be invited
             ! kim@else.example     not added to entra-id  external address without a guest account; not invited by this sync
             Plan: 1 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 2 members on csv:staff, 0 on entra-id:staff.",
        );
}

#[test]
fn nobody_is_taken_for_a_stranger_by_a_directory_that_hides_people() {
    for hidden in [directory(&["#1 unreadable"]), Directory::default()] {
        let case = one_way(&["ada@acme.example"], &[]).with(|case| {
            case.sync.guests.invite = true;
            case.target.directory = Some(hidden);
        });
        assert_eq!(case.plan().totals().add, 0, "{:?}", case.target.directory);
    }
    let outsider = one_way(&["joe@partner.example"], &[])
        .with(|case| case.sync.guests.invite = true)
        .knowing(&["#1 ada@acme.example", "#2 unreadable"]);
    assert_eq!(outsider.plan().totals().add, 0);
}

#[test]
fn what_is_no_person_or_unreadable_is_left_alone() {
    one_way(&["ada@acme.example"], &["#1 ada@acme.example", "#2 device", "#3 unreadable"]).check(
        "! 3  left alone on entra-id  the connection shows nothing but an id: a read permission is missing
         Ignored: 1 no person.
         Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on csv:staff, 3 on entra-id:staff.",
    );
}

#[test]
fn who_is_on_the_list_and_cannot_be_read_there_is_no_conflict() {
    one_way(&["ada@acme.example"], &["#1 unreadable"])
        .knowing(&["#1 ada@acme.example"])
        .check(
            "! 1                 left alone on entra-id  the connection shows nothing but an id: a read permission is missing
             ! ada@acme.example  not added to entra-id   the connection shows nothing but an id: a read permission is missing
             Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 0 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
        );
}

#[test]
fn an_empty_or_doubtful_source_removes_nobody() {
    one_way(&[], &["#1 ada@acme.example"]).check(
        "! ada@acme.example  stays on entra-id  no proof that the other list was read whole: csv:staff came back empty
         Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 0 members on csv:staff, 1 on entra-id:staff.",
    );
    one_way(&["bob@acme.example"], &["#1 ada@acme.example", "#2 bob@acme.example"])
        .with(|case| case.source.doubts = vec!["the file counts 5 rows, 1 was read".to_owned()])
        .check(
            "! ada@acme.example  stays on entra-id  no proof that the other list was read whole: the file counts 5 rows, 1 was read
             Doubt about csv:staff: the file counts 5 rows, 1 was read; nobody is removed because of it.
             Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on csv:staff, 2 on entra-id:staff.",
        );
}

#[test]
fn an_unwritable_list_gets_the_reason_on_every_change() {
    one_way(&["ada@acme.example"], &["#2 bob@acme.example"])
        .with(|case| case.target.capabilities.read_only = Some("a dynamic group".to_owned()))
        .check(
            "! ada@acme.example  not added to entra-id  the list cannot be written
             ! bob@acme.example  stays on entra-id      the list cannot be written
             entra-id:staff cannot be written: a dynamic group.
             Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 0 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
        );
}

#[test]
fn add_only_and_a_first_run_by_union_remove_nobody() {
    one_way(&["ada@acme.example"], &["#1 ada@acme.example", "#2 bob@acme.example"])
        .with(|case| case.sync.mode = Mode::AddOnly)
        .check(
            "Ignored: 1 only on the target.
             Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 2 on entra-id:staff.",
        );
    one_way(&["ada@acme.example"], &["#1 ada@acme.example", "#2 bob@acme.example"])
        .with(|case| case.sync.first_run = FirstRun::Union)
        .check(
            "! bob@acme.example  stays on entra-id  the first run removes nobody
             Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on csv:staff, 2 on entra-id:staff.",
        );
}

#[test]
fn the_filter_says_who_is_wanted() {
    one_way(
        &["ada@acme.example team=Sales", "bob@acme.example team=Legal", "cyd@acme.example team=Legal"],
        &["#1 ada@acme.example", "#2 bob@acme.example"],
    )
    .with(|case| {
        let test = Test::OneOf(vec![Operand::Text("sales".to_owned())]);
        case.sync.filters.source = Filter::Attribute { name: "team".to_owned(), test };
    })
    .check(
        "- bob@acme.example  from entra-id  no longer fits the filter: team is \"Legal\"
         Ignored: 1 outside the filter.
         Plan: 0 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 3 members on csv:staff, 2 on entra-id:staff.",
    );
}

#[test]
fn a_filter_on_something_that_nobody_has_removes_nobody() {
    one_way(
        &["ada@acme.example team=Sales", "bob@acme.example team=Legal"],
        &["#1 ada@acme.example", "#2 bob@acme.example"],
    )
    .with(|case| {
        let test = Test::OneOf(vec![Operand::Text("sales".to_owned())]);
        case.sync.filters.source = Filter::Attribute { name: "taem".to_owned(), test };
    })
    .check(
        "! ada@acme.example  stays on entra-id  no proof that the other list was read whole: nobody on csv:staff has `taem`, which the filter asks for
         ! bob@acme.example  stays on entra-id  no proof that the other list was read whole: nobody on csv:staff has `taem`, which the filter asks for
         Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 0 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
    );
}

#[test]
fn exclusions_hold_for_the_whole_person_and_opted_out_stays_out() {
    one_way(
        &["ada@acme.example", "bob@acme.example opted-out", "dan@acme.example opted-out"],
        &["#1 a.lovelace@acme.example ada@acme.example", "#2 bob@acme.example", "#3 svc@acme.example"],
    )
    .with(|case| case.sync.exclude = vec![Pattern("a.love*".to_owned()), Pattern("svc@acme.example".to_owned())])
    .check(
        "! bob@acme.example  not updated on entra-id  opted out
         ! dan@acme.example  not added to entra-id    opted out
         Ignored: 3 excluded.
         Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 0 unchanged; 3 members on csv:staff, 3 on entra-id:staff.",
    );
}

#[test]
fn a_shared_phone_makes_nobody_one_person() {
    one_way(&["ada@acme.example +41446681800"], &["#2 bob@acme.example +41446681800"]).check(
        "! ada@acme.example  left alone on csv       conflict: shares the phone number +41446681800 with bob@acme.example; a person has to decide
         ! bob@acme.example  left alone on entra-id  conflict: shares the phone number +41446681800 with ada@acme.example; a person has to decide
         Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 0 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
    one_way(&["+41446681800"], &["#2 bob@acme.example +41446681800"]).check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn an_employee_id_recognises_who_changed_the_address() {
    one_way(&["ada.king@acme.example e=7"], &["#1 ada@acme.example e=7"]).check(
        "Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 1 on entra-id:staff.",
    );
}

#[test]
fn mapped_fields_are_written_and_unusable_values_are_told() {
    one_way(&["ada@acme.example tel=+41446681800", "bob@acme.example tel=12"], &["ada@acme.example Phone=1", "bob@acme.example"])
        .with(|case| {
            case.target.capabilities.adds_by = AddsBy::Address;
            case.target.capabilities.updatable = Updatable::Everything;
            case.sync.mapping.rules = vec![Rule {
                attribute: "tel".to_owned(),
                field: "Phone".to_owned(),
                transforms: vec![Transform::E164(None)],
                owner: Side::Source,
            owner_is_said: false,
            }];
        })
        .check(
            "~ ada@acme.example  on entra-id              Phone 1 => +41446681800
             ! bob@acme.example  not updated on entra-id  tel: not a phone number: it has no country code and no default region is set
             Plan: 0 to add, 1 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 2 on entra-id:staff.",
        );
    assert_eq!(member("ada@acme.example").label(), "ada@acme.example");
}
