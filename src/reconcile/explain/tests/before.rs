//! What is said from what was before: runs, opt-outs, limits, doubts; and of nobody at all.

use super::*;

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
         back empty, and 1 person was on it after the last run.",
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
            .contains("  before: has named nobody for entra-id:staff since 2026-01-02 03:04 UTC\n")
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
        unconfirmed: false,
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
        shown: false,
        known_by: Default::default(),
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
            shown: false,
            known_by: Default::default(),
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
