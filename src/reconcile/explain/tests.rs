//! What is said of one person, from two lists, a definition and what was before.

mod before;

use std::collections::BTreeSet;

use super::*;
use crate::{
    definition::{filter, pattern::Pattern, sync::Mode},
    model::{
        baseline::{Identity, Tombstone},
        capabilities::{AddsBy, Updatable},
        ledger::{Invited, Move, Taken, Unresolved},
        left_out::LeftOut,
        member::Member,
    },
    plan::{
        limits::{Limit, OverLimit},
        review::review,
    },
    reconcile::tests::{Case, member, now, one_way, platform_cases::rule, two_way},
};

fn of(case: &Case, asked: &str) -> Explanation {
    let review = review(case.plan(), &case.sync.limits, None, now());
    let readings = Sides {
        source: &case.source,
        target: &case.target,
    };
    let asked = Asked::parse(asked).unwrap();
    explain(
        &case.sync,
        readings,
        case.baseline.as_ref(),
        &review,
        &asked,
        now(),
    )
}

#[track_caller]
fn check(case: &Case, asked: &str, verdict: &str) {
    let explanation = of(case, asked);
    assert_eq!(explanation.verdict, verdict);
    let text = render(&explanation);
    assert_eq!(
        text.lines().next(),
        Some(verdict),
        "the verdict comes first"
    );
}

fn department(names: &[&str]) -> filter::Filter {
    let names = names.iter().map(|name| (*name).to_owned());
    filter::Filter::Attribute {
        name: "department".to_owned(),
        test: filter::Test::OneOf(names.map(filter::Operand::Text).collect()),
    }
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn when(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn moved(side: Side, run: &str) -> Move {
    Move {
        side,
        run: run.to_owned(),
        at: when("2026-02-01T10:00:00Z"),
        turns: Vec::new(),
    }
}

#[test]
fn whoever_is_on_both_lists_is_left_as_they_are() {
    let case = one_way(&["ada@acme.example"], &["#1 Ada@acme.example"]).knowing(&[]);
    check(
        &case,
        " ADA@acme.example ",
        "ADA@acme.example is on both lists; nothing will change.",
    );
    insta::assert_snapshot!(render(&of(&case, "ada@acme.example")), @"
    ada@acme.example is on both lists; nothing will change.
      csv:staff: ada@acme.example
      entra-id:staff: ada@acme.example; id 1
      matching: known to be one person by the address ada@acme.example
      next run: does nothing: nothing differs
      entra-id: knows nobody by it beyond the list
    ");
    for asked in ["1", "ada@acme.example"] {
        assert_eq!(of(&case, asked).people.len(), 1, "{asked}");
    }
}

#[test]
fn somebody_is_found_by_whatever_they_are_known_by() {
    let source = "ada@acme.example +41446681800 e=77";
    let target = "#A1 ada@acme.example lovelace@acme.example";
    let case = one_way(
        &[source, "bob@acme.example"],
        &[target, "#2 bob@acme.example"],
    );
    for asked in [
        "a1",
        "lovelace@acme.example",
        "mailto:Ada@ACME.example",
        "+41 44 668 18 00",
        "77",
    ] {
        let explanation = of(&case, asked);
        assert_eq!(explanation.people.len(), 1, "{asked}");
        assert_eq!(explanation.people[0].entries.len(), 2, "{asked}");
        assert!(
            explanation
                .verdict
                .ends_with("is on both lists; nothing will change."),
            "{asked}"
        );
    }
    check(
        &case,
        "lovelace@acme.example",
        "lovelace@acme.example (ada@acme.example) is on both lists; nothing will change.",
    );
}

#[test]
fn an_alias_that_only_the_directory_knows_leads_to_the_entry() {
    let case =
        one_way(&["ada@acme.example"], &[]).knowing(&["#1 ada@acme.example lovelace@acme.example"]);
    check(
        &case,
        "lovelace@acme.example",
        "lovelace@acme.example (ada@acme.example) is not on entra-id:staff; the next run will add them: is on the source.",
    );
}

#[test]
fn the_clause_of_the_filter_is_the_reason() {
    let people = [
        "ada@acme.example department=Legal",
        "bob@acme.example department=Sales",
    ];
    let filtered = |case: &mut Case| case.sync.filters.source = department(&["Sales"]);
    let case = one_way(&people, &[])
        .knowing(&["#2 bob@acme.example"])
        .with(filtered);
    check(
        &case,
        "ada@acme.example",
        "ada@acme.example is not on entra-id:staff because department is \"Legal\".",
    );
    let entry = &of(&case, "ada@acme.example").people[0].entries[0];
    let filter = entry.filter.as_ref().unwrap();
    assert!(!filter.passes);
    assert_eq!(filter.clause.as_deref(), Some("department is \"Legal\""));
    check(
        &case,
        "bob@acme.example",
        "bob@acme.example is not on entra-id:staff; the next run will add them: is on the source.",
    );
    // On the target too: they leave.
    let unlimited = |case: &mut Case| {
        filtered(case);
        case.sync.limits.removals = Limit::default();
    };
    let leaving = one_way(&people, &["#1 ada@acme.example", "#2 bob@acme.example"]).with(unlimited);
    check(
        &leaving,
        "ada@acme.example",
        "ada@acme.example is on entra-id:staff; the next run will remove them: no longer fits the filter: department is \"Legal\".",
    );
}

#[test]
fn the_targets_own_filter_keeps_people_out_of_this_syncs_hands() {
    let filtered = |case: &mut Case| case.sync.filters.target = department(&["Sales"]);
    let case = one_way(&[], &["#1 ada@acme.example department=Legal"]).with(filtered);
    check(
        &case,
        "ada@acme.example",
        "ada@acme.example is on entra-id:staff alone and is left as they are, because department is \"Legal\" on \
         entra-id:staff.",
    );
    let two_way = two_way(&[], &["#1 ada@acme.example department=Legal"], None).with(filtered);
    check(
        &two_way,
        "ada@acme.example",
        "ada@acme.example is not on csv:staff because department is \"Legal\".",
    );
}

#[test]
fn whom_another_list_leaves_out_is_told_with_that_list() {
    let leaver = || Member {
        left_out: Some("is on Leavers".into()),
        ..member("ada@acme.example")
    };
    let case = one_way(&["ada@acme.example"], &[]).with(|case| {
        case.source.members = vec![leaver()];
    });
    check(
        &case,
        "ada@acme.example",
        "ada@acme.example is not on entra-id:staff because they are on Leavers, whose members are left out.",
    );
    let newcomer = one_way(&["ada@acme.example"], &[])
        .knowing(&["#1 ada@acme.example"])
        .with(|case| {
            case.target.left_out = LeftOut {
                members: vec![Member {
                    left_out: Some("is on Leavers".into()),
                    ..member("#1 ada@acme.example")
                }],
                counts: [("Leavers".to_owned(), 1)].into(),
                doubts: Vec::new(),
            };
        });
    check(
        &newcomer,
        "ada@acme.example",
        "ada@acme.example is not on entra-id:staff because they are on Leavers, whose members are left out.",
    );
}

#[test]
fn protection_and_exclusion_are_told_with_the_pattern() {
    let case = one_way(
        &["bob@acme.example"],
        &["#1 ceo@acme.example", "#2 bob@acme.example"],
    )
    .with(|case| case.sync.protected = vec![pattern("cto@*"), pattern("ceo@*")]);
    check(
        &case,
        "ceo@acme.example",
        "ceo@acme.example is on entra-id:staff and stays: protected.",
    );
    insta::assert_snapshot!(render(&of(&case, "ceo@acme.example")), @"
    ceo@acme.example is on entra-id:staff and stays: protected.
      entra-id:staff: ceo@acme.example; id 1; protected by `ceo@*`
      matching: nobody on csv:staff has the same object id or address or phone number or employee id
      next run: lets them stay on entra-id:staff: protected
    ");
    let excluded = one_way(&["ada@acme.example"], &[])
        .with(|case| case.sync.exclude = vec![pattern("ada@acme.example")]);
    check(
        &excluded,
        "ada@acme.example",
        "ada@acme.example is on csv:staff alone and plays no part in this sync: excluded by the definition.",
    );
    assert_eq!(
        of(&excluded, "ada@acme.example").people[0].entries[0]
            .excluded_by
            .as_deref(),
        Some("ada@acme.example")
    );
}

#[test]
fn fields_that_change_are_named() {
    let mut case = one_way(
        &["ada@acme.example department=Legal"],
        &["ada@acme.example department=Sales"],
    );
    case.target.capabilities.updatable = Updatable::Everything;
    case.target.capabilities.adds_by = AddsBy::Address;
    case.sync.mapping.rules = vec![rule("department", "department", Vec::new())];
    check(
        &case,
        "ada@acme.example",
        "ada@acme.example is on both lists; the next run will change their entry on entra-id:staff: department Sales => \
         Legal.",
    );
}

#[test]
fn a_conflict_is_told_and_not_decided() {
    let case = one_way(
        &["ada@acme.example"],
        &[
            "#1 ada@acme.example",
            "#2 lovelace@acme.example ada@acme.example",
        ],
    );
    check(
        &case,
        "ada@acme.example",
        "`ada@acme.example` leads to 3 entries that cannot be told to be one person; a person has to decide, and until \
         then they are left alone.",
    );
    let explanation = of(&case, "ada@acme.example");
    assert!(
        explanation.people[0]
            .matched
            .starts_with("not told apart: shares an address with "),
        "{explanation:?}"
    );
}

#[test]
fn entries_that_name_nobody_are_found_by_their_text() {
    let case = one_way(&["?jon.smith@", "bob@acme.example"], &[]).knowing(&[]);
    check(
        &case,
        "Jon.Smith@",
        "Jon.Smith@ (line 7: not an e-mail address: `jon.smith@`) is left alone on csv:staff: line 7: not an e-mail address: `jon.smith@`.",
    );
    let device = one_way(&[], &["#9 device"]);
    check(
        &device,
        "9",
        "9 is on entra-id:staff alone and plays no part in this sync: not a person: device.",
    );
    let hidden = one_way(&[], &["#9 unreadable"]);
    check(
        &hidden,
        "9",
        "9 is left alone on entra-id:staff: the connection shows nothing but an id: a read permission is missing.",
    );
}

#[test]
fn further_entries_are_told_as_such() {
    let case = one_way(
        &["ada@acme.example", "lovelace@acme.example"],
        &["#1 ada@acme.example lovelace@acme.example"],
    );
    let explanation = of(&case, "ada@acme.example");
    assert_eq!(explanation.people.len(), 1);
    assert_eq!(
        explanation.verdict,
        "ada@acme.example is on both lists; nothing will change."
    );
    let second: Vec<bool> = explanation.people[0]
        .entries
        .iter()
        .map(|entry| entry.second)
        .collect();
    assert_eq!(
        second.iter().filter(|second| **second).count(),
        1,
        "{second:?}"
    );
}

#[test]
fn who_only_stays_because_the_sync_only_adds_is_told() {
    let case = one_way(&[], &["#1 ada@acme.example"]).with(|case| case.sync.mode = Mode::AddOnly);
    check(
        &case,
        "ada@acme.example",
        "ada@acme.example is on entra-id:staff alone and plays no part in this sync: only on the target; this sync only adds.",
    );
}

#[test]
fn several_people_with_one_number_are_each_told() {
    let case = one_way(
        &[
            "ada@acme.example +41446681800",
            "bob@acme.example +41446681800",
        ],
        &[],
    )
    .knowing(&["#1 ada@acme.example", "#2 bob@acme.example"]);
    check(
        &case,
        "+41446681800",
        "`+41446681800` leads to 2 people on these lists; what is done with each is told below.",
    );
    // Asked for by address it is one of them, though they share a telephone.
    assert_eq!(of(&case, "ada@acme.example").people.len(), 1);
}

#[test]
fn names_cannot_speak_to_a_terminal_or_look_like_lines_of_their_own() {
    let case = one_way(&["ada@acme.example"], &[])
        .knowing(&[])
        .with(|case| {
            case.source.members[0].note = Some("line 2\n  next run: adds them\u{1b}[2J".to_owned());
        });
    let text = render(&of(&case, "ada@acme.example"));
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let lines: BTreeSet<&str> = text.lines().collect();
    assert!(!lines.contains("  next run: adds them"), "{text}");
}
