//! What is said of one person, from two lists, a definition and what was before.

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
        turns: 0,
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
fn whoever_would_leave_waits_where_a_limit_holds() {
    let case = one_way(
        &["bob@acme.example"],
        &["#1 ada@acme.example", "#2 bob@acme.example"],
    );
    check(
        &case,
        "ada@acme.example",
        "ada@acme.example is on entra-id:staff; the next run would remove them, and that waits for approval: is not on \
         the source.",
    );
    assert!(of(&case, "ada@acme.example").people[0].next[0].waits);
    let free = case.with(|case| {
        case.sync.limits.removals = Limit::default();
        case.sync.limits.over_limit = OverLimit::RemovalsWait;
    });
    check(
        &free,
        "ada@acme.example",
        "ada@acme.example is on entra-id:staff; the next run will remove them: is not on the source.",
    );
}

#[test]
fn a_list_that_was_not_read_whole_is_a_doubt_and_removes_nobody() {
    let doubted = |case: &mut Case| case.source.doubts = vec!["counts 2, 1 was read".to_owned()];
    let case = one_way(&["bob@acme.example"], &["#1 ada@acme.example"]).with(doubted);
    check(
        &case,
        "ada@acme.example",
        "ada@acme.example is on entra-id:staff and stays: no proof that the other list was read whole: counts 2, 1 was read.",
    );
    assert!(
        render(&of(&case, "ada@acme.example"))
            .ends_with("  doubt: csv:staff: counts 2, 1 was read\n")
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
fn whom_both_lists_had_before_is_known_from_then() {
    let pairs = [("ada@acme.example", "#1 ada@acme.example")];
    let case = two_way(
        &["ada@acme.example"],
        &["#1 lovelace@acme.example"],
        Some(&pairs),
    );
    let explanation = of(&case, "ada@acme.example");
    assert!(explanation.agreed);
    assert_eq!(
        explanation.people[0].matched,
        "known to be one person since an earlier run"
    );
    assert!(render(&explanation).contains("  before: on both lists when the last run ended\n"));
    let left = two_way(&[], &["#1 ada@acme.example"], Some(&pairs));
    check(
        &left,
        "ada@acme.example",
        "ada@acme.example is on entra-id:staff and stays: no proof that the other list was read whole: csv:staff came \
         back empty.",
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
fn an_unresolved_address_says_since_when_and_who_may_be_meant() {
    let mut case =
        one_way(&["jon.smiht@acme.example"], &[]).knowing(&["#1 jon.smith@acme.example"]);
    case.baseline = Some(Baseline {
        unresolved: vec![Unresolved {
            side: Side::Target,
            label: "jon.smiht@acme.example".to_owned(),
            since: when("2026-01-02T03:04:05Z"),
        }],
        ..Baseline::default()
    });
    let explanation = of(&case, "jon.smiht@acme.example");
    assert!(
        explanation.verdict.starts_with(
            "jon.smiht@acme.example is not on entra-id:staff and is not added: unresolved: "
        ),
        "{}",
        explanation.verdict
    );
    assert!(
        explanation
            .verdict
            .contains("nearest: jon.smith@acme.example")
    );
    assert_eq!(explanation.ledger.len(), 1);
    assert!(
        render(&explanation)
            .contains("  before: unknown for entra-id:staff since 2026-01-02 03:04 UTC\n")
    );
    assert_eq!(of(&case, "jon.smith@acme.example").ledger, []);
}

#[test]
fn what_earlier_runs_did_is_told_in_the_order_of_time() {
    let pairs = [("ada@acme.example", "#1 ada@acme.example")];
    let mut case = two_way(
        &["ada@acme.example"],
        &["#1 ada@acme.example"],
        Some(&pairs),
    );
    let baseline = case.baseline.as_mut().unwrap();
    baseline.entries[0].put = Some(Box::new(Move {
        at: when("2026-02-03T10:00:00Z"),
        ..moved(Side::Target, "run-3")
    }));
    baseline.taken = vec![
        Taken {
            who: Identity::of(&member("#1 ada@acme.example")),
            by: moved(Side::Target, "run-2"),
        },
        Taken {
            who: Identity::of(&member("#7 bob@acme.example")),
            by: moved(Side::Target, "run-2"),
        },
    ];
    baseline.invited = vec![Invited {
        who: Identity::of(&member("ada@acme.example")),
        by: Move {
            at: when("2026-01-03T10:00:00Z"),
            ..moved(Side::Target, "run-1")
        },
    }];
    let explanation = of(&case, "ada@acme.example");
    let runs: Vec<&str> = explanation
        .ledger
        .iter()
        .filter_map(|entry| entry.run.as_deref())
        .collect();
    assert_eq!(runs, ["run-1", "run-2", "run-3"]);
    insta::assert_snapshot!(render(&explanation), @"
    ada@acme.example is on both lists; nothing will change.
      csv:staff: ada@acme.example
      entra-id:staff: ada@acme.example; id 1
      matching: known to be one person since an earlier run
      next run: does nothing: nothing differs
      before: invited for entra-id:staff on 2026-01-03 10:00 UTC by run run-1, and not shown there yet
      before: taken off entra-id:staff on 2026-02-01 10:00 UTC by run run-2
      before: put on entra-id:staff on 2026-02-03 10:00 UTC by run run-3
      before: on both lists when the last run ended
    ");
}

#[test]
fn an_opt_out_is_told_with_its_date_and_origin() {
    let stone = |origin| Tombstone {
        side: Side::Target,
        who: Identity::of(&member("ada@acme.example")),
        since: when("2026-01-02T03:04:05Z"),
        said: "`ada@acme.example` unsubscribed".to_owned(),
        origin,
    };
    let mut case = one_way(&["ada@acme.example"], &[]).knowing(&["#1 ada@acme.example"]);
    for origin in [Origin::NotTaken, Origin::OptedOut] {
        case.baseline = Some(Baseline {
            tombstones: vec![stone(origin)],
            ..Baseline::default()
        });
        let explanation = of(&case, "ada@acme.example");
        assert_eq!(explanation.opt_outs.len(), 1);
        assert_eq!(explanation.opt_outs[0].origin, origin);
        assert!(
            explanation
                .verdict
                .starts_with("ada@acme.example is not on entra-id:staff and is not added: "),
            "{}",
            explanation.verdict
        );
        assert!(
            render(&explanation).contains("opt-out: not added to entra-id:staff since 2026-01-02")
        );
    }
    let live = one_way(&["ada@acme.example opted-out"], &[]).knowing(&["#1 ada@acme.example"]);
    check(
        &live,
        "ada@acme.example",
        "ada@acme.example is not on entra-id:staff and is not added: opted out.",
    );
}

#[test]
fn an_opt_out_that_is_known_by_a_number_is_told_of_whoever_has_it() {
    let mut case = one_way(&["ada@acme.example +41446681800"], &[]);
    case.target.capabilities.adds_by = AddsBy::Phone;
    case.baseline = Some(Baseline {
        tombstones: vec![Tombstone {
            side: Side::Target,
            who: Identity::of(&member("+41446681800")),
            since: when("2026-01-02T03:04:05Z"),
            said: "blocked".to_owned(),
            origin: Origin::NotTaken,
        }],
        ..Baseline::default()
    });
    let explanation = of(&case, "ada@acme.example");
    assert_eq!(explanation.opt_outs.len(), 1, "{explanation:?}");
    assert_eq!(explanation.people[0].next[0].does, Does::NotAdded);
}

#[test]
fn nobody_is_told_with_the_addresses_that_are_near() {
    let case = one_way(
        &["ada@acme.example", "bob@acme.example"],
        &["#1 ada@acme.example"],
    );
    check(
        &case,
        "adda@acme.example",
        "nobody on csv:staff or entra-id:staff is known by `adda@acme.example`. Perhaps meant: ada@acme.example.",
    );
    let asked = case.knowing(&["#3 adam@acme.example"]);
    check(
        &asked,
        "adaam@acme.example",
        "nobody on csv:staff or entra-id:staff, nor anybody else whom entra-id knows, is known by `adaam@acme.example`. \
         Perhaps meant: adam@acme.example, ada@acme.example.",
    );
    check(
        &asked,
        "adam@acme.example",
        "adam@acme.example is on neither list; entra-id knows them as adam@acme.example.",
    );
    check(
        &asked,
        "nothing",
        "nobody on csv:staff or entra-id:staff, nor anybody else whom entra-id knows, is known by `nothing`.",
    );
    let gone = two_way(
        &[],
        &[],
        Some(&[("ada@acme.example", "#1 ada@acme.example")]),
    );
    check(
        &gone,
        "ada@acme.example",
        "ada@acme.example is on neither list, and was on both when the last run ended.",
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
