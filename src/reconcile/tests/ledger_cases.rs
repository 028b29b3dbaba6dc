//! Who was put where by whom, and what follows for whom a run may remove.

use super::{
    Case, applied_by, now, one_way,
    story::{Story, in_short},
    two_way,
};
use crate::{
    definition::sync::{Direction, Removes},
    model::{
        baseline::{Baseline, BaselineEntry},
        ledger::{Invited, Move},
        list::{Side, Sides},
    },
    plan::{change::Change, outcome::Outcome},
    reconcile::remember::with_earlier,
};

const EVERYONE: &[&str] = &[
    "#1 ada@acme.example",
    "#2 bob@acme.example",
    "#3 cyd@acme.example",
    "#4 dan@acme.example",
];

fn only_added(case: Case) -> Story {
    let mut story = Story::of(case.knowing(EVERYONE));
    story.case.sync.removes = Removes::OnlyAdded;
    story
}

/// Who put each person where, in the order of the source's addresses: `ada run-1 Target`.
fn ledger(story: &Story) -> Vec<String> {
    let entries = &story.case.baseline.as_ref().unwrap().entries;
    let in_words = |entry: &BaselineEntry| {
        let name = entry
            .who
            .source
            .address
            .as_ref()
            .unwrap()
            .local()
            .to_owned();
        let put = entry.put.as_deref();
        let put = put.map(|put| format!("{} {:?}", put.run, put.side));
        format!("{name} {}", put.as_deref().unwrap_or("-"))
    };
    let mut lines: Vec<String> = entries.iter().map(in_words).collect();
    lines.sort();
    lines
}

#[test]
fn only_those_are_removed_whom_this_sync_put_there() {
    let mut story = only_added(one_way(
        &["ada@acme.example", "bob@acme.example", "dan@acme.example"],
        &["#2 bob@acme.example", "#3 cyd@acme.example"],
    ));
    assert_eq!(
        in_short(&story.run()),
        [
            "+ ada Target",
            "+ dan Target",
            "! cyd stays Target: not ours"
        ]
    );
    assert_eq!(
        ledger(&story),
        ["ada run-1 Target", "bob -", "dan run-1 Target"]
    );
    story.run();
    assert_eq!(ledger(&story).len(), 3, "it is carried on");
    story.leaves(Side::Source, "ada@acme.example");
    story.leaves(Side::Source, "bob@acme.example");
    let expected = [
        "- ada Target",
        "! bob stays Target: not ours",
        "! cyd stays Target: not ours",
    ];
    assert_eq!(in_short(&story.run()), expected);
    assert_eq!(in_short(&story.run()), expected[1..]);
}

#[test]
fn both_ways_only_the_list_counts_that_somebody_was_put_on() {
    let mut story = only_added(two_way(
        &["ada@acme.example", "bob@acme.example"],
        &["#2 bob@acme.example", "#3 cyd@acme.example"],
        None,
    ));
    assert_eq!(in_short(&story.run()), ["+ cyd Source", "+ ada Target"]);
    // Each of them leaves the list they were on first: the other place is ours to take.
    story.leaves(Side::Source, "ada@acme.example");
    story.leaves(Side::Target, "cyd@acme.example");
    assert_eq!(in_short(&story.run()), ["- cyd Source", "- ada Target"]);
    // Whoever leaves the list we put them on stays where they were before.
    story.joins(Side::Source, "dan@acme.example");
    assert_eq!(in_short(&story.run()), ["+ dan Target"]);
    story.leaves(Side::Target, "dan@acme.example");
    story.leaves(Side::Target, "bob@acme.example");
    story.joins(Side::Target, "#1 ada@acme.example");
    assert_eq!(
        in_short(&story.run()),
        [
            "+ ada Source",
            "! bob stays Source: not ours",
            "! dan stays Source: not ours"
        ]
    );
}

#[test]
fn what_was_so_already_is_not_ours() {
    let mut story = only_added(one_way(&["ada@acme.example"], &["#2 bob@acme.example"]));
    story.run_told(&[Outcome::AlreadySo]);
    assert_eq!(ledger(&story), ["ada -"]);
    story.run_told(&[Outcome::Applied]);
    assert_eq!(ledger(&story), ["ada run-2 Target"]);
    story.run_told(&[Outcome::not_tried("a test")]);
    story.run_told(&[Outcome::AlreadySo]);
    assert_eq!(ledger(&story), ["ada run-2 Target"], "ours it stays");
}

#[test]
fn the_ledger_follows_a_person_to_another_address() {
    let mut story = only_added(one_way(&["ada@acme.example e=7"], &["#2 bob@acme.example"]));
    story.run();
    story.reading(Side::Target).members[0].employee_id = Some("7".to_owned());
    story.run();
    story.leaves(Side::Source, "ada@acme.example");
    story.joins(Side::Source, "ada.king@acme.example e=7");
    story.run();
    assert_eq!(ledger(&story), ["ada.king run-1 Target"]);
    story.leaves(Side::Source, "ada.king@acme.example");
    story.joins(Side::Source, "x@partner.example");
    assert_eq!(in_short(&story.plan())[0], "- ada Target");
}

#[test]
fn the_ledger_survives_a_second_row_for_the_same_person() {
    let mut story = only_added(two_way(
        &[],
        &["#1 ada@acme.example a.lovelace@acme.example"],
        None,
    ));
    assert_eq!(in_short(&story.run()), ["+ ada Source"]);
    story.joins(Side::Source, "a.lovelace@acme.example");
    for _ in 0..2 {
        assert!(story.run().is_empty());
        let entries = &story.case.baseline.as_ref().unwrap().entries;
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().all(|entry| entry.put.is_some()));
    }
}

#[test]
fn whoever_was_taken_off_is_remembered_for_a_fortnight_or_until_they_are_put_back() {
    let mut story = Story::of(
        two_way(
            &["ada@acme.example", "bob@acme.example", "dan@acme.example"],
            &[
                "#1 ada@acme.example",
                "#2 bob@acme.example",
                "#4 dan@acme.example",
            ],
            None,
        )
        .knowing(EVERYONE),
    );
    story.run();
    story.leaves(Side::Source, "ada@acme.example");
    story.leaves(Side::Target, "bob@acme.example");
    story.run();
    let taken = |story: &Story| {
        let taken = &story.case.baseline.as_ref().unwrap().taken;
        let names = taken.iter().map(|taken| {
            let name = taken.who.address.as_ref().unwrap().local().to_owned();
            (name, taken.by.side, taken.by.run.clone())
        });
        names.collect::<Vec<_>>()
    };
    let ada = ("ada".to_owned(), Side::Target, "run-2".to_owned());
    let bob = ("bob".to_owned(), Side::Source, "run-2".to_owned());
    assert_eq!(taken(&story), [bob.clone(), ada.clone()]);
    // Bob comes back to the list he had left: rollcall puts him on the other one again, and this counts as a turn.
    story.wait_days(13);
    story.joins(Side::Target, "#2 bob@acme.example");
    assert_eq!(in_short(&story.run()), ["+ bob Source"]);
    assert_eq!(taken(&story), [ada]);
    let entries = &story.case.baseline.as_ref().unwrap().entries;
    let put = entries.iter().find_map(|entry| entry.put.clone()).unwrap();
    assert_eq!(put.turns, [story.now]);
    story.wait_days(1);
    story.run();
    assert!(taken(&story).is_empty());
}

#[test]
fn a_guest_whom_a_run_invited_is_ours_once_the_list_shows_them() {
    let mut story = only_added(one_way(
        &["joe@partner.example"],
        &["#9 joe@partner.example", "#2 bob@acme.example"],
    ));
    let who = crate::model::baseline::Identity::of(&super::member("joe@partner.example"));
    let by = Move {
        side: Side::Target,
        run: "run-0".to_owned(),
        at: now(),
        turns: Vec::new(),
    };
    story.case.baseline = Some(Baseline {
        invited: vec![Invited {
            who,
            by,
            unconfirmed: false,
        }],
        ..Baseline::default()
    });
    story.run();
    assert_eq!(ledger(&story), ["joe run-0 Target"]);
}

/// What a first attempt did, and the baseline that the second one writes.
fn second_attempt(case: &Case, done: &[Change]) -> Baseline {
    let next = applied_by(case, &case.plan(), "run-2", now())
        .baseline
        .unwrap();
    let readings = Sides {
        source: &case.source,
        target: &case.target,
    };
    with_earlier(next, done, readings, case.baseline.as_ref(), "run-2", now())
}

#[test]
fn what_an_earlier_attempt_of_a_run_did_is_ours() {
    let mut story = Story::of(
        two_way(
            &["ada@acme.example", "bob@acme.example"],
            &["#1 ada@acme.example", "#2 bob@acme.example"],
            None,
        )
        .knowing(EVERYONE),
    );
    story.run();
    story.joins(Side::Source, "cyd@acme.example");
    story.leaves(Side::Source, "bob@acme.example");
    let before = story.case.baseline.clone();
    let done = story.plan().changes;
    assert_eq!(done.len(), 2);
    // Both took effect, and the first attempt died before it could write that down.
    story.run();
    story.case.baseline = before;
    assert!(story.plan().is_empty());
    let next = second_attempt(&story.case, &done);
    let put: Vec<_> = next
        .entries
        .iter()
        .filter_map(|entry| entry.put.as_deref())
        .collect();
    assert_eq!(put.len(), 1);
    assert_eq!((put[0].side, put[0].run.as_str()), (Side::Target, "run-2"));
    assert_eq!(next.taken.len(), 1);
    assert_eq!(next.taken[0].by.side, Side::Target);
    let nobody = second_attempt(&story.case, &[]);
    assert!(nobody.taken.is_empty() && nobody.entries.iter().all(|entry| entry.put.is_none()));
    // Whom the second attempt puts back is not off the list.
    story.case.sync.direction = Direction::OneWay;
    story.joins(Side::Source, "bob@acme.example");
    assert_eq!(in_short(&story.plan()), ["+ bob Target"]);
    let next = second_attempt(&story.case, &done);
    assert!(next.taken.is_empty(), "{:?}", next.taken);
}
